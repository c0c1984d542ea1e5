//! What the gateway knows about payments, without I/O, time or threads.

pub(crate) mod confirm_order;
mod customer_code;
pub(crate) mod intent;
pub(crate) mod new_endpoint;
pub(crate) mod new_intent;
pub(crate) mod refund;

pub(crate) use confirm_order::ConfirmOrder;
pub(crate) use customer_code::CustomerCode;
pub(crate) use intent::{Intent, PaymentDetails, Step};
pub(crate) use new_endpoint::NewEndpoint;
pub(crate) use new_intent::NewIntent;
pub(crate) use refund::{NewRefund, Refund, RefundStatus};

/// A PaymentIntent can be paid for 30 minutes (guide, *Best Practices*).
pub(crate) const INTENT_LIFETIME_SECONDS: i64 = 30 * 60;

/// A QR code can be paid for 5 minutes (guide, *QR MPM*).
pub(crate) const CODE_LIFETIME_SECONDS: i64 = 5 * 60;

/// A request can be repeated with its Idempotency-Key for 24 hours (guide, *Idempotency*).
pub(crate) const IDEMPOTENCY_SECONDS: i64 = 24 * 60 * 60;

/// How long a field may be, in characters.
pub(crate) mod limits {
    /// A QR provider takes references of up to 64 characters.
    pub(crate) const MERCHANT_REF_ID: usize = 64;
    pub(crate) const STORE_OR_TERMINAL_ID: usize = 255;
    pub(crate) const PROVIDER: usize = 64;
    pub(crate) const EXTERNAL_REF_ID: usize = 255;
    /// What an EMV code of a wallet may hold. Each provider knows its own limit.
    pub(crate) const CUSTOMER_CODE: usize = 512;
    pub(crate) const REFUND_REASON: usize = 255;
    pub(crate) const WEBHOOK_URL: usize = 2048;
    pub(crate) const WEBHOOK_DESCRIPTION: usize = 255;
}
