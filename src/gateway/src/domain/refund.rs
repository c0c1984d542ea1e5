use mpac_pgw_protocol::{Amount, CaptureMethod, Currency, PaymentIntentId, Timestamp};
use serde::Serialize;

use super::{Intent, limits, new_intent};
use crate::fields::{FieldError, Fields};

/// A refund request that has been read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewRefund {
    pub(crate) payment_intent_id: PaymentIntentId,
    /// All that was captured, when it is left out.
    pub(crate) amount: Option<Amount>,
    pub(crate) reason: Option<String>,
}

impl NewRefund {
    pub(crate) fn read(fields: &Fields) -> Result<Self, FieldError> {
        const ID: &str = "payment_intent_id";
        let id = fields.required_text(ID, 128)?;
        let id = id.parse().map_err(|_| {
            let why = "payment_intent_id must be the id of a payment intent, such as pi_01HXY…";
            FieldError::new(ID, why)
        })?;
        Self::of(id, fields)
    }

    /// With the payment known from elsewhere.
    pub(crate) fn of(
        payment_intent_id: PaymentIntentId,
        fields: &Fields,
    ) -> Result<Self, FieldError> {
        Ok(Self {
            payment_intent_id,
            amount: new_intent::optional_amount(fields)?,
            reason: fields.text("reason", limits::REFUND_REASON)?,
        })
    }
}

/// A capture request: how much, if not all.
pub(crate) fn read_capture(fields: &Fields) -> Result<Option<Amount>, FieldError> {
    new_intent::optional_amount(fields)
}

impl Intent {
    /// Whether `amount` can be captured of it.
    pub(crate) fn check_capture(&self, amount: Amount) -> Result<(), FieldError> {
        at_most(amount, self.amount, "was authorised")
    }

    /// Whether `amount` can be refunded of it.
    pub(crate) fn check_refund(&self, amount: Amount) -> Result<(), FieldError> {
        let verb = match self.capture_method {
            CaptureMethod::Manual => "was captured",
            _ => "was paid",
        };
        at_most(amount, self.captured.unwrap_or(self.amount), verb)
    }
}

fn at_most(amount: Amount, limit: Amount, verb: &str) -> Result<(), FieldError> {
    if amount.minor_units() <= limit.minor_units() {
        return Ok(());
    }
    let why = format!("amount must be at most {limit}, which is what {verb}");
    Err(FieldError::new("amount", why))
}

/// Money given back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Refund {
    pub(crate) id: String,
    object: &'static str,
    pub(crate) payment_intent_id: PaymentIntentId,
    pub(crate) amount: Amount,
    pub(crate) currency: Currency,
    pub(crate) status: RefundStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
    pub(crate) created_at: Timestamp,
}

impl Refund {
    pub(crate) fn new(
        id: String,
        payment: (PaymentIntentId, Currency),
        amount: Amount,
        reason: Option<String>,
        status: RefundStatus,
        created_at: Timestamp,
    ) -> Self {
        let (payment_intent_id, currency) = payment;
        Self {
            id,
            object: "refund",
            payment_intent_id,
            amount,
            currency,
            status,
            reason,
            created_at,
        }
    }
}

/// Where a refund stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RefundStatus {
    /// The provider has been asked; its answer is not known.
    Pending,
    /// The customer has the money back.
    Succeeded,
    /// The provider refused.
    Failed,
}

impl RefundStatus {
    pub(crate) const ALL: [Self; 3] = [Self::Pending, Self::Succeeded, Self::Failed];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
        }
    }
}
