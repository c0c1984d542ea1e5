//! The wire contract of the mpac-pgw payment gateway, typed.
//!
//! Everything that crosses the wire between a merchant's back end, the gateway and a terminal is
//! here, and nothing else: no I/O, no clock, no threads. The source is the *PaymentIntent
//! Integration Guide*; each item names the section it comes from.
//!
//! ```
//! use mpac_pgw_protocol::{PaymentIntentStatus, PaymentToken};
//!
//! let token: PaymentToken = "pi_01HXYEXAMPLE_secret_not4real0key".parse()?;
//! assert_eq!(token.payment_intent_id().as_str(), "pi_01HXYEXAMPLE");
//! assert!(PaymentIntentStatus::RequiresAction.can_become(&PaymentIntentStatus::Processing));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod amount;
pub mod card_number;
mod currency;
mod error;
mod event;
mod id;
mod idempotency;
mod payment_intent;
mod payment_method;
mod payment_token;
pub mod reading;
pub mod signing;
mod status;
mod string_enum;
mod timestamp;
pub mod webhook;

pub use amount::{Amount, AmountError};
pub use currency::{Currency, CurrencyError};
pub use error::{ApiError, ErrorBody, ErrorCode, decline_code};
pub use event::{Event, EventData, EventObject, EventType};
pub use id::{IdError, MerchantId, PaymentIntentId};
pub use idempotency::{IdempotencyKey, IdempotencyKeyError};
pub use payment_intent::{
    CancelRequest, ConfirmRequest, Confirmation, CreatePaymentIntentRequest, PaymentIntent,
};
pub use payment_method::{CaptureMethod, PaymentMethodType, ProcessingMode, Provider};
pub use payment_token::{PaymentToken, PaymentTokenError};
pub use status::PaymentIntentStatus;
pub use timestamp::{Timestamp, TimestampError};

/// Header that makes a POST safe to repeat (guide, *Idempotency*).
pub const IDEMPOTENCY_KEY_HEADER: &str = "Idempotency-Key";
