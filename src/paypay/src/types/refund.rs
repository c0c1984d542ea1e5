use serde::{Deserialize, Serialize};

use super::check::{amount, text};
use super::{Check, FieldError, MerchantRefundId, MoneyAmount, PaymentId};
use crate::string_enum::string_enum;

/// Gives a payment back, or a part of it (guide, *Refund a payment*). One refund per payment, unless
/// PayPay agreed on more with the merchant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RefundRequest {
    /// The merchant's id of the refund. A repeat for the same payment gets the first one's result.
    pub merchant_refund_id: MerchantRefundId,
    /// PayPay's id of the payment, not the merchant's.
    pub payment_id: PaymentId,
    /// What to give back.
    pub amount: MoneyAmount,
    /// At most 255 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When the request was made, in Unix seconds. The client fills it in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requested_at: Option<i64>,
}

impl Check for RefundRequest {
    fn check(&self) -> Result<(), FieldError> {
        self.merchant_refund_id.check()?;
        self.payment_id.check()?;
        amount("amount", &self.amount)?;
        text("reason", self.reason.as_deref())
    }
}

/// A refund.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Refund {
    /// Where it stands.
    pub status: RefundStatus,
    /// As in the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant_refund_id: Option<MerchantRefundId>,
    /// As in the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_id: Option<PaymentId>,
    /// What is given back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<MoneyAmount>,
    /// When PayPay took it, in Unix seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted_at: Option<i64>,
    /// As in the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested_at: Option<i64>,
    /// As in the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The merchant on whose behalf an agent asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assume_merchant: Option<String>,
}

string_enum! {
    /// Where a refund stands.
    pub enum RefundStatus {
        /// Taken; the money follows.
        Created => "CREATED",
        /// Given back.
        Refunded => "REFUNDED",
        /// Did not work yet: PayPay tries again until it does.
        RefundFailed => "REFUND_FAILED",
    }
}

impl RefundStatus {
    /// Whether PayPay has taken the refund upon itself. It tries again until the money is back, so
    /// any status but one that this version does not know means that the customer will have it.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        !matches!(self, Self::Other(_))
    }
}
