import Foundation

@testable import MpacPgw

/// A process of its own that takes a payment, to be killed on the way.
struct TillProcess: Sendable {
    /// What the process has told, and the card request that came with it.
    struct Heard {
        let name: String
        let attemptId: String
        let cardRequest: String
    }

    private let process: Process
    /// The process ends with it.
    private let stdin = Pipe()
    private let stdout = Pipe()

    /// Starts to take a payment in a new process, which acknowledges the outcome or leaves it.
    static func start(
        _ gateway: Gateway, _ directory: URL, _ intent: CreatedIntent, method: String,
        acknowledges: Bool = false
    ) async throws -> TillProcess {
        try await Gateway.onQueue {
            let till = TillProcess(process: Process())
            till.process.executableURL = products.appendingPathComponent("TillProcess")
            till.process.arguments =
                [gateway.url, directory.path, intent.paymentToken, method]
                + (acknowledges ? ["acknowledge"] : [])
            till.process.standardInput = till.stdin
            till.process.standardOutput = till.stdout
            try till.process.run()
            return till
        }
    }

    /// Waits until the process has heard that event, and kills it there and then.
    func kill(at name: String) async throws -> Heard {
        try await within(.seconds(30), "\(name) in another process") {
            try await withTaskCancellationHandler {
                try await offload { try listen(for: name) }
            } onCancel: {
                kill()
            }
        }
    }

    private func listen(for name: String) throws -> Heard {
        defer {
            kill()
            process.waitUntilExit()
        }
        var text = ""
        while true {
            let data = stdout.fileHandleForReading.availableData
            guard !data.isEmpty else { throw Failure("it ended before \(name): \(text)") }
            text += String(decoding: data, as: UTF8.self)
            for line in text.split(separator: "\n").dropLast(text.hasSuffix("\n") ? 0 : 1) {
                let fields = line.split(
                    separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
                guard fields.count == 3, fields[0] == name else { continue }
                return Heard(
                    name: name, attemptId: String(fields[1]), cardRequest: String(fields[2]))
            }
        }
    }

    private func kill() {
        _ = Foundation.kill(process.processIdentifier, SIGKILL)
    }

    /// Where SwiftPM puts what it builds: beside the tests.
    private static var products: URL {
        #if os(macOS)
            let tests = Bundle.allBundles.first { $0.bundleURL.pathExtension == "xctest" }
            return (tests ?? Bundle.main).bundleURL.deletingLastPathComponent()
        #else
            return URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        #endif
    }
}
