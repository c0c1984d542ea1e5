use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::check::{amount, required_text, text};
use super::order_item::check_all;
use super::{
    Check, FieldError, MerchantCaptureId, MerchantOrderItem, MerchantPaymentId, MerchantRevertId,
    MoneyAmount, PaymentId, PaymentStatus, ProductType, UserAuthorizationId,
};

/// Charges a customer who consented before (guide, *Create a payment*).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreatePaymentRequest {
    /// The merchant's id of the payment. A repeat with the same id gets the first one's result.
    pub merchant_payment_id: MerchantPaymentId,
    /// The customer's consent.
    pub user_authorization_id: UserAuthorizationId,
    /// What the customer pays.
    pub amount: MoneyAmount,
    /// When the request was made, in Unix seconds. The client fills it in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requested_at: Option<i64>,
    /// At most 255 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub store_id: Option<String>,
    /// At most 255 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub terminal_id: Option<String>,
    /// At most 255 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_receipt_number: Option<String>,
    /// Shown to the customer; at most 255 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_description: Option<String>,
    /// Shown to the customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_items: Option<Vec<MerchantOrderItem>>,
    /// Anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    /// For goods that PayPay treats apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product_type: Option<ProductType>,
}

impl CreatePaymentRequest {
    /// A request with nothing but what is required.
    #[must_use]
    pub fn new(
        merchant_payment_id: MerchantPaymentId,
        user_authorization_id: UserAuthorizationId,
        amount: MoneyAmount,
    ) -> Self {
        Self {
            merchant_payment_id,
            user_authorization_id,
            amount,
            requested_at: None,
            store_id: None,
            terminal_id: None,
            order_receipt_number: None,
            order_description: None,
            order_items: None,
            metadata: None,
            product_type: None,
        }
    }
}

impl Check for CreatePaymentRequest {
    fn check(&self) -> Result<(), FieldError> {
        self.merchant_payment_id.check()?;
        self.user_authorization_id.check()?;
        amount("amount", &self.amount)?;
        text("storeId", self.store_id.as_deref())?;
        text("terminalId", self.terminal_id.as_deref())?;
        text("orderReceiptNumber", self.order_receipt_number.as_deref())?;
        text("orderDescription", self.order_description.as_deref())?;
        check_all(self.order_items.as_deref())
    }
}

/// Blocks an amount of a customer who consented before; capture or revert follows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PreauthorizeRequest {
    /// The payment to authorise.
    #[serde(flatten)]
    pub payment: CreatePaymentRequest,
    /// When the authorisation is to lapse, in Unix seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<i64>,
}

impl From<CreatePaymentRequest> for PreauthorizeRequest {
    fn from(payment: CreatePaymentRequest) -> Self {
        Self {
            payment,
            expires_at: None,
        }
    }
}

impl Check for PreauthorizeRequest {
    fn check(&self) -> Result<(), FieldError> {
        self.payment.check()
    }
}

/// Takes an authorised amount, or a part of it (guide, *Capture a payment authorization*).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CaptureRequest {
    /// The payment that was authorised.
    pub merchant_payment_id: MerchantPaymentId,
    /// The merchant's id of the capture; a new one for each try.
    pub merchant_capture_id: MerchantCaptureId,
    /// What to take. More than was authorised needs the customer's consent.
    pub amount: MoneyAmount,
    /// Shown to the customer; 1 to 255 characters.
    pub order_description: String,
    /// When the request was made, in Unix seconds. The client fills it in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requested_at: Option<i64>,
}

impl Check for CaptureRequest {
    fn check(&self) -> Result<(), FieldError> {
        self.merchant_payment_id.check()?;
        self.merchant_capture_id.check()?;
        amount("amount", &self.amount)?;
        required_text("orderDescription", &self.order_description)
    }
}

/// Releases an authorised amount (guide, *Revert a payment authorization*).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RevertRequest {
    /// The merchant's id of the release.
    pub merchant_revert_id: MerchantRevertId,
    /// PayPay's id of the payment, not the merchant's.
    pub payment_id: PaymentId,
    /// At most 255 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When the request was made, in Unix seconds. The client fills it in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requested_at: Option<i64>,
}

impl Check for RevertRequest {
    fn check(&self) -> Result<(), FieldError> {
        self.merchant_revert_id.check()?;
        self.payment_id.check()?;
        text("reason", self.reason.as_deref())
    }
}

/// What `data` holds after revert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Revert {
    /// `CANCELED`.
    pub status: PaymentStatus,
    /// When it was done, in Unix seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted_at: Option<i64>,
    /// As in the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_id: Option<PaymentId>,
    /// As in the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested_at: Option<i64>,
    /// As in the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}
