/// What an app calls of a ``PaymentTerminal``.
///
/// Code that takes `any PaymentTerminalProtocol` can be given a stand-in in tests and previews: the
/// `FakePaymentTerminal` of MpacPgwTesting, or one of the app's own.
public protocol PaymentTerminalProtocol: Sendable {
    /// What is handed out for each attempt.
    associatedtype Attempt: PaymentAttemptProtocol

    /// See ``PaymentTerminal/retrievePaymentIntent(_:)``.
    func retrievePaymentIntent(_ paymentToken: String) async throws -> PaymentIntent
    /// See ``PaymentTerminal/confirmPayment(_:method:listener:)``.
    func confirmPayment(
        _ paymentToken: String, method: PaymentMethod, listener: (any PaymentListener)?
    ) async throws -> Attempt
    /// See ``PaymentTerminal/completeCardPayment(_:)``.
    func completeCardPayment(_ result: CardResult) async throws
    /// See ``PaymentTerminal/recoverPending(listener:)``.
    func recoverPending(listener: (any PaymentListener)?) async throws -> [Attempt]
    /// See ``PaymentTerminal/attempts()``.
    func attempts() -> [AttemptSummary]
    /// See ``PaymentTerminal/damagedRecords``.
    var damagedRecords: [DamagedRecord] { get }
    /// See ``PaymentTerminal/settleDamagedRecord(_:)``.
    @discardableResult func settleDamagedRecord(_ attemptId: String) async throws -> Bool
    /// See ``PaymentTerminal/shutDown()``.
    func shutDown() async
}

extension PaymentTerminalProtocol {
    /// Starts an attempt that is watched through ``PaymentAttemptProtocol/events``.
    public func confirmPayment(
        _ paymentToken: String, method: PaymentMethod
    ) async throws -> Attempt {
        try await confirmPayment(paymentToken, method: method, listener: nil)
    }

    /// Brings back attempts that are watched through ``PaymentAttemptProtocol/events``.
    public func recoverPending() async throws -> [Attempt] {
        try await recoverPending(listener: nil)
    }
}

/// What an app calls of a ``PaymentAttempt``.
public protocol PaymentAttemptProtocol: Sendable, Identifiable<String> {
    /// See ``PaymentAttempt/paymentIntentId``.
    var paymentIntentId: String { get }
    /// See ``PaymentAttempt/state``.
    var state: PaymentState { get }
    /// See ``PaymentAttempt/facts``.
    var facts: PaymentFacts { get }
    /// See ``PaymentAttempt/connection``.
    var connection: ConnectionState { get }
    /// See ``PaymentAttempt/remaining``.
    var remaining: Duration? { get }
    /// See ``PaymentAttempt/states``.
    var states: AsyncStream<PaymentState> { get }
    /// See ``PaymentAttempt/connections``.
    var connections: AsyncStream<ConnectionState> { get }
    /// See ``PaymentAttempt/events``.
    var events: AsyncStream<PaymentEvent> { get }
    /// See ``PaymentAttempt/result()``.
    func result() async throws -> PaymentResult
    /// See ``PaymentAttempt/cancel()``.
    func cancel() async -> CancelOutcome
    /// See ``PaymentAttempt/switchMethod(_:)``.
    func switchMethod(_ method: PaymentMethod) async throws -> SwitchOutcome
    /// See ``PaymentAttempt/pollNow()``.
    func pollNow()
    /// See ``PaymentAttempt/acknowledge()``.
    @discardableResult func acknowledge() async -> Bool
}

extension PaymentIntent: Identifiable {}
