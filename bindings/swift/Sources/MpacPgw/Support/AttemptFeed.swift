import Dispatch

/// The events of one attempt on their way from the core to whoever watches.
///
/// Each event is handed to every stream that is open, and kept until at least one stream was
/// handed it: nothing is lost while nobody watches, and nothing comes a second time after somebody
/// did. Only the final event is handed to every stream, however late.
final class AttemptFeed: Sendable {
    /// More events than an attempt has, unless its connection comes and goes for hours.
    private static let capacity = 256

    private struct State {
        var log: [PaymentEvent] = []
        /// How many events came before those in `log`.
        var dropped = 0
        /// The number of the first event that no stream was handed.
        var untaken = 0
        /// The number of the next event of every open stream.
        var cursors: [ObjectIdentifier: Int] = [:]
        /// How many handles of the attempt the app has.
        var handles = 0
        /// A stream or `result()` is done with the final event.
        var isAccepted = false
        var isClosed = false
        var listenerVerdict: Bool?
        /// Goes up with everything that a sleeper may wait for.
        var version = 0
        var sleepers: [Int: CheckedContinuation<Void, Never>] = [:]
        var nextSleeper = 0
        /// Threads of the core that wait for a verdict.
        var blocked: [DispatchSemaphore] = []

        var end: Int { dropped + log.count }
        var final: PaymentEvent? { log.last.flatMap { $0.isFinal ? $0 : nil } }
        /// Whether somebody can still accept the final event.
        var isHeld: Bool { !cursors.isEmpty || handles > 0 }
    }

    /// Whoever is to take the events; without one, the streams and `result()` do.
    private let listener: (any PaymentListener)?
    private let state = Locked(State())

    init(listener: (any PaymentListener)?) {
        self.listener = listener
    }

    // MARK: The core's side

    /// Hands an event over, and blocks until the app took it or it is clear that it did not.
    ///
    /// Returns at once when nobody holds the attempt: the core then offers a final event again.
    func deliver(_ event: PaymentEvent) -> Bool {
        publish(event)
        guard let listener else {
            return !event.isFinal || block { $0.isAccepted ? true : $0.isHeld ? nil : false }
        }
        change { $0.listenerVerdict = nil }
        Task(priority: .userInitiated) {
            let taken = (try? await listener.paymentEvent(event)) != nil
            self.change { $0.listenerVerdict = taken }
        }
        return block { $0.listenerVerdict }
    }

    private func publish(_ event: PaymentEvent) {
        change { state in
            // One that is delivered again is still on offer.
            guard !event.isFinal || state.final == nil else { return }
            state.log.append(event)
            if state.log.count > Self.capacity {
                state.log.removeFirst()
                state.dropped += 1
                state.untaken = max(state.untaken, state.dropped)
            }
        }
    }

    /// Blocks this thread until there is a verdict. Closing the feed is one: not taken.
    private func block(until verdict: (State) -> Bool?) -> Bool {
        while true {
            let semaphore = DispatchSemaphore(value: 0)
            let answer: Bool? = state.withLock { state in
                if let answer = verdict(state) { return answer }
                if state.isClosed { return false }
                state.blocked.append(semaphore)
                return nil
            }
            if let answer { return answer }
            semaphore.wait()
        }
    }

    /// Nothing more will come: the terminal is shut down, or the attempt was acknowledged.
    func close() {
        change { $0.isClosed = true }
    }

    /// Something happened that is no event: whoever watches the state should look again.
    func touch() {
        change { _ in }
    }

    // MARK: The watchers' side

    /// What a stream gets to hear next.
    enum Step {
        case event(PaymentEvent)
        case end
        case wait(version: Int)
    }

    /// The next step of the stream with that cursor.
    ///
    /// A stream that comes back after the final event is done with it: that accepts it.
    func step(_ cursor: ObjectIdentifier) -> Step {
        let (step, blocked) = state.withLock { state -> (Step, [DispatchSemaphore]) in
            let start = state.final == nil ? state.untaken : min(state.untaken, state.end - 1)
            let position = max(state.cursors[cursor] ?? start, state.dropped)
            guard position >= state.end else {
                state.cursors[cursor] = position + 1
                state.untaken = max(state.untaken, position + 1)
                return (.event(state.log[position - state.dropped]), [])
            }
            state.cursors[cursor] = position
            guard state.final != nil || state.isClosed else {
                return (.wait(version: state.version), [])
            }
            state.isAccepted = state.isAccepted || state.final != nil
            defer { state.blocked = [] }
            return (.end, state.blocked)
        }
        blocked.forEach { $0.signal() }
        return step
    }

    /// The stream with that cursor is gone.
    func leave(_ cursor: ObjectIdentifier) {
        change { $0.cursors[cursor] = nil }
    }

    /// The app gets a handle of the attempt.
    func hold() {
        change { $0.handles += 1 }
    }

    /// A handle of the attempt is gone.
    func release() {
        change { $0.handles -= 1 }
    }

    /// The app has the final result, which accepts the final event.
    func accept() {
        change { $0.isAccepted = true }
    }

    /// What there is to know at the moment.
    var now: (version: Int, final: PaymentEvent?, isClosed: Bool) {
        state.withLock { ($0.version, $0.final, $0.isClosed) }
    }

    /// Waits until the version is another one, or the Task is cancelled.
    func changed(since version: Int) async {
        let sleeper = state.withLock { state in
            state.nextSleeper += 1
            return state.nextSleeper
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isAwake = state.withLock { state in
                    if state.version != version || Task.isCancelled { return true }
                    state.sleepers[sleeper] = continuation
                    return false
                }
                if isAwake { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.sleepers.removeValue(forKey: sleeper) }?.resume()
        }
    }

    /// Changes the state and wakes whoever waits for a change.
    private func change(_ body: (inout State) -> Void) {
        let (sleepers, blocked) = state.withLock { state in
            body(&state)
            state.version += 1
            defer {
                state.sleepers = [:]
                state.blocked = []
            }
            return (state.sleepers, state.blocked)
        }
        sleepers.values.forEach { $0.resume() }
        blocked.forEach { $0.signal() }
    }
}
