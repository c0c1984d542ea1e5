import MpacPgw

/// What the till shows.
enum Screen {
    case starting
    /// The terminal cannot be opened, or its payments not be brought back.
    case notReady(any Error)
    case amount
    /// How does the customer pay? The problem is why the last way did not begin.
    case methods(problem: Word? = nil)
    case customerCode
    case cash
    case beginning
    /// A payment: its own state says what to show. The notice is what to add.
    case payment(any PaymentAttemptProtocol, notice: Word? = nil)
    /// Payments from before, or that are still open.
    case payments([any PaymentAttemptProtocol])

    /// From here a payment begins.
    var isOfSale: Bool {
        switch self {
        case .methods, .customerCode, .cash: true
        default: false
        }
    }

    /// The payment that is on the screen.
    var attempt: (any PaymentAttemptProtocol)? {
        if case .payment(let attempt, _) = self { attempt } else { nil }
    }
}
