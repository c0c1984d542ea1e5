import Foundation
import MpacPgw
import MpacPgwTesting
import Testing
import UIKit

@testable import MpacPgwApp

extension DeviceTests {
    /// What happens when the app leaves the screen and comes back.
    @Suite @MainActor struct ForegroundTests {
        private let device = UIApplication.shared

        init() { UIApplication.shared.comeBack() }

        private func attempt(of terminal: FakePaymentTerminal) async throws -> Polled {
            let attempt = try await terminal.confirmPayment(
                "pi_01HXY_secret_abc", method: .qrMpm(provider: "PAYPAY"))
            return Polled(attempt)
        }

        @Test func everyRunningPaymentIsAskedAboutOnReturn() async throws {
            let foreground = Foreground()
            let attempt = try await attempt(of: FakePaymentTerminal(.qrReady(), .wait))
            foreground.watch(attempt)
            foreground.watch(attempt)
            #expect(attempt.polls == 0)
            device.leave()
            device.comeBack()
            #expect(attempt.polls == 1)
        }

        @Test func iOSIsAskedForAMomentMoreWhileAPaymentRuns() async throws {
            let foreground = Foreground()
            device.leave()
            #expect(device.backgroundTasks.isEmpty, "there is no payment")
            device.comeBack()
            foreground.watch(try await attempt(of: FakePaymentTerminal(.qrReady(), .wait)))
            device.leave()
            #expect(device.backgroundTasks.count == 1)
            device.comeBack()
            #expect(device.backgroundTasks.isEmpty)
        }

        @Test func theMomentIsGivenBackInTime() async throws {
            let foreground = Foreground()
            foreground.watch(try await attempt(of: FakePaymentTerminal(.qrReady(), .wait)))
            device.leave()
            for handler in device.backgroundTasks.values { handler?() }
            #expect(device.backgroundTasks.isEmpty)
        }

        @Test func anOutcomeEndsIt() async throws {
            let foreground = Foreground()
            let terminal = FakePaymentTerminal(.qrReady(), .wait)
            let attempt = try await attempt(of: terminal)
            foreground.watch(attempt)
            device.leave()
            terminal.approve()
            try await until("the end of it") { device.backgroundTasks.isEmpty }
            device.comeBack()
            #expect(attempt.polls == 0)
        }

        @Test func whenItIsGoneNobodyListens() async throws {
            let attempt = try await attempt(of: FakePaymentTerminal(.qrReady(), .wait))
            var foreground: Foreground? = Foreground()
            foreground?.watch(attempt)
            foreground = nil
            device.leave()
            device.comeBack()
            #expect(attempt.polls == 0)
        }

        /// Counts how often it is asked about.
        private final class Polled: PaymentAttemptProtocol, @unchecked Sendable {
            private let attempt: PaymentAttempt
            private let lock = NSLock()
            private var count = 0

            init(_ attempt: PaymentAttempt) { self.attempt = attempt }

            var polls: Int { lock.withLock { count } }

            func pollNow() {
                lock.withLock { count += 1 }
                attempt.pollNow()
            }

            var id: String { attempt.id }
            var paymentIntentId: String { attempt.paymentIntentId }
            var state: PaymentState { attempt.state }
            var facts: PaymentFacts { attempt.facts }
            var connection: ConnectionState { attempt.connection }
            var remaining: Duration? { attempt.remaining }
            var states: AsyncStream<PaymentState> { attempt.states }
            var connections: AsyncStream<ConnectionState> { attempt.connections }
            var events: AsyncStream<PaymentEvent> { attempt.events }
            func result() async throws -> PaymentResult { try await attempt.result() }
            func cancel() async -> CancelOutcome { await attempt.cancel() }
            func switchMethod(_ method: PaymentMethod) async throws -> SwitchOutcome {
                try await attempt.switchMethod(method)
            }
            func acknowledge() async -> Bool { await attempt.acknowledge() }
        }
    }
}
