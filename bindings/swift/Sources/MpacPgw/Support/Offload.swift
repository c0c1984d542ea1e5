import Foundation

/// Runs a call of the core that blocks, on a thread that may block: the threads of Swift's own
/// pool are few, and the main one is the user's.
func offload<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value
{
    try await withCheckedThrowingContinuation { continuation in
        blockingCalls.addOperation {
            continuation.resume(with: Result { try rethrowing(body) })
        }
    }
}

/// Like ``offload(_:)-throws`` for a call that cannot fail.
func offload<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
    await withCheckedContinuation { continuation in
        blockingCalls.addOperation { continuation.resume(returning: body()) }
    }
}

/// Half of what Dispatch lets block at a time, so that the app's own queues go on.
private let blockingCalls = {
    let queue = OperationQueue()
    queue.name = "com.mpac.pgw.blocking-calls"
    queue.qualityOfService = .userInitiated
    queue.maxConcurrentOperationCount = 32
    return queue
}()
