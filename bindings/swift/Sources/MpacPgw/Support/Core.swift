/// What a ``PaymentTerminal`` needs of the core, or of what stands in for it in tests.
package protocol TerminalCore: Sendable {
    func retrievePaymentIntent(paymentToken: String) throws -> PaymentIntent
    func confirm(
        _ paymentToken: String, _ method: PaymentMethod, _ listener: any PaymentListener
    ) throws -> any AttemptCore
    func recover(_ listener: any PaymentListener) throws -> [any AttemptCore]
    func completeCardPayment(result: CardResult) throws
    func attempts() -> [AttemptSummary]
    func damagedRecords() -> [DamagedRecord]
    func settleDamagedRecord(attemptId: String) throws -> Bool
    func shutDown()
}

/// What a ``PaymentAttempt`` needs of the core, or of what stands in for it in tests.
package protocol AttemptCore: Sendable {
    func id() -> String
    func paymentIntentId() -> String
    func state() -> PaymentState
    func facts() -> PaymentFacts
    func connection() -> ConnectionState
    func remaining() -> Duration?
    func beginCancel() -> CancelOutcome?
    func cancel() -> CancelOutcome
    func switchMethod(method: PaymentMethod) throws -> SwitchOutcome
    func pollNow()
    func acknowledge() -> Bool
}

extension CoreAttempt: AttemptCore {}

extension CoreTerminal: TerminalCore {
    func confirm(
        _ paymentToken: String, _ method: PaymentMethod, _ listener: any PaymentListener
    ) throws -> any AttemptCore {
        try confirmPayment(paymentToken: paymentToken, method: method, listener: listener)
    }

    func recover(_ listener: any PaymentListener) throws -> [any AttemptCore] {
        try recoverPending(listener: listener)
    }
}
