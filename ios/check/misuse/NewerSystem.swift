// What iOS 16 lacks has to be asked for.
import Foundation
import MpacPgwApp
import Observation

func answer(_ text: String) -> URL? {
    URL(string: text, encodingInvalidCharacters: false)  // error: is only available in iOS 17 or newer
}

func answerOnNewer(_ text: String) -> URL? {
    if #available(iOS 17, *) {
        return URL(string: text, encodingInvalidCharacters: false)
    }
    return URL(string: text)
}

func observe(_ model: PaymentModel) -> any Observable {  // error: 'Observable' is only available in iOS 17.0 or newer
    model  // error: 'Observable' is only available in iOS 17 or newer
}
