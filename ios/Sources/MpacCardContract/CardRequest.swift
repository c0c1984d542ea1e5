import Foundation

/// What a terminal asks of the card app. Each is for one charge.
///
/// It holds a secret of the terminal and the card app: don't log the URL that it came by.
public struct CardRequest: Sendable {
    /// What the terminal wants to have done.
    public enum Action: String, Sendable, Hashable {
        /// Charge the card, once.
        case pay = "/pay"
        /// Tell what became of it, and charge nothing. It may have expired.
        case find = "/find"
    }

    /// What is to be done.
    public let action: Action

    /// The version of the contract in which the answer is given: from 2 on it is signed.
    public let version: Int

    /// What the charge is remembered by.
    public let attemptId: String

    /// The payment at the gateway, for the card app's records.
    public let paymentIntentId: String

    /// In minor units: 1500 is ¥1500, or $15.00.
    public let amount: Int64

    /// ISO 4217.
    public let currency: String

    /// The store, where the merchant has named one.
    public let merchantStoreId: String?

    /// The terminal, where the merchant has named one.
    public let merchantTerminalId: String?

    /// Charge nothing from this moment on. ``ChargeBook/begin(_:)`` looks at it.
    public let expiresAt: Date

    /// Where the terminal's app is returned to: without an answer, by this URL as it is.
    public let callback: URL

    let nonce: String

    /// Reads the URL that the card app was opened with.
    ///
    /// - Parameter url: what the card app was opened with.
    /// - Throws: ``CardRequestError``; there is nobody to be answered then.
    public init(url: URL) throws {
        let parts = URLComponents(url: url, resolvingAgainstBaseURL: false)
        guard let parts, parts.scheme?.lowercased() == CardContract.scheme,
            parts.host == "x-callback-url", let action = Action(rawValue: parts.path)
        else { throw CardRequestError("url", "is not of the form \(CardContract.scheme):") }
        func parameter(_ name: String) -> String? {
            let all = (parts.queryItems ?? []).filter { $0.name == name }
            return all.count == 1 ? all[0].value : nil
        }
        guard let encoded = parameter("request"), let json = Data(base64URL: encoded) else {
            throw CardRequestError("request", "is not there once, in base64url")
        }
        guard let callback = parameter("x-success").flatMap(URL.init(string:)),
            Self.canReturn(to: callback)
        else { throw CardRequestError("x-success", "is not a URL of the terminal's app") }
        try self.init(action, Self.members(json), callback)
    }

    private init(_ action: Action, _ members: Members, _ callback: URL) throws {
        self.action = action
        self.callback = callback
        version = members.version
        // The first names a file.
        attemptId = try Self.id(members.attemptId, "attempt_id")
        paymentIntentId = try Self.id(members.paymentIntentId, "payment_intent_id")
        guard members.nonce.utf8.count == 32, members.nonce.allSatisfy(\.isHexDigit) else {
            throw CardRequestError("nonce", "is not of 32 hexadecimal digits")
        }
        nonce = members.nonce
        guard let whole = Int64(exactly: members.amount), whole > 0 else {
            throw CardRequestError("amount", "is not a whole number above 0")
        }
        amount = whole
        guard members.currency.utf8.count == 3,
            members.currency.utf8.allSatisfy({ (0x41...0x5A).contains($0) })
        else { throw CardRequestError("currency", "is not of ISO 4217") }
        currency = members.currency
        merchantStoreId = members.merchantStoreId
        merchantTerminalId = members.merchantTerminalId
        guard let moment = Timestamps.parse(members.expiresAt) else {
            throw CardRequestError("expires_at", "is not a moment such as 2025-12-08T10:30:00Z")
        }
        expiresAt = moment
    }

    private static func members(_ json: Data) throws -> Members {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        do {
            // First: another version may have another form.
            let version = try decoder.decode(Version.self, from: json).version
            guard CardContract.versions.contains(version) else {
                throw CardRequestError("version", "is not one of \(CardContract.versions)")
            }
            return try decoder.decode(Members.self, from: json)
        } catch let error as DecodingError {
            throw CardRequestError(error)
        }
    }

    private static func id(_ text: String, _ field: String) throws -> String {
        let isId = text.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x5F: true
            default: false
            }
        }
        guard isId, (1...64).contains(text.utf8.count) else {
            throw CardRequestError(field, "is not of letters, digits, _ and -, at most 64")
        }
        return text
    }

    /// An app's own scheme or a universal link: nothing that the system or a browser acts on.
    private static func canReturn(to url: URL) -> Bool {
        guard let scheme = url.scheme?.lowercased(), url.absoluteString.contains("://"),
            url.fragment == nil
        else { return false }
        return !["http", "file", "javascript", "data"].contains(scheme)
    }

    private struct Version: Decodable {
        let version: Int
    }

    private struct Members: Decodable {
        let version: Int
        let attemptId: String
        let nonce: String
        let paymentIntentId: String
        // A decoder that is asked for a whole number does not say which member is none.
        let amount: Double
        let currency: String
        let merchantStoreId: String?
        let merchantTerminalId: String?
        let expiresAt: String
    }
}

extension CardRequest: CustomStringConvertible, CustomReflectable {
    /// Without the nonce, which is a secret of the terminal and the card app.
    public var description: String {
        "CardRequest(\(action), attemptId: \(attemptId), paymentIntentId: \(paymentIntentId), "
            + "amount: \(amount), currency: \(currency), expiresAt: \(expiresAt))"
    }

    /// As ``description``.
    public var customMirror: Mirror {
        Mirror(self, children: ["attemptId": attemptId, "amount": amount, "currency": currency])
    }
}

/// A URL holds no request that can be carried out.
public struct CardRequestError: Error, LocalizedError, Sendable, Hashable {
    /// The member at fault, such as `amount`; `request` when there is no JSON object at all.
    public let field: String

    private let reason: String

    init(_ field: String, _ reason: String) {
        self.field = field
        self.reason = reason
    }

    init(_ error: DecodingError) {
        let path: [any CodingKey]
        switch error {
        case .keyNotFound(let key, _): path = [key]
        case .typeMismatch(_, let context), .valueNotFound(_, let context),
            .dataCorrupted(let context):
            path = context.codingPath
        @unknown default: path = []
        }
        // In Swift's spelling, as the decoder has it.
        let name = path.last?.stringValue ?? "request"
        let field = name.reduce(into: "") { text, letter in
            text += letter.isUppercase ? "_\(letter.lowercased())" : "\(letter)"
        }
        self.init(field, "is not there, or of another type")
    }

    /// What is wrong, in English. It repeats nothing of the request.
    public var errorDescription: String? { "The request's `\(field)` \(reason)." }
}
