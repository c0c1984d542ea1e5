import Foundation
internal import MpacPgwCore

/// Where an attempt stands: what an app shows.
public enum PaymentState: Sendable, Hashable {
    /// The gateway is being asked. Nothing to show yet but progress.
    case confirming
    /// The QR code is to be shown to the customer.
    case awaitingCustomer(qr: QrCode)
    /// The card app has the payment.
    case awaitingCardApp(request: CardRequest)
    /// The provider is working on the payment; the customer has done their part.
    case processing
    /// The outcome is not known at the moment. The payment may or may not have happened; the SDK
    /// keeps asking.
    case verifying(since: Date, cause: UncertaintyCause)
    /// The attempt has a result. All but ``PaymentResult/unresolved(cause:nextStep:)`` are final.
    case finished(PaymentResult)
}

/// How an attempt ended.
public enum PaymentResult: Sendable, Hashable {
    /// Paid: the gateway says so.
    case succeeded
    /// Not paid.
    ///
    /// The code is for programs, the reason for people: in English and free of secrets. `canRetry`
    /// tells whether the same payment token can be used for another attempt.
    case failed(code: FailureCode, reason: String, canRetry: Bool)
    /// Not paid, because it was withdrawn.
    case cancelled(by: CancelledBy)
    /// Not known. Never treat this as failed: the customer may have been charged.
    ///
    /// The attempt stays in the journal, is still asked about, and ends in another result once it
    /// is known. Show the staff the next step.
    case unresolved(cause: UncertaintyCause, nextStep: NextStep)

    /// Whether nothing can change this result any more.
    public var isFinal: Bool {
        if case .unresolved = self { false } else { true }
    }
}

/// What kind of failure it was.
public enum FailureCode: String, Sendable, Hashable, CaseIterable {
    /// The gateway or its provider reports the payment as failed.
    case paymentFailed = "payment_failed"
    /// The gateway refused the request before anything happened: a wrong parameter, a token it
    /// does not know, a state that does not allow it. The reason holds its own words.
    case gatewayRefused = "gateway_refused"
    /// The wallet would not charge the code that the customer showed: it was used before, has
    /// expired, or the balance is not enough. Nothing was charged.
    ///
    /// Ask the customer for a fresh code, or for another way to pay. The reason holds the gateway's
    /// own words.
    case customerCodeRefused = "customer_code_refused"
    /// The card was declined.
    case cardDeclined = "card_declined"
    /// The card app could not take the payment, and charged nothing.
    case cardAppError = "card_app_error"
    /// This terminal could not write its journal, so nothing was started.
    case storageUnavailable = "storage_unavailable"
}

/// Who withdrew a payment.
public enum CancelledBy: String, Sendable, Hashable, CaseIterable {
    /// This terminal, through ``PaymentAttempt/cancel()``.
    case terminal
    /// The customer or the staff, in the card app.
    case cardApp = "card_app"
    /// The merchant's back end, or the gateway itself.
    case gateway
    /// Nobody paid in time.
    case expiry
}

/// Why an outcome is not known.
public enum UncertaintyCause: String, Sendable, Hashable, CaseIterable {
    /// The gateway cannot be reached.
    case connectionLost = "connection_lost"
    /// The gateway answers with a server error.
    case gatewayError = "gateway_error"
    /// The gateway asks to be asked less often.
    case rateLimited = "rate_limited"
    /// The answer is not one a gateway gives; a proxy or a captive portal may be in between.
    case invalidResponse = "invalid_response"
    /// The gateway's answers contradict each other, or what is known: another amount, another
    /// currency, or another payment's id.
    case contradictoryAnswer = "contradictory_answer"
    /// The payment's time is over and the gateway still names no final status.
    case noFinalStatus = "no_final_status"
    /// The card app has not answered. The card may have been charged.
    case cardAppSilent = "card_app_silent"
    /// The card **was charged**, but the gateway would not record it.
    case cardChargedNotRecorded = "card_charged_not_recorded"
    /// The card **was charged**, and the gateway says that the payment was paid by card, but not
    /// whether it was by this charge. Compare its approval code with the card app's.
    case cardChargeNotMatched = "card_charge_not_matched"
}

