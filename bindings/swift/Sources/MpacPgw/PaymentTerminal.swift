import Foundation
internal import MpacPgwCore

/// A payment terminal: the entry to the SDK.
///
/// Open one for each data directory, keep it for as long as the app runs, and call
/// ``recoverPending(listener:)`` first. It stays open until ``shutDown()``, or until nobody holds
/// it or one of its attempts and none is running. Everything here may be called from any thread and
/// any actor; nothing blocks the caller's thread. <doc:MpacPgw> tells how it fits into an app.
///
/// Payment tokens come from the merchant's back end (guide, *Creating a PaymentIntent*). Whoever
/// holds one can pay or cancel that payment: don't log them. The SDK never does.
public final class PaymentTerminal: Sendable {
    private let core: MpacPgwCore.PaymentTerminal
    let changes = Changes()

    private init(_ core: MpacPgwCore.PaymentTerminal) {
        self.core = core
    }

    /// Opens the terminal on its data directory.
    ///
    /// - Parameters:
    ///   - configuration: the gateway, the data directory, and the times.
    ///   - vault: seals the journal at rest; without one, the app's sandbox has to do.
    /// - Returns: the terminal.
    /// - Throws: ``TerminalError/invalidConfiguration(field:reason:)``,
    ///   ``TerminalError/directoryInUse`` or ``TerminalError/storage(reason:)``.
    public static func open(
        _ configuration: TerminalConfiguration, vault: (any Vault)? = nil
    ) async throws -> PaymentTerminal {
        let config = try configuration.core()
        let bridge = vault.map(VaultBridge.init)
        return try await offload {
            try TerminalError.rethrow {
                PaymentTerminal(try MpacPgwCore.PaymentTerminal.open(config: config, vault: bridge))
            }
        }
    }

    /// Asks the gateway for the PaymentIntent of a token.
    ///
    /// - Parameter paymentToken: the token, `pi_…_secret_…`.
    /// - Returns: the PaymentIntent as it is now.
    /// - Throws: ``TerminalError/invalidPaymentToken(reason:)``,
    ///   ``TerminalError/gateway(code:reason:param:httpStatus:)``, ``TerminalError/noAnswer(_:)``
    ///   or ``TerminalError/shutDown``.
    public func retrievePaymentIntent(_ paymentToken: String) async throws -> PaymentIntent {
        try await call { core in
            PaymentIntent(try core.retrievePaymentIntent(paymentToken: paymentToken))
        }
    }

    /// Starts an attempt to take a payment (guide, *Payment Flow by Method*), to be watched
    /// through ``PaymentAttempt/events`` or awaited with ``PaymentAttempt/result()``.
    ///
    /// Returns once the attempt is in the journal, without waiting for the gateway.
    ///
    /// - Parameters:
    ///   - paymentToken: the token, `pi_…_secret_…`.
    ///   - method: how the customer pays. For ``PaymentMethod/cash``, the staff has received it.
    ///   - listener: is told the events too, some perhaps before this returns.
    /// - Returns: the attempt.
    /// - Throws: ``TerminalError/invalidPaymentToken(reason:)``,
    ///   ``TerminalError/invalidArgument(field:reason:)``,
    ///   ``TerminalError/attemptInProgress(attemptID:)``, ``TerminalError/storage(reason:)`` or
    ///   ``TerminalError/shutDown``. Nothing was started then.
    public func confirmPayment(
        _ paymentToken: String, method: PaymentMethod, listener: (any PaymentListener)? = nil
    ) async throws -> PaymentAttempt {
        let bridge = EventBridge(listener: listener, terminal: self)
        return try await call { core in
            let attempt = try core.confirmPayment(
                paymentToken: paymentToken, method: method.core, listener: bridge)
            return PaymentAttempt(attempt, bridge: bridge)
        }
    }

    /// Starts an attempt to take a payment, and tells a closure on the main actor about it.
    ///
    /// - Parameters:
    ///   - paymentToken: the token, `pi_…_secret_…`.
    ///   - method: how the customer pays. For ``PaymentMethod/cash``, the staff has received it.
    ///   - onEvent: is told the events, as a ``PaymentListener``.
    /// - Returns: the attempt.
    /// - Throws: as ``confirmPayment(_:method:listener:)``.
    public func confirmPayment(
        _ paymentToken: String, method: PaymentMethod,
        onEvent: @escaping @MainActor @Sendable (PaymentEvent) async -> Void
    ) async throws -> PaymentAttempt {
        try await confirmPayment(
            paymentToken, method: method, listener: MainActorListener(onEvent: onEvent))
    }

