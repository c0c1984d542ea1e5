use serde::{Deserialize, Serialize};

use crate::string_enum::string_enum;
use crate::{Amount, Currency, PaymentIntentId, PaymentIntentStatus};

string_enum! {
    /// What a webhook announces (guide, *Webhook Event Types*).
    pub enum EventType {
        /// The payment is paid.
        Succeeded => "payment_intent.succeeded",
        /// The payment failed.
        Failed => "payment_intent.failed",
        /// The payment was cancelled.
        Cancelled => "payment_intent.cancelled",
    }
}

impl EventType {
    /// The event that announces a status, if the guide has one.
    #[must_use]
    pub fn announcing(status: &PaymentIntentStatus) -> Option<Self> {
        match status {
            PaymentIntentStatus::Succeeded => Some(Self::Succeeded),
            PaymentIntentStatus::Failed => Some(Self::Failed),
            PaymentIntentStatus::Cancelled => Some(Self::Cancelled),
            _ => None,
        }
    }
}

/// The body of a webhook (guide, *Webhooks*).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// `evt_…`; the same on every delivery of the same event.
    pub id: String,
    /// What happened.
    #[serde(rename = "type")]
    pub event_type: EventType,
    /// To what it happened.
    pub data: EventData,
    /// When, in Unix seconds.
    pub created: i64,
}

/// What an [`Event`] carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventData {
    /// The PaymentIntent, as it was then.
    pub object: EventObject,
}

/// The part of a PaymentIntent that a webhook carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventObject {
    /// The PaymentIntent's id.
    pub id: PaymentIntentId,
    /// Its status after the event.
    pub status: PaymentIntentStatus,
    /// Its amount in minor units.
    pub amount: Amount,
    /// Its currency.
    pub currency: Currency,
}
