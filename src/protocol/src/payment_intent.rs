use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    Amount, CaptureMethod, Currency, PaymentIntentId, PaymentIntentStatus, PaymentMethodType,
    PaymentToken, ProcessingMode, Provider, Timestamp,
};

/// Body of `POST /v1/payment_intents` (guide, *Creating a PaymentIntent*).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreatePaymentIntentRequest {
    /// The merchant's own order reference, unique per merchant.
    pub merchant_ref_id: String,
    /// The store, for merchants with several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant_store_id: Option<String>,
    /// The terminal or POS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant_terminal_id: Option<String>,
    /// Minor units.
    pub amount: Amount,
    /// JPY when absent.
    #[serde(default)]
    pub currency: Currency,
    /// The methods the customer may choose from; at least one.
    pub payment_method_types: Vec<PaymentMethodType>,
    /// Automatic when absent.
    #[serde(default)]
    pub capture_method: CaptureMethod,
}

/// A PaymentIntent, as create, retrieve and cancel return it.
///
/// The fields up to `created_at` are the guide's create response. The rest appear once a payment
/// method was confirmed, so that a back end sees how an order was paid.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentIntent {
    /// `pi_…`.
    pub id: PaymentIntentId,
    /// Always `payment_intent`.
    pub object: String,
    /// Where it stands.
    pub status: PaymentIntentStatus,
    /// Minor units.
    pub amount: Amount,
    /// ISO 4217.
    pub currency: Currency,
    /// The methods the customer may choose from.
    pub payment_method_types: Vec<PaymentMethodType>,
    /// The terminal's secret. Only signed requests get it back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_token: Option<PaymentToken>,
    /// When the money is taken.
    #[serde(default)]
    pub capture_method: CaptureMethod,
    /// The merchant's order reference. Absent from the create response, as in the guide.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant_ref_id: Option<String>,
    /// The store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant_store_id: Option<String>,
    /// The terminal or POS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant_terminal_id: Option<String>,
    /// When the PaymentIntent can no longer be paid.
    pub expires_at: Timestamp,
    /// When it was created.
    pub created_at: Timestamp,
    /// The method it was confirmed with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_method_type: Option<PaymentMethodType>,
    /// The wallet, the card brand or `CASH`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<Provider>,
    /// Who moves the money.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub processing_mode: Option<ProcessingMode>,
    /// The approval code that a card payment was confirmed with, from gateways that say it: a
    /// terminal tells by it whether it was its own card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_ref_id: Option<String>,
}

// The approval code is card data.
impl fmt::Debug for PaymentIntent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PaymentIntent")
            .field("id", &self.id)
            .field("status", &self.status)
            .field("amount", &self.amount)
            .field("currency", &self.currency)
            .field("payment_method_types", &self.payment_method_types)
            .field("expires_at", &self.expires_at)
            .field("created_at", &self.created_at)
            .field("payment_method_type", &self.payment_method_type)
            .field("provider", &self.provider)
            .finish_non_exhaustive()
    }
}

/// Body of `POST /v1/payment_intents/{id}/confirm` (guide, *Payment Flow by Method*).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfirmRequest {
    /// The terminal's secret.
    pub payment_token: PaymentToken,
    /// How the customer pays.
    pub payment_method_type: PaymentMethodType,
    /// The wallet for QR, the brand for cards, nothing for cash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<Provider>,
    /// The approval code of a card payment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_ref_id: Option<String>,
    /// The code the customer showed, for `qr_cpm`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_code: Option<String>,
}

// Token, approval code and customer code are secrets.
impl fmt::Debug for ConfirmRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConfirmRequest")
            .field("payment_method_type", &self.payment_method_type)
            .field("provider", &self.provider)
            .finish_non_exhaustive()
    }
}

/// The answer to a confirm (guide, *Payment Flow by Method*).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// Always `payment_intent`.
    pub object: String,
    /// `requires_action` for a QR payment, `succeeded` for a recorded one.
    pub status: PaymentIntentStatus,
    /// Minor units.
    pub amount: Amount,
    /// ISO 4217.
    pub currency: Currency,
    /// The same id as `payment_intent_id`.
    pub payment_id: PaymentIntentId,
    /// The PaymentIntent.
    pub payment_intent_id: PaymentIntentId,
    /// What the QR code holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qr_content: Option<String>,
    /// When the QR code (not the PaymentIntent) can no longer be paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// The wallet, the card brand or `CASH`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<Provider>,
    /// A picture of the code. Terminals draw their own from `qr_content` instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qr_code_url: Option<String>,
}

// Whoever reads the code can pay the order, or learn about it.
impl fmt::Debug for Confirmation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Confirmation")
            .field("payment_intent_id", &self.payment_intent_id)
            .field("status", &self.status)
            .field("amount", &self.amount)
            .field("currency", &self.currency)
            .field("expires_at", &self.expires_at)
            .field("provider", &self.provider)
            .finish_non_exhaustive()
    }
}

/// Body of `POST /v1/payment_intents/{id}/cancel`. A signed request may leave the token out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancelRequest {
    /// The terminal's secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_token: Option<PaymentToken>,
}
