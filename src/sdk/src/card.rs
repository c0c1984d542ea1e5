//! The hand-off to the app MPACCreditCard, contract version 1.
//!
//! The guide (*Credit Card (External via MPACCreditCard)*) fixes the sequence: launch the app,
//! receive its result, confirm with the brand and the approval code. The messages are ours.

use std::fmt;

use mpac_pgw_protocol::{Amount, Currency, PaymentIntentId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::error::CardResultRefusal;

/// The version of the hand-off contract that this SDK speaks.
pub const CARD_CONTRACT_VERSION: i32 = 1;

/// What MPACCreditCard is asked to do. It never holds the payment token.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, uniffi::Record)]
pub struct CardRequest {
    /// The contract version, 1.
    pub version: i32,
    /// The attempt that waits for the result.
    pub attempt_id: String,
    /// 128 random bits in hex, for one use: the result has to repeat them.
    pub nonce: String,
    /// The PaymentIntent.
    pub payment_intent_id: PaymentIntentId,
    /// Minor units.
    pub amount: Amount,
    /// ISO 4217.
    pub currency: Currency,
    /// The store, where the PaymentIntent names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant_store_id: Option<String>,
    /// The terminal, where the PaymentIntent names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant_terminal_id: Option<String>,
    /// Do not charge after this moment: the gateway will not record it.
    pub expires_at: Timestamp,
}

// The nonce proves that a result is genuine.
impl fmt::Debug for CardRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CardRequest")
            .field("attempt_id", &self.attempt_id)
            .field("payment_intent_id", &self.payment_intent_id)
            .field("amount", &self.amount)
            .field("currency", &self.currency)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// What became of the card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, uniffi::Enum)]
#[serde(rename_all = "snake_case")]
pub enum CardOutcome {
    /// The card was charged.
    Approved,
    /// The issuer or the card said no.
    Declined,
    /// The customer or the staff gave up in the card app.
    Cancelled,
    /// The card app could not take the payment, and charged nothing.
    Error,
}

/// What MPACCreditCard answers.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, uniffi::Record)]
pub struct CardResult {
    /// The contract version, 1.
    pub version: i32,
    /// From the request.
    pub attempt_id: String,
    /// From the request.
    pub nonce: String,
    /// What became of the card.
    pub outcome: CardOutcome,
    /// Minor units, as charged.
    pub amount: Amount,
    /// ISO 4217, as charged.
    pub currency: Currency,
    /// The approval code, when approved. Goes to the gateway as `external_ref_id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval_code: Option<String>,
    /// The card brand, when approved, such as `VISA`. Goes to the gateway as `provider`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card_brand: Option<String>,
    /// The card number with all but a few digits masked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub masked_pan: Option<String>,
    /// Why it was not approved, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When the card app finished.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub processed_at: Option<Timestamp>,
}

// Everything else here is card data.
impl fmt::Debug for CardResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CardResult")
            .field("attempt_id", &self.attempt_id)
            .field("outcome", &self.outcome)
            .finish_non_exhaustive()
    }
}

/// The largest result that is read, in bytes. A real one is well under 1 KiB.
const MAX_RESULT_BYTES: usize = 16 * 1024;

impl CardResult {
    /// Reads the JSON that the card app returned.
    ///
    /// # Errors
    /// [`CardResultRefusal::Malformed`] or [`CardResultRefusal::UnsupportedVersion`].
    pub fn from_json(json: &str) -> Result<Self, CardResultRefusal> {
        #[derive(Deserialize)]
        struct Version {
            version: i32,
        }
        if json.len() > MAX_RESULT_BYTES {
            return Err(CardResultRefusal::Malformed);
        }
        // The version first: another version may have another form.
        let Version { version } =
            serde_json::from_str(json).map_err(|_| CardResultRefusal::Malformed)?;
        if version != CARD_CONTRACT_VERSION {
            return Err(CardResultRefusal::UnsupportedVersion);
        }
        serde_json::from_str(json).map_err(|_| CardResultRefusal::Malformed)
    }

    /// The JSON of the contract, as the card app writes it.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Only strings and numbers: there is nothing that could fail.
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl CardRequest {
    /// The JSON of the contract, for the card app.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Only strings and numbers: there is nothing that could fail.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Checks that a result answers this very request.
    pub(crate) fn check(&self, result: &CardResult) -> Result<(), CardResultRefusal> {
        use subtle::ConstantTimeEq;
        if result.version != self.version {
            return Err(CardResultRefusal::UnsupportedVersion);
        }
        let same_nonce: bool = self.nonce.as_bytes().ct_eq(result.nonce.as_bytes()).into();
        if !same_nonce {
            return Err(CardResultRefusal::WrongNonce);
        }
        if (result.amount, result.currency) != (self.amount, self.currency) {
            return Err(CardResultRefusal::WrongAmount);
        }
        let missing = |field: &Option<String>| field.as_deref().is_none_or(str::is_empty);
        if result.outcome == CardOutcome::Approved
            && (missing(&result.approval_code) || missing(&result.card_brand))
        {
            return Err(CardResultRefusal::Incomplete);
        }
        Ok(())
    }
}

/// The JSON to hand to MPACCreditCard.
#[uniffi::export]
#[must_use]
pub fn card_request_to_json(request: &CardRequest) -> String {
    request.to_json()
}

/// Reads the JSON that MPACCreditCard returned.
///
/// # Errors
/// [`TerminalError::CardResultRefused`](crate::TerminalError::CardResultRefused) when it is not
/// JSON of contract version 1.
#[uniffi::export]
pub fn card_result_from_json(json: &str) -> Result<CardResult, crate::TerminalError> {
    Ok(CardResult::from_json(json)?)
}
