import MpacPgw
import MpacPgwTesting
import Testing

/// What an app's own tests are built on: no gateway, no journal.
@Suite(.timeLimit(.minutes(1)))
struct FakePaymentTerminalTests {
    private let token = "pi_01HXY_secret_abc"
    private let code = PaymentMethod.qrMpm(provider: "PAYPAY")

    /// What an app has: it takes any terminal.
    private func takePayment(
        _ token: String, with terminal: any PaymentTerminalProtocol
    ) async throws -> [String] {
        let attempt = try await terminal.confirmPayment(token, method: code)
        var names: [String] = []
        for await event in attempt.events {
            names.append(event.name)
            if event.isFinal { await attempt.acknowledge() }
        }
        return names
    }

    @Test func anAppIsTestedAsTheGuideHasIt() async throws {
        // GUIDE
        let fake = FakePaymentTerminal(.qrReady(), .connectionLost(), .succeed)
        let shown = try await takePayment(token, with: fake)
        #expect(shown == ["qr_ready", "connection_lost", "payment_success"])
        #expect(fake.pending.isEmpty, "it was acknowledged")
        // GUIDE
    }

    @Test func aScriptIsFollowed() async throws {
        let fake = FakePaymentTerminal(
            .qrReady(), .connectionLost(), .connectionRestored, .pause(.milliseconds(10)),
            .event(.switchRefused(code: .customerCodeRefused, reason: "no")), .status(.processing),
            .unresolved(.noFinalStatus, .checkWithGateway), .succeed)
        let names = try await within { [self] in try await takePayment(token, with: fake) }
        #expect(
            names == [
                "qr_ready", "connection_lost", "connection_restored", "switch_refused",
                "status_changed", "payment_unresolved", "payment_success",
            ])
        #expect(fake.pending.isEmpty)
    }

    @Test func theTestSaysWhatHappens() async throws {
        let fake = FakePaymentTerminal(.wait, .qrReady(content: "a"), .wait)
        let attempt = try await fake.confirmPayment(token, method: code)
        #expect(attempt.state == .confirming)
        fake.proceed()
        let qr = QrCode(content: "a", expiresAt: nil, provider: "PAYPAY")
        #expect(attempt.state == .awaitingCustomer(qr: qr))
        fake.loseConnection(.gatewayError)
        guard case .lost(_, .gatewayError) = attempt.connection else {
            throw Failure("not lost: \(attempt.connection)")
        }
        #expect(attempt.state == .awaitingCustomer(qr: qr), "the code stays on show, as in the SDK")
        fake.restoreConnection()
        #expect(attempt.connection == .connected)
        var connections = attempt.connections.makeAsyncIterator()
        #expect(await connections.next() == .connected)
        fake.loseConnection(.rateLimited)
        guard case .lost(_, .rateLimited) = await connections.next() else {
            throw Failure("not told: \(attempt.connection)")
        }
        fake.restoreConnection()
        #expect(attempt.state == .awaitingCustomer(qr: qr))
        #expect(fake.fail(.paymentFailed))
        let result = try await attempt.result()
        guard case .failed(.paymentFailed, _, _, canRetry: true) = result else {
            throw Failure("not failed: \(result)")
        }
        #expect(!fake.approve(), "nothing is running any more")
    }

    @Test(
        arguments: [
            (.cancel(by: .expiry), .cancelled(by: .expiry)),
            (
                .fail(.gatewayRefused, reason: "no", canRetry: false),
                .failed(
                    code: .gatewayRefused, reason: "no", providerReason: nil, canRetry: false)
            ),
            (
                .unresolved(.cardChargedNotRecorded, .refundInCardApp),
                .unresolved(cause: .cardChargedNotRecorded, nextStep: .refundInCardApp)
            ),
        ] as [(FakeStep, PaymentResult)])
    func everyOutcomeIsKeptUntilItIsAcknowledged(
        _ step: FakeStep, _ result: PaymentResult
    ) async throws {
        let fake = FakePaymentTerminal(step)
        let attempt = try await fake.confirmPayment(token, method: code)
        #expect(try await attempt.result() == result)
        await fake.shutDown()
        await #expect(throws: TerminalError.shutDown) { try await fake.recoverPending() }

        let next = await fake.reopened()
        #expect(next.pending == [attempt.id])
        for again in try await next.recoverPending() {
            let event = try await within { await again.events.first { _ in true } }
            #expect(event?.replayed == true)
            #expect(again.state == .finished(result: result))
            #expect(await again.acknowledge())
        }
        #expect(try await next.recoverPending().isEmpty)
    }

    @Test func theCardAppAnswers() async throws {
        let fake = FakePaymentTerminal()
        let attempt = try await fake.confirmPayment(token, method: .creditCard)
        let forged = try fake.cardApp.answer(.approved)
        let other = try await fake.confirmPayment("pi_2_secret_x", method: .creditCard)
        try fake.cardApp.decline()
        guard case .failed(.cardDeclined, _, _, _) = try await other.result() else {
            throw Failure("not declined: \(other.state)")
        }
        #expect(attempt.state != other.state)
        try await fake.completeCardPayment(forged)
        #expect(try await attempt.result().isSuccess)
        await #expect(throws: TerminalError.cardResultRefused(refusal: .notWaiting)) {
            try await fake.completeCardPayment(forged)
        }
    }

    @Test func whatTheSdkRefusesIsRefused() async throws {
        let fake = FakePaymentTerminal()
        let noToken = TerminalError.invalidPaymentToken(reason: "it must be pi_…_secret_…")
        await #expect(throws: noToken) {
            try await fake.confirmPayment("nonsense", method: code)
        }
        let noWallet = TerminalError.invalidArgument(field: "method.provider", reason: "cannot be")
        await #expect(throws: noWallet) {
            try await fake.confirmPayment(token, method: .qrMpm(provider: ""))
        }
        let noCode = TerminalError.invalidArgument(
            field: "method.customerCode", reason: "cannot be")
        await #expect(throws: noCode) {
            try await fake.confirmPayment(
                token, method: .qrCpm(provider: "PAYPAY", customerCode: " "))
        }
        let attempt = try await fake.confirmPayment(token, method: code)
        await #expect(throws: TerminalError.attemptInProgress(attemptId: attempt.id)) {
            try await fake.confirmPayment(token, method: code)
        }
        let remaining = try #require(attempt.remaining)
        #expect(remaining > .seconds(240))
    }

    @Test func whatTheCardAppHasIsNotCancelledHere() async throws {
        let fake = FakePaymentTerminal()
        let attempt = try await fake.confirmPayment(token, method: .creditCard)
        #expect(await attempt.cancel() == .notCancellable)
        try fake.cardApp.cancel()
        #expect(try await attempt.result() == .cancelled(by: .cardApp))
    }

    @Test func cashIsBookedAsTheGatewayBooksIt() async throws {
        let attempt = try await FakePaymentTerminal().confirmPayment(token, method: .cash)
        guard case .succeeded(let receipt) = try await attempt.result() else {
            throw Failure("not paid: \(attempt.state)")
        }
        #expect(receipt.provider == "CASH")
    }

    @Test func aTerminalStaysClosedWhenAnotherIsOpened() async throws {
        let old = FakePaymentTerminal()
        let attempt = try await old.confirmPayment(token, method: code)
        #expect(try await old.recoverPending().isEmpty, "it is running")
        let next = await old.reopened()
        await #expect(throws: TerminalError.shutDown) {
            try await old.confirmPayment("pi_2_secret_x", method: code)
        }
        #expect(await attempt.cancel() == .notCancellable)
        await #expect(throws: TerminalError.shutDown) { try await attempt.switchMethod(code) }
        #expect(try await next.recoverPending().map(\.id) == [attempt.id])
    }

    @Test func callsAreAnsweredAsTheTestWantsIt() async throws {
        let fake = FakePaymentTerminal()
        fake.refusal = .noAnswer(cause: .rateLimited)
        await #expect(throws: TerminalError.noAnswer(cause: .rateLimited)) {
            try await fake.retrievePaymentIntent(token)
        }
        #expect(try await fake.retrievePaymentIntent(token).id == "pi_01HXY")

        let attempt = try await fake.confirmPayment(token, method: code)
        #expect(try await attempt.switchMethod(.creditCard) == .notSwitchable)
        fake.cancelOutcome = .notCancellable
        #expect(await attempt.cancel() == .notCancellable)
        #expect(try await attempt.switchMethod(.cash) == .switching)
        #expect(await attempt.cancel() == .alreadySucceeded)
        let events = try await finalTrace(of: attempt)
        #expect(events.names == ["qr_ready", "payment_success"])
        #expect(events.map(\.method) == [.qrMpm, .cash])
    }

    @Test func aListenerAndALoopBothHearEverything() async throws {
        let fake = FakePaymentTerminal(.qrReady(), .status(.processing), .succeed)
        let listener = Listener()
        let attempt = try await fake.confirmPayment(token, method: code, listener: listener)
        let events = try await finalTrace(of: attempt)
        try await listener.heard.wait(for: "the same events") { $0 == events }
    }
}
