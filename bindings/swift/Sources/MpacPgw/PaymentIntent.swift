import Foundation
internal import MpacPgwCore

/// A PaymentIntent as the terminal sees it (guide, *Creating a PaymentIntent*).
///
/// It never holds the payment token.
public struct PaymentIntent: Sendable, Hashable, Identifiable {
    /// The id, `pi_…`.
    public let id: String
    /// Where it stands at the gateway.
    public let status: PaymentIntentStatus
    /// The amount in the currency's minor unit: yen for JPY, cents for USD.
    public let amount: Int64
    /// The ISO 4217 code of the currency, such as `JPY`.
    public let currency: String
    /// The methods that the customer may choose from.
    public let paymentMethodTypes: [PaymentMethodType]
    /// When it can no longer be paid.
    public let expiresAt: Date
}

/// Where a PaymentIntent stands at the gateway (guide, *PaymentIntent Status Flow*).
public enum PaymentIntentStatus: Sendable, Hashable, RawRepresentable, CustomStringConvertible {
    /// `requires_payment_method`: created; no payment method chosen yet.
    case requiresPaymentMethod
    /// `requires_action`: a QR code is out; the customer has to act.
    case requiresAction
    /// `processing`: the provider is working on it.
    case processing
    /// `succeeded`: paid.
    case succeeded
    /// `failed`: not paid, and never will be.
    case failed
    /// `cancelled`: withdrawn before it was paid.
    case cancelled
    /// A status that this version of the SDK does not know. It ends no payment.
    case unknown(String)

    /// The status of that name. Never fails: a name that is not known is ``unknown(_:)``.
    public init(rawValue: String) {
        self =
            switch rawValue {
            case "requires_payment_method": .requiresPaymentMethod
            case "requires_action": .requiresAction
            case "processing": .processing
            case "succeeded": .succeeded
            case "failed": .failed
            case "cancelled": .cancelled
            default: .unknown(rawValue)
            }
    }

    /// The name on the wire.
    public var rawValue: String {
        switch self {
        case .requiresPaymentMethod: "requires_payment_method"
        case .requiresAction: "requires_action"
        case .processing: "processing"
        case .succeeded: "succeeded"
        case .failed: "failed"
        case .cancelled: "cancelled"
        case .unknown(let name): name
        }
    }

    /// The name on the wire.
    public var description: String { rawValue }
}

extension PaymentIntent {
    init(_ core: MpacPgwCore.PaymentIntent) {
        id = core.id
        status = PaymentIntentStatus(rawValue: core.status)
        amount = core.amount
        currency = core.currency
        paymentMethodTypes = core.paymentMethodTypes.map(PaymentMethodType.init)
        expiresAt = Date(unixSeconds: core.expiresAt)
    }
}
