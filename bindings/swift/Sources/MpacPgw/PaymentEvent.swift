internal import MpacPgwCore

/// One event of an attempt.
public struct PaymentEvent: Sendable, Hashable {
    /// The attempt, the same after a restart.
    public let attemptID: String
    /// The PaymentIntent, `pi_…`.
    public let paymentIntentID: String
    /// How the customer pays.
    public let method: PaymentMethodType
    /// The stable name, such as `payment_success`: for logs and statistics.
    public let name: String
    /// Whether this event may have been delivered before, by an earlier process.
    public let replayed: Bool
    /// What happened.
    public let kind: Kind

    /// What happened.
    public enum Kind: Sendable, Hashable {
        /// `qr_ready`: show this code. A later one replaces it.
        case qrReady(qr: QrCode)
        /// `card_app_requested`: launch MPACCreditCard with this request, once.
        case cardAppRequested(request: CardRequest)
        /// `status_changed`: the gateway reports another status.
        case statusChanged(status: PaymentIntentStatus)
        /// `switch_refused`: the method that was switched to is not taken, and the attempt goes on
        /// as before. `qr_ready` follows, with the code to pay by.
        case switchRefused(code: FailureCode, reason: String)
        /// `connection_lost`: the gateway does not answer. Nothing is decided by that.
        case connectionLost(cause: UncertaintyCause)
        /// `connection_restored`: it answers again.
        case connectionRestored
        /// `payment_success`: paid. Final.
        case paymentSuccess
        /// `payment_failed`: not paid. Final.
        ///
        /// `canRetry` tells whether the same payment token can be used for another attempt.
        case paymentFailed(code: FailureCode, reason: String, canRetry: Bool)
        /// `payment_cancelled`: not paid, because withdrawn. Final.
        case paymentCancelled(by: CancelledBy)
        /// `payment_unresolved`: not known. Never treat it as failed. Not final: another event
        /// follows once the outcome is known.
        case paymentUnresolved(cause: UncertaintyCause, nextStep: NextStep)
    }

    /// Whether the attempt is over with this event.
    public var isFinal: Bool {
        switch kind {
        case .paymentSuccess, .paymentFailed, .paymentCancelled: true
        case .qrReady, .cardAppRequested, .statusChanged, .switchRefused, .connectionLost,
            .connectionRestored, .paymentUnresolved:
            false
        }
    }
}

extension PaymentEvent {
    init(_ core: MpacPgwCore.PaymentEvent) {
        attemptID = core.attemptId
        paymentIntentID = core.paymentIntentId
        method = PaymentMethodType(rawValue: core.method)
        name = core.name
        replayed = core.replayed
        kind =
            switch core.kind {
            case .qrReady(let qr): .qrReady(qr: QrCode(qr))
            case .cardAppRequested(let request): .cardAppRequested(request: CardRequest(request))
            case .statusChanged(let status):
                .statusChanged(status: PaymentIntentStatus(rawValue: status))
            case .switchRefused(let code, let reason):
                .switchRefused(code: FailureCode(code), reason: reason)
            case .connectionLost(let cause): .connectionLost(cause: UncertaintyCause(cause))
            case .connectionRestored: .connectionRestored
            case .paymentSuccess: .paymentSuccess
            case .paymentFailed(let code, let reason, let canRetry):
                .paymentFailed(code: FailureCode(code), reason: reason, canRetry: canRetry)
            case .paymentCancelled(let by): .paymentCancelled(by: CancelledBy(by))
            case .paymentUnresolved(let cause, let nextStep):
                .paymentUnresolved(cause: UncertaintyCause(cause), nextStep: NextStep(nextStep))
            }
    }
}
