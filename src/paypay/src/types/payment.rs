use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::tolerant::{if_readable, null_is_empty};
use super::{
    MerchantCaptureId, MerchantOrderItem, MerchantPaymentId, MerchantRevertId, MoneyAmount,
    PaymentId, Refund, UserAuthorizationId,
};
use crate::string_enum::string_enum;

string_enum! {
    /// Where a payment stands.
    pub enum PaymentStatus {
        /// The order exists and is not paid. An unpaid code stays here, also after it expired.
        Created => "CREATED",
        /// The amount is blocked, to be captured or released.
        Authorized => "AUTHORIZED",
        /// A capture of more than was authorised is being worked on.
        Reauthorizing => "REAUTHORIZING",
        /// Paid, or captured.
        Completed => "COMPLETED",
        /// Given back by the merchant.
        Refunded => "REFUNDED",
        /// Not paid, or cancelled through the cancel call.
        Failed => "FAILED",
        /// The authorisation was released.
        Canceled => "CANCELED",
        /// The authorisation lapsed.
        Expired => "EXPIRED",
    }
}

/// A payment: what `data` holds in the answers about one.
///
/// Only the status is always there. For a code that nobody paid, PayPay sends little more than
/// `CREATED` and zeros for the times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Payment {
    /// Where it stands.
    pub status: PaymentStatus,
    /// PayPay's id, once there is a payment; needed for a refund and a revert.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_id: Option<PaymentId>,
    /// When it was authorised or completed, in Unix seconds; 0 while nobody has paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted_at: Option<i64>,
    /// As in the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant_payment_id: Option<MerchantPaymentId>,
    /// Whose consent it was made with; not for a scanned code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_authorization_id: Option<UserAuthorizationId>,
    /// What the customer pays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<MoneyAmount>,
    /// As in the request; 0 while nobody has paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested_at: Option<i64>,
    /// When the authorisation lapses, in Unix seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<i64>,
    /// When it became `FAILED`, in Unix seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canceled_at: Option<i64>,
    /// When it was authorised, in Unix seconds; only some answers say so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorized_at: Option<i64>,
    /// As in the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store_id: Option<String>,
    /// As in the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terminal_id: Option<String>,
    /// As in the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_receipt_number: Option<String>,
    /// As in the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_description: Option<String>,
    /// As in the request.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "if_readable"
    )]
    pub order_items: Option<Vec<MerchantOrderItem>>,
    /// As in the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    /// What was given back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refunds: Option<List<Refund>>,
    /// What was captured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub captures: Option<List<Capture>>,
    /// The release of the authorisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revert: Option<Reversal>,
    /// What the customer paid with.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "if_readable"
    )]
    pub payment_methods: Option<Vec<PaymentMethod>>,
    /// The merchant on whose behalf an agent asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assume_merchant: Option<String>,
}

impl Payment {
    /// A payment of which only the status is known.
    #[must_use]
    pub fn new(status: PaymentStatus) -> Self {
        Self {
            status,
            payment_id: None,
            accepted_at: None,
            merchant_payment_id: None,
            user_authorization_id: None,
            amount: None,
            requested_at: None,
            expires_at: None,
            canceled_at: None,
            authorized_at: None,
            store_id: None,
            terminal_id: None,
            order_receipt_number: None,
            order_description: None,
            order_items: None,
            metadata: None,
            refunds: None,
            captures: None,
            revert: None,
            payment_methods: None,
            assume_merchant: None,
        }
    }

    /// The refunds, none if PayPay does not speak of any.
    #[must_use]
    pub fn refunds(&self) -> &[Refund] {
        self.refunds.as_ref().map_or(&[], |list| &list.data)
    }

    /// The captures, none if PayPay does not speak of any.
    #[must_use]
    pub fn captures(&self) -> &[Capture] {
        self.captures.as_ref().map_or(&[], |list| &list.data)
    }
}

/// PayPay's way to write a list: `{"data": [...]}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
pub struct List<T> {
    /// The items.
    #[serde(default = "Vec::new", deserialize_with = "null_is_empty")]
    pub data: Vec<T>,
}

/// A capture of an authorised payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Capture {
    /// Whether it is done, or waits for the customer.
    pub status: CaptureStatus,
    /// As in the request.
    pub merchant_capture_id: MerchantCaptureId,
    /// What was captured.
    pub amount: MoneyAmount,
    /// When it was done, in Unix seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted_at: Option<i64>,
    /// As in the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_description: Option<String>,
    /// As in the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested_at: Option<i64>,
    /// Until when the customer may agree to a higher amount, in Unix seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<i64>,
}

string_enum! {
    /// Where a capture stands.
    pub enum CaptureStatus {
        /// The customer has to agree to the higher amount.
        UserRequested => "USER_REQUESTED",
        /// Done.
        Completed => "COMPLETED",
    }
}

/// The release of an authorisation, as a payment's details tell it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reversal {
    /// As in the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant_revert_id: Option<MerchantRevertId>,
    /// When it was done, in Unix seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted_at: Option<i64>,
    /// As in the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested_at: Option<i64>,
    /// As in the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A part of a payment, by what the customer paid it with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentMethod {
    /// What was paid with.
    #[serde(rename = "type")]
    pub kind: PaymentMethodType,
    /// How much of it.
    pub amount: MoneyAmount,
    /// Details of it, such as the points used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub breakdown: Option<Value>,
}

string_enum! {
    /// What a customer pays with inside of PayPay.
    pub enum PaymentMethodType {
        /// The balance.
        Wallet => "WALLET",
        /// PayPay's own credit card.
        PayLaterCc => "PAY_LATER_CC",
        /// Another credit card.
        CreditCard => "CREDIT_CARD",
        /// Points.
        Point => "POINT",
        /// A partner's network.
        Hivex => "HIVEX",
        /// A gift voucher.
        GiftVoucher => "GIFT_VOUCHER",
    }
}
