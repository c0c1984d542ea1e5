import Foundation
import MpacPgw

/// A terminal for an app's tests and previews: in this process, without a gateway or a journal.
///
/// What happens to a payment is a script, and then what the test says:
///
/// ```swift
/// let fake = FakePaymentTerminal(.qrReady(), .wait, .status(.processing), .wait)
/// let attempt = try await fake.confirmPayment(token, method: .qrMpm(provider: "PAYPAY"))
/// fake.proceed()
/// fake.approve()
/// ```
///
/// Without a script an attempt shows a code, or requests the card app, and waits; cash is paid at once.
/// Its attempts are real ones: streams, results and acknowledging are those of the SDK.
@dynamicMemberLookup
public final class FakePaymentTerminal: PaymentTerminalProtocol {
    private let core: FakeCore
    private let terminal: PaymentTerminal
    /// The card app, and who holds the card.
    public let cardApp: FakeCardApp

    /// A terminal whose attempts follow that script.
    public convenience init(_ script: FakeStep...) {
        self.init(FakeCore())
        core.settings.withLock { $0.script = script }
    }

    private init(_ core: FakeCore) {
        self.core = core
        terminal = PaymentTerminal(core)
        cardApp = FakeCardApp(core)
    }

    /// Another terminal, as after a restart of the app: what was not acknowledged is pending there. This
    /// one is shut down.
    public func reopened() async -> FakePaymentTerminal {
        await terminal.shutDown()
        return FakePaymentTerminal(FakeCore(after: core))
    }

    /// The ``FakeSettings``, to be changed at any time.
    public subscript<Value>(dynamicMember path: WritableKeyPath<FakeSettings, Value>) -> Value {
        get { core.settings.withLock { $0[keyPath: path] } }
        set { core.settings.withLock { $0[keyPath: path] = newValue } }
    }

    /// See ``FakeSettings/damagedRecords``.
    public var damagedRecords: [DamagedRecord] {
        get { core.damagedRecords() }
        set { core.settings.withLock { $0.damagedRecords = newValue } }
    }

    /// What was not acknowledged.
    public func attempts() -> [AttemptSummary] { terminal.attempts() }

    /// Takes it off ``FakeSettings/damagedRecords``.
    @discardableResult
    public func settleDamagedRecord(_ attemptId: String) async throws -> Bool {
        try await terminal.settleDamagedRecord(attemptId)
    }

    // MARK: During a payment

    /// Goes on after a ``FakeStep/wait``.
    ///
    /// - Returns: whether an attempt is running, as for all of these.
    @discardableResult
    public func proceed() -> Bool { tell() }

    /// The payment succeeds.
    @discardableResult
    public func approve() -> Bool { tell(.succeed) }

    /// The payment fails.
    @discardableResult
    public func fail(_ code: FailureCode, canRetry: Bool = true) -> Bool {
        tell(.fail(code, canRetry: canRetry))
    }

    /// The gateway does not answer any more.
    @discardableResult
    public func loseConnection(_ cause: UncertaintyCause = .connectionLost) -> Bool {
        tell(.connectionLost(cause))
    }

    /// The gateway answers again.
    @discardableResult
    public func restoreConnection() -> Bool { tell(.connectionRestored) }

    /// Anything happens, to every attempt that is running; then its script goes on.
    @discardableResult
    public func tell(_ steps: FakeStep...) -> Bool {
        let running = core.all.withLock { $0 }.filter(\.isRunning)
        for attempt in running { attempt.follow(steps) }
        return !running.isEmpty
    }

    /// The ids of the attempts that were not acknowledged.
    public var pending: [String] {
        core.all.withLock { $0 }.filter(\.isPending).map { $0.id() }
    }

    // MARK: As a terminal

    /// The ``paymentIntent``, with the token's id.
    public func retrievePaymentIntent(_ paymentToken: String) async throws -> PaymentIntent {
        try await terminal.retrievePaymentIntent(paymentToken)
    }

    /// An attempt that follows the ``script``.
    public func confirmPayment(
        _ paymentToken: String, method: PaymentMethod, listener: (any PaymentListener)? = nil
    ) async throws -> PaymentAttempt {
        try await terminal.confirmPayment(paymentToken, method: method, listener: listener)
    }

    /// Takes and refuses results as the real one does.
    public func completeCardPayment(_ result: CardResult) async throws {
        try await terminal.completeCardPayment(result)
    }

    /// The attempts that were not acknowledged. Their outcomes come as replayed, their codes again.
    public func recoverPending(
        listener: (any PaymentListener)? = nil
    ) async throws -> [PaymentAttempt] {
        try await terminal.recoverPending(listener: listener)
    }

    /// As the real one does.
    public func shutDown() async {
        await terminal.shutDown()
    }
}

