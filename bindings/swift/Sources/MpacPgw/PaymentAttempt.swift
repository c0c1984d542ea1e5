/// One attempt to take a payment.
///
/// The attempt goes on whether or not anybody watches it: dropping this handle, leaving a loop
/// over ``events`` or cancelling a Task stops nothing but the watching. Only ``cancel()`` cancels
/// a payment, and only ``acknowledge()`` lets go of its outcome. Everything here may be called from
/// any thread and any actor, also from within a listener, and nothing blocks the caller's thread.
public final class PaymentAttempt: PaymentAttemptProtocol {
    /// The attempt's id, the same after a restart.
    public let id: String

    /// The PaymentIntent, `pi_…`.
    public let paymentIntentId: String

    private let core: any AttemptCore
    private let buffer: EventBuffer
    /// It lives as long as its attempts.
    private let terminal: PaymentTerminal

    init(_ core: any AttemptCore, bridge: EventBridge) {
        self.core = core
        terminal = bridge.terminal
        id = core.id()
        paymentIntentId = core.paymentIntentId()
        buffer = bridge.buffer(attemptId: id)
    }

    /// Where the attempt stands now: all that a screen needs.
    public var state: PaymentState {
        core.state()
    }

    /// What is known of the payment by now, for a screen: amount, method, times.
    public var facts: PaymentFacts {
        core.facts()
    }

    /// Whether the gateway answers. It changes as ``state`` does; nothing is decided by it.
    public var connection: ConnectionState {
        core.connection()
    }

    /// How long the code on show can still be paid, by the gateway's clock. Nil where none is on
    /// show, or it is not known. Zero until the next code comes, which takes a poll; up to a minute
    /// where the code was good for less than that.
    public var remaining: Duration? {
        core.remaining()
    }

    /// Where the attempt stands, now and after every change, up to the final result: for showing.
    ///
    /// Each access gives a stream of its own, which starts with the state at that time. A state
    /// that was left again before the loop came back is skipped. The stream also ends after
    /// ``acknowledge()``, when the terminal is shut down, and when its Task is cancelled.
    public var states: AsyncStream<PaymentState> {
        changes(of: { $0.state() })
    }

    /// Whether the gateway answers, now and after every change, as ``states`` does it.
    public var connections: AsyncStream<ConnectionState> {
        changes(of: { $0.connection() })
    }

    private func changes<Value: Equatable & Sendable>(
        of value: @escaping @Sendable (any AttemptCore) -> Value
    ) -> AsyncStream<Value> {
        let last = Locked<Value?>(nil)
        return AsyncStream { [self] in
            await terminal.changes.first {
                let isOver = buffer.isOver
                let value = value(core)
                let isNew = last.withLock { last in
                    defer { last = value }
                    return last != value
                }
                return isNew ? .found(value) : isOver ? .nothingMore : .nothingYet
            }
        }
    }

    /// The events of the attempt, in order, up to the final one: for acting on them.
    ///
    /// Each event is handed out once, to one loop. What no loop has taken yet waits for the next
    /// one, which is to come from here again: a stream whose Task was cancelled has ended. Of what
    /// nobody takes at all, the latest 256 events are kept.
    ///
    /// How a loop ends decides nothing. Store the outcome when the final event comes (see
    /// ``PaymentEvent/isFinal``), and then call ``acknowledge()``.
    ///
    /// The stream ends after the final event, after ``acknowledge()`` of an unresolved attempt, and
    /// when the terminal is shut down.
    public var events: AsyncStream<PaymentEvent> {
        AsyncStream { [self] in
            await terminal.changes.first { buffer.take() }
        }
    }

    /// Waits for the attempt's result, which may be ``PaymentResult/unresolved(cause:nextStep:)``:
    /// that is returned each time until the outcome is known.
    ///
    /// Store the result, and then call ``acknowledge()``.
    ///
    /// - Returns: the result.
    /// - Throws: `CancellationError` when the Task is cancelled, which leaves the payment as it is, or
    ///   when a reserved payment was acknowledged before there is a result;
    ///   ``TerminalError/shutDown`` when the terminal is shut down before there is a result.
    public func result() async throws -> PaymentResult {
        for await state in states {
            if case .finished(let result) = state { return result }
        }
        try Task.checkCancellation()
        throw terminal.changes.isClosed ? TerminalError.shutDown : CancellationError()
    }

