import Foundation
internal import MpacPgwCore

/// What the app MPACCreditCard answers.
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
    /// The approval code, when approved. Goes to the gateway as `external_ref_id`.
    public let approvalCode: String?
    /// The card brand, when approved, such as `VISA`. Goes to the gateway as `provider`.
    public let cardBrand: String?
    /// The card number with all but a few digits masked.
    public let maskedPAN: String?
    /// Why it was not approved, for people.
    public let reason: String?
    /// When the card app finished.
    public let processedAt: Date?

    /// Reads the JSON that MPACCreditCard returned.
    ///
    /// Whether the result belongs to a waiting attempt is checked by
    /// ``PaymentTerminal/completeCardPayment(_:)``.
    ///
    /// - Parameter json: the contract's JSON, at most 16 KiB.
    /// - Throws: ``TerminalError/cardResultRefused(_:)`` with ``CardResultRefusal/malformed`` or
    ///   ``CardResultRefusal/unsupportedVersion``.
    public init(json: String) throws {
        self.init(try TerminalError.rethrow { try cardResultFromJson(json: json) })
    }

    /// Reads the URL with which MPACCreditCard returned to the app.
    ///
    /// A URL without a result is refused, also where the card app calls it a cancel: whether the
    /// card was charged is then not known, and the attempt goes on waiting.
    ///
    /// - Parameter url: what the app was opened with, at most 32 KiB.
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
