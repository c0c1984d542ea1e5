import Foundation
import MpacPgw
import Testing

/// What an app knows of its card app.
protocol CardHistory: Sendable {
    func find(_ attemptId: String) async -> Found
}

/// What the card app's history says.
enum Found {
    case finished(CardResult)
    case nothing
    case noAnswer
}

/// What an app stores its outcomes in.
protocol Orders: Sendable {
    func save(_ event: PaymentEvent) async throws
}

/// The start of an app, as the package's documentation has it.
func startTill(
    _ configuration: TerminalConfig, cardApp: any CardHistory, orders: any Orders,
    show: @escaping @Sendable (PaymentEvent) async -> Void
) async throws -> PaymentTerminal {
    @Sendable func watch(_ attempt: PaymentAttempt) async throws {
        // GUIDE
        for await event in attempt.events {
            await show(event)
            guard event.isFinal else { continue }
            try await orders.save(event)
            await attempt.acknowledge()
        }
        // GUIDE
    }
    @Sendable func afterRestart(_ terminal: PaymentTerminal, _ request: CardRequest) async throws {
        // GUIDE
        switch await cardApp.find(request.attemptId) {
        case .finished(let result): try await terminal.completeCardPayment(result)
        case .nothing:
            try await terminal.completeCardPayment(request.notCharged(reason: "never begun"))
        case .noAnswer: break
        }
        // GUIDE
    }
    // GUIDE
    let terminal = try await PaymentTerminal.open(configuration)
    for attempt in try await terminal.recoverPending() {
        Task { try await watch(attempt) }
        if case .awaitingCardApp(let request) = attempt.state {
            try await afterRestart(terminal, request)
        }
    }
    // GUIDE
    return terminal
}

@Suite(.timeLimit(.minutes(2)))
struct GuideExampleTests {
    /// A card app that remembers this request, or nothing.
    private struct History: CardHistory {
        let remembered: CardRequest?

        func find(_ attemptId: String) async -> Found {
            guard let remembered, remembered.attemptId == attemptId,
                let result = try? FakeCardApp.answer(remembered, outcome: .approved)
            else { return .nothing }
            return .finished(result)
        }
    }

    private struct OrderBook: Orders {
        let saved: AsyncStream<PaymentEvent>.Continuation

        func save(_ event: PaymentEvent) {
            saved.yield(event)
        }
    }

    @Test(arguments: [true, false])
    func aCardPaymentThatARestartInterruptsIsSettled(_ isRemembered: Bool) async throws {
        let gateway = try await Gateway.shared()
        try await withDataDirectory { directory in
            let configuration = gateway.configuration(directory)
            let intent = try await gateway.createIntent(methods: ["credit_card"])
            let before = try await PaymentTerminal.open(configuration)
            let attempt = try await before.confirmPayment(
                intent.paymentToken, method: .creditCard)
            let request = try await within {
                for await state in attempt.states {
                    if case .awaitingCardApp(let request) = state { return request }
                }
                throw Failure("the card app was not requested")
            }
            await before.shutDown()

            let (outcomes, saved) = AsyncStream.makeStream(of: PaymentEvent.self)
            let history = History(remembered: isRemembered ? request : nil)
            let shown = Journal()
            let terminal = try await startTill(
                configuration, cardApp: history, orders: OrderBook(saved: saved)
            ) { shown.add($0) }
            let outcome = try await within { await outcomes.first { _ in true } }
            switch outcome?.kind {
            case .paymentSuccess: #expect(isRemembered)
            case .paymentFailed(.cardAppError, _, _, canRetry: true): #expect(!isRemembered)
            default: throw Failure("\(String(describing: outcome))")
            }
            #expect(shown.all.last == outcome)
            try await within(.seconds(10), "the outcome to leave the journal") {
                while try !journaledAttempts(in: directory).isEmpty {
                    try await Task.sleep(for: .milliseconds(10))
                }
            }
            await terminal.shutDown()
        }
    }

    @Test func theGuideHasTheCodeThatIsTested() throws {
        let here = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        let tested = try ["GuideExample.swift", "FakePaymentTerminalTests.swift"]
            .map { try String(contentsOf: here.appendingPathComponent($0), encoding: .utf8) }
            .joined()
            .split(separator: #/ *// GUIDE\n/#, omittingEmptySubsequences: false)
        try #require(tested.count == 9)
        let article =
            here
            .appendingPathComponent("../../Sources/MpacPgw/MpacPgw.docc/MpacPgw.md")
            .standardizedFileURL
        let guide = try String(contentsOf: article, encoding: .utf8)
        for code in [tested[1], tested[3], tested[5], tested[7]] {
            let indent = code.prefix { $0 == " " }
            let lines = code.split(separator: "\n").map { $0.trimmingPrefix(indent) }
            #expect(guide.contains("```swift\n\(lines.joined(separator: "\n"))\n```"))
        }
    }
}
