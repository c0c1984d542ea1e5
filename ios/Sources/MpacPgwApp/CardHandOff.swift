import Foundation
import MpacPgw

/// How a hand-off to the card app has ended. What became of the payment comes from the attempt, as
/// always: this is only what to show meanwhile.
public enum CardHandOff: Sendable, Hashable {
    /// The card app was opened, to charge the card or to tell what it did. Its answer comes back through
    /// ``CardBridge/handle(_:)``.
    case opened
    /// The terminal has the card app's answer, or will have it: it is on disk.
    case answered
    /// The card app has given no answer, or cannot be asked now. Whether the card was charged is not
    /// known: ask again later.
    case unknown
    /// The card app was not opened: nothing was charged.
    case notCharged(CardAppProblem)
    /// The attempt does not wait for the card app, or not any more.
    case notWaiting
    /// The terminal has refused the card app's answer, and goes on waiting.
    case refused(CardResultRefusal)
}

/// Why the card app was not opened. Nothing was charged then: the attempt ends as failed, with
/// ``reason`` as the failure's reason, by which ``init(reason:)`` knows it again after a restart too.
/// What the staff reads is its ``message(locale:)``, and not that of the failure's code, which says to
/// try again.
public enum CardAppProblem: String, Sendable, Hashable, CaseIterable {
    /// It is not installed, or opens no `mpaccreditcard:` URLs.
    case notInstalled = "the card app is not installed"

    /// For developers, in English.
    public var reason: String { rawValue }

    /// What is wrong with the card app, and what to do: say it instead of the failure's code.
    ///
    /// - Parameter locale: the language, English or Japanese; by default the app's.
    /// - Returns: the sentence.
    public func message(locale: Locale? = nil) -> String {
        switch self {
        case .notInstalled: localized("card_app.not_installed", locale)
        }
    }

    /// The problem behind a failure's reason, if it is one.
    public init?(reason: String?) {
        guard let reason else { return nil }
        self.init(rawValue: reason)
    }
}
