//! What an attempt remembers, so that a restart can go on where a crash left off.

use std::fmt;

use mpac_pgw_protocol::{
    Amount, Currency, PaymentIntent, PaymentIntentId, PaymentMethodType, PaymentToken, Timestamp,
};
use serde::{Deserialize, Serialize};

use crate::card::{CARD_CONTRACT_VERSION, CardRequest, CardResult};
use crate::clock::{Entropy, EntropyError, random_uuid};
use crate::method::PaymentMethod;
use crate::qr::QrCode;
use crate::state::{CancelledBy, FailureCode, UncertaintyCause};

/// One attempt, as the journal keeps it.
///
/// Every Idempotency-Key and the card nonce are made with the record, and so are on disk before
/// either is used.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AttemptRecord {
    pub(crate) attempt_id: String,
    pub(crate) payment_token: PaymentToken,
    pub(crate) method: PaymentMethod,
    /// The method before a switch that the gateway has not confirmed yet.
    pub(crate) switched_from: Option<PaymentMethod>,
    /// How it was paid, as the gateway says: by the code shown before a switch, perhaps.
    pub(crate) paid_by: Option<PaymentMethodType>,
    /// By which wallet or card, as the gateway says.
    #[serde(default)]
    pub(crate) paid_provider: Option<String>,
    /// How much of it was captured, as the gateway says.
    #[serde(default)]
    pub(crate) captured: Option<Amount>,
    /// When it was heard that it is paid.
    #[serde(default)]
    pub(crate) completed_at: Option<Timestamp>,
    /// The money is reserved, and the app was told so.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) authorized: bool,
    pub(crate) created_at: Timestamp,
    pub(crate) confirm_key: String,
    pub(crate) cancel_key: String,
    pub(crate) card_nonce: String,
    pub(crate) stage: Stage,
    /// What the gateway told about the PaymentIntent, once it has.
    pub(crate) intent: Option<IntentFacts>,
    /// The code on show.
    pub(crate) qr: Option<QrCode>,
    /// The card was charged, with this result.
    pub(crate) approval: Option<CardResult>,
    /// The app was told that the outcome is not known.
    pub(crate) unresolved: Option<UncertaintyCause>,
    /// The app wants it withdrawn, and was not told yet what became of that.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) cancel_wanted: bool,
    /// It ended before anything of it was sent that could move money. Nobody needs to be asked about it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) unsent: bool,
    /// It was found in a copy of another device's journal. That device may be going on with it, so
    /// this one only asks.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) copied: bool,
    /// This process has heard from the gateway how it ended.
    #[serde(skip)]
    pub(crate) heard: bool,
}

// The keys and the nonce are good for nothing in a log, and the nonce is a secret.
impl fmt::Debug for AttemptRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AttemptRecord")
            .field("attempt_id", &self.attempt_id)
            .field("payment_intent_id", self.payment_intent_id())
            .field("method", &self.method)
            .field("switched_from", &self.switched_from)
            .field("stage", &self.stage)
            .field("qr", &self.qr)
            .field("approval", &self.approval)
            .field("unresolved", &self.unresolved)
            .field("cancel_wanted", &self.cancel_wanted)
            .field("unsent", &self.unsent)
            .field("copied", &self.copied)
            .finish_non_exhaustive()
    }
}

/// How far an attempt has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
pub(crate) enum Stage {
    /// Asking for the PaymentIntent. Nothing else was sent yet.
    Retrieving,
    /// The confirm is, or may be, under way.
    Confirming,
    /// Confirmed; waiting for a final status.
    Watching,
    /// The card app was, or may have been, launched; waiting for its result.
    AwaitingCard,
    /// The card app says that it has charged nothing; asking what became of the PaymentIntent
    /// meanwhile.
    CardNotCharged {
        /// What becomes of the attempt if nothing did.
        result: End,
    },
    /// The cancel is, or may be, under way.
    Cancelling,
    /// The card was charged, but the gateway would not record it.
    CardNotRecorded,
    /// Over.
    Finished {
        /// How.
        result: End,
    },
}

/// How an attempt ended, as the journal keeps it: [`AttemptRecord::told`] adds the receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum End {
    Succeeded,
    Failed {
        code: FailureCode,
        reason: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        provider_reason: Option<String>,
        can_retry: bool,
    },
    Cancelled {
        by: CancelledBy,
    },
}

/// What the gateway told about the PaymentIntent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct IntentFacts {
    pub(crate) amount: Amount,
    pub(crate) currency: Currency,
    pub(crate) payment_method_types: Vec<PaymentMethodType>,
    pub(crate) expires_at: Timestamp,
    /// Not every gateway says it, and older versions did not keep it.
    pub(crate) created_at: Option<Timestamp>,
    pub(crate) merchant_store_id: Option<String>,
    pub(crate) merchant_terminal_id: Option<String>,
}

