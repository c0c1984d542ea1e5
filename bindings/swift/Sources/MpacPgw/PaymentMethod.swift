internal import MpacPgwCore

/// How the customer pays (guide, *Payment Method Types*).
public enum PaymentMethod: Sendable, Hashable {
    /// A QR code that this terminal shows. The provider is the wallet, such as `PAYPAY`.
    case qrMpm(provider: String)
    /// A card, taken by the app MPACCreditCard.
    case creditCard
    /// Cash that the staff has received.
    case cash
}

/// The name of a payment method on the wire (guide, *Payment Method Types*).
public enum PaymentMethodType: Sendable, Hashable, RawRepresentable, CustomStringConvertible {
    /// `qr_mpm`: a QR code that the merchant shows.
    case qrMpm
    /// `qr_cpm`: a QR code or barcode that the customer shows.
    case qrCpm
    /// `credit_card`: a card, taken by the app MPACCreditCard.
    case creditCard
    /// `cash`: cash, confirmed by the staff.
    case cash
    /// A method that this version of the SDK does not know, by its name on the wire.
    case unknown(String)

    /// The method of that name. Never fails: a name that is not known is ``unknown(_:)``.
    public init(rawValue: String) {
        self =
            switch rawValue {
            case "qr_mpm": .qrMpm
            case "qr_cpm": .qrCpm
            case "credit_card": .creditCard
            case "cash": .cash
            default: .unknown(rawValue)
            }
    }

    /// The name on the wire.
    public var rawValue: String {
        switch self {
        case .qrMpm: "qr_mpm"
        case .qrCpm: "qr_cpm"
        case .creditCard: "credit_card"
        case .cash: "cash"
        case .unknown(let name): name
        }
    }

    /// The name on the wire.
    public var description: String { rawValue }
}

extension PaymentMethod {
    var core: MpacPgwCore.PaymentMethod {
        switch self {
        case .qrMpm(let provider): .qrMpm(provider: provider)
        case .creditCard: .creditCard
        case .cash: .cash
        }
    }
}
