use crate::string_enum::string_enum;

string_enum! {
    /// `resultInfo.code`: what an answer means, and what to decide by.
    pub enum ResultCode {
        /// Done.
        Success => "SUCCESS",
        /// Taken, and done later.
        RequestAccepted => "REQUEST_ACCEPTED",
        /// Taken, and done once the customer agrees.
        UserConfirmationRequired => "USER_CONFIRMATION_REQUIRED",
        /// The request cannot be read.
        InvalidRequestParams => "INVALID_REQUEST_PARAMS",
        /// A field is missing.
        MissingRequestParams => "MISSING_REQUEST_PARAMS",
        /// A field has a value that cannot be.
        InvalidParams => "INVALID_PARAMS",
        /// Key, secret, clock or merchant are wrong.
        Unauthorized => "UNAUTHORIZED",
        /// The merchant has no contract for this.
        OpOutOfScope => "OP_OUT_OF_SCOPE",
        /// There is no such API client. No longer in use.
        OpaClientNotFound => "OPA_CLIENT_NOT_FOUND",
        /// Too many requests.
        RateLimit => "RATE_LIMIT",
        /// Something is wrong at PayPay.
        ServiceError => "SERVICE_ERROR",
        /// Something is wrong at PayPay, and nobody knows whether the request was carried out.
        InternalServerError => "INTERNAL_SERVER_ERROR",
        /// PayPay is down for maintenance.
        MaintenanceMode => "MAINTENANCE_MODE",
        /// PayPay is down for maintenance; some products say it so.
        ServiceUnderMaintenance => "SERVICE_UNDER_MAINTENANCE",
        /// There is no such order.
        ResourceNotFound => "RESOURCE_NOT_FOUND",
        /// A condition, such as a limit, forbids it.
        UnacceptableOp => "UNACCEPTABLE_OP",
        /// PayPay tried, and failed: a new transaction may be started.
        TransactionFailed => "TRANSACTION_FAILED",
        /// The merchantPaymentId had a code before.
        DuplicateDynamicQrRequest => "DUPLICATE_DYNAMIC_QR_REQUEST",
        /// The merchant cannot authorise and capture.
        PreAuthCaptureUnsupportedMerchant => "PRE_AUTH_CAPTURE_UNSUPPORTED_MERCHANT",
        /// The authorisation would last too long.
        PreAuthCaptureInvalidExpiryDate => "PRE_AUTH_CAPTURE_INVALID_EXPIRY_DATE",
        /// The request about a code cannot be read.
        DynamicQrBadRequest => "DYNAMIC_QR_BAD_REQUEST",
        /// There is no payment for that merchantPaymentId, or not yet.
        DynamicQrPaymentNotFound => "DYNAMIC_QR_PAYMENT_NOT_FOUND",
        /// The code cannot be deleted: it is paid.
        DynamicQrAlreadyPaid => "DYNAMIC_QR_ALREADY_PAID",
        /// There is no such code.
        DynamicQrNotFound => "DYNAMIC_QR_NOT_FOUND",
        /// The payment cannot be cancelled, or no longer: refund it.
        OrderNotReversible => "ORDER_NOT_REVERSIBLE",
        /// There is no such refund.
        NoSuchRefundOrder => "NO_SUCH_REFUND_ORDER",
        /// The customer has left PayPay.
        CanceledUser => "CANCELED_USER",
        /// It is captured already.
        AlreadyCaptured => "ALREADY_CAPTURED",
        /// The merchant cannot capture more than was authorised.
        HigherCaptureNotPermitted => "HIGHER_CAPTURE_NOT_PERMITTED",
        /// The authorisation lapsed.
        OrderExpired => "ORDER_EXPIRED",
        /// It is not in a state to be captured.
        OrderNotCapturable => "ORDER_NOT_CAPTURABLE",
        /// A higher capture is being worked on.
        ReauthorizationInProgress => "REAUTHORIZATION_IN_PROGRESS",
        /// The authorisation lapses too soon for a higher capture.
        TooCloseToExpiry => "TOO_CLOSE_TO_EXPIRY",
        /// It is not in a state to be released.
        OrderNotCancelable => "ORDER_NOT_CANCELABLE",
        /// The customer paid the same amount a moment ago.
        SuspectedDuplicatePayment => "SUSPECTED_DUPLICATE_PAYMENT",
        /// The customer has not enough money.
        NoSufficientFund => "NO_SUFFICIENT_FUND",
        /// What the customer pays with is not supported.
        UnsupportedPaymentMethod => "UNSUPPORTED_PAYMENT_METHOD",
        /// The customer's account is not active.
        UserStateIsNotActive => "USER_STATE_IS_NOT_ACTIVE",
        /// There is no such consent.
        InvalidUserAuthorizationId => "INVALID_USER_AUTHORIZATION_ID",
        /// The consent has lapsed.
        ExpiredUserAuthorizationId => "EXPIRED_USER_AUTHORIZATION_ID",
        /// The customer has nothing to pay with.
        NoValidPaymentMethod => "NO_VALID_PAYMENT_METHOD",
        /// There is no such payment method.
        PaymentMethodNotFound => "PAYMENT_METHOD_NOT_FOUND",
        /// Scope or redirect address are not in the merchant's contract.
        ExpectationFailed => "EXPECTATION_FAILED",
        /// The payment was refunded before; newer answer.
        MerchantMultipleRefundRejected => "MERCHANT_MULTIPLE_REFUND_REJECTED",
        /// Too many refunds of one payment; newer answer.
        RefundLimitExceeded => "REFUND_LIMIT_EXCEEDED",
        /// Too many refunds at once; newer answer.
        ThrottledMultipleRefundRejected => "THROTTLED_MULTIPLE_REFUND_REJECTED",
        /// Too late for a refund; newer answer.
        RefundWindowExceed => "REFUND_WINDOW_EXCEED",
        /// PayPay has put the order away; newer answer.
        OrderNoLongerAvailable => "ORDER_NO_LONGER_AVAILABLE",
        /// A limit forbids it; newer answer.
        LimitExceeded => "LIMIT_EXCEEDED",
    }
}
