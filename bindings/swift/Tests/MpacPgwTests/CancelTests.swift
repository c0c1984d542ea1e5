import MpacPgw
import Testing

/// Cancelling a payment, and only watching it no longer.
@Suite(.timeLimit(.minutes(2)))
struct CancelTests {
    @Test func cancellingTheTaskStopsWatchingOnly() async throws {
        let gateway = try await Gateway.shared()
        try await gateway.withTerminal { terminal in
            let intent = try await gateway.createIntent(methods: ["qr_mpm"])
            let attempt = try await terminal.confirmPayment(
                intent.paymentToken, method: .qrMpm(provider: "PAYPAY"))
            let heard = Journal()
            let watching = Task {
                for await event in attempt.events { heard.add(event) }
            }
            let waiting = Task { try await attempt.result() }
            try await heard.wait(for: "qr_ready") { $0.names.contains("qr_ready") }
            watching.cancel()
            waiting.cancel()
            await watching.value
            await #expect(throws: CancellationError.self) { try await waiting.value }

            try await gateway.pay(intent.id)
            attempt.pollNow()
            let events = try await finalTrace(of: attempt)
            #expect(events.last?.kind.isSuccess == true)
            #expect(!events.names.contains("qr_ready"), "it was handed out before")
        }
    }

    @Test func aScreenShowsACancelWhileTheGatewayIsBeingAsked() async throws {
        let gateway = try await Gateway.shared()
        try await gateway.withTerminal { terminal in
            let intent = try await gateway.createIntent(methods: ["qr_mpm"])
            let attempt = try await terminal.confirmPayment(
                intent.paymentToken, method: .qrMpm(provider: "PAYPAY"))
            let isWaiting = { (state: PaymentState) in
                if case .awaitingCustomer = state { true } else { false }
            }
            for await state in attempt.states where isWaiting(state) { break }
            try await gateway.delay(.seconds(2), of: "\(intent.id)*")
            let answer = Task { await attempt.cancel() }
            for await state in attempt.states where state == .cancelling { break }
            #expect(await answer.value == .cancelled)
        }
    }
}
