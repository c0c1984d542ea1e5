import Foundation
import MpacPgw
import Testing

/// What a killed process leaves behind is brought to its end by the next one.
@Suite(.timeLimit(.minutes(2)))
struct KilledProcessTests {
    @Test func aCodeOnShowWhenTheProcessIsKilledIsPaidLater() async throws {
        try await afterKilling("qr_mpm", at: "qr_ready") { gateway, intent, _, _, attempt in
            try await within(.seconds(30), "the code to be on show again") {
                for await state in attempt.states {
                    if case .awaitingCustomer = state { return }
                }
            }
            try await gateway.pay(intent.id)
            attempt.pollNow()
            let last = try await finalTrace(of: attempt).last
            #expect(last?.kind.isSuccess == true)
            #expect(last?.replayed == false)
        }
    }

    @Test func theCardAppAnswersTheProcessAfterTheKilledOne() async throws {
        try await afterKilling("credit_card", at: "card_app_requested") {
            _, _, heard, terminal, attempt in
            guard case .awaitingCardApp(let request) = attempt.state else {
                throw Failure("the card app is not waited for: \(attempt.state)")
            }
            #expect(try request.json == heard.cardRequest)
            try await terminal.completeCardPayment(
                FakeCardApp.answer(request, outcome: .approved))
            let last = try await finalTrace(of: attempt).last
            #expect(last?.kind.isSuccess == true)
            #expect(last?.replayed == false)
        }
    }

    @Test func aSuccessThatTheKilledProcessHadNotAcknowledgedComesAgain() async throws {
        try await afterKilling("cash", at: "payment_success") {
            _, intent, _, terminal, attempt in
            let events = try await finalTrace(of: attempt)
            #expect(events.map(\.kind.isSuccess) == [true])
            #expect(events.map(\.replayed) == [true])
            let paid = try await terminal.retrievePaymentIntent(intent.paymentToken)
            #expect(paid.status == .succeeded)
        }
    }

    @Test func aSuccessThatTheKilledProcessHadAcknowledgedDoesNot() async throws {
        let gateway = try await Gateway.shared()
        try await withDataDirectory { directory in
            let intent = try await gateway.createIntent(methods: ["cash"])
            let till = try await TillProcess.start(
                gateway, directory, intent, method: "cash", acknowledges: true)
            _ = try await till.kill(at: "acknowledged")

            let terminal = try await PaymentTerminal.open(gateway.configuration(directory))
            #expect(try await terminal.recoverPending().isEmpty)
            let paid = try await terminal.retrievePaymentIntent(intent.paymentToken)
            #expect(paid.status == .succeeded)
            await terminal.shutDown()
        }
    }

    /// Has another process take a payment, kills it at that event, and runs `body` with what a
    /// terminal on the same directory brings back. Once that is acknowledged, nothing is left.
    private func afterKilling(
        _ method: String, at event: String,
        _ body: (Gateway, CreatedIntent, TillProcess.Heard, PaymentTerminal, PaymentAttempt)
            async throws -> Void
    ) async throws {
        let gateway = try await Gateway.shared()
        try await withDataDirectory { directory in
            let intent = try await gateway.createIntent(methods: [method])
            let till = try await TillProcess.start(gateway, directory, intent, method: method)
            let heard = try await till.kill(at: event)

            let terminal = try await PaymentTerminal.open(gateway.configuration(directory))
            let recovered = try await terminal.recoverPending()
            #expect(recovered.map(\.id) == [heard.attemptId])
            for attempt in recovered {
                try await body(gateway, intent, heard, terminal, attempt)
                #expect(await attempt.acknowledge())
            }
            await terminal.shutDown()

            let again = try await reopen(gateway.configuration(directory))
            #expect(try await again.recoverPending().isEmpty)
            await again.shutDown()
        }
    }
}
