/// Wakes everybody who waits for something to change in a terminal: a till has few attempts.
final class Changes: Sendable {
    /// What somebody finds who looks.
    enum Look<Found> {
        case found(Found)
        case nothingYet
        case nothingMore
    }

    private typealias Sleeper = AsyncStream<Void>.Continuation
    private let state = Locked((sleepers: [Sleeper](), isClosed: false))

    /// Whether nothing changes any more.
    var isClosed: Bool { state.withLock { $0.isClosed } }

    func announce() {
        wake { _ in }
    }

    func close() {
        wake { $0 = true }
    }

    /// What `look` finds, as soon as there is something. Nil where nothing can come any more, and
    /// in a Task that is cancelled, which does not look.
    func first<Found>(_ look: () -> Look<Found>) async -> Found? {
        while !Task.isCancelled {
            // Before looking: no change may slip through in between.
            let (change, sleeper) = AsyncStream.makeStream(of: Void.self)
            let isClosed = state.withLock { state in
                if !state.isClosed { state.sleepers.append(sleeper) }
                return state.isClosed
            }
            switch look() {
            case .found(let found): return found
            case .nothingMore: return nil
            case .nothingYet where isClosed: return nil
            case .nothingYet: for await _ in change {}
            }
        }
        return nil
    }

    private func wake(_ change: (inout Bool) -> Void) {
        let sleepers = state.withLock { state in
            change(&state.isClosed)
            defer { state.sleepers = [] }
            return state.sleepers
        }
        sleepers.forEach { $0.finish() }
    }
}
