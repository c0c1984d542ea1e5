import Foundation

extension CardRequest {
    /// The JSON of the contract, to hand to MPACCreditCard. Don't log it: it holds the nonce.
    ///
    /// Throws for nothing that comes from the SDK, only for a request that a test has made up.
    public var json: String {
        get throws { try rethrowing { try cardRequestToJson(request: self) } }
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
        let text = try rethrowing {
            try cardRequestToUrl(request: self, callback: callback.absoluteString)
        }
        guard let url = URL(string: text) else { throw TerminalInternalError() }
        return url
    }

    /// The result to hand in when it is **certain** that no card was charged: the card app could
    /// not be opened, or its own history does not have ``attemptId``.
    ///
    /// An app that only does not know hands in nothing, and the attempt goes on waiting. It is the
    /// app's own word, and needs no signature: with ``TerminalConfig/cardAppPublicKeys``, use it only
    /// where the card app could not be opened.
    ///
    /// - Parameter reason: what happened, for people.
    /// - Returns: the result, for ``PaymentTerminal/completeCardPayment(_:)``.
    public func notCharged(reason: String) -> CardResult {
        CardResult(
            version: version, attemptId: attemptId, nonce: nonce, outcome: .error, amount: amount,
            currency: currency, approvalCode: nil, cardBrand: nil, maskedPan: nil, reason: reason,
            processedAt: nil)
    }
}

extension CardResult {
    /// Reads the JSON that MPACCreditCard returned, in every spelling that means the same. Members
    /// that only inform (`masked_pan`, `reason`, `processed_at`) refuse no result.
    ///
    /// Whether the result belongs to a waiting attempt, and is signed by the card app, is checked by
    /// ``PaymentTerminal/completeCardPayment(_:)``.
    ///
    /// - Parameter json: the contract's JSON.
    /// - Throws: ``TerminalError/cardResultRefused(refusal:)`` with
    ///   ``CardResultRefusal/malformed(field:)`` or ``CardResultRefusal/unsupportedVersion``.
    public init(json: String) throws {
        self = try rethrowing { try cardResultFromJson(json: json) }
    }

    /// Reads the URL with which MPACCreditCard returned to the app.
    ///
    /// A URL without a result is refused, also where the card app calls it a cancel: whether the
    /// card was charged is then not known, and the attempt goes on waiting.
    ///
    /// - Parameter url: what the app was opened with.
    /// - Throws: ``TerminalError/cardResultRefused(refusal:)`` when it holds no result.
    public init(url: URL) throws {
        self = try rethrowing { try cardResultFromUrl(url: url.absoluteString) }
    }
}