    /// Takes the answer of the app MPACCreditCard, also after a restart.
    ///
    /// A result is taken once, for an attempt of this terminal that waits for it, with the nonce,
    /// the amount and the currency of its request. It may come before
    /// ``recoverPending(listener:)``. This returns once the result is on disk.
    ///
    /// - Parameter result: what the card app answered.
    /// - Throws: ``TerminalError/cardResultRefused(_:)``, ``TerminalError/storage(reason:)`` or
    ///   ``TerminalError/shutDown``.
    public func completeCardPayment(_ result: CardResult) async throws {
        try await call { core in try core.completeCardPayment(result: result.core) }
        changes.announce()
    }

    /// Brings back every attempt that was not acknowledged, of earlier processes and of this one:
    /// each goes on where it was, and its outcome is told again, as ``PaymentEvent/replayed``.
    ///
    /// Call it once after opening.
    ///
    /// - Parameter listener: is told the events of all of them, one at a time for each, some
    ///   perhaps before this returns.
    /// - Returns: the attempts, resumed.
    /// - Throws: ``TerminalError/storage(reason:)``, also when all there is to bring back is locked
    ///   (call it again once the device is unlocked), or ``TerminalError/shutDown``.
    public func recoverPending(
        listener: (any PaymentListener)? = nil
    ) async throws -> [PaymentAttempt] {
        let bridge = EventBridge(listener: listener, terminal: self)
        return try await call { core in
            try core.recoverPending(listener: bridge).map { PaymentAttempt($0, bridge: bridge) }
        }
    }

    /// Brings back every attempt that was not acknowledged, and tells a closure on the main actor
    /// about them.
    ///
    /// - Parameter onEvent: is told the events of all of them, as a ``PaymentListener``.
    /// - Returns: the attempts, resumed.
    /// - Throws: as ``recoverPending(listener:)``.
    public func recoverPending(
        onEvent: @escaping @MainActor @Sendable (PaymentEvent) async -> Void
    ) async throws -> [PaymentAttempt] {
        try await recoverPending(listener: MainActorListener(onEvent: onEvent))
    }

    /// Files of the journal that could not be read.
    ///
    /// Each may stand for a payment whose outcome this terminal does not know: keep the file for
    /// support, and look the payment up in the gateway's dashboard.
    public var damagedRecords: [DamagedRecord] {
        core.damagedRecords().map { DamagedRecord(path: $0.path, reason: $0.reason) }
    }

    /// Stops all attempts and releases the data directory; the journal keeps them for
    /// ``recoverPending(listener:)``.
    ///
    /// Streams end once what was told before is taken, listeners are told nothing more, and every
    /// later call throws ``TerminalError/shutDown``. A listener that is just busy with an event is
    /// not waited for.
    public func shutDown() async {
        await offload { [core] in core.shutDown() }
        changes.close()
    }

    /// Sends the SDK's messages to the platform's log: the unified log on iOS and macOS, under
    /// `com.mpac.pgw`. Does nothing elsewhere. Call it once. No message holds a secret.
    ///
    /// - Parameter level: how much to log.
    public static func enableLogging(_ level: LogLevel) {
        enablePlatformLogging(level: level.core)
    }

    private func call<Value: Sendable>(
        _ body: @escaping @Sendable (MpacPgwCore.PaymentTerminal) throws -> Value
    ) async throws -> Value {
        try await offload { [core] in try TerminalError.rethrow { try body(core) } }
    }
}

/// A file of the journal that could not be read.
///
/// A damaged one is kept under another name. One that the vault did not open stays, and is tried
/// again when the terminal is next opened. While the vault is locked no payment is begun, as the
/// file may stand for the same one; each call that could looks for it again.
public struct DamagedRecord: Sendable, Hashable {
    /// Where the file is now.
    public let path: String
    /// What is wrong with it.
    public let reason: String
}

/// How much the SDK logs.
public enum LogLevel: String, Sendable, Hashable, CaseIterable {
    /// Only what needs attention.
    case warn
    /// Also every event of every attempt.
    case info
    /// Also what the HTTP library says.
    case debug
}

extension LogLevel {
    var core: MpacPgwCore.LogLevel {
        switch self {
        case .warn: .warn
        case .info: .info
        case .debug: .debug
        }
    }
}

extension PaymentTerminal: Redacted {
    var visibleFields: KeyValuePairs<String, Any> { [:] }
}
