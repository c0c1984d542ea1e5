import Foundation
import MpacPgw
import Testing

/// How events reach loops and listeners, and when they end.
@Suite(.timeLimit(.minutes(2)))
struct DeliveryTests {
    private let code = PaymentMethod.qrMpm(provider: "PAYPAY")

    @Test func twoLoopsShareTheEvents() async throws {
        let gateway = try await Gateway.shared()
        try await gateway.withTerminal { terminal in
            let intent = try await gateway.createIntent(methods: ["qr_mpm"])
            let attempt = try await terminal.confirmPayment(intent.paymentToken, method: code)
            let heard = Journal()
            let loops = (0..<2).map { _ in
                Task { for await event in attempt.events { heard.add(event) } }
            }
            try await heard.wait(for: "qr_ready") { $0.names.contains("qr_ready") }
            try await gateway.pay(intent.id)
            try await within { for loop in loops { await loop.value } }
            #expect(
                heard.all.names.sorted()
                    == ["payment_success", "qr_ready", "status_changed", "status_changed"])
        }
    }

    @Test func aNewLoopGoesOnWhereACancelledOneStopped() async throws {
        let gateway = try await Gateway.shared()
        try await gateway.withTerminal { terminal in
            let intent = try await gateway.createIntent(methods: ["qr_mpm"])
            let attempt = try await terminal.confirmPayment(intent.paymentToken, method: code)
            let heard = Journal()
            let paying = Task {
                try await heard.wait(for: "qr_ready") { $0.names.contains("qr_ready") }
                try await gateway.pay(intent.id)
                attempt.pollNow()
            }
            try await within {
                while heard.all.last?.isFinal != true {
                    let loop = Task { for await event in attempt.events { heard.add(event) } }
                    try await Task.sleep(for: .milliseconds(3))
                    loop.cancel()
                    await loop.value
                }
            }
            try await paying.value
            #expect(
                heard.all.names
                    == ["status_changed", "qr_ready", "status_changed", "payment_success"])
        }
    }

    @Test func aListenerIsToldEveryEventOneAtATime() async throws {
        let gateway = try await Gateway.shared()
        try await gateway.withTerminal { terminal in
            let intent = try await gateway.createIntent(methods: ["qr_mpm"])
            let listener = Listener(taking: 0.05)
            let attempt = try await terminal.confirmPayment(
                intent.paymentToken, method: code, listener: listener)
            let events = try await finalTrace(of: attempt) { event in
                if event.name == "qr_ready" { try await gateway.pay(intent.id) }
            }
            try await listener.heard.wait(for: "the same events") { $0 == events }
        }
    }

    @Test func aSlowListenerHoldsUpNobody() async throws {
        let gateway = try await Gateway.shared()
        try await withDataDirectory { directory in
            let terminal = try await PaymentTerminal.open(gateway.configuration(directory))
            let intent = try await gateway.createIntent(methods: ["qr_mpm"])
            let listener = Listener(taking: 60)
            let attempt = try await terminal.confirmPayment(
                intent.paymentToken, method: code, listener: listener)
            let events = try await finalTrace(of: attempt) { event in
                if event.name == "qr_ready" { try await gateway.pay(intent.id) }
            }
            #expect(events.last?.kind.isSuccess == true)
            try await within(.seconds(10)) {
                let result = try await attempt.result()
                #expect(result.isSuccess)
                #expect(await attempt.acknowledge())
                await terminal.shutDown()
            }
            #expect(listener.heard.all.names == ["status_changed"])
        }
    }

    @Test func afterAShutDownAListenerIsToldNothingMore() async throws {
        let gateway = try await Gateway.shared()
        try await withDataDirectory { directory in
            let terminal = try await PaymentTerminal.open(gateway.configuration(directory))
            let intent = try await gateway.createIntent(methods: ["cash"])
            let listener = Listener { _ in
                Thread.sleep(forTimeInterval: 0.3)
                waitFor { await terminal.shutDown() }
            }
            let attempt = try await terminal.confirmPayment(
                intent.paymentToken, method: .cash, listener: listener)
            // The rest was told before, and is still handed out.
            #expect(try await finalTrace(of: attempt).last?.kind.isSuccess == true)
            try await Task.sleep(for: .milliseconds(700))
            #expect(listener.heard.all.names == ["status_changed"])
        }
    }

    @Test func everyStreamEndsWithItsTerminalThoughARequestIsUnderWay() async throws {
        let gateway = try await Gateway.shared()
        try await withDataDirectory { directory in
            let terminal = try await PaymentTerminal.open(gateway.configuration(directory))
            let intent = try await gateway.createIntent(methods: ["cash"])
            try await gateway.delay(.seconds(8), of: intent.id)
            let attempt = try await terminal.confirmPayment(intent.paymentToken, method: .cash)
            let events = Task { for await _ in attempt.events {} }
            let states = Task { for await _ in attempt.states {} }
            let result = Task { try await attempt.result() }
            try await Task.sleep(for: .milliseconds(200))
            try await within(.seconds(5)) {
                await terminal.shutDown()
                await events.value
                await states.value
                await #expect(throws: TerminalError.shutDown) { try await result.value }
                for await _ in attempt.events { Issue.record("nothing was told") }
                await #expect(throws: TerminalError.shutDown) { try await attempt.result() }
            }
            #expect(try journaledAttempts(in: directory).count == 1)
        }
    }

    @Test func anUnfinishedAttemptComesBackAfterARestart() async throws {
        let gateway = try await Gateway.shared()
        try await withDataDirectory { directory in
            let intent = try await gateway.createIntent(methods: ["qr_mpm"])
            let before = try await PaymentTerminal.open(gateway.configuration(directory))
            let attempt = try await before.confirmPayment(intent.paymentToken, method: code)
            let events = try await within {
                var events: [PaymentEvent] = []
                for await event in attempt.events {
                    events.append(event)
                    if event.name == "qr_ready" { await before.shutDown() }
                }
                return events
            }
            #expect(events.last?.name == "qr_ready")
            await #expect(throws: TerminalError.shutDown) {
                try await before.retrievePaymentIntent(intent.paymentToken)
            }

            try await gateway.pay(intent.id)
            let after = try await reopen(gateway.configuration(directory))
            let listener = Listener()
            let recovered = try await after.recoverPending(listener: listener)
            #expect(recovered.map(\.id) == [attempt.id])
            for again in recovered {
                let events = try await finalTrace(of: again)
                #expect(events.last?.kind.isSuccess == true)
                #expect(events.last?.replayed == false)
                try await listener.heard.wait(for: "the same events") { $0 == events }
            }
            await after.shutDown()
        }
    }

    @Test func aListenerHearsTheOutcomeThoughNobodyHoldsTheTerminal() async throws {
        let gateway = try await Gateway.shared()
        try await withDataDirectory { directory in
            let configuration = gateway.configuration(directory)
            let intent = try await gateway.createIntent(methods: ["cash"])
            let listener = Listener(taking: 0.3)
            _ = try await PaymentTerminal.open(configuration)
                .confirmPayment(intent.paymentToken, method: .cash, listener: listener)
            try await listener.heard.waitForOutcome()
            try await waitUntilReleased(configuration)
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
                    .confirmPayment(intent.paymentToken, method: code).events
                var last: PaymentEvent?
                for await event in events {
                    if event.name == "qr_ready" { try await gateway.pay(intent.id) }
                    last = event
                }
                return last
            }
            #expect(last?.kind.isSuccess == true)
            try await waitUntilReleased(configuration)
        }
    }

    /// Nobody shut the terminal down, but nobody holds it any more either.
    private func waitUntilReleased(_ configuration: TerminalConfig) async throws {
        try await reopen(configuration).shutDown()
    }
}
