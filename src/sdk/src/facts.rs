//! What a screen and a receipt need to know of a payment.

use mpac_pgw_protocol::{Amount, Currency, PaymentIntentId, PaymentMethodType, Timestamp};

use crate::method::PaymentMethod;
use crate::record::{AttemptRecord, End};
use crate::secret::Secret;
use crate::state::{PaymentResult, PaymentState, UncertaintyCause};

/// What is known of an attempt, whatever becomes of it.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PaymentFacts {
    /// The attempt, the same after a restart.
    pub attempt_id: String,
    /// The PaymentIntent.
    pub payment_intent_id: PaymentIntentId,
    /// Minor units. Not known before the gateway has answered once.
    pub amount: Option<Amount>,
    /// ISO 4217. Not known before the gateway has answered once.
    pub currency: Option<Currency>,
    /// How the customer pays, or has paid.
    pub method: PaymentMethodType,
    /// The wallet, such as `PAYPAY`, or the card's brand, once it is known.
    pub provider: Option<String>,
    /// The card that this attempt has charged, whatever the order was paid with: for the staff who have
    /// to refund it, or to compare approval codes.
    pub card: Option<CardReceipt>,
    /// When the attempt was begun, by the terminal's own clock.
    pub created_at: Timestamp,
    /// When the PaymentIntent can no longer be paid. Not known before the gateway has answered once.
    pub expires_at: Option<Timestamp>,
}

/// What was paid, and how.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Receipt {
    /// What was taken, in minor units.
    pub amount: Amount,
    /// ISO 4217.
    pub currency: Currency,
    /// How the customer has paid.
    pub method: PaymentMethodType,
    /// The wallet, such as `PAYPAY`, the card's brand, or `CASH`, as the gateway says.
    pub provider: Option<String>,
    /// The card that this terminal has charged.
    pub card: Option<CardReceipt>,
    /// When the terminal heard that it is paid, by the gateway's clock where that is known.
    pub completed_at: Option<Timestamp>,
}

/// A card that was charged, as a receipt shows it.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct CardReceipt {
    /// Such as `VISA`.
    pub brand: String,
    /// The last four digits of the card number, where the card app says them.
    pub last_four: Option<String>,
    /// The approval code.
    pub approval_code: Secret,
}

/// An attempt that is running, or waits for
/// [`recover_pending`](crate::PaymentTerminal::recover_pending).
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct AttemptSummary {
    /// What is known of it.
    pub facts: PaymentFacts,
    /// Where it stands. An outcome that was found on disk is not shown before the gateway has agreed, nor
    /// a code before it says that it can be paid: until then, and so before
    /// [`recover_pending`](crate::PaymentTerminal::recover_pending), it is
    /// [`Confirming`](PaymentState::Confirming).
    pub state: PaymentState,
    /// Whether the gateway answers.
    pub connection: ConnectionState,
}

/// Whether the gateway answers. Nothing is decided by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
#[non_exhaustive]
pub enum ConnectionState {
    /// It answers, or was not asked yet.
    Connected,
    /// It does not answer.
    Lost {
        /// Since when, by the gateway's clock where that is known.
        since: Timestamp,
        /// Why.
        cause: UncertaintyCause,
    },
}

impl AttemptRecord {
    pub(crate) fn facts(&self) -> PaymentFacts {
        let intent = self.intent.as_ref();
        PaymentFacts {
            attempt_id: self.attempt_id.clone(),
            payment_intent_id: self.payment_intent_id().clone(),
            amount: intent.map(|intent| intent.amount),
            currency: intent.map(|intent| intent.currency),
            method: self.method_type(),
            provider: self.provider(),
            card: self.card(),
            created_at: self.created_at,
            expires_at: intent.map(|intent| intent.expires_at),
        }
    }

    fn provider(&self) -> Option<String> {
        let intended = || match &self.method {
            PaymentMethod::QrMpm { provider } | PaymentMethod::QrCpm { provider, .. } => {
                Some(provider.clone())
            }
            PaymentMethod::CreditCard => self.approval.as_ref()?.card_brand.clone(),
            PaymentMethod::Cash => None,
        };
        self.paid_provider.clone().or_else(intended)
    }

    /// An end as the app is told it.
    pub(crate) fn told(&self, end: &End) -> PaymentResult {
        match end {
            // What was paid is always known by then.
            End::Succeeded => self.receipt().map_or_else(
                || PaymentResult::unresolved(UncertaintyCause::InvalidResponse),
                |receipt| PaymentResult::Succeeded { receipt },
            ),
            End::Failed {
                code,
                reason,
                provider_reason,
                can_retry,
            } => PaymentResult::Failed {
                code: *code,
                reason: reason.clone(),
                provider_reason: provider_reason.clone(),
                can_retry: *can_retry,
            },
            End::Cancelled { by } => PaymentResult::Cancelled { by: *by },
        }
    }

    fn receipt(&self) -> Option<Receipt> {
        let intent = self.intent.as_ref()?;
        let method = self.method_type();
        let is_by_card = method == PaymentMethodType::CreditCard;
        Some(Receipt {
            amount: self.captured.unwrap_or(intent.amount),
            currency: intent.currency,
            method,
            provider: self.provider(),
            card: self.card().filter(|_| is_by_card),
            completed_at: self.completed_at,
        })
    }

    fn card(&self) -> Option<CardReceipt> {
        let approval = self.approval.as_ref()?;
        Some(CardReceipt {
            brand: approval.card_brand.clone().unwrap_or_default(),
            last_four: approval.masked_pan.as_deref().and_then(last_four),
            approval_code: approval.approval_code.clone().unwrap_or_default(),
        })
    }
}

/// The digits of a mask, of which at most four are kept.
fn last_four(mask: &str) -> Option<String> {
    let digits = mask.bytes().rev().take_while(u8::is_ascii_digit).count();
    let last = mask.get(mask.len() - digits.min(4)..)?;
    (!last.is_empty()).then(|| last.to_owned())
}
