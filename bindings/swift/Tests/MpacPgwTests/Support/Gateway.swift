import Foundation

@testable import MpacPgw

/// The real gateway: one process with an empty store, for nearly all tests.
struct Gateway: Sendable {
    private static let merchant = "test_merchant:test_secret"
    private static let started = Result(catching: start)
    /// One child at a time: Foundation lets each inherit the pipes of those that are just starting.
    private static let spawning = DispatchQueue(label: "spawning")

    let url: String
    /// The process ends with it, or when something is written to it.
    private let lifeline: Pipe

    static func shared() async throws -> Gateway {
        try await onQueue { try started.get() }
    }

    /// Runs `body` with a gateway of its own.
    static func withOwn(_ body: (Gateway) async throws -> Void) async throws {
        let gateway = try await onQueue(start)
        // Closing would not do: a child that was just starting may have the pipe, too.
        defer { gateway.lifeline.fileHandleForWriting.write(Data("\n".utf8)) }
        try await body(gateway)
    }

    /// The merchant's signature of a request.
    func authorization(_ method: String, _ path: String, body: String) async throws -> String {
        let header = try await command(
            ["sign", "--merchant", Self.merchant, "--body", body, method, path])
        return header.trimmingPrefix("Authorization: ")
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// A merchant's back end creates a PaymentIntent and hands its token to the terminal.
    func createIntent(
        amount: Int = 1500, methods: [String], options: [String] = []
    ) async throws -> CreatedIntent {
        let output = try await command(
            ["create", "--gateway", url, "--merchant", Self.merchant, "--amount", "\(amount)"]
                + methods.flatMap { ["--method", $0] } + options + ["--json"])
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(CreatedIntent.self, from: Data(output.utf8))
    }

    /// The customer scans the code and pays.
    func pay(_ paymentIntentId: String) async throws {
        _ = try await command(["pay", "--gateway", url, paymentIntentId])
    }

    /// The merchant withdraws the payment.
    func cancel(_ paymentIntentId: String) async throws {
        _ = try await command(
            ["cancel", "--gateway", url, "--merchant", Self.merchant, paymentIntentId])
    }

    /// The customer opens the wallet and shows a code, with which this will happen.
    func customerCode(outcome: String = "approved") async throws -> String {
        let output = try await command(["customer-code", "--gateway", url, "--outcome", outcome])
        return output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// The next request about that PaymentIntent gets its answer only after that time.
    func delay(_ time: Duration, of paymentIntentId: String) async throws {
        _ = try await command([
            "faults", "--gateway", url, "add", "delay",
            "--delay-ms", "\(time.components.seconds * 1000)",
            "--path", "/v1/payment_intents/\(paymentIntentId)",
        ])
    }

    private static func start() throws -> Gateway {
        // The shell stops the gateway when the pipe breaks: when this process has ended, however
        // it did. SIGKILL, since children inherit the signal mask of Dispatch's threads.
        let script = #""$@" & read -r _; kill -KILL $!"#
        let (process, stdin, stdout) = (Process(), Pipe(), Pipe())
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = [
            "-c", script, "sh", try binary(), "serve", "--quiet", "--ephemeral",
            "--listen", "127.0.0.1:0", "--merchant", merchant,
        ]
        process.standardInput = stdin
        process.standardOutput = stdout
        try process.run()

        var text = ""
        while true {
            let data = stdout.fileHandleForReading.availableData
            guard !data.isEmpty else { throw Failure("the gateway printed no address: \(text)") }
            text += String(decoding: data, as: UTF8.self)
            if let match = text.firstMatch(of: #/(http://127\.0\.0\.1:\d+)\s/#) {
                // It prints little more than this, so nobody has to read on.
                return Gateway(url: String(match.1), lifeline: stdin)
            }
        }
    }

    private func command(_ arguments: [String]) async throws -> String {
        try await Self.onQueue {
            let (process, stdout, stderr) = (Process(), Pipe(), Pipe())
            process.executableURL = URL(fileURLWithPath: try Self.binary())
            process.arguments = arguments
            process.standardInput = FileHandle.nullDevice
            process.standardOutput = stdout
            process.standardError = stderr
            try process.run()
            let printed = try [stdout, stderr].map { pipe in
                String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
            }
            process.waitUntilExit()
            guard process.terminationStatus == 0 else { throw Failure(printed[1]) }
            return printed[0]
        }
    }

    static func onQueue<Value: Sendable>(
        _ body: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            spawning.async { continuation.resume(with: Result(catching: body)) }
        }
    }

    private static func binary() throws -> String {
        guard let path = ProcessInfo.processInfo.environment["MPAC_GATEWAY_BIN"] else {
            throw Failure("MPAC_GATEWAY_BIN does not name the gateway; see cargo xtask test swift")
        }
        return path
    }
}

/// What the gateway answered to a create.
struct CreatedIntent: Decodable, Sendable {
    let id: String
    let paymentToken: String
    let amount: Int64
}