/// How a ``FakePaymentTerminal`` answers. They are its own members: `fake.refusal = .directoryInUse`.
public struct FakeSettings: Sendable {
    /// What happens to the attempts that begin from now on.
    public var script: [FakeStep] = []
    /// What every token stands for. The id is the one of the token.
    public var paymentIntent = PaymentIntent(
        id: "", status: .requiresPaymentMethod, amount: 1500, currency: "JPY",
        paymentMethodTypes: [.qrMpm, .qrCpm, .creditCard, .cash],
        expiresAt: .now.addingTimeInterval(1800))
    /// The answer to a cancel, with its event. Nil is as the SDK has it: cancelled, unless the card app has
    /// the payment or the money is reserved.
    public var cancelOutcome: CancelOutcome?
    /// The answer to a switch.
    public var switchOutcome = SwitchOutcome.switching
    /// Why the next call that can fail does so, once.
    public var refusal: TerminalError?
    /// What the journal could not read.
    public var damagedRecords: [DamagedRecord] = []
    var isShutDown = false
}

/// One step of what happens to a payment.
public enum FakeStep: Sendable, Hashable {
    /// The attempt tells this event.
    case event(PaymentEventKind)
    /// `payment_success`, for what this very attempt was to pay.
    case succeed
    /// `card_app_requested`, with a request for this very attempt.
    case cardAppRequested
    /// Nothing more happens before ``FakePaymentTerminal/proceed()``.
    case wait
    /// Nothing more happens for that time: for previews.
    case pause(Duration)

    /// `qr_ready`: a code to show.
    public static func qrReady(
        content: Secret = "https://qr.example/fake", provider: String = "PAYPAY",
        expiresAt: Date? = nil
    ) -> Self {
        .event(.qrReady(qr: QrCode(content: content, expiresAt: expiresAt, provider: provider)))
    }

    /// `status_changed`.
    public static func status(_ status: PaymentIntentStatus) -> Self {
        .event(.statusChanged(status: status))
    }

    /// `connection_lost`.
    public static func connectionLost(_ cause: UncertaintyCause = .connectionLost) -> Self {
        .event(.connectionLost(cause: cause))
    }

    /// `connection_restored`.
    public static var connectionRestored: Self { .event(.connectionRestored) }

    /// `payment_authorized`: the money is reserved.
    public static var authorize: Self { .event(.paymentAuthorized) }

    /// `payment_failed`.
    public static func fail(
        _ code: FailureCode, reason: String = "as the test wants it",
        providerReason: String? = nil, canRetry: Bool = true
    ) -> Self {
        .event(
            .paymentFailed(
                code: code, reason: reason, providerReason: providerReason, canRetry: canRetry))
    }

    /// `payment_cancelled`.
    public static func cancel(by: CancelledBy) -> Self { .event(.paymentCancelled(by: by)) }

    /// `payment_unresolved`. The attempt goes on.
    public static func unresolved(_ cause: UncertaintyCause, _ nextStep: NextStep) -> Self {
        .event(.paymentUnresolved(cause: cause, nextStep: nextStep))
    }
}

/// MPACCreditCard, and who holds the card.
///
/// ``answer(_:)`` is what the app hands in itself; the other calls hand it in for it.
public final class FakeCardApp: Sendable {
    private let core: FakeCore

    init(_ core: FakeCore) {
        self.core = core
    }

    /// The card is charged.
    public func approve() throws { try complete(.approved) }

    /// The issuer says no.
    public func decline() throws { try complete(.declined) }

    /// The customer gives up.
    public func cancel() throws { try complete(.cancelled) }

    /// No card was charged, for another reason.
    public func fail() throws { try complete(.error) }

    /// What the card app answers to the latest request.
    ///
    /// - Returns: the result, for ``PaymentTerminalProtocol/completeCardPayment(_:)``.
    /// - Throws: ``CardResultRefusal/notWaiting`` when no attempt waits for the card app.
    public func answer(_ outcome: CardOutcome) throws -> CardResult {
        let requests = core.all.withLock { $0 }.compactMap { attempt -> CardRequest? in
            if case .awaitingCardApp(let request) = attempt.state() { request } else { nil }
        }
        guard let request = requests.last else {
            throw TerminalError.cardResultRefused(refusal: .notWaiting)
        }
        let isApproved = outcome == .approved
        return CardResult(
            version: request.version, attemptId: request.attemptId, nonce: request.nonce,
            outcome: outcome, amount: request.amount, currency: request.currency,
            approvalCode: isApproved ? "FAKE42" : nil, cardBrand: isApproved ? "VISA" : nil,
            maskedPan: isApproved ? "************4242" : nil,
            reason: isApproved ? nil : "as the test wants it", processedAt: .now)
    }

    private func complete(_ outcome: CardOutcome) throws {
        try core.completeCardPayment(result: answer(outcome))
    }
}
