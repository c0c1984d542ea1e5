import Foundation
import MpacPgw
import Testing

/// An outcome stays in the journal until the app acknowledges it, whatever else happens.
@Suite(.timeLimit(.minutes(2)))
struct AcknowledgeTests {
    private struct OrdersAreClosed: Error {}

    /// What an app may do with an outcome short of acknowledging it.
    enum Handling: String, CaseIterable {
        case loopRunsToItsEnd, loopIsLeft, loopFails, loopIsCancelled, newLoopAfterACancelledOne
        case twoLoops, resultIsReturned, resultIsCancelled, statesAreWatched, nobodyWatches
        case aListenerListens, cancelIsCalled
        case shutDownWithinALoop, shutDownWithinAListener

        func handle(_ terminal: PaymentTerminal, _ token: String) async throws {
            switch self {
            case .aListenerListens, .shutDownWithinAListener:
                let shutsDown = self == .shutDownWithinAListener
                let listener = Listener { event in
                    if shutsDown && event.isFinal { waitFor { await terminal.shutDown() } }
                }
                _ = try await terminal.confirmPayment(token, method: .cash, listener: listener)
                try await listener.heard.waitForOutcome()
            default:
                let attempt = try await terminal.confirmPayment(token, method: .cash)
                try await watch(attempt, terminal)
                #expect(try await attempt.result().isSuccess)
            }
        }

        private func watch(_ attempt: PaymentAttempt, _ terminal: PaymentTerminal) async throws {
            switch self {
            case .loopRunsToItsEnd:
                for await _ in attempt.events {}
            case .loopIsLeft:
                for await event in attempt.events where event.isFinal { return }
            case .loopFails:
                await #expect(throws: OrdersAreClosed.self) {
                    for await event in attempt.events where event.isFinal {
                        throw OrdersAreClosed()
                    }
                }
            case .loopIsCancelled:
                await Task {
                    for await event in attempt.events where event.isFinal { cancelThisTask() }
                }.value
            case .newLoopAfterACancelledOne:
                await Task { for await _ in attempt.events { cancelThisTask() } }.value
                for await _ in attempt.events {}
            case .twoLoops:
                let other = Task { for await _ in attempt.events {} }
                for await _ in attempt.events {}
                await other.value
            case .resultIsCancelled:
                let waiting = Task { try await attempt.result() }
                waiting.cancel()
                _ = try? await waiting.value
            case .statesAreWatched:
                for await _ in attempt.states {}
            case .cancelIsCalled:
                for await event in attempt.events where event.isFinal {
                    #expect(await attempt.cancel() == .alreadySucceeded)
                }
            case .shutDownWithinALoop:
                for await event in attempt.events where event.isFinal { await terminal.shutDown() }
            case .nobodyWatches:
                while !attempt.state.isSuccess {
                    try await Task.sleep(for: .milliseconds(20))
                }
            default: break
            }
        }

