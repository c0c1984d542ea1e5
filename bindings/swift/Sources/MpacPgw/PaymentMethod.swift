internal import MpacPgwCore

/// How the customer pays (guide, *Payment Method Types*).
///
/// Its descriptions show the kind and the wallet only: a customer's code is a secret.
public enum PaymentMethod: Sendable, Hashable {
    /// A QR code that this terminal shows. The provider is the wallet, such as `PAYPAY`.
    case qrMpm(provider: String)
    /// A QR code or barcode that the customer shows and this terminal has scanned.
    ///
    /// There is nothing to show: the wallet, such as `PAYPAY`, is charged at once. When it refuses,
    /// the attempt fails with ``FailureCode/customerCodeRefused``, and the same payment token can be
    /// used with another code.
    ///
    /// The customer's code is what the scanner read: 1 to 512 printable ASCII characters, of one
    /// code. What scanners add (line breaks, white space, full-width characters, a symbology prefix
    /// such as `]Q1`) is taken away. It is good for one payment within minutes.
    case qrCpm(provider: String, customerCode: String)
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

extension PaymentMethod: Redacted {
    var visibleFields: KeyValuePairs<String, Any> {
        switch self {
        case .qrMpm(let provider): ["type": PaymentMethodType.qrMpm, "provider": provider]
        case .qrCpm(let provider, _): ["type": PaymentMethodType.qrCpm, "provider": provider]
        case .creditCard: ["type": PaymentMethodType.creditCard]
        case .cash: ["type": PaymentMethodType.cash]
        }
    }
}

extension PaymentMethod {
    var core: MpacPgwCore.PaymentMethod {
        switch self {
        case .qrMpm(let provider): .qrMpm(provider: provider)
        case .qrCpm(let provider, let customerCode):
            .qrCpm(provider: provider, customerCode: customerCode)
        case .creditCard: .creditCard
        case .cash: .cash
        }
    }
}
