import Foundation
internal import MpacPgwCore

/// What the app MPACCreditCard is asked to do (guide, *Credit Card (External via
/// MPACCreditCard)*). It never holds the payment token.
///
/// Its descriptions leave the nonce out, which proves that a result is genuine.
public struct CardRequest: Sendable, Hashable {
    /// The version of the hand-off contract, 1.
    public let version: Int32
    /// The attempt that waits for the result.
    public let attemptID: String
    /// 128 random bits in hex, for one use: the result has to repeat them.
    public let nonce: String
    /// The PaymentIntent, `pi_…`.
    public let paymentIntentID: String
    /// The amount to charge, in the currency's minor unit.
    public let amount: Int64
    /// The ISO 4217 code of the currency.
    public let currency: String
    /// The store, where the PaymentIntent names one.
    public let merchantStoreID: String?
    /// The terminal, where the PaymentIntent names one.
    public let merchantTerminalID: String?
    /// Do not charge after this moment: the gateway will not record it.
    public let expiresAt: Date

    /// As the core made it, to be written out in its words.
    let core: MpacPgwCore.CardRequest

    /// The JSON of the contract, to hand to MPACCreditCard. Don't log it: it holds the nonce.
    public var json: String {
        cardRequestToJson(request: core)
    }

    /// The URL that opens MPACCreditCard with this request, as the x-callback-url convention has it.
    ///
    /// Don't log it: it holds the nonce. Open it once.
    ///
    /// - Parameter callback: the app's own URL, at most 2 KiB, where the card app returns to. Read
    ///   what it was opened with by ``CardResult/init(url:)``.
    /// - Returns: the URL.
    /// - Throws: ``TerminalError/invalidArgument(field:reason:)`` when the callback cannot serve.
    public func url(callback: URL) throws -> URL {
        let text = try TerminalError.rethrow {
            try cardRequestToUrl(request: core, callback: callback.absoluteString)
        }
        guard let url = URL(string: text) else { throw TerminalError.internalError }
        return url
    }

    /// The result to hand in when it is **certain** that no card was charged: the card app could
    /// not be opened, or its own history does not have ``attemptID``.
    ///
    /// An app that only does not know hands in nothing, and the attempt goes on waiting.
    ///
    /// - Parameter reason: what happened, for people.
    /// - Returns: the result, for ``PaymentTerminal/completeCardPayment(_:)``.
    public func notCharged(reason: String) -> CardResult {
        CardResult(
            MpacPgwCore.CardResult(
                version: version, attemptId: attemptID, nonce: nonce, outcome: .error,
                amount: amount, currency: currency, approvalCode: nil, cardBrand: nil,
                maskedPan: nil, reason: reason, processedAt: nil))
    }
}

extension CardRequest: Redacted {
    var visibleFields: KeyValuePairs<String, Any> {
        [
            "attemptID": attemptID, "paymentIntentID": paymentIntentID, "amount": amount,
            "currency": currency, "expiresAt": expiresAt,
        ]
    }
}

extension CardRequest {
    init(_ core: MpacPgwCore.CardRequest) {
        version = core.version
        attemptID = core.attemptId
        nonce = core.nonce
        paymentIntentID = core.paymentIntentId
        amount = core.amount
        currency = core.currency
        merchantStoreID = core.merchantStoreId
        merchantTerminalID = core.merchantTerminalId
        expiresAt = Date(unixSeconds: core.expiresAt)
        self.core = core
    }
}
