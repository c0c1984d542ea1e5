use std::fmt;

use serde::{Deserialize, Serialize};

use super::check::{refuse_if, required_text, text};
use super::{Check, FieldError, RedirectType};
use crate::string_enum::string_enum;

/// Asks for the page on which a customer consents to be charged (guide, *Acquire a user
/// authorization*).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountLinkRequest {
    /// What the customer is asked to consent to.
    pub scopes: Vec<Scope>,
    /// Comes back in the response token, where it is compared; at most 255 characters, random.
    pub nonce: String,
    /// Where the customer comes back to. For a web link https, and of a domain that PayPay knows.
    pub redirect_url: String,
    /// What kind of address `redirect_url` is; a web link if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redirect_type: Option<RedirectType>,
    /// The merchant's id of the customer; at most 255 characters.
    pub reference_id: String,
    /// Lets PayPay fill it in for the customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<String>,
    /// Lets PayPay spare the customer an SMS; at most 255 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_id: Option<String>,
    /// The customer's browser.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
}

impl AccountLinkRequest {
    /// Asks for consent to be charged, `direct_debit`, and nothing else.
    pub fn new(
        nonce: impl Into<String>,
        redirect_url: impl Into<String>,
        reference_id: impl Into<String>,
    ) -> Self {
        Self {
            scopes: vec![Scope::DirectDebit],
            nonce: nonce.into(),
            redirect_url: redirect_url.into(),
            redirect_type: None,
            reference_id: reference_id.into(),
            phone_number: None,
            device_id: None,
            user_agent: None,
        }
    }
}

// Telephone, device and nonce are nobody's business.
impl fmt::Debug for AccountLinkRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccountLinkRequest")
            .field("scopes", &self.scopes)
            .field("redirect_url", &self.redirect_url)
            .field("redirect_type", &self.redirect_type)
            .field("reference_id", &self.reference_id)
            .finish_non_exhaustive()
    }
}

impl Check for AccountLinkRequest {
    fn check(&self) -> Result<(), FieldError> {
        refuse_if(self.scopes.is_empty(), "scopes", "must name at least one")?;
        required_text("nonce", &self.nonce)?;
        required_text("redirectUrl", &self.redirect_url)?;
        required_text("referenceId", &self.reference_id)?;
        text("deviceId", self.device_id.as_deref())?;
        text("userAgent", self.user_agent.as_deref())
    }
}

/// What `data` holds after an account-link request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountLinkSession {
    /// The page to open, or to show as a QR code.
    #[serde(rename = "linkQRCodeURL")]
    pub link_qr_code_url: String,
}

string_enum! {
    /// What a customer can consent to.
    pub enum Scope {
        /// Being charged.
        DirectDebit => "direct_debit",
        /// Being given cashback.
        Cashback => "cashback",
        /// That the merchant sees whether the balance suffices.
        GetBalance => "get_balance",
        /// Quick payments.
        QuickPay => "quick_pay",
        /// Being charged again and again.
        ContinuousPayments => "continuous_payments",
        /// Top-up by the merchant.
        MerchantTopup => "merchant_topup",
        /// Payments that the customer confirms later.
        PendingPayments => "pending_payments",
        /// Notifications.
        UserNotification => "user_notification",
        /// Top-up by the customer.
        UserTopup => "user_topup",
        /// That the merchant sees the profile.
        UserProfile => "user_profile",
        /// Authorisation and capture.
        PreauthCaptureNative => "preauth_capture_native",
        /// Authorisation and capture of one transaction.
        PreauthCaptureTransaction => "preauth_capture_transaction",
        /// Push notifications.
        PushNotification => "push_notification",
    }
}
