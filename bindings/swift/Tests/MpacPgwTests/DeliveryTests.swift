import Foundation
import MpacPgw
import Testing

/// When a final event counts as accepted, and what happens until then.
@Suite(.timeLimit(.minutes(2)))
struct DeliveryTests {
    private struct TillIsBusy: Error {}

    @Test func aHandlerThatThrowsHearsTheFinalEventAgain() async throws {
        let gateway = try await Gateway.shared()
        try await gateway.withTerminal { terminal in
            let heard = Journal()
            let intent = try await gateway.createIntent(methods: ["cash"])
            let attempt = try await terminal.confirmPayment(
                intent.paymentToken, method: .cash
            ) { event in
                MainActor.assertIsolated()
                heard.add(event)
                let isFirst = heard.all.filter(\.isFinal).count == 1
                if event.isFinal && isFirst { throw TillIsBusy() }
            }
            try await heard.wait(for: "the second delivery") {
                $0.filter(\.isFinal).count == 2
            }
            let finals = heard.all.filter(\.isFinal)
            #expect(finals.map(\.kind) == [.paymentSuccess, .paymentSuccess])
            #expect(try await attempt.result() == .succeeded)
            // A stream shows the event once, however often the listener needed it.
            #expect(try await finalTrace(of: attempt).filter(\.isFinal).count == 1)
        }
    }

    /// A till with its own isolation: nothing of it runs on the main actor.
    private actor Till: PaymentListener {
        let heard = Journal()

        func paymentEvent(_ event: PaymentEvent) async throws {
            assertIsolated()
            heard.add(event)
        }
    }

    @Test func anActorListensWhereItIsIsolated() async throws {
        let gateway = try await Gateway.shared()
        try await gateway.withTerminal { terminal in
            let till = Till()
            let intent = try await gateway.createIntent(methods: ["cash"])
            let attempt = try await terminal.confirmPayment(
                intent.paymentToken, method: .cash, listener: till)
            let events = try await finalTrace(of: attempt)
            #expect(events.last?.kind == .paymentSuccess)
            // The streams don't wait for the listener.
            try await till.heard.wait(for: "the same events") { $0 == events }
        }
    }

    @Test func anUnfinishedAttemptComesBackAfterARestart() async throws {
        let gateway = try await Gateway.shared()
        try await withDataDirectory { directory in
            let intent = try await gateway.createIntent(methods: ["qr_mpm"])
            let before = try await PaymentTerminal.open(gateway.configuration(directory))
            let attempt = try await before.confirmPayment(
                intent.paymentToken, method: .qrMpm(provider: "PAYPAY"))
            for await event in attempt.events where event.name == "qr_ready" { break }
            await before.shutDown()
            await #expect(throws: TerminalError.shutDown) { try await attempt.result() }
            await #expect(throws: TerminalError.shutDown) {
                try await before.retrievePaymentIntent(intent.paymentToken)
            }

            try await gateway.pay(intent.id)
            let after = try await PaymentTerminal.open(gateway.configuration(directory))
            let recovered = try await after.recoverPending()
            #expect(recovered.map(\.id) == [attempt.id])
            for again in recovered {
                #expect(try await finalTrace(of: again).last?.kind == .paymentSuccess)
            }
            await after.shutDown()
        }
    }

    /// How an app may deal with the final event, and whether that accepts it.
    enum Handling: String, CaseIterable {
        case loopRunsToItsEnd, resultIsReturned, listenerReturns
        case loopIsLeft, onlyStatesAreWatched, listenerThrows

        var accepts: Bool {
            switch self {
            case .loopRunsToItsEnd, .resultIsReturned, .listenerReturns: true
            case .loopIsLeft, .onlyStatesAreWatched, .listenerThrows: false
            }
        }

        @Sendable func handle(_ attempt: PaymentAttempt) async throws {
            switch self {
            case .loopRunsToItsEnd:
                for await _ in attempt.events {}
            case .resultIsReturned:
                _ = try await attempt.result()
            case .loopIsLeft:
                for await event in attempt.events where event.isFinal { return }
            case .onlyStatesAreWatched:
                for await _ in attempt.states {}
            case .listenerReturns, .listenerThrows:
                // Only to wait for the final event: the listener decides.
                for await _ in attempt.events {}
            }
        }
    }

    @Test(arguments: Handling.allCases)
    func aFinalEventIsReplayedUntilItIsAccepted(_ handling: Handling) async throws {
        let gateway = try await Gateway.shared()
        try await withDataDirectory { directory in
            let intent = try await gateway.createIntent(methods: ["cash"])
            let before = try await PaymentTerminal.open(gateway.configuration(directory))
            let attempt =
                switch handling {
                case .listenerReturns, .listenerThrows:
                    try await before.confirmPayment(intent.paymentToken, method: .cash) { _ in
                        if handling == .listenerThrows { throw TillIsBusy() }
                    }
                default:
                    try await before.confirmPayment(intent.paymentToken, method: .cash)
                }
            try await within { try await handling.handle(attempt) }
            // At once: the shutdown waits for what is just being accepted.
            await before.shutDown()
            #expect(try journaledAttempts(in: directory).isEmpty == handling.accepts)

            let after = try await PaymentTerminal.open(gateway.configuration(directory))
            let recovered = try await after.recoverPending()
            #expect(recovered.map(\.id) == (handling.accepts ? [] : [attempt.id]))
            for again in recovered {
                let events = try await finalTrace(of: again)
                #expect(events.last?.kind == .paymentSuccess)
                // A state may be there a moment before its event.
                let wasDelivered = handling != .onlyStatesAreWatched
                #expect(!wasDelivered || events.map(\.replayed) == [true])
            }
            await after.shutDown()
        }
    }

    @Test func aTerminalLivesAsLongAsItsAttempts() async throws {
        let gateway = try await Gateway.shared()
        try await withDataDirectory { directory in
            let configuration = gateway.configuration(directory)
            let intent = try await gateway.createIntent(methods: ["qr_mpm"])
            let last = try await within {
                // Nothing of the terminal and the attempt is held but the stream.
                let events = try await PaymentTerminal.open(configuration)
                    .confirmPayment(intent.paymentToken, method: .qrMpm(provider: "PAYPAY"))
                    .events
                var last: PaymentEvent?
                for await event in events {
                    if event.name == "qr_ready" { try await gateway.pay(intent.id) }
                    last = event
                }
                return last
            }
            #expect(last?.kind == .paymentSuccess)
            // Nobody shut it down, but nobody holds it any more either.
            try await within(.seconds(20), "the terminal to let go of its directory") {
                while true {
                    do {
                        return try await PaymentTerminal.open(configuration).shutDown()
                    } catch TerminalError.directoryInUse {
                        try await Task.sleep(for: .milliseconds(20))
                    }
                }
            }
        }
    }
}
