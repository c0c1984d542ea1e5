// What iOS 16 lacks has to be asked for.
import Foundation
import MpacPgwApp
import Observation

func answer(_ text: String) -> URL? {
    URL(string: text, encodingInvalidCharacters: false)  // error: only available in iOS 17
}

func answerOnNewer(_ text: String) -> URL? {
    if #available(iOS 17, *) {
        return URL(string: text, encodingInvalidCharacters: false)
    }
    return URL(string: text)
}

func observe(_ model: PaymentModel) -> any Observable {  // error: only available in iOS 17.0
    model  // error: only available in iOS 17 or
}
