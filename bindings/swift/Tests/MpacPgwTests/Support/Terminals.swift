import Foundation
import MpacPgw

extension Gateway {
    /// Runs `body` with a terminal of this gateway on a data directory of its own.
    func withTerminal(_ body: (PaymentTerminal) async throws -> Void) async throws {
        try await withDataDirectory { directory in
            let terminal = try await PaymentTerminal.open(configuration(directory))
            try await body(terminal)
            await terminal.shutDown()
        }
    }

    /// The pace that the tests can bear: the fastest one that is allowed.
    func configuration(_ directory: URL) -> TerminalConfiguration {
        var configuration = TerminalConfiguration(gatewayURL: url, dataDirectory: directory)
        configuration.polling.minInterval = .seconds(1)
        configuration.polling.maxInterval = .seconds(1)
        configuration.requestTimeout = .seconds(10)
        return configuration
    }
}

/// Runs `body` with an empty folder.
func withDataDirectory(_ body: (URL) async throws -> Void) async throws {
    let directory = FileManager.default.temporaryDirectory
        .appendingPathComponent("mpac-pgw-\(UUID().uuidString)", isDirectory: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    try await body(directory)
}

/// The files of the attempts that a terminal has in its journal.
func journaledAttempts(in directory: URL) throws -> [URL] {
    try FileManager.default
        .contentsOfDirectory(at: directory, includingPropertiesForKeys: nil)
        .filter { $0.pathExtension == "attempt" }
}

/// MPACCreditCard, as far as its messages go: JSON in, JSON out.
enum FakeCardApp {
    static let approvalCode = "APPROVALCANARY42"
    static let maskedPAN = "************4242"

    /// What the app answers to a request.
    static func answer(
        _ request: CardRequest, outcome: CardOutcome, changing fields: [String: any Sendable] = [:]
    ) throws -> CardResult {
        let json = try JSONSerialization.jsonObject(with: Data(request.json.utf8))
        guard let asked = json as? [String: Any] else { throw Failure("the request is no object") }
        var answer: [String: Any] = ["outcome": outcome.rawValue]
        for field in ["version", "attempt_id", "nonce", "amount", "currency"] {
            answer[field] = asked[field]
        }
        if outcome == .approved {
            answer["approval_code"] = approvalCode
            answer["card_brand"] = "VISA"
            answer["masked_pan"] = maskedPAN
        } else {
            answer["reason"] = "the issuer said no"
        }
        answer.merge(fields) { $1 }
        let data = try JSONSerialization.data(withJSONObject: answer)
        return try CardResult(json: String(decoding: data, as: UTF8.self))
    }
}
