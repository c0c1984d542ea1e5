import Foundation
import MpacPgw
import Testing

/// What is not known is neither a success nor a failure.
@Suite(.timeLimit(.minutes(2)))
struct UncertaintyTests {
    @Test func aLostConnectionDecidesNothing() async throws {
        try await withDataDirectory { directory in
            let terminal = try await PaymentTerminal.open(
                TerminalConfig(gatewayUrl: "http://127.0.0.1:9", dataDirectory: directory))
            let attempt = try await terminal.confirmPayment("pi_01HXY_secret_abc", method: .cash)
            let first = try await within {
                for await event in attempt.events { return event }
                throw Failure("the stream has ended")
            }
            #expect(first.kind == .connectionLost(cause: .connectionLost))
            #expect(attempt.state == .confirming, "nothing that could charge was sent")
            #expect(await attempt.acknowledge() == false, "it is not given up yet")
            await terminal.shutDown()
            await #expect(throws: TerminalError.shutDown) { try await attempt.result() }
        }
    }

    /// The card is charged, and meanwhile somebody else has the PaymentIntent cancelled.
    @Test func aChargeThatTheGatewayDoesNotRecordIsUnresolvedUntilAcknowledged() async throws {
        let gateway = try await Gateway.shared()
        try await withDataDirectory { directory in
            let terminal = try await PaymentTerminal.open(gateway.configuration(directory))
            let intent = try await gateway.createIntent(methods: ["qr_mpm", "credit_card"])
            let attempt = try await terminal.confirmPayment(
                intent.paymentToken, method: .creditCard)
            let request = try await within {
                for await event in attempt.events {
                    if case .cardAppRequested(let request) = event.kind { return request }
                }
                throw Failure("the card app was not requested")
            }
            try await gateway.withTerminal { other in
                let attempt = try await other.confirmPayment(
                    intent.paymentToken, method: .qrMpm(provider: "PAYPAY"))
                // Before that, there is nothing to withdraw at the gateway.
                try await within(.seconds(30), "the code") {
                    for await state in attempt.states {
                        if case .awaitingCustomer = state { return }
                    }
                }
                #expect(await attempt.cancel() == .cancelled)
            }
            try await terminal.completeCardPayment(
                FakeCardApp.answer(request, outcome: .approved))

            let unresolved = PaymentResult.unresolved(
                cause: .cardChargedNotRecorded, nextStep: .refundInCardApp)
            #expect(try await within { try await attempt.result() } == unresolved)
            #expect(attempt.state == .finished(result: unresolved))
            #expect(try journaledAttempts(in: directory).count == 1)

            let last = try await within {
                var last: PaymentEvent?
                for await event in attempt.events {
                    last = event
                    guard case .paymentUnresolved = event.kind else { continue }
                    #expect(await attempt.acknowledge())
                }
                return last
            }
            #expect(
                last?.kind
                    == .paymentUnresolved(
                        cause: .cardChargedNotRecorded, nextStep: .refundInCardApp))
            #expect(try journaledAttempts(in: directory).isEmpty)
            #expect(await attempt.acknowledge(), "it is gone")
            #expect(attempt.state == .finished(result: unresolved))
            for await state in attempt.states { #expect(state == .finished(result: unresolved)) }
            await terminal.shutDown()
        }
    }
}