/// What the staff should do about an unresolved payment.
public enum NextStep: String, Sendable, Hashable, CaseIterable {
    /// Get the terminal back on line; the result follows by itself.
    case checkNetwork = "check_network"
    /// Look the payment up in the gateway's dashboard before taking the money again.
    case checkWithGateway = "check_with_gateway"
    /// Look in the card app whether the card was charged.
    case checkCardApp = "check_card_app"
    /// Refund the charge in the card app, or settle it by hand; then call
    /// ``PaymentAttempt/acknowledge()``.
    case refundInCardApp = "refund_in_card_app"
}

/// The answer to ``PaymentAttempt/cancel()``.
public enum CancelOutcome: String, Sendable, Hashable, CaseIterable {
    /// The payment is withdrawn and can no longer be paid.
    case cancelled
    /// Too late: it is paid. Treat it as the success that it is.
    case alreadySucceeded = "already_succeeded"
    /// It cannot be cancelled now, and goes on.
    case notCancellable = "not_cancellable"
    /// The gateway has not answered yet. The SDK keeps trying; the final event tells.
    case unknown
}

/// The answer to ``PaymentAttempt/switchMethod(_:)``.
public enum SwitchOutcome: String, Sendable, Hashable, CaseIterable {
    /// The attempt goes on with the new method; the old code is withdrawn as part of it.
    case switching
    /// The attempt cannot change its method now: its outcome is being found out, the card app has
    /// it, or it is over. Nor to a card, nor to a method that the PaymentIntent does not allow.
    case notSwitchable = "not_switchable"
}

extension PaymentState {
    init(_ core: MpacPgwCore.PaymentState) {
        self =
            switch core {
            case .confirming: .confirming
            case .awaitingCustomer(let qr): .awaitingCustomer(qr: QrCode(qr))
            case .awaitingCardApp(let request): .awaitingCardApp(request: CardRequest(request))
            case .processing: .processing
            case .verifying(let since, let cause):
                .verifying(since: Date(unixSeconds: since), cause: UncertaintyCause(cause))
            case .finished(let result): .finished(PaymentResult(result))
            }
    }
}

extension PaymentResult {
    init(_ core: MpacPgwCore.PaymentResult) {
        self =
            switch core {
            case .succeeded: .succeeded
            case .failed(let code, let reason, let canRetry):
                .failed(code: FailureCode(code), reason: reason, canRetry: canRetry)
            case .cancelled(let by): .cancelled(by: CancelledBy(by))
            case .unresolved(let cause, let nextStep):
                .unresolved(cause: UncertaintyCause(cause), nextStep: NextStep(nextStep))
            }
    }
}

extension FailureCode {
    init(_ core: MpacPgwCore.FailureCode) {
        self =
            switch core {
            case .paymentFailed: .paymentFailed
            case .gatewayRefused: .gatewayRefused
            case .customerCodeRefused: .customerCodeRefused
            case .cardDeclined: .cardDeclined
            case .cardAppError: .cardAppError
            case .storageUnavailable: .storageUnavailable
            }
    }
}

extension CancelledBy {
    init(_ core: MpacPgwCore.CancelledBy) {
        self =
            switch core {
            case .terminal: .terminal
            case .cardApp: .cardApp
            case .gateway: .gateway
            case .expiry: .expiry
            }
    }
}

extension UncertaintyCause {
    init(_ core: MpacPgwCore.UncertaintyCause) {
        self =
            switch core {
            case .connectionLost: .connectionLost
            case .gatewayError: .gatewayError
            case .rateLimited: .rateLimited
            case .invalidResponse: .invalidResponse
            case .contradictoryAnswer: .contradictoryAnswer
            case .noFinalStatus: .noFinalStatus
            case .cardAppSilent: .cardAppSilent
            case .cardChargedNotRecorded: .cardChargedNotRecorded
            case .cardChargeNotMatched: .cardChargeNotMatched
            }
    }
}

extension NextStep {
    init(_ core: MpacPgwCore.NextStep) {
        self =
            switch core {
            case .checkNetwork: .checkNetwork
            case .checkWithGateway: .checkWithGateway
            case .checkCardApp: .checkCardApp
            case .refundInCardApp: .refundInCardApp
            }
    }
}

extension SwitchOutcome {
    init(_ core: MpacPgwCore.SwitchOutcome) {
        self =
            switch core {
            case .switching: .switching
            case .notSwitchable: .notSwitchable
            }
    }
}

extension CancelOutcome {
    init(_ core: MpacPgwCore.CancelOutcome) {
        self =
            switch core {
            case .cancelled: .cancelled
            case .alreadySucceeded: .alreadySucceeded
            case .notCancellable: .notCancellable
            case .unknown: .unknown
            }
    }
}
