internal import MpacPgwCore

/// Takes the events of one or more attempts from the core, and leads each to its feed.
///
/// An event may come before the call that started its attempt has returned, so feeds are made by
/// whoever asks first, and live as long as the core holds this bridge.
final class EventBridge: MpacPgwCore.PaymentListener {
    private let listener: (any PaymentListener)?
    /// A terminal that nobody holds any more would shut down under its running attempts.
    let terminal: PaymentTerminal
    private let feeds = Locked<[String: AttemptFeed]>([:])

    init(listener: (any PaymentListener)?, terminal: PaymentTerminal) {
        self.listener = listener
        self.terminal = terminal
    }

    func feed(attemptID: String) -> AttemptFeed {
        feeds.withLock { feeds in
            if let feed = feeds[attemptID] { return feed }
            let feed = AttemptFeed(listener: listener)
            feeds[attemptID] = feed
            terminal.openFeeds.add(feed, attemptID: attemptID)
            return feed
        }
    }

    func onEvent(event: MpacPgwCore.PaymentEvent) throws {
        let event = PaymentEvent(event)
        guard feed(attemptID: event.attemptID).deliver(event) else {
            throw ListenerError.NotAccepted
        }
    }
}

/// The feeds of a terminal that somebody still uses.
final class OpenFeeds: Sendable {
    private struct Entry {
        let attemptID: String
        weak var feed: AttemptFeed?
    }

    private struct State {
        var entries: [Entry] = []
        var isClosed = false
    }

    private let state = Locked(State())

    func add(_ feed: AttemptFeed, attemptID: String) {
        let isClosed = state.withLock { state in
            state.entries.removeAll { $0.feed == nil }
            state.entries.append(Entry(attemptID: attemptID, feed: feed))
            return state.isClosed
        }
        if isClosed { feed.close() }
    }

    /// The attempt's state may have changed without an event.
    func touch(attemptID: String) {
        let feeds = state.withLock { state in
            state.entries.filter { $0.attemptID == attemptID }.compactMap(\.feed)
        }
        feeds.forEach { $0.touch() }
    }

    /// Ends every stream, and frees the threads that wait for a listener.
    func close() {
        let feeds = state.withLock { state in
            state.isClosed = true
            return state.entries.compactMap(\.feed)
        }
        feeds.forEach { $0.close() }
    }
}
