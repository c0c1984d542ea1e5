use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::check::{amount, refuse_if, text};
use super::order_item::{check_all, with_unit_price};
use super::tolerant::if_readable;
use super::{Check, CodeId, FieldError, MerchantOrderItem, MerchantPaymentId, MoneyAmount};
use crate::string_enum::string_enum;

/// Asks for a QR code that the customer scans (guide, *Create a QR Code*).
///
/// ```
/// use paypay_opa::types::{CreateCodeRequest, MoneyAmount};
///
/// let request = CreateCodeRequest {
///     order_description: Some("Cake".into()),
///     is_authorization: Some(true),
///     ..CreateCodeRequest::new("order-0001".parse()?, MoneyAmount::jpy(1200))
/// };
/// # assert!(serde_json::to_string(&request)?.contains(r#""codeType":"ORDER_QR""#));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateCodeRequest {
    /// The merchant's id of the payment; one that had a code before cannot be used again.
    pub merchant_payment_id: MerchantPaymentId,
    /// What the customer pays.
    pub amount: MoneyAmount,
    /// Always `ORDER_QR`.
    pub code_type: CodeType,
    /// Shown to the customer; at most 255 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_description: Option<String>,
    /// Shown to the customer. Marked obsolete by newer PayPay documents, and still accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_items: Option<Vec<MerchantOrderItem>>,
    /// Anything. Gone from newer PayPay documents; old SDKs send it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    /// At most 255 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub store_info: Option<String>,
    /// At most 255 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub store_id: Option<String>,
    /// At most 255 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub terminal_id: Option<String>,
    /// For goods that PayPay treats apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product_type: Option<ProductType>,
    /// When the request was made, in Unix seconds. The client fills it in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requested_at: Option<i64>,
    /// Whether the amount is only authorised now and captured later; otherwise it is charged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_authorization: Option<bool>,
    /// When the authorisation is to lapse, in Unix seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization_expiry: Option<i64>,
    /// Where the customer goes after paying.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redirect_url: Option<String>,
    /// What kind of address `redirect_url` is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redirect_type: Option<RedirectType>,
    /// The customer's browser, where the code is opened in one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    /// The customer's address. Has no effect at PayPay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip_address: Option<String>,
}

impl CreateCodeRequest {
    /// A request with nothing but what is required.
    #[must_use]
    pub fn new(merchant_payment_id: MerchantPaymentId, amount: MoneyAmount) -> Self {
        Self {
            merchant_payment_id,
            amount,
            code_type: CodeType::OrderQr,
            order_description: None,
            order_items: None,
            metadata: None,
            store_info: None,
            store_id: None,
            terminal_id: None,
            product_type: None,
            requested_at: None,
            is_authorization: None,
            authorization_expiry: None,
            redirect_url: None,
            redirect_type: None,
            user_agent: None,
            ip_address: None,
        }
    }
}

impl Check for CreateCodeRequest {
    fn check(&self) -> Result<(), FieldError> {
        self.merchant_payment_id.check()?;
        amount("amount", &self.amount)?;
        refuse_if(
            self.code_type != CodeType::OrderQr,
            "codeType",
            "must be ORDER_QR",
        )?;
        text("orderDescription", self.order_description.as_deref())?;
        check_all(self.order_items.as_deref())?;
        text("storeInfo", self.store_info.as_deref())?;
        text("storeId", self.store_id.as_deref())?;
        text("terminalId", self.terminal_id.as_deref())
    }
}

/// A code (guide, *Create a QR Code*): what `data` holds after create code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Code {
    /// PayPay's id of the code; needed to delete it.
    pub code_id: CodeId,
    /// What to show as a QR code.
    pub url: String,
    /// Opens the PayPay app on the customer's own phone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deeplink: Option<String>,
    /// Until when the code can be paid, in Unix seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expiry_date: Option<i64>,
    /// As in the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant_payment_id: Option<MerchantPaymentId>,
    /// As in the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<MoneyAmount>,
    /// As in the request; `""` when none was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_description: Option<String>,
    /// As in the request, but with `unit_price` for `unitPrice`.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "with_unit_price",
        deserialize_with = "if_readable"
    )]
    pub order_items: Option<Vec<MerchantOrderItem>>,
    /// As in the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    /// As in the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_type: Option<CodeType>,
    /// As in the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store_info: Option<String>,
    /// As in the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store_id: Option<String>,
    /// As in the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terminal_id: Option<String>,
    /// As in the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested_at: Option<i64>,
    /// As in the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirect_url: Option<String>,
    /// As in the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirect_type: Option<RedirectType>,
    /// As in the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_authorization: Option<bool>,
    /// As in the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorization_expiry: Option<i64>,
    /// As in the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_type: Option<ProductType>,
}

impl Code {
    /// The code for a request, with everything echoed as PayPay does it.
    #[must_use]
    pub fn answer_to(request: CreateCodeRequest, code_id: CodeId, url: String) -> Self {
        Self {
            code_id,
            url,
            deeplink: None,
            expiry_date: None,
            merchant_payment_id: Some(request.merchant_payment_id),
            amount: Some(request.amount),
            order_description: request.order_description,
            order_items: request.order_items,
            metadata: request.metadata,
            code_type: Some(request.code_type),
            store_info: request.store_info,
            store_id: request.store_id,
            terminal_id: request.terminal_id,
            requested_at: request.requested_at,
            redirect_url: request.redirect_url,
            redirect_type: request.redirect_type,
            is_authorization: request.is_authorization,
            authorization_expiry: request.authorization_expiry,
            product_type: request.product_type,
        }
    }
}

/// What `data` holds after delete code, where it holds something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeletedCode {
    /// `DELETED`.
    pub qr_status: QrStatus,
}

string_enum! {
    /// The state of a code after it was deleted.
    pub enum QrStatus {
        /// It can no longer be paid.
        Deleted => "DELETED",
    }
}

string_enum! {
    /// The kind of a code.
    pub enum CodeType {
        /// A code for one order.
        OrderQr => "ORDER_QR",
    }
}

string_enum! {
    /// Goods that PayPay treats apart.
    pub enum ProductType {
        /// Investment of PayPay points.
        VirtualBonusInvestment => "VIRTUAL_BONUS_INVESTMENT",
        /// Repayment of a credit.
        PayLaterRepayment => "PAY_LATER_REPAYMENT",
        /// Investment of money.
        RealInvestment => "REAL_INVESTMENT",
        /// Gas, water, electricity.
        UtilityBill => "UTILITY_BILL",
    }
}

string_enum! {
    /// The kind of address that a customer is sent back to.
    pub enum RedirectType {
        /// An https address.
        WebLink => "WEB_LINK",
        /// An address that opens the merchant's app.
        AppDeepLink => "APP_DEEP_LINK",
        /// A page inside the PayPay app; found in answers only.
        WebviewInPaypay => "WEBVIEW_IN_PAYPAY",
    }
}
