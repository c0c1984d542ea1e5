import MpacPgw
import Testing

/// What the SDK says about itself.
@Suite(.timeLimit(.minutes(1)))
struct LoggingTests {
    private final class Log: LogSink {
        let (messages, said) = AsyncStream.makeStream(of: (LogLevel, String).self)

        func log(level: LogLevel, message: String) {
            said.yield((level, message))
        }
    }

    @Test func aSinkOfTheAppTakesTheMessages() async throws {
        let log = Log()
        PaymentTerminal.setLogSink(log)
        PaymentTerminal.setLogLevel(.info)
        defer {
            PaymentTerminal.setLogLevel(.off)
            PaymentTerminal.setLogSink(nil)
        }
        let gateway = try await Gateway.shared()
        try await gateway.withTerminal { terminal in
            let intent = try await gateway.createIntent(methods: ["cash"])
            let attempt = try await terminal.confirmPayment(intent.paymentToken, method: .cash)
            try await within(.seconds(20), "a message about the attempt") {
                for await (level, message) in log.messages where message.contains(attempt.id) {
                    #expect(level == .info)
                    #expect(!message.contains(intent.paymentToken))
                    return
                }
            }
        }
    }
}
