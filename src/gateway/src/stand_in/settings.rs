//! Where PayPay's documents are silent or disagree: what the stand-in does, and how to have it do
//! the other thing.

use serde::{Deserialize, Serialize};

/// How the PayPay stand-in behaves where the documents leave it open. The defaults follow the Node
/// integration guide where it says something.
///
/// Set them when the gateway starts, or over HTTP: `POST /_stand_in/settings` on the stand-in's port
/// takes a JSON object with the members to change.
///
/// ```
/// let mut settings = mpac_gateway::PayPaySettings::default();
/// settings.code_lifetime_seconds = 60;
/// settings.repeated_code = mpac_gateway::RepeatedCode::Replayed;
/// assert_eq!(settings.payment_created_status, 201);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct PayPaySettings {
    /// How long a code can be paid. PayPay does not say; five minutes is what is seen. Default 300.
    pub code_lifetime_seconds: i64,
    /// How long money stays reserved when the merchant does not say. Default and most: 30 days.
    pub authorization_lifetime_seconds: i64,
    /// How long a customer has to agree to a capture of more than was reserved. Default 6 hours.
    pub confirmation_lifetime_seconds: i64,
    /// How long a payment is `REAUTHORIZING` once the customer has agreed. Default 0.
    pub reauthorization_seconds: i64,
    /// How long a refund is `CREATED` before it is `REFUNDED`. Default 0.
    pub refund_seconds: i64,
    /// A second code for the same merchantPaymentId. Default: refused.
    pub repeated_code: RepeatedCode,
    /// HTTP status of a payment that was made: 200 or 201. Default 201.
    pub payment_created_status: u16,
    /// HTTP status of a refund that was made: 200 or 201. Default 200.
    pub refund_created_status: u16,
    /// HTTP status of an unlinked user: 200 with SUCCESS or 202 with REQUEST_ACCEPTED. Default 202.
    pub unlinked_status: u16,
    /// HTTP status of `DYNAMIC_QR_PAYMENT_NOT_FOUND`: 400 or 404. Default 400.
    pub payment_not_found_status: u16,
    /// What the details of a code say that was deleted unpaid. Default: not found.
    pub deleted_code: DeletedCode,
    /// Whether a paid code that is to be deleted is called `DYNAMIC_QR_ALREADY_PAID`, as the guide
    /// has it, or `DYNAMIC_QR_BAD_REQUEST`. Default true.
    pub already_paid: bool,
    /// A cancel of a merchantPaymentId that was never seen. Default: accepted, and a payment that
    /// arrives afterwards is not made.
    pub unknown_cancel: UnknownCancel,
    /// What a second refund of one payment is called. Default: as the guide has it.
    pub second_refund: SecondRefund,
    /// Whether refund details need the query parameter `paymentId`. PayPay's own SDKs never send
    /// it. Default false.
    pub refund_details_need_payment_id: bool,
    /// Who the account-link token is for (`aud`). Default: the API key.
    pub token_audience: TokenAudience,
    /// Whether a nonce can be used once only. Default false.
    pub nonces_are_single_use: bool,
    /// Where webhooks are posted, as registered in the merchant panel; null for nowhere.
    pub webhook_url: Option<String>,
    /// How often a webhook is tried. Default: PayPay's older page.
    pub webhook_retries: WebhookRetries,
    /// Whether `order_amount` of a webhook is a string or a number. Default: a string.
    pub webhook_amount: WebhookAmount,
    /// What `merchant_order_id` is when a capture completes a payment. Default: its capture id.
    pub webhook_capture_order: WebhookCaptureOrder,
    /// Whether `merchant_order_id` is empty when money was reserved, as in PayPay's samples.
    /// Default true; false: it is the merchantPaymentId.
    pub webhook_authorized_order_is_empty: bool,
}

/// A second code for the same merchantPaymentId.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RepeatedCode {
    /// 400 `DUPLICATE_DYNAMIC_QR_REQUEST`.
    Refused,
    /// The first answer again.
    Replayed,
}

/// What the details of a code say that was deleted unpaid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DeletedCode {
    /// `DYNAMIC_QR_PAYMENT_NOT_FOUND`.
    NotFound,
    /// `CREATED`, as if it were only unpaid.
    Created,
}

/// A cancel of a merchantPaymentId that was never seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum UnknownCancel {
    /// 202 `REQUEST_ACCEPTED`. A code or payment with this id that arrives later takes no money.
    Accepted,
    /// 404 `RESOURCE_NOT_FOUND`.
    NotFound,
}

/// A second refund of one payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SecondRefund {
    /// 400 `UNACCEPTABLE_OP` 00200014.
    Unacceptable,
    /// 403 `MERCHANT_MULTIPLE_REFUND_REJECTED`.
    Rejected,
}

/// Who the account-link token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TokenAudience {
    /// The API key, as in a real token of the sandbox.
    ApiKey,
    /// The merchant id, as one SDK expects.
    Merchant,
}

