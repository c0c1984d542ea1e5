internal import MpacPgwCore

/// Leads the events of one or more attempts from the core to their loops and to a listener.
final class EventBridge: MpacPgwCore.PaymentListener {
    private let listener: (any PaymentListener)?
    /// A terminal that nobody holds any more would shut down under its running attempts.
    let terminal: PaymentTerminal
    private let buffers = Locked<[String: EventBuffer]>([:])
    /// What the listener was last told of each attempt, or still is.
    private let told = Locked<[String: Task<Void, Never>]>([:])

    init(listener: (any PaymentListener)?, terminal: PaymentTerminal) {
        self.listener = listener
        self.terminal = terminal
    }

    /// An event may come before the call that started its attempt has returned.
    func buffer(attemptID: String) -> EventBuffer {
        buffers.withLock { buffers in
            let buffer = buffers[attemptID] ?? EventBuffer(terminal.changes)
            buffers[attemptID] = buffer
            return buffer
        }
    }

    /// Does not wait for the listener, so that a slow one holds up nobody else.
    func onEvent(event: MpacPgwCore.PaymentEvent) {
        let event = PaymentEvent(event)
        buffer(attemptID: event.attemptID).add(event)
        guard let listener else { return }
        told.withLock { told in
            let before = told[event.attemptID]
            told[event.attemptID] = Task(priority: .userInitiated) { [terminal] in
                await before?.value
                if !terminal.changes.isClosed { await listener.paymentEvent(event) }
            }
        }
    }
}