impl From<&PaymentIntent> for IntentFacts {
    fn from(intent: &PaymentIntent) -> Self {
        Self {
            amount: intent.amount,
            currency: intent.currency,
            payment_method_types: intent.payment_method_types.clone(),
            expires_at: intent.expires_at,
            created_at: intent.created_at,
            merchant_store_id: intent.merchant_store_id.clone(),
            merchant_terminal_id: intent.merchant_terminal_id.clone(),
        }
    }
}

impl AttemptRecord {
    pub(crate) fn new(
        payment_token: PaymentToken,
        method: PaymentMethod,
        created_at: Timestamp,
        entropy: &mut dyn Entropy,
    ) -> Result<Self, EntropyError> {
        Ok(Self {
            attempt_id: random_uuid(entropy)?,
            payment_token,
            method,
            switched_from: None,
            paid_by: None,
            paid_provider: None,
            captured: None,
            completed_at: None,
            authorized: false,
            created_at,
            confirm_key: random_uuid(entropy)?,
            cancel_key: random_uuid(entropy)?,
            card_nonce: uuid::Uuid::from_bytes(entropy.random()?)
                .simple()
                .to_string(),
            stage: Stage::Retrieving,
            intent: None,
            qr: None,
            approval: None,
            unresolved: None,
            cancel_wanted: false,
            unsent: false,
            copied: false,
            heard: false,
        })
    }

    pub(crate) fn payment_intent_id(&self) -> &PaymentIntentId {
        self.payment_token.payment_intent_id()
    }

    /// How the customer pays, or has paid.
    pub(crate) fn method_type(&self) -> PaymentMethodType {
        let intended = || self.method.method_type();
        self.paid_by.clone().unwrap_or_else(intended)
    }

    /// Whether the PaymentIntent, as far as it is known, may be paid this way.
    pub(crate) fn allows(&self, method: &PaymentMethod) -> bool {
        let method = method.method_type();
        let allows = |intent: &IntentFacts| intent.payment_method_types.contains(&method);
        self.intent.as_ref().is_some_and(allows)
    }

    /// The request for the card app, once the amount is known.
    pub(crate) fn card_request(&self) -> Option<CardRequest> {
        let intent = self.intent.as_ref()?;
        Some(CardRequest {
            version: CARD_CONTRACT_VERSION,
            attempt_id: self.attempt_id.clone(),
            nonce: self.card_nonce.as_str().into(),
            payment_intent_id: self.payment_intent_id().clone(),
            amount: intent.amount,
            currency: intent.currency,
            merchant_store_id: intent.merchant_store_id.clone(),
            merchant_terminal_id: intent.merchant_terminal_id.clone(),
            expires_at: intent.expires_at,
        })
    }

    /// Whether nothing that could move money was sent, nor can have been by another device.
    pub(crate) fn is_new(&self) -> bool {
        self.stage == Stage::Retrieving && !self.copied
    }

    /// Ends what [`is_new`](Self::is_new).
    pub(crate) fn withdraw(&mut self) {
        self.unsent = true;
        self.cancel_wanted = false;
        self.unresolved = None;
        self.method.forget_customer_code();
        self.stage = Stage::Finished {
            result: End::Cancelled {
                by: CancelledBy::Terminal,
            },
        };
    }

    /// Whether a cancel is of no use: another device may go on with it, or whether the card is
    /// charged is the card app's to say.
    pub(crate) fn is_beyond_cancel(&self) -> bool {
        let is_card = matches!(self.method, PaymentMethod::CreditCard);
        match self.stage {
            Stage::Finished { .. } => false,
            _ if self.copied => true,
            Stage::AwaitingCard | Stage::CardNotRecorded => true,
            Stage::Confirming => is_card || self.approval.is_some(),
            Stage::Watching => self.approval.is_some() || self.authorized,
            Stage::Retrieving | Stage::Cancelling | Stage::CardNotCharged { .. } => false,
        }
    }

    /// How it ended, where nobody needs to be asked about that: nobody has paid what was never sent.
    pub(crate) fn unsent_end(&self) -> Option<&End> {
        let end = self.final_result().filter(|_| self.unsent);
        end.filter(|end| **end != End::Succeeded)
    }

    /// The result that the app may rely on, if there is one.
    pub(crate) fn final_result(&self) -> Option<&End> {
        match &self.stage {
            Stage::Finished { result } => Some(result),
            _ => None,
        }
    }
}
