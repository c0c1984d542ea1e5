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

    init(_ core: MpacPgwCore.PaymentAttempt, bridge: EventBridge) {
        self.core = core
        id = core.id()
        paymentIntentID = core.paymentIntentId()
        feed = bridge.feed(attemptID: id)
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
    /// each get every event; one that is opened later gets those that no other had. What is to be
    /// shown at that time is in ``state``.
    ///
    /// **Accepting the final event.** A `for await` loop that runs to its end accepts the final
    /// event: the SDK then forgets the attempt. So store the outcome inside of the loop, and let
    /// the loop end by itself, which it does right after the final event. Leaving it early on that
    /// event, by `break`, `return`, an error or the end of the process, accepts nothing: the next
    /// stream starts with the final event again. The SDK asks for about half a minute whether the
    /// event was accepted; after that, as after a restart, the attempt comes back with
    /// ``PaymentTerminal/recoverPending()``. A loop that is busy with the event may take longer.
    /// With several streams, the first to end counts. In an attempt with a listener, the listener
    /// alone accepts.
    ///
    /// The stream also ends, without a final event, when the terminal is shut down and when the
    /// attempt is acknowledged. Cancelling the Task ends the watching only.
    public var events: AsyncStream<PaymentEvent> {
        let cursor = EventCursor(feed)
        return AsyncStream { await cursor.next() }
    }

    /// Waits for the attempt's result, which may be ``PaymentResult/unresolved(cause:nextStep:)``.
    ///
    /// Returning a final result accepts the final event, so that the SDK forgets the attempt: an
    /// app that must not lose the outcome in a crash right after this uses a listener instead. An
    /// unresolved result is returned each time, until the outcome is known.
    ///
    /// - Returns: the result.
    /// - Throws: `CancellationError` when the Task is cancelled, which leaves the payment as it is;
    ///   ``TerminalError/shutDown`` when the terminal is shut down before there is a result.
    public func result() async throws -> PaymentResult {
        var isAccepting = false
        feed.beginResult()
        defer { feed.endResult(accepting: isAccepting) }
        while true {
            try Task.checkCancellation()
            let now = feed.now
            if let result = now.final?.result ?? state.result {
                isAccepting = result.isFinal
                return result
            }
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
    @discardableResult
    public func cancel() async -> CancelOutcome {
        let outcome = await offload { [core] in CancelOutcome(core.cancel()) }
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

    func next() async -> PaymentEvent? {
        while !Task.isCancelled {
            switch feed.step(ObjectIdentifier(self)) {
            case .event(let event): return event
            case .end: return nil
            case .wait(let version): await feed.changed(since: version)
            }
        }
        return nil
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
