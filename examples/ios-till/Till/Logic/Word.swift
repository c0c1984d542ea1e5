import Foundation

/// The texts of `Localizable.xcstrings`, by their keys there.
enum Word: String, CaseIterable, Sendable {
    case starting, notReady, notReadyHint, startAgain
    case erase, chooseMethod, openPayments
    case showQr, scanCode, methodQr, methodCode, methodCard, methodCash, back
    case customerCode, pay, takeCash, cashReceived
    case problemBackEnd, problemCode, problemStorage, problemOther
    case scan, cancel, later, nextSale, tryAgain
    case beginning, processing, cardApp, cardAppHint, askCardApp, answerRefused
    case cancelling, cancellingHint, notCancellable
    case paid, approvalCode, reserved, reservedHint, failed, cancelled
    case notKnown, verifying, settled, payments, outcomeOpen

    var text: String {
        Bundle.main.localizedString(forKey: rawValue, value: nil, table: nil)
    }

    /// Without the line breaks that are for big letters.
    var inOneLine: String {
        text.replacingOccurrences(of: "\n", with: "")
    }

    /// With something filled in.
    func text(_ value: String) -> String {
        text.replacingOccurrences(of: "%@", with: value)
    }

    /// In the plural where there are many.
    func text(count: Int) -> String {
        String.localizedStringWithFormat(text, count)
    }
}
