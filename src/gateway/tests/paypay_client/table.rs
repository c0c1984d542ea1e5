//! PayPay's table of errors, as the guide and its sources print it: not taken from the stand-in's
//! own, which is what is tested.

use paypay_opa::Operation::{
    self, CancelPayment, Capture, CodePaymentDetails, CreateAccountLinkSession, CreateCode,
    CreatePayment, DeleteCode, PaymentDetails, Preauthorize, Refund, RefundDetails, Revert,
    UnlinkUser, UserAuthorizationStatus,
};
use paypay_opa::Outcome::{self, Failed, Rejected, Unknown};

/// A row, and the calls it is of.
pub struct Row {
    pub status: u16,
    /// Empty where PayPay has not published one.
    pub code_id: &'static str,
    pub code: &'static str,
    pub outcome: Outcome,
    pub calls: &'static [Operation],
}

const fn row(
    status: u16,
    code_id: &'static str,
    code: &'static str,
    outcome: Outcome,
    calls: &'static [Operation],
) -> Row {
    Row {
        status,
        code_id,
        code,
        outcome,
        calls,
    }
}

const EVERY: &[Operation] = Operation::ALL;
const DETAILS: &[Operation] = &[CodePaymentDetails, PaymentDetails];
const CHARGES: &[Operation] = &[CreatePayment, Preauthorize];
/// The calls that are about a customer's consent.
const OF_USER: &[Operation] = &[
    CreatePayment,
    Preauthorize,
    UserAuthorizationStatus,
    UnlinkUser,
];

#[rustfmt::skip]
pub const TABLE: &[Row] = &[
    // Of every call.
    row(400, "08100006", "INVALID_REQUEST_PARAMS", Rejected, EVERY),
    row(400, "08100024", "MISSING_REQUEST_PARAMS", Rejected, EVERY),
    row(401, "08100016", "UNAUTHORIZED", Rejected, EVERY),
    row(401, "08100023", "OP_OUT_OF_SCOPE", Rejected, EVERY),
    row(404, "08100007", "OPA_CLIENT_NOT_FOUND", Rejected, EVERY),
    row(429, "08100998", "RATE_LIMIT", Rejected, EVERY),
    row(500, "08100026", "SERVICE_ERROR", Unknown, EVERY),
    row(500, "08101000", "INTERNAL_SERVER_ERROR", Unknown, EVERY),
    row(503, "08100999", "MAINTENANCE_MODE", Unknown, EVERY),
    // Codes.
    row(400, "01652073", "DUPLICATE_DYNAMIC_QR_REQUEST", Rejected, &[CreateCode]),
    row(400, "00400060", "PRE_AUTH_CAPTURE_UNSUPPORTED_MERCHANT", Rejected, &[CreateCode]),
    row(400, "00400061", "PRE_AUTH_CAPTURE_INVALID_EXPIRY_DATE", Rejected, &[CreateCode]),
    row(400, "01650000", "DYNAMIC_QR_BAD_REQUEST", Rejected, &[CreateCode]),
    row(400, "01652075", "DYNAMIC_QR_PAYMENT_NOT_FOUND", Rejected, DETAILS),
    row(400, "01650000", "DYNAMIC_QR_BAD_REQUEST", Rejected, DETAILS),
    row(400, "01652074", "DYNAMIC_QR_ALREADY_PAID", Rejected, &[DeleteCode]),
    row(400, "01650000", "DYNAMIC_QR_BAD_REQUEST", Rejected, &[DeleteCode]),
    row(404, "01652072", "DYNAMIC_QR_NOT_FOUND", Rejected, &[DeleteCode]),
    // Cancel and refund.
    row(400, "00200044", "ORDER_NOT_REVERSIBLE", Rejected, &[CancelPayment]),
    row(500, "00200034", "INTERNAL_SERVER_ERROR", Unknown, &[CancelPayment]),
    row(400, "00200004", "INVALID_PARAMS", Rejected, &[Refund]),
    row(400, "00200013", "UNACCEPTABLE_OP", Rejected, &[Refund]),
    row(400, "00200014", "UNACCEPTABLE_OP", Rejected, &[Refund]),
    row(400, "00200015", "INVALID_PARAMS", Rejected, &[Refund]),
    row(400, "01103027", "CANCELED_USER", Rejected, &[Refund]),
    row(404, "00200001", "RESOURCE_NOT_FOUND", Rejected, &[Refund]),
    row(500, "00200002", "TRANSACTION_FAILED", Failed, &[Refund]),
    row(500, "00200003", "TRANSACTION_FAILED", Failed, &[Refund]),
    row(500, "00800017", "TRANSACTION_FAILED", Failed, &[Refund]),
    row(500, "00200034", "INTERNAL_SERVER_ERROR", Unknown, &[Refund]),
    row(404, "00200018", "NO_SUCH_REFUND_ORDER", Rejected, &[RefundDetails]),
    row(500, "00200034", "INTERNAL_SERVER_ERROR", Unknown, &[RefundDetails]),
    // Capture and revert.
    row(400, "00400035", "UNACCEPTABLE_OP", Rejected, &[Capture]),
    row(400, "00200039", "ALREADY_CAPTURED", Rejected, &[Capture]),
    row(400, "01103027", "CANCELED_USER", Rejected, &[Capture]),
    row(400, "00400062", "HIGHER_CAPTURE_NOT_PERMITTED", Rejected, &[Capture]),
    row(400, "00200043", "ORDER_EXPIRED", Rejected, &[Capture]),
    row(400, "00200035", "ORDER_NOT_CAPTURABLE", Rejected, &[Capture]),
    row(400, "00200038", "REAUTHORIZATION_IN_PROGRESS", Rejected, &[Capture]),
    row(400, "00400064", "TOO_CLOSE_TO_EXPIRY", Rejected, &[Capture]),
    row(400, "00200042", "ORDER_NOT_CANCELABLE", Rejected, &[Revert]),
    // Charging a customer who consented.
    row(400, "00200017", "SUSPECTED_DUPLICATE_PAYMENT", Rejected, CHARGES),
    row(400, "00200004", "INVALID_PARAMS", Rejected, CHARGES),
    row(400, "01103027", "CANCELED_USER", Rejected, CHARGES),
    row(400, "", "NO_SUFFICIENT_FUND", Rejected, CHARGES),
    row(400, "", "UNSUPPORTED_PAYMENT_METHOD", Rejected, CHARGES),
    row(400, "", "UNACCEPTABLE_OP", Rejected, CHARGES),
    row(400, "00400060", "PRE_AUTH_CAPTURE_UNSUPPORTED_MERCHANT", Rejected, &[Preauthorize]),
    row(400, "00400061", "PRE_AUTH_CAPTURE_INVALID_EXPIRY_DATE", Rejected, &[Preauthorize]),
    row(401, "", "USER_STATE_IS_NOT_ACTIVE", Rejected, CHARGES),
    row(404, "", "NO_VALID_PAYMENT_METHOD", Rejected, CHARGES),
    row(404, "", "PAYMENT_METHOD_NOT_FOUND", Rejected, CHARGES),
    row(500, "", "TRANSACTION_FAILED", Failed, CHARGES),
    // Consent.
    row(401, "", "INVALID_USER_AUTHORIZATION_ID", Rejected, OF_USER),
    row(401, "", "EXPIRED_USER_AUTHORIZATION_ID", Rejected, OF_USER),
    row(400, "01103027", "CANCELED_USER", Rejected, &[UserAuthorizationStatus]),
    row(400, "08100017", "EXPECTATION_FAILED", Rejected, &[CreateAccountLinkSession]),
];
