//! What crosses the wire, for both sides: a client sends the requests and reads the answers, a
//! stand-in server reads the requests and sends the answers.
//!
//! Answers are read tolerantly. Fields this version does not know are ignored, values it does not
//! know are kept ([`PaymentStatus::Other`]), and whatever PayPay may leave out is optional. A
//! request is checked as a whole before it is sent ([`Check`]), so that reading one, which a
//! stand-in does, never fails because of a length.
//!
//! Times are Unix seconds, amounts are whole yen.

mod account_link;
mod check;
mod code;
mod envelope;
mod ids;
mod money;
mod order_item;
mod payment;
mod payment_requests;
mod refund;
mod result_code;
mod tolerant;
mod user_authorization;
pub mod webhook;

pub use account_link::{AccountLinkRequest, AccountLinkSession, Scope};
pub use check::{Check, FieldError};
pub use code::{
    Code, CodeType, CreateCodeRequest, DeletedCode, ProductType, QrStatus, RedirectType,
};
pub use envelope::{Envelope, ResultInfo};
pub use ids::{
    CodeId, IdError, MerchantCaptureId, MerchantId, MerchantPaymentId, MerchantRefundId,
    MerchantRevertId, PaymentId, UserAuthorizationId,
};
pub use money::{Currency, MoneyAmount};
pub use order_item::MerchantOrderItem;
pub use payment::{
    Capture, CaptureStatus, List, Payment, PaymentMethod, PaymentMethodType, PaymentStatus,
    Reversal,
};
pub use payment_requests::{
    CaptureRequest, CreatePaymentRequest, PreauthorizeRequest, Revert, RevertRequest,
};
pub use refund::{Refund, RefundRequest, RefundStatus};
pub use result_code::ResultCode;
pub use user_authorization::{UserAuthorization, UserAuthorizationStatus};
