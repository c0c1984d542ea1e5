import Dispatch

/// The events of one attempt that nobody has taken yet, for all loops together.
final class EventBuffer: Sendable {
    /// More than an attempt has, unless its connection comes and goes for hours.
    private static let capacity = 256

    /// Where a listener is told them, one at a time.
    let listeners = DispatchQueue(label: "com.mpac.pgw.listener", qos: .userInitiated)
    private let changes: Changes
    private let state = Locked((untaken: [PaymentEvent](), isOver: false))

    init(_ changes: Changes) {
        self.changes = changes
    }

    /// Whether nothing is added any more.
    var isOver: Bool { state.withLock { $0.isOver } }

    func add(_ event: PaymentEvent) {
        state.withLock { state in
            state.untaken.append(event)
            if state.untaken.count > Self.capacity { state.untaken.removeFirst() }
            if event.isFinal { state.isOver = true }
        }
        changes.announce()
    }

    func end() {
        state.withLock { $0.isOver = true }
        changes.announce()
    }

    func take() -> Changes.Look<PaymentEvent> {
        state.withLock { state in
            if !state.untaken.isEmpty { return .found(state.untaken.removeFirst()) }
            return state.isOver ? .nothingMore : .nothingYet
        }
    }
}
