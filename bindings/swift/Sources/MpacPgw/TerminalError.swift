import Foundation

extension TerminalError: Error, LocalizedError {
    /// What is wrong, and what to do next, in English. No error holds a payment token, card data or
    /// the content of a QR code.
    public var errorDescription: String? { terminalErrorExplanation(error: self) }
}

/// A fault of the SDK itself. Please report it.
public struct TerminalInternalError: Error, LocalizedError, Sendable, Hashable {
    /// The same for all of them: what the SDK says itself may hold anything.
    public var errorDescription: String? { "The payment SDK has a fault. Please report it." }
}

/// Runs a call of the core, and throws what an app is to see.
func rethrowing<Value>(_ body: () throws -> Value) throws -> Value {
    do {
        return try body()
    } catch CoreError.refused(let error, _) {
        throw error
    } catch let error as TerminalError {
        throw error
    } catch {
        throw TerminalInternalError()
    }
}
