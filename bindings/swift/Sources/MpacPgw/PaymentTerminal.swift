/// A payment terminal: the entry to the SDK.
///
/// Open one for each data directory, keep it for as long as the app runs, and call
/// ``recoverPending(listener:)`` first. It stays open until ``shutDown()``, or until nobody holds
/// it or one of its attempts and none is running. Everything here may be called from any thread and
/// any actor; nothing blocks the caller's thread. <doc:MpacPgw> tells how it fits into an app.
///
/// Payment tokens come from the merchant's back end (guide, *Creating a PaymentIntent*). Whoever
/// holds one can pay or cancel that payment: don't log them. The SDK never does.
public final class PaymentTerminal: PaymentTerminalProtocol {
    private let core: any TerminalCore
    let changes = Changes()

    package init(_ core: any TerminalCore) {
        self.core = core
    }

    /// Opens the terminal on its data directory.
    ///
    /// - Parameters:
    ///   - config: the gateway, the data directory, and the times.
    ///   - vault: seals the journal at rest; without one, the app's sandbox has to do.
    /// - Returns: the terminal.
    /// - Throws: ``TerminalError/invalidConfiguration(field:reason:)``,
    ///   ``TerminalError/directoryInUse`` or ``TerminalError/storage(reason:)``.
    public static func open(
        _ config: TerminalConfig, vault: (any Vault)? = nil
    ) async throws -> PaymentTerminal {
        try await offload {
            PaymentTerminal(try openTerminal(config: config, vault: vault))
        }
    }

    /// Asks the gateway for the PaymentIntent of a token.
    ///
    /// - Parameter paymentToken: the token, `pi_…_secret_…`.
    /// - Returns: the PaymentIntent as it is now.
    /// - Throws: ``TerminalError/invalidPaymentToken(reason:)``,
    ///   ``TerminalError/gateway(code:reason:param:httpStatus:)``, ``TerminalError/noAnswer(cause:)``
    ///   or ``TerminalError/shutDown``; ``TerminalError/invalidConfiguration(field:reason:)`` when what
    ///   answers is no gateway.
    public func retrievePaymentIntent(_ paymentToken: String) async throws -> PaymentIntent {
        try await offload { [core] in try core.retrievePaymentIntent(paymentToken: paymentToken) }
    }

    /// Starts an attempt to take a payment (guide, *Payment Flow by Method*), to be watched
    /// through ``PaymentAttempt/events`` or awaited with ``PaymentAttempt/result()``.
    ///
    /// Returns once the attempt is in the journal, without waiting for the gateway.
    ///
    /// - Parameters:
    ///   - paymentToken: the token, `pi_…_secret_…`.
    ///   - method: how the customer pays. For ``PaymentMethod/cash``, the staff has received it.
    ///   - listener: is told the events too, some perhaps before this returns.
    /// - Returns: the attempt.
    /// - Throws: ``TerminalError/invalidPaymentToken(reason:)``,
    ///   ``TerminalError/invalidArgument(field:reason:)``,
    ///   ``TerminalError/attemptInProgress(attemptId:)``, ``TerminalError/storage(reason:)`` or
    ///   ``TerminalError/shutDown``. Nothing was started then.
    public func confirmPayment(
        _ paymentToken: String, method: PaymentMethod, listener: (any PaymentListener)? = nil
    ) async throws -> PaymentAttempt {
        let bridge = EventBridge(listener: listener, terminal: self)
        return try await offload { [core] in
            PaymentAttempt(try core.confirm(paymentToken, method, bridge), bridge: bridge)
        }
    }

    /// Takes the answer of the app MPACCreditCard, also after a restart.
    ///
    /// A result is taken once, for an attempt of this terminal that waits for it, with the nonce,
    /// the amount and the currency of its request; with ``TerminalConfig/cardAppPublicKeys`` as the
    /// card app has signed it. It may come before
    /// ``recoverPending(listener:)``. This returns once the result is on disk.
    ///
    /// - Parameter result: what the card app answered.
    /// - Throws: ``TerminalError/cardResultRefused(refusal:)``, ``TerminalError/storage(reason:)`` or
    ///   ``TerminalError/shutDown``.
    public func completeCardPayment(_ result: CardResult) async throws {
        try await offload { [core] in try core.completeCardPayment(result: result) }
        changes.announce()
    }

    /// Brings back every attempt that was not acknowledged and is not running: each goes on where it
    /// was, and its outcome is told again, as ``PaymentEvent/replayed``. Those of this process that
    /// have their final result are among them.
    ///
    /// Call it once after opening.
    ///
    /// - Parameter listener: is told the events of all of them, one at a time for each, some
    ///   perhaps before this returns.
    /// - Returns: the attempts, resumed.
    /// - Throws: ``TerminalError/storage(reason:)``, also when all there is to bring back is locked
    ///   (call it again once the device is unlocked), or ``TerminalError/shutDown``.
    public func recoverPending(
        listener: (any PaymentListener)? = nil
    ) async throws -> [PaymentAttempt] {
        let bridge = EventBridge(listener: listener, terminal: self)
        return try await offload { [core] in
            try core.recover(bridge).map { PaymentAttempt($0, bridge: bridge) }
        }
    }

    /// Files of the journal that could not be read, by now.
    ///
    /// Each may stand for a payment: look it up in the gateway's dashboard, then settle it with
    /// ``settleDamagedRecord(_:)``.
    public var damagedRecords: [DamagedRecord] {
        core.damagedRecords()
    }

    /// What is running, or waits for ``recoverPending(listener:)``, with what is known of each. It
    /// starts nothing and asks nobody. What the gateway has to confirm first, an outcome or a code of an
    /// earlier process, is ``PaymentState/confirming`` until it has. After ``shutDown()`` it says how each
    /// stood then.
    public func attempts() -> [AttemptSummary] {
        core.attempts()
    }

    /// Lets go of a damaged record, once the staff has found out what became of its payment and has
    /// set that right by hand: its file is removed for good.
    ///
    /// - Parameter attemptId: the attempt that the record was written for.
    /// - Returns: whether there was one; the second time there is none.
    /// - Throws: ``TerminalError/storage(reason:)`` while it is locked, as it may still be brought
    ///   back, and when it cannot be removed.
    @discardableResult
    public func settleDamagedRecord(_ attemptId: String) async throws -> Bool {
        try await offload { [core] in try core.settleDamagedRecord(attemptId: attemptId) }
    }

    /// Stops all attempts and releases the data directory; the journal keeps them for
    /// ``recoverPending(listener:)``.
    ///
    /// Streams end once what was told before is taken, listeners are told nothing more, and every
    /// later call throws ``TerminalError/shutDown``. A listener that is just busy with an event is
    /// not waited for.
    public func shutDown() async {
        await offload { [core] in core.shutDown() }
        changes.close()
    }

    /// How much is logged from now on, in all terminals. It is ``LogLevel/warn`` until this is called.
    public static func setLogLevel(_ level: LogLevel) {
        MpacPgw.setLogLevel(level: level)
    }

    /// Sends the SDK's messages, which hold no secrets, to a sink from now on.
    ///
    /// - Parameter sink: takes them; without one they go nowhere.
    public static func setLogSink(_ sink: (any LogSink)?) {
        MpacPgw.setLogSink(sink: sink)
    }
}