    /// Asks the gateway to withdraw the payment, and reports what happened: it may have been paid in
    /// the meantime.
    ///
    /// What was never sent is cancelled at once, also without a connection. Otherwise it takes about a
    /// second after the connection fails, and three at most, until the answer is
    /// ``CancelOutcome/queued``: the outcome then comes as an event. Cancelling the Task doesn't take
    /// the request back. After ``PaymentTerminal/shutDown()`` nothing is cancelled, and the answer is
    /// ``CancelOutcome/notCancellable``.
    ///
    /// A payment that the card app has is ended there, or, where it is certain that no card was charged,
    /// by handing in ``CardRequest/notCharged(reason:)``.
    ///
    /// - Returns: what became of it.
    public func cancel() async -> CancelOutcome {
        let changes = terminal.changes
        return await offload { [core] in
            let outcome = core.beginCancel()
            // Nothing else tells that it is being cancelled.
            changes.announce()
            return outcome ?? core.cancel()
        }
    }

    /// Lets the customer pay another way than by the code on show: by another wallet's code, by a
    /// code that the customer shows, or in cash (guide, *Payment Flow by Method*).
    ///
    /// The old code is withdrawn as part of it; if it was paid in the last moment, that payment
    /// wins. The events of this attempt tell. When the new method is refused, `switch_refused`
    /// says why, `qr_ready` brings a code back, and the attempt goes on with that. A card cannot be
    /// switched to, because its app charges before the gateway hears of it: cancel, and create a
    /// new PaymentIntent. Takes at most one request; cancelling the Task doesn't take the switch
    /// back.
    ///
    /// - Parameter method: how the customer pays now.
    /// - Returns: whether the attempt goes on with that method.
    /// - Throws: ``TerminalError/invalidArgument(field:reason:)`` when the method names no possible
    ///   provider or customer's code, and ``TerminalError/storage(reason:)`` when the switch could
    ///   not be written down; then nothing has changed, and the code on show still counts;
    ///   ``TerminalError/shutDown`` after that.
    public func switchMethod(_ method: PaymentMethod) async throws -> SwitchOutcome {
        let outcome = try await offload { [core] in try core.switchMethod(method: method) }
        terminal.changes.announce()
        return outcome
    }

    /// Asks the gateway at once, and returns without waiting for the answer: for when the app is
    /// back in the foreground.
    public func pollNow() {
        core.pollNow()
    }

    /// Says that the outcome is the app's to remember now: call it once the app has stored it.
    ///
    /// Until then the outcome stays in the journal and comes back from
    /// ``PaymentTerminal/recoverPending(listener:)``. It is a final result; or a
    /// ``PaymentResult/unresolved(cause:nextStep:)`` that the staff has settled by hand, or
    /// ``PaymentState/authorized``, which are then asked about no more. What ``state`` shows when this is
    /// called is let go of, and nothing that is found out meanwhile; it stays as it is. Calling this
    /// again does no harm, and cancelling the Task doesn't take it back.
    ///
    /// - Returns: whether the attempt has left the journal: not without an outcome, nor where the
    ///   disk does not let it, nor after ``PaymentTerminal/shutDown()``.
    @discardableResult
    public func acknowledge() async -> Bool {
        let isGone = await offload { [core] in core.acknowledge() }
        // A final event may be still on its way; of another outcome none comes.
        if isGone {
            switch state {
            case .finished(.succeeded), .finished(.failed), .finished(.cancelled): break
            default: buffer.end()
            }
        }
        return isGone
    }
}

extension PaymentAttempt: CustomStringConvertible {
    /// The ids and the state.
    public var description: String {
        "PaymentAttempt(id: \(id), paymentIntentId: \(paymentIntentId), state: \(state))"
    }
}
