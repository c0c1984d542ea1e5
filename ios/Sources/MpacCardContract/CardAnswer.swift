import Foundation

/// What became of the card. ``ChargeBook/finish(_:_:)`` writes it down; then tell it.
///
/// An app that does not know whether the card was charged tells nothing: it returns by
/// ``CardRequest/callback``.
///
/// No text here keeps or sends a card's number: it is masked but for its last four digits.
public struct CardAnswer: Sendable, Hashable, Codable {
    /// What became of it.
    public enum Outcome: String, Sendable, Codable {
        /// The card was charged with the amount of the request.
        case approved
        /// The issuer or the card has said no.
        case declined
        /// The customer or the staff has given up before the card was charged.
        case cancelled
        /// The card app could not take the payment, and has charged **nothing for certain**.
        case error
    }

    /// What became of the card.
    public let outcome: Outcome

    /// What the acquirer calls the charge: the merchant finds it by this.
    public let approvalCode: String?

    /// Such as `VISA`.
    public let cardBrand: String?

    /// A mask that ends in at most the card number's last four digits.
    public let maskedPan: String?

    /// Why the card was not charged, for people.
    public let reason: String?

    /// When the card app was done.
    public let processedAt: Date

    /// The card was charged with the amount of the request.
    ///
    /// - Parameters:
    ///   - approvalCode: what the acquirer calls the charge. One without anything to read becomes
    ///     `UNKNOWN`, and so does a brand: the charge is told all the same.
    ///   - cardBrand: such as `VISA`.
    ///   - maskedPan: the card's number; its last four digits are kept.
    ///   - processedAt: when the card app was done.
    /// - Returns: the answer.
    public static func approved(
        approvalCode: String, cardBrand: String, maskedPan: String? = nil, processedAt: Date = .now
    ) -> CardAnswer {
        CardAnswer(
            outcome: .approved, approvalCode: known(approvalCode), cardBrand: known(cardBrand),
            maskedPan: maskedPan.flatMap(CardNumbers.mask), reason: nil, processedAt: processedAt)
    }

    /// The issuer or the card has said no.
    public static func declined(_ reason: String? = nil, processedAt: Date = .now) -> CardAnswer {
        CardAnswer(.declined, reason, processedAt)
    }

    /// The customer or the staff has given up before the card was charged.
    public static func cancelled(_ reason: String? = nil, processedAt: Date = .now) -> CardAnswer {
        CardAnswer(.cancelled, reason, processedAt)
    }

    /// The card app could not take the payment, and has charged **nothing for certain**.
    public static func error(_ reason: String, processedAt: Date = .now) -> CardAnswer {
        CardAnswer(.error, reason, processedAt)
    }

    private init(
        outcome: Outcome, approvalCode: String?, cardBrand: String?, maskedPan: String?,
        reason: String?, processedAt: Date
    ) {
        self.outcome = outcome
        self.approvalCode = approvalCode
        self.cardBrand = cardBrand
        self.maskedPan = maskedPan
        self.reason = reason
        self.processedAt = processedAt
    }

    private init(_ outcome: Outcome, _ reason: String?, _ processedAt: Date) {
        self.init(
            outcome: outcome, approvalCode: nil, cardBrand: nil, maskedPan: nil,
            reason: reason.map(CardNumbers.redact), processedAt: processedAt)
    }

    private static func known(_ text: String) -> String {
        let text = text.trimmingCharacters(in: .whitespacesAndNewlines)
        return text.isEmpty ? "UNKNOWN" : CardNumbers.redact(text)
    }

    /// The URL to open now, which takes the answer to the terminal. It holds the request's secret:
    /// don't log it.
    ///
    /// - Parameters:
    ///   - request: what is answered.
    ///   - key: signs the answer to a request of version 2; others are not signed.
    /// - Returns: the URL.
    /// - Throws: ``CardRequestError`` for `version` where the answer has to be signed and there is no
    ///   key, and what the key throws.
    public func url(for request: CardRequest, signedBy key: (any CardKey)?) throws -> URL {
        let result = Data(try json(for: request, signedBy: key).utf8).base64URL
        let callback = request.callback.absoluteString
        let separator = callback.contains("?") ? "&" : "?"
        guard let url = URL(string: "\(callback)\(separator)result=\(result)") else {
            throw CardRequestError("x-success", "cannot take an answer")
        }
        return url
    }

    func json(for request: CardRequest, signedBy key: (any CardKey)?) throws -> String {
        var members: [String: CanonicalJSON.Value] = [
            "version": .number(Int64(request.version)),
            "attempt_id": .text(request.attemptId),
            "nonce": .text(request.nonce),
            "outcome": .text(outcome.rawValue),
            "amount": .number(request.amount),
            "currency": .text(request.currency),
            "processed_at": .text(Timestamps.format(processedAt)),
        ]
        members["approval_code"] = approvalCode.map { .text($0) }
        members["card_brand"] = cardBrand.map { .text($0) }
        members["masked_pan"] = maskedPan.map { .text($0) }
        members["reason"] = reason.map { .text($0) }
        if request.version >= CardContract.signedVersion {
            guard let key else { throw CardRequestError.unsigned }
            let signed = Data(CanonicalJSON.write(members).utf8)
            members["signature"] = .text(try key.signature(of: signed).base64EncodedString())
        }
        return CanonicalJSON.write(members)
    }
}

extension CardRequestError {
    /// The terminal takes no answer that is not signed.
    static let unsigned = CardRequestError("version", "wants a signature, and there is no key")
}

extension CardAnswer: CustomStringConvertible, CustomReflectable {
    /// The outcome only.
    public var description: String { "CardAnswer(\(outcome))" }

    /// The outcome only.
    public var customMirror: Mirror { Mirror(self, children: ["outcome": outcome]) }
}
