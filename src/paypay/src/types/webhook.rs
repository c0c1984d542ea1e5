//! What PayPay posts to the merchant. Nothing of it is signed: a webhook is a hint to look a payment
//! up, and never the reason to hand over the goods.
//!
//! ```
//! use paypay_opa::types::webhook::{Notification, TransactionState};
//!
//! let body = br#"{"notification_type":"Transaction","merchant_id":"M1","order_id":"0400",
//!     "merchant_order_id":"order-0001","order_amount":"1200","state":"COMPLETED"}"#;
//! let Notification::Transaction(event) = Notification::read(body)? else { return Ok(()) };
//! assert_eq!(event.state, TransactionState::Completed);
//! assert_eq!(event.order_amount.map(|amount| amount.yen()), Some(1200));
//! # Ok::<(), serde_json::Error>(())
//! ```

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{MerchantPaymentId, PaymentId, UserAuthorizationId};
use crate::string_enum::string_enum;

/// One webhook, by its `notification_type`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Notification {
    /// A payment changed.
    Transaction(Box<TransactionEvent>),
    /// A customer's consent changed.
    Customer(Box<CustomerEvent>),
    /// Something else, such as a file of settled payments.
    Other(Value),
}

impl Notification {
    /// Reads the body of a webhook.
    ///
    /// # Errors
    /// Not JSON, or not what its `notification_type` says it is.
    pub fn read(body: &[u8]) -> Result<Self, serde_json::Error> {
        let value: Value = serde_json::from_slice(body)?;
        let kind = value["notification_type"].as_str().unwrap_or_default();
        match NotificationType::read(kind) {
            NotificationType::Transaction => serde_json::from_value(value).map(Self::Transaction),
            NotificationType::Other(_) => Ok(Self::Other(value)),
            _ => serde_json::from_value(value).map(Self::Customer),
        }
    }
}

string_enum! {
    /// What a webhook is about. The spelling "authroization" is PayPay's; corrected, it is read too.
    pub enum NotificationType {
        /// A payment.
        Transaction => "Transaction",
        /// A customer consented.
        AuthorizationSucceeded => "customer.authroization.succeeded",
        /// A customer did not consent.
        AuthorizationFailed => "customer.authroization.failed",
        /// A customer's consent ended.
        AuthorizationRevoked => "customer.authroization.revoked",
        /// A customer's consent was prolonged.
        AuthorizationExtended => "customer.authroization.extended",
        /// A customer's consent was called off.
        AuthorizationCanceled => "customer.authroization.canceled",
    }
}

impl NotificationType {
    fn read(text: &str) -> Self {
        Self::from(text.replace("authorization", "authroization"))
    }

    fn deserialize_any_spelling<'de, D: serde::Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self::read(&text))
    }
}

/// A payment changed. Refund and cancel send nothing, and failure does not always.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransactionEvent {
    /// `Transaction`.
    pub notification_type: NotificationType,
    /// PayPay's id of the merchant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant_id: Option<String>,
    /// As in the request for the code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store_id: Option<String>,
    /// The terminal of the request for the code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pos_id: Option<String>,
    /// PayPay's id of the payment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_id: Option<PaymentId>,
    /// The merchant's id of the payment; `""` when it was authorised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant_order_id: Option<MerchantPaymentId>,
    /// What the customer pays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_amount: Option<OrderAmount>,
    /// Where the payment stands.
    pub state: TransactionState,
    /// When it was authorised, ISO 8601 in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorized_at: Option<String>,
    /// When the authorisation lapses, ISO 8601 in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
    /// When it was paid, ISO 8601 in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid_at: Option<String>,
    /// Until when the customer could have agreed to a higher capture, ISO 8601 in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmation_expires_at: Option<String>,
    /// The change of an authorisation that this is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reauth_request_id: Option<String>,
}

impl TransactionEvent {
    /// An event of which only the state is known.
    #[must_use]
    pub fn new(state: TransactionState) -> Self {
        Self {
            notification_type: NotificationType::Transaction,
            merchant_id: None,
            store_id: None,
            pos_id: None,
            order_id: None,
            merchant_order_id: None,
            order_amount: None,
            state,
            authorized_at: None,
            expires_at: None,
            paid_at: None,
            confirmation_expires_at: None,
            reauth_request_id: None,
        }
    }
}

string_enum! {
    /// What became of a payment, in a webhook.
    pub enum TransactionState {
        /// The amount is blocked.
        Authorized => "AUTHORIZED",
        /// Paid, or captured.
        Completed => "COMPLETED",
        /// The authorisation was released.
        Canceled => "CANCELED",
        /// The authorisation lapsed.
        Expired => "EXPIRED",
        /// Not paid.
        Failed => "FAILED",
        /// The customer did not agree to a higher capture in time.
        ExpiredUserConfirmation => "EXPIRED_USER_CONFIRMATION",
    }
}

/// Yen in a webhook: newer documents show a text, older ones a number. It is written as it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum OrderAmount {
    /// `1200`
    Number(i64),
    /// `"1200"`
    #[serde(with = "as_text")]
    Text(i64),
}

impl OrderAmount {
    /// How many yen.
    #[must_use]
    pub const fn yen(self) -> i64 {
        match self {
            Self::Number(yen) | Self::Text(yen) => yen,
        }
    }
}

mod as_text {
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};

    #[allow(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde asks for a reference"
    )]
    pub(super) fn serialize<S: Serializer>(yen: &i64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(yen)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

/// A customer's consent changed. Which fields there are depends on the kind.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CustomerEvent {
    /// What happened.
    #[serde(
        rename = "notification_type",
        deserialize_with = "NotificationType::deserialize_any_spelling"
    )]
    pub notification_type: NotificationType,
    /// The same in each try to deliver it.
    #[serde(
        rename = "notification_id",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub notification_id: Option<String>,
    /// When, in PayPay's own words: documents show both a number and a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Value>,
    /// The merchant's id of the customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference_id: Option<String>,
    /// As in the account-link request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// What was consented to: a list, or a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Value>,
    /// PayPay's id of the consent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_authorization_id: Option<UserAuthorizationId>,
    /// The customer's telephone number, masked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile_identifier: Option<String>,
    /// Until when the consent holds, in Unix seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expiry: Option<i64>,
    /// `declined`, for instance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
    /// Why there is no consent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl CustomerEvent {
    /// An event of which only the kind is known.
    #[must_use]
    pub fn new(notification_type: NotificationType) -> Self {
        Self {
            notification_type,
            notification_id: None,
            created_at: None,
            reference_id: None,
            nonce: None,
            scopes: None,
            user_authorization_id: None,
            profile_identifier: None,
            expiry: None,
            result: None,
            reason: None,
        }
    }
}

impl fmt::Debug for CustomerEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CustomerEvent")
            .field("notification_type", &self.notification_type)
            .field("notification_id", &self.notification_id)
            .field("reference_id", &self.reference_id)
            .finish_non_exhaustive()
    }
}
