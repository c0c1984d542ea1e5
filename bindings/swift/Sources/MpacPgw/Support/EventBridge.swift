/// Leads the events of one or more attempts from the core to their loops and to a listener.
final class EventBridge: PaymentListener {
    private let listener: (any PaymentListener)?
    /// A terminal that nobody holds any more would shut down under its running attempts.
    let terminal: PaymentTerminal
    private let buffers = Locked<[String: EventBuffer]>([:])

    init(listener: (any PaymentListener)?, terminal: PaymentTerminal) {
        self.listener = listener
        self.terminal = terminal
    }

    /// An event may come before the call that started its attempt has returned.
    func buffer(attemptId: String) -> EventBuffer {
        buffers.withLock { buffers in
            let buffer = buffers[attemptId] ?? EventBuffer(terminal.changes)
            buffers[attemptId] = buffer
            return buffer
        }
    }

    func onEvent(event: PaymentEvent) {
        let buffer = buffer(attemptId: event.attemptId)
        buffer.add(event)
        guard let listener else { return }
        // Elsewhere, so that a slow listener holds up no loop.
        buffer.listeners.async { [terminal] in
            if !terminal.changes.isClosed { listener.onEvent(event: event) }
        }
    }
}
