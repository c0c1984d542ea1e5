import Foundation
internal import MpacPgwCore

/// What the app MPACCreditCard answers.
///
/// However it is made, the SDK keeps and sends no card's number of it: one in the approval code or
/// the reason is masked but for its last four digits, one in the brand is left out. A brand or an
/// approval code of which nothing is left becomes `UNKNOWN`.
///
/// Its descriptions show the attempt and the outcome only: everything else is card data.
public struct CardResult: Sendable, Hashable {
    /// The version of the hand-off contract, 1.
    public let version: Int32
    /// The attempt, from the request.
    public let attemptID: String
    /// The nonce, from the request.
    public let nonce: String
    /// What became of the card.
    public let outcome: CardOutcome
    /// The amount as charged, in the currency's minor unit.
    public let amount: Int64
    /// The ISO 4217 code of the currency as charged.
    public let currency: String
    /// The approval code, when approved. Goes to the gateway as `external_ref_id`, in at most 255
    /// characters.
    public let approvalCode: String?
    /// The card brand, when approved, such as `VISA`. Goes to the gateway as `provider`, in at most
    /// 32 letters, digits, spaces, `_`, `-` and `.`.
    public let cardBrand: String?
    /// A mask that ends in at most the last four digits of the card number.
    public let maskedPAN: String?
    /// Why it was not approved, for people.
    public let reason: String?
    /// When the card app finished.
    public let processedAt: Date?

    /// Reads the JSON that MPACCreditCard returned, in every spelling that means the same. Members
    /// that only inform (`masked_pan`, `reason`, `processed_at`) refuse no result.
    ///
    /// Whether the result belongs to a waiting attempt is checked by
    /// ``PaymentTerminal/completeCardPayment(_:)``.
    ///
    /// - Parameter json: the contract's JSON.
    /// - Throws: ``TerminalError/cardResultRefused(_:)`` with
    ///   ``CardResultRefusal/malformed(field:)`` or ``CardResultRefusal/unsupportedVersion``.
    public init(json: String) throws {
        self.init(try TerminalError.rethrow { try cardResultFromJson(json: json) })
    }

    /// Reads the URL with which MPACCreditCard returned to the app.
    ///
    /// A URL without a result is refused, also where the card app calls it a cancel: whether the
    /// card was charged is then not known, and the attempt goes on waiting.
    ///
    /// - Parameter url: what the app was opened with.
    /// - Throws: ``TerminalError/cardResultRefused(_:)`` when it holds no result.
    public init(url: URL) throws {
        self.init(
            try TerminalError.rethrow { try cardResultFromUrl(url: url.absoluteString) })
    }
}

/// What became of the card.
public enum CardOutcome: String, Sendable, Hashable, CaseIterable {
    /// The card was charged.
    case approved
    /// The issuer or the card said no.
    case declined
    /// The customer or the staff gave up in the card app.
    case cancelled
    /// The card app could not take the payment, and charged nothing.
    case error
}

extension CardResult: Redacted {
    var visibleFields: KeyValuePairs<String, Any> {
        ["attemptID": attemptID, "outcome": outcome]
    }
}

extension CardResult {
    init(_ core: MpacPgwCore.CardResult) {
        version = core.version
        attemptID = core.attemptId
        nonce = core.nonce
        outcome = CardOutcome(core.outcome)
        amount = core.amount
        currency = core.currency
        approvalCode = core.approvalCode
        cardBrand = core.cardBrand
        maskedPAN = core.maskedPan
        reason = core.reason
        processedAt = core.processedAt.map(Date.init(unixSeconds:))
    }

    var core: MpacPgwCore.CardResult {
        MpacPgwCore.CardResult(
            version: version,
            attemptId: attemptID,
            nonce: nonce,
            outcome: outcome.core,
            amount: amount,
            currency: currency,
            approvalCode: approvalCode,
            cardBrand: cardBrand,
            maskedPan: maskedPAN,
            reason: reason,
            processedAt: processedAt.flatMap { Int64(exactly: $0.timeIntervalSince1970) })
    }
}

extension CardOutcome {
    init(_ core: MpacPgwCore.CardOutcome) {
        self =
            switch core {
            case .approved: .approved
            case .declined: .declined
            case .cancelled: .cancelled
            case .error: .error
            }
    }

    var core: MpacPgwCore.CardOutcome {
        switch self {
        case .approved: .approved
        case .declined: .declined
        case .cancelled: .cancelled
        case .error: .error
        }
    }
}
