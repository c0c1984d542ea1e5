import Combine
import Foundation
import MpacPgw
import MpacPgwTesting
import Observation
import Testing

@testable import MpacPgwApp

/// What a screen is told.
@Suite(.timeLimit(.minutes(1))) @MainActor struct PaymentModelTests {
    private func attempt(
        of terminal: FakePaymentTerminal
    ) async throws -> any PaymentAttemptProtocol {
        try await terminal.confirmPayment(
            "pi_01HXY_secret_abc", method: .qrMpm(provider: "PAYPAY"))
    }

    @Test func theScreenFollowsThePaymentToItsEnd() async throws {
        let terminal = FakePaymentTerminal(.wait, .qrReady(content: "a"), .wait)
        let model = PaymentModel(try await attempt(of: terminal))
        #expect(model.state == .confirming)
        let watching = Task { await model.watch() }
        terminal.proceed()
        try await until("a code") {
            if case .awaitingCustomer = model.state { true } else { false }
        }
        terminal.loseConnection(.gatewayError)
        try await until("a lost connection") { model.connection != .connected }
        terminal.approve()
        await watching.value
        guard case .finished(.succeeded) = model.state else {
            Issue.record("it ended as \(model.state)")
            return
        }
    }

    @Test func viewsOfBothKindsAreToldOfAChange() async throws {
        let terminal = FakePaymentTerminal(.qrReady(content: "a"), .wait)
        let model = PaymentModel(try await attempt(of: terminal))
        let (old, new) = (Counter(), Counter())
        model.objectWillChange.standInListen { old.add() }
        withObservationTracking {
            _ = model.state
        } onChange: {
            new.add()
        }
        let watching = Task { await model.watch() }
        terminal.approve()
        await watching.value
        #expect(old.count > 0)
        #expect(new.count == 1)
    }

    @Test func aCancelIsShownWhileItWaitsAndAfterwards() async throws {
        let terminal = FakePaymentTerminal(.qrReady(content: "a"), .wait)
        let model = PaymentModel(try await attempt(of: terminal))
        #expect(!model.isCancelling)
        #expect(model.cancelOutcome == nil)
        await model.cancel()
        #expect(!model.isCancelling)
        #expect(model.cancelOutcome == .cancelled)
    }

    @Test func whoeverStopsWatchingStopsNoPayment() async throws {
        let terminal = FakePaymentTerminal(.qrReady(content: "a"), .wait)
        let attempt = try await attempt(of: terminal)
        let model = PaymentModel(attempt)
        let watching = Task { await model.watch() }
        await Task.yield()
        watching.cancel()
        await watching.value
        terminal.approve()
        guard case .succeeded = try await attempt.result() else {
            Issue.record("it ended as \(attempt.state)")
            return
        }
    }

    private final class Counter: @unchecked Sendable {
        private let lock = NSLock()
        private var value = 0

        var count: Int { lock.withLock { value } }
        func add() { lock.withLock { value += 1 } }
    }
}
