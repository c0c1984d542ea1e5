import MpacPgw

extension PaymentResult {
    /// Whether it is paid, whatever the receipt says.
    var isSuccess: Bool {
        if case .succeeded = self { true } else { false }
    }
}

extension PaymentState {
    /// Whether it has ended as paid.
    var isSuccess: Bool {
        if case .finished(.succeeded) = self { true } else { false }
    }
}

extension PaymentEventKind {
    /// `payment_success`.
    var isSuccess: Bool {
        if case .paymentSuccess = self { true } else { false }
    }
}
