import Foundation

/// The texts of `Localizable.xcstrings`, by their keys there.
enum Word: String, CaseIterable, Sendable {
    case tap, interrupted, approve, decline, cancel
    case faults, sayNothing, die, answerTwice, wrongAmount, wrongNonce, nonsense
    case waiting, keyHint, copyKey, notARequest, notWrittenDown, noWayBack, noKey

    var text: String {
        Bundle.main.localizedString(forKey: rawValue, value: nil, table: nil)
    }
}