/// How often and how fast a webhook is tried, by the two versions of PayPay's page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WebhookRetries {
    /// Three tries of 1.5 s.
    Three,
    /// Four tries of 2 s, 100 ms apart.
    Quick,
    /// Eleven tries of 1.5 s, 500 ms apart.
    Many,
    /// One try of 1.5 s.
    None,
}

/// The type of a webhook's `order_amount`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WebhookAmount {
    /// `"1200"`
    String,
    /// `1200`
    Integer,
}

/// What `merchant_order_id` is when a capture completes a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WebhookCaptureOrder {
    /// The merchantCaptureId.
    CaptureId,
    /// The merchantPaymentId.
    PaymentId,
}

/// The longest that money stays reserved at PayPay.
pub(super) const MAX_AUTHORIZATION_SECONDS: i64 = 30 * 86_400;

impl Default for PayPaySettings {
    fn default() -> Self {
        Self {
            code_lifetime_seconds: 300,
            authorization_lifetime_seconds: MAX_AUTHORIZATION_SECONDS,
            confirmation_lifetime_seconds: 6 * 3600,
            reauthorization_seconds: 0,
            refund_seconds: 0,
            repeated_code: RepeatedCode::Refused,
            payment_created_status: 201,
            refund_created_status: 200,
            unlinked_status: 202,
            payment_not_found_status: 400,
            deleted_code: DeletedCode::NotFound,
            already_paid: true,
            unknown_cancel: UnknownCancel::Accepted,
            second_refund: SecondRefund::Unacceptable,
            refund_details_need_payment_id: false,
            token_audience: TokenAudience::ApiKey,
            nonces_are_single_use: false,
            webhook_url: None,
            webhook_retries: WebhookRetries::Three,
            webhook_amount: WebhookAmount::String,
            webhook_capture_order: WebhookCaptureOrder::CaptureId,
            webhook_authorized_order_is_empty: true,
        }
    }
}

impl PayPaySettings {
    /// With the members of a JSON object in place of those that it names.
    pub(super) fn changed(&self, changes: &serde_json::Value) -> Result<Self, String> {
        let changes = changes
            .as_object()
            .ok_or("send a JSON object with the settings to change")?;
        let mut settings = serde_json::to_value(self).map_err(|error| error.to_string())?;
        if let Some(members) = settings.as_object_mut() {
            members.extend(changes.clone());
        }
        let settings: Self = serde_json::from_value(settings).map_err(|error| error.to_string())?;
        settings.check()
    }

    fn check(self) -> Result<Self, String> {
        let durations = [
            ("code_lifetime_seconds", self.code_lifetime_seconds, 1),
            (
                "authorization_lifetime_seconds",
                self.authorization_lifetime_seconds,
                1,
            ),
            (
                "confirmation_lifetime_seconds",
                self.confirmation_lifetime_seconds,
                1,
            ),
            ("reauthorization_seconds", self.reauthorization_seconds, 0),
            ("refund_seconds", self.refund_seconds, 0),
        ];
        for (name, seconds, least) in durations {
            if !(least..=MAX_AUTHORIZATION_SECONDS).contains(&seconds) {
                return Err(format!(
                    "{name} must be {least} to {MAX_AUTHORIZATION_SECONDS}"
                ));
            }
        }
        let statuses = [
            (
                "payment_created_status",
                self.payment_created_status,
                [200, 201],
            ),
            (
                "refund_created_status",
                self.refund_created_status,
                [200, 201],
            ),
            ("unlinked_status", self.unlinked_status, [200, 202]),
            (
                "payment_not_found_status",
                self.payment_not_found_status,
                [400, 404],
            ),
        ];
        for (name, status, allowed @ [first, second]) in statuses {
            if !allowed.contains(&status) {
                return Err(format!("{name} must be {first} or {second}"));
            }
        }
        let url = self.webhook_url.as_deref();
        if url.is_some_and(|url| !url.starts_with("http://") && !url.starts_with("https://")) {
            return Err("webhook_url must start with http:// or https://".to_owned());
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn settings_are_changed_one_by_one_or_refused() {
        let settings = PayPaySettings::default();
        let changed = settings
            .changed(&json!({ "repeated_code": "replayed" }))
            .unwrap();
        assert_eq!(changed.repeated_code, RepeatedCode::Replayed);
        assert_eq!(changed.code_lifetime_seconds, 300);
        for (changes, named) in [
            (json!({ "code_life": 1 }), "code_life"),
            (
                json!({ "code_lifetime_seconds": 0 }),
                "code_lifetime_seconds",
            ),
            (json!({ "repeated_code": "maybe" }), "replayed"),
            (json!({ "payment_created_status": 404 }), "200 or 201"),
            (json!({ "webhook_url": "ftp://x" }), "webhook_url"),
            (json!([]), "object"),
        ] {
            let error = settings.changed(&changes).unwrap_err();
            assert!(error.contains(named), "{changes}: {error}");
        }
    }
}
