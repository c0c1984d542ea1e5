import Foundation

@testable import MpacPgw

/// Why a test could not go on.
struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// Runs `body`, but not for longer than `limit`.
func within<Value: Sendable>(
    _ limit: Duration = .seconds(30), _ what: String = "the test's condition",
    _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await withThrowingTaskGroup(of: Value.self) { group in
        group.addTask(operation: body)
        group.addTask {
            try await Task.sleep(for: limit)
            throw Failure("waited \(limit) for \(what)")
        }
        defer { group.cancelAll() }
        guard let value = try await group.next() else { throw Failure("no task has run") }
        return value
    }
}

/// Blocks this thread until `body` is done: for listeners.
func waitFor(_ body: @escaping @Sendable () async -> Void) {
    let done = DispatchSemaphore(value: 0)
    Task {
        await body()
        done.signal()
    }
    done.wait()
}

/// The events of an attempt up to the final one, each passed to `act` first.
func finalTrace(
    of attempt: PaymentAttempt,
    act: @escaping @Sendable (PaymentEvent) async throws -> Void = { _ in }
) async throws -> [PaymentEvent] {
    try await within(.seconds(30), "the final event") {
        var events: [PaymentEvent] = []
        for await event in attempt.events {
            events.append(event)
            try await act(event)
        }
        return events
    }
}

extension [PaymentEvent] {
    var names: [String] { map(\.name) }
}

/// Collects what a listener hears, and lets a test wait for it.
final class Journal: Sendable {
    private let events = Locked<[PaymentEvent]>([])
    private let (added, more) = AsyncStream.makeStream(of: Void.self)

    func add(_ event: PaymentEvent) {
        events.withLock { $0.append(event) }
        more.yield()
    }

    var all: [PaymentEvent] { events.withLock { $0 } }

    /// Waits until what was heard satisfies `condition`. For one waiter at a time.
    func wait(
        for what: String, until condition: @escaping @Sendable ([PaymentEvent]) -> Bool
    ) async throws {
        try await within(.seconds(30), what) { [self] in
            if condition(all) { return }
            for await _ in added where condition(all) { return }
            throw Failure("cancelled while waiting for \(what); heard \(all.names)")
        }
    }

    func waitForOutcome() async throws {
        try await wait(for: "the final event") { $0.last?.isFinal == true }
    }
}

/// A listener that does something about every event.
final class Listener: PaymentListener {
    let heard = Journal()
    private let act: @Sendable (PaymentEvent) -> Void
    private let isBusy = Locked(false)

    init(act: @escaping @Sendable (PaymentEvent) -> Void = { _ in }) {
        self.act = act
    }

    convenience init(taking seconds: TimeInterval) {
        self.init { _ in Thread.sleep(forTimeInterval: seconds) }
    }

    func onEvent(event: PaymentEvent) {
        isBusy.withLock { isBusy in
            precondition(!isBusy, "told two events at a time")
            isBusy = true
        }
        heard.add(event)
        act(event)
        isBusy.withLock { $0 = false }
    }
}