        private func cancelThisTask() {
            withUnsafeCurrentTask { $0?.cancel() }
        }
    }

    @Test(arguments: Handling.allCases)
    func nothingButAcknowledgeAcceptsAnOutcome(_ handling: Handling) async throws {
        let gateway = try await Gateway.shared()
        try await withDataDirectory { directory in
            let intent = try await gateway.createIntent(methods: ["cash"])
            let before = try await PaymentTerminal.open(gateway.configuration(directory))
            try await within { try await handling.handle(before, intent.paymentToken) }
            await before.shutDown()
            #expect(try journaledAttempts(in: directory).count == 1)

            let after = try await reopen(gateway.configuration(directory))
            let recovered = try await after.recoverPending()
            #expect(recovered.map(\.paymentIntentId) == [intent.id])
            for attempt in recovered {
                let events = try await finalTrace(of: attempt)
                #expect(events.last?.kind.isSuccess == true)
                #expect(await attempt.acknowledge())
                #expect(attempt.state.isSuccess)
            }
            #expect(try journaledAttempts(in: directory).isEmpty)
            await after.shutDown()
        }
    }

    @Test func anOutcomeIsReplayedUntilItIsAcknowledged() async throws {
        let gateway = try await Gateway.shared()
        try await withDataDirectory { directory in
            let intent = try await gateway.createIntent(methods: ["cash"])
            let first = try await PaymentTerminal.open(gateway.configuration(directory))
            let attempt = try await first.confirmPayment(intent.paymentToken, method: .cash)
            #expect(try await finalTrace(of: attempt).last?.replayed == false)
            await first.shutDown()
            for isLast in [false, true] {
                let next = try await reopen(gateway.configuration(directory))
                let recovered = try await next.recoverPending()
                #expect(recovered.map(\.id) == [attempt.id])
                for again in recovered {
                    let events = try await finalTrace(of: again)
                    #expect(events.map(\.kind.isSuccess) == [true])
                    #expect(events.map(\.replayed) == [true])
                    if isLast { #expect(await again.acknowledge()) }
                }
                await next.shutDown()
            }
            let last = try await reopen(gateway.configuration(directory))
            #expect(try await last.recoverPending().isEmpty)
            await last.shutDown()
        }
    }

    @Test func acknowledgingAgainDoesNoHarm() async throws {
        let gateway = try await Gateway.shared()
        try await withDataDirectory { directory in
            let terminal = try await PaymentTerminal.open(gateway.configuration(directory))
            let intent = try await gateway.createIntent(methods: ["cash"])
            let attempt = try await terminal.confirmPayment(intent.paymentToken, method: .cash)
            _ = try await within { try await attempt.result() }
            let answers = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<4 { group.addTask { await attempt.acknowledge() } }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers == [true, true, true, true])
            #expect(await attempt.acknowledge())
            #expect(attempt.state.isSuccess)
            #expect(try journaledAttempts(in: directory).isEmpty)
            // Acknowledged before any loop has begun: the event is still told, once.
            #expect(try await finalTrace(of: attempt).last?.kind.isSuccess == true)
            #expect(try await finalTrace(of: attempt).isEmpty)
            await terminal.shutDown()
        }
    }

    @Test func thereIsNothingToAcknowledgeBeforeAnOutcome() async throws {
        let gateway = try await Gateway.shared()
        try await withDataDirectory { directory in
            let terminal = try await PaymentTerminal.open(gateway.configuration(directory))
            let intent = try await gateway.createIntent(methods: ["qr_mpm"])
            let attempt = try await terminal.confirmPayment(
                intent.paymentToken, method: .qrMpm(provider: "PAYPAY"))
            let events = try await finalTrace(of: attempt) { event in
                guard case .qrReady = event.kind else { return }
                #expect(await attempt.acknowledge() == false)
                try await gateway.pay(intent.id)
            }
            #expect(events.last?.kind.isSuccess == true)
            #expect(try journaledAttempts(in: directory).count == 1)
            await terminal.shutDown()
            #expect(await attempt.acknowledge() == false, "the terminal is shut down")
            #expect(try journaledAttempts(in: directory).count == 1)
        }
    }

    @Test func anOutcomeComesBackInTheSameProcessToo() async throws {
        let gateway = try await Gateway.shared()
        try await withDataDirectory { directory in
            let terminal = try await PaymentTerminal.open(gateway.configuration(directory))
            let intent = try await gateway.createIntent(methods: ["cash"])
            let attempt = try await terminal.confirmPayment(intent.paymentToken, method: .cash)
            _ = try await finalTrace(of: attempt)
            var handles = [attempt]
            for _ in 0..<2 {
                // It has been told, but its thread may not have ended yet.
                let recovered = try await within {
                    while true {
                        let recovered = try await terminal.recoverPending()
                        if !recovered.isEmpty { return recovered }
                        try await Task.sleep(for: .milliseconds(20))
                    }
                }
                #expect(recovered.map(\.id) == [attempt.id])
                for again in recovered {
                    let events = try await finalTrace(of: again)
                    #expect(events.map(\.kind.isSuccess) == [true])
                    #expect(events.map(\.replayed) == [true])
                }
                handles += recovered
            }
            for handle in handles { #expect(await handle.acknowledge()) }
            #expect(try await terminal.recoverPending().isEmpty)
            #expect(try journaledAttempts(in: directory).isEmpty)
            await terminal.shutDown()
        }
    }
}
