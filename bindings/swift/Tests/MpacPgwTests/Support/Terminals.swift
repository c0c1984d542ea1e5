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
    func configuration(_ directory: URL) -> TerminalConfig {
        var configuration = TerminalConfig(gatewayUrl: url, dataDirectory: directory)
        configuration.polling.minInterval = .seconds(1)
        configuration.polling.maxInterval = .seconds(1)
        configuration.requestTimeout = .seconds(10)
        return configuration
    }
}

/// Opens a terminal in the place of one that was shut down: where the disk is slower than that, it lets
/// go of its folder only when it has come to the end of a write.
func reopen(_ configuration: TerminalConfig, vault: (any Vault)? = nil) async throws
    -> PaymentTerminal
{
    try await within(.seconds(60), "the terminal to let go of its directory") {
        while true {
            do {
                return try await PaymentTerminal.open(configuration, vault: vault)
            } catch TerminalError.directoryInUse {
                try await Task.sleep(for: .milliseconds(20))
            }
        }
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

/// MPACCreditCard, as far as its messages go.
enum FakeCardApp {
    static let approvalCode = "APPROVALCANARY42"
    static let maskedPan = "************4242"

    /// What the app answers to a request in JSON.
    static func answer(
        _ request: CardRequest, outcome: CardOutcome, changing fields: [String: any Sendable] = [:]
    ) throws -> CardResult {
        let json = try answer(Data(try request.json.utf8), outcome: outcome, changing: fields)
        return try CardResult(json: String(decoding: json, as: UTF8.self))
    }

    /// The URL with which the app returns after it was opened with a request's URL.
    static func answer(_ opened: URL, outcome: CardOutcome) throws -> URL {
        let items = URLComponents(url: opened, resolvingAgainstBaseURL: false)?.queryItems ?? []
        let parameter = { name in items.first { $0.name == name }?.value ?? "" }
        let base64 = parameter("request")
            .replacing("-", with: "+").replacing("_", with: "/")
        let padding = String(repeating: "=", count: (4 - base64.count % 4) % 4)
        guard let request = Data(base64Encoded: base64 + padding),
            let callback = URL(string: parameter("x-success"))
        else { throw Failure("not a request's URL") }
        let result = try answer(request, outcome: outcome, changing: [:]).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
        return callback.appending(queryItems: [URLQueryItem(name: "result", value: result)])
    }

    private static func answer(
        _ request: Data, outcome: CardOutcome, changing fields: [String: any Sendable]
    ) throws -> Data {
        guard let asked = try JSONSerialization.jsonObject(with: request) as? [String: Any]
        else { throw Failure("the request is no object") }
        var answer: [String: Any] = ["outcome": "\(outcome)"]
        for field in ["version", "attempt_id", "nonce", "amount", "currency"] {
            answer[field] = asked[field]
        }
        if outcome == .approved {
            answer["approval_code"] = approvalCode
            answer["card_brand"] = "VISA"
            answer["masked_pan"] = maskedPan
        } else {
            answer["reason"] = "the issuer said no"
        }
        answer.merge(fields) { $1 }
        return try JSONSerialization.data(withJSONObject: answer)
    }
}
