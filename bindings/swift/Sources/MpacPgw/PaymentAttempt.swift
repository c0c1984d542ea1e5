internal import MpacPgwCore

/// One attempt to take a payment.
///
/// The attempt goes on whether or not anybody watches it: dropping this handle, leaving a loop
/// over ``events`` or cancelling a Task stops nothing but the watching. Only ``cancel()`` cancels
/// a payment. Everything here may be called from any thread and any actor, also from within a
/// listener, and nothing blocks the caller's thread.
public final class PaymentAttempt: Sendable, Identifiable {
    /// The attempt's id, the same after a restart.
    public let id: String

    /// The PaymentIntent, `pi_…`.
    public let paymentIntentID: String

    private let core: MpacPgwCore.PaymentAttempt
    private let feed: AttemptFeed
    /// It lives as long as its attempts.
    private let terminal: PaymentTerminal

    init(_ core: MpacPgwCore.PaymentAttempt, bridge: EventBridge) {
        self.core = core
        terminal = bridge.terminal
        id = core.id()
        paymentIntentID = core.paymentIntentId()
        feed = bridge.feed(attemptID: id)
        feed.hold()
    }

    deinit {
        feed.release()
    }

    /// Where the attempt stands now.
    public var state: PaymentState {
        PaymentState(core.state())
    }

    /// Where the attempt stands, now and after every change, up to the final result: for showing.
    ///
    /// Each access gives a stream of its own, which starts with the state at that time. A state
    /// that was left again before the loop came back is skipped. Watching states accepts nothing:
    /// see ``events`` and ``result()``. The stream also ends when the terminal is shut down, and
    /// when the attempt is acknowledged.
    public var states: AsyncStream<PaymentState> {
        let last = Locked<PaymentState?>(nil)
        return AsyncStream { [core, feed] in
            while !Task.isCancelled {
                let now = feed.now
                if let last = last.withLock({ $0 }), last.isFinal { return nil }
                let state = PaymentState(core.state())
                let isNew = last.withLock { last in
                    defer { last = state }
                    return last != state
                }
                if isNew { return state }
                if now.isClosed { return nil }
                await feed.changed(since: now.version)
            }
            return nil
        }
    }

    /// The events of the attempt, in order, up to the final one.
    ///
    /// Events that came while no stream was open are kept and start the next one, so none is
    /// missed between starting a payment and watching it. Streams that are open at the same time
    /// each get every event; one that is opened later gets those that no other had, so that no
    /// card app is launched twice. Only the final event comes to every stream. What is true now is
    /// in ``state``.
    ///
    /// **Accepting the final event.** A `for await` loop that runs to its end accepts the final
    /// event: the attempt then leaves the journal, within moments, and before
    /// ``PaymentTerminal/shutDown()`` returns. So store the outcome inside of the loop, and let the
    /// loop end by itself, right after the final event. Leaving it early on that event, by `break`,
    /// `return`, an error or the end of the process, accepts nothing, and neither does a loop whose
    /// Task is cancelled. The event waits for the next loop as long as the app holds the attempt.
    /// Within a minute after it was let go, as after a restart, the attempt comes back with
    /// ``PaymentTerminal/recoverPending()``. With several streams, the first to end counts. In an
    /// attempt with a listener, the listener alone accepts.
    ///
    /// The stream also ends, without a final event, when the terminal is shut down and when the
    /// attempt is acknowledged. Cancelling the Task ends the watching only.
    public var events: AsyncStream<PaymentEvent> {
        let cursor = EventCursor(feed)
        return AsyncStream { [self] in
            while !Task.isCancelled {
                switch cursor.step() {
                case .event(let event): return event
                case .end: return nil
                case .wait(let version): await feed.changed(since: version)
                }
            }
            return nil
        }
    }

    /// Waits for the attempt's result, which may be ``PaymentResult/unresolved(cause:nextStep:)``.
    ///
    /// Returning a final result accepts the final event: an app that must not lose the outcome in
    /// a crash right after this watches ``events`` or uses a listener instead. An unresolved result
    /// accepts nothing, and is returned each time until the outcome is known.
    ///
    /// - Returns: the result.
    /// - Throws: `CancellationError` when the Task is cancelled, which leaves the payment as it is;
    ///   ``TerminalError/shutDown`` when the terminal is shut down before there is a result.
    public func result() async throws -> PaymentResult {
        let result = try await nextResult()
        if result.isFinal { feed.accept() }
        return result
    }

    private func nextResult() async throws -> PaymentResult {
        while true {
            try Task.checkCancellation()
            let now = feed.now
            if let result = now.final?.result ?? state.result { return result }
            if now.isClosed { throw TerminalError.shutDown }
            await feed.changed(since: now.version)
        }
    }

    /// Asks the gateway to withdraw the payment, and reports what happened.
    ///
    /// Returns when the gateway has answered, after at most twice the request timeout. Cancelling
    /// the Task doesn't take the request back.
    ///
    /// - Returns: what the gateway says. Only ``CancelOutcome/cancelled`` means that the payment
    ///   can no longer be paid.
    public func cancel() async -> CancelOutcome {
        let outcome = await offload { [core] in CancelOutcome(core.cancel()) }
        feed.touch()
        return outcome
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
    ///   not be written down; then nothing has changed, and the code on show still counts.
    public func switchMethod(_ method: PaymentMethod) async throws -> SwitchOutcome {
        let outcome = try await offload { [core] in
            try TerminalError.rethrow { SwitchOutcome(try core.switchMethod(method: method.core)) }
        }
        feed.touch()
        return outcome
    }

    /// Asks the gateway at once, and returns without waiting for the answer: for when the app is
    /// back in the foreground.
    public func pollNow() {
        core.pollNow()
    }

    /// Says that the staff has settled a ``PaymentResult/unresolved(cause:nextStep:)`` by hand: the
    /// attempt is asked about no more and leaves the journal.
    ///
    /// Does nothing to an attempt that is not unresolved.
    ///
    /// - Returns: whether it was unresolved.
    @discardableResult
    public func acknowledge() async -> Bool {
        let wasUnresolved = await offload { [core] in core.acknowledge() }
        if wasUnresolved { feed.close() }
        return wasUnresolved
    }
}

extension PaymentAttempt: Redacted {
    var visibleFields: KeyValuePairs<String, Any> {
        ["id": id, "paymentIntentID": paymentIntentID, "state": state]
    }
}

/// The place of one stream in the events of an attempt.
private final class EventCursor: Sendable {
    private let feed: AttemptFeed

    init(_ feed: AttemptFeed) {
        self.feed = feed
    }

    deinit {
        feed.leave(ObjectIdentifier(self))
    }

    func step() -> AttemptFeed.Step {
        feed.step(ObjectIdentifier(self))
    }
}

extension PaymentState {
    fileprivate var result: PaymentResult? {
        if case .finished(let result) = self { result } else { nil }
    }

    fileprivate var isFinal: Bool { result?.isFinal ?? false }
}

extension PaymentEvent {
    /// The result that a final event stands for.
    fileprivate var result: PaymentResult? {
        switch kind {
        case .paymentSuccess: .succeeded
        case .paymentFailed(let code, let reason, let canRetry):
            .failed(code: code, reason: reason, canRetry: canRetry)
        case .paymentCancelled(let by): .cancelled(by: by)
        default: nil
        }
    }
}
