/// Is told the events of attempts.
///
/// An actor, a `@MainActor` class or any other `Sendable` type will do: the events come where that
/// type is isolated, one at a time for each attempt and in order. A slow listener delays nobody
/// else. It may call back into the SDK. How it returns decides nothing: an outcome stays in the
/// journal until ``PaymentAttempt/acknowledge()``.
public protocol PaymentListener: Sendable {
    /// Takes one event. The next one of that attempt comes when this returns.
    ///
    /// - Parameter event: the event.
    func paymentEvent(_ event: PaymentEvent) async
}

/// A closure on the main actor as a listener.
struct MainActorListener: PaymentListener {
    let onEvent: @MainActor @Sendable (PaymentEvent) async -> Void

    func paymentEvent(_ event: PaymentEvent) async {
        await onEvent(event)
    }
}
