/// Receives the events of attempts, and tells whether the app took them.
///
/// An actor, a `@MainActor` class or any other `Sendable` type will do: the events come where that
/// type is isolated, one at a time for each attempt and in order. A slow listener delays nobody's
/// polling. It may call back into the SDK.
public protocol PaymentListener: Sendable {
    /// Takes one event.
    ///
    /// A final event (see ``PaymentEvent/isFinal``) is accepted when this returns: the SDK then
    /// forgets the attempt. So store the outcome first. When this throws, the final event is
    /// delivered again, a few times within about half a minute. After that, and when the process
    /// ends before this returns, ``PaymentTerminal/recoverPending(listener:)`` brings it back. The
    /// error thrown is dropped.
    ///
    /// - Parameter event: the event.
    /// - Throws: anything, when the app could not take the event.
    func paymentEvent(_ event: PaymentEvent) async throws
}

/// A closure on the main actor as a listener.
struct MainActorListener: PaymentListener {
    let onEvent: @MainActor @Sendable (PaymentEvent) async throws -> Void

    func paymentEvent(_ event: PaymentEvent) async throws {
        try await onEvent(event)
    }
}
