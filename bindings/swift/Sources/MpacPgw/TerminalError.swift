import Foundation
internal import MpacPgwCore

/// Why a call was not carried out. Nothing has changed when one of these is thrown.
///
/// What becomes of a payment is never an error: it is a ``PaymentResult``. No error holds a
/// payment token, card data or the content of a QR code.
public enum TerminalError: Error, Sendable, Hashable {
    /// A field of the configuration cannot be used.
    ///
    /// The field goes by the name that it has in all languages of the SDK, such as `gateway_url`.
    case invalidConfiguration(field: String, reason: String)
    /// An argument cannot be used.
    case invalidArgument(field: String, reason: String)
    /// The text is not a payment token.
    case invalidPaymentToken(reason: String)
    /// The journal cannot be read or written. Free some space, unlock the device, or check the
    /// folder's rights.
    case storage(reason: String)
    /// Another terminal, in this process or in another, has the same data directory open. Use one
    /// ``PaymentTerminal`` per directory.
    case directoryInUse
    /// The PaymentIntent already has an unfinished attempt on this terminal. Use that one; after a
    /// restart, ``PaymentTerminal/recoverPending(listener:)`` brings it back.
    case attemptInProgress(attemptID: String)
    /// A card result that does not belong to a waiting attempt of this terminal.
    case cardResultRefused(CardResultRefusal)
    /// The gateway refused the request (guide, *Error Handling*).
    ///
    /// The code is the guide's, the reason is in the gateway's own words, and `param` is the
    /// parameter at fault where it names one.
    case gateway(code: String, reason: String, param: String?, httpStatus: Int)
    /// The gateway gave no usable answer. Try again later.
    case noAnswer(UncertaintyCause)
    /// The terminal was shut down. Open it again.
    case shutDown
    /// A fault of the SDK itself. Please report it.
    case internalError
}

/// Why a card result was refused.
public enum CardResultRefusal: Sendable, Hashable {
    /// Not JSON of the contract's form. The field is the member at fault, such as `amount`, or
    /// `result` when there is no JSON object at all.
    case malformed(field: String)
    /// A version of the contract that this SDK does not speak.
    case unsupportedVersion
    /// No attempt of this terminal has that id.
    case unknownAttempt
    /// The attempt is not waiting for a card result: it is over, or this is a second result.
    case notWaiting
    /// The nonce is not the one of the request.
    case wrongNonce
    /// The amount or the currency is not the one of the request.
    case wrongAmount
    /// Approved, but without the approval code or the card brand.
    case incomplete
}

extension TerminalError: LocalizedError {
    /// What is wrong, and what to do next, in English.
    public var errorDescription: String? {
        switch self {
        case .invalidConfiguration(let field, let reason):
            "Configuration field \(field): \(reason)."
        case .invalidArgument(let field, let reason):
            "Argument \(field): \(reason)."
        case .invalidPaymentToken(let reason):
            "The payment token is not valid: \(reason)."
        case .storage(let reason):
            "The journal cannot be used: \(reason). Free some space, or check the folder's rights."
        case .directoryInUse:
            "Another terminal has this data directory open. Use one PaymentTerminal per directory."
        case .attemptInProgress(let attemptID):
            "The PaymentIntent already has the unfinished attempt \(attemptID). Use that one."
        case .cardResultRefused(let refusal):
            "The card result was refused: \(refusal.explanation)."
        case .gateway(let code, let reason, let param, let httpStatus):
            "The gateway refused: \(code) (\(httpStatus))\(param.map { ", \($0)" } ?? ""): \(reason)"
        case .noAnswer(let cause):
            "The gateway gave no usable answer (\(cause.rawValue)). Try again later."
        case .shutDown:
            "The terminal was shut down. Open it again."
        case .internalError:
            "The payment SDK has a fault. Please report it."
        }
    }
}

extension CardResultRefusal {
    fileprivate var explanation: String {
        switch self {
        case .malformed(let field): "it is malformed: \(field) is missing or cannot be read"
        case .unsupportedVersion: "its contract version is not 1"
        case .unknownAttempt: "no attempt has its attempt_id"
        case .notWaiting: "the attempt is not waiting for a card result"
        case .wrongNonce: "its nonce is not the request's"
        case .wrongAmount: "its amount or currency is not the request's"
        case .incomplete: "it is approved but lacks approval_code or card_brand"
        }
    }

    init(_ core: MpacPgwCore.CardResultRefusal) {
        self =
            switch core {
            case .malformed(let field): .malformed(field: field)
            case .unsupportedVersion: .unsupportedVersion
            case .unknownAttempt: .unknownAttempt
            case .notWaiting: .notWaiting
            case .wrongNonce: .wrongNonce
            case .wrongAmount: .wrongAmount
            case .incomplete: .incomplete
            }
    }
}

extension TerminalError {
    init(_ core: MpacPgwCore.TerminalError) {
        self =
            switch core {
            case .InvalidConfiguration(let field, let reason):
                .invalidConfiguration(field: field, reason: reason)
            case .InvalidArgument(let field, let reason):
                .invalidArgument(field: field, reason: reason)
            case .InvalidPaymentToken(let reason): .invalidPaymentToken(reason: reason)
            case .Storage(let reason): .storage(reason: reason)
            case .DirectoryInUse: .directoryInUse
            case .AttemptInProgress(let attemptID): .attemptInProgress(attemptID: attemptID)
            case .CardResultRefused(let cause): .cardResultRefused(CardResultRefusal(cause))
            case .Gateway(let code, let reason, let param, let httpStatus):
                .gateway(code: code, reason: reason, param: param, httpStatus: Int(httpStatus))
            case .NoAnswer(let cause): .noAnswer(UncertaintyCause(cause))
            case .ShutDown: .shutDown
            }
    }

    /// Runs a call of the core and translates what it throws.
    static func rethrow<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as MpacPgwCore.TerminalError {
            throw Self(error)
        } catch let error as Self {
            throw error
        } catch {
            // A panic in Rust, as text that may hold anything.
            throw Self.internalError
        }
    }
}
