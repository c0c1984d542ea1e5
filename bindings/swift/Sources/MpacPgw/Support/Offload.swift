import Dispatch

/// Runs a call of the core that blocks, on a thread that may block: the threads of Swift's own
/// pool are few, and the main one is the user's.
func offload<Value: Sendable>(
    _ body: @escaping @Sendable () throws -> Value
) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        blockingCalls.async {
            continuation.resume(with: Result(catching: body))
        }
    }
}

/// Like ``offload(_:)-throws`` for a call that cannot fail.
func offload<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
    await withCheckedContinuation { continuation in
        blockingCalls.async {
            continuation.resume(returning: body())
        }
    }
}

private let blockingCalls = DispatchQueue(
    label: "com.mpac.pgw.blocking-calls", qos: .userInitiated, attributes: .concurrent)
