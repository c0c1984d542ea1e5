use std::fmt;

use serde::{Deserialize, Serialize};

use crate::reading::{Members, UnreadableField};
use crate::{
    Amount, CaptureMethod, Currency, PaymentIntentId, PaymentIntentStatus, PaymentMethodType,
    PaymentToken, ProcessingMode, Provider, Timestamp,
};

/// Body of `POST /v1/payment_intents` (guide, *Creating a PaymentIntent*).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreatePaymentIntentRequest {
    /// The merchant's own order reference, unique per merchant.
    pub merchant_ref_id: String,
    /// The store, for merchants with several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant_store_id: Option<String>,
    /// The terminal or POS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant_terminal_id: Option<String>,
    /// Minor units.
    pub amount: Amount,
    /// JPY when absent.
    #[serde(default)]
    pub currency: Currency,
    /// The methods the customer may choose from; at least one.
    pub payment_method_types: Vec<PaymentMethodType>,
    /// Automatic when absent.
    #[serde(default)]
    pub capture_method: CaptureMethod,
}

/// A PaymentIntent, as create, retrieve and cancel return it.
///
/// The fields up to `created_at` are the guide's create response. The rest appear once a payment
/// method was confirmed, so that a back end sees how an order was paid.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentIntent {
    /// `pi_…`.
    pub id: PaymentIntentId,
    /// Always `payment_intent`.
    pub object: String,
    /// Where it stands.
    pub status: PaymentIntentStatus,
    /// Minor units.
    pub amount: Amount,
    /// ISO 4217.
    pub currency: Currency,
    /// The methods the customer may choose from.
    pub payment_method_types: Vec<PaymentMethodType>,
    /// The terminal's secret. Only signed requests get it back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_token: Option<PaymentToken>,
    /// When the money is taken.
    #[serde(default)]
    pub capture_method: CaptureMethod,
    /// The merchant's order reference. Absent from the create response, as in the guide.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant_ref_id: Option<String>,
    /// The store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant_store_id: Option<String>,
    /// The terminal or POS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant_terminal_id: Option<String>,
    /// When the PaymentIntent can no longer be paid.
    pub expires_at: Timestamp,
    /// When it was created, as far as the gateway says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// The method it was confirmed with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_method_type: Option<PaymentMethodType>,
    /// The wallet, the card brand or `CASH`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<Provider>,
    /// Who moves the money.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub processing_mode: Option<ProcessingMode>,
    /// The approval code that a card payment was confirmed with, from gateways that say it: a
    /// terminal tells by it whether it was its own card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_ref_id: Option<String>,
    /// Manual capture: what the customer's payment has reserved and the merchant may capture now, from
    /// gateways that say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount_capturable: Option<Amount>,
    /// Manual capture: what was captured, from gateways that say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount_captured: Option<Amount>,
    /// Why it failed, from gateways that say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure_reason: Option<String>,
}

// The approval code is card data.
impl fmt::Debug for PaymentIntent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PaymentIntent")
            .field("id", &self.id)
            .field("status", &self.status)
            .field("amount", &self.amount)
            .field("currency", &self.currency)
            .field("payment_method_types", &self.payment_method_types)
            .field("expires_at", &self.expires_at)
            .field("created_at", &self.created_at)
            .field("payment_method_type", &self.payment_method_type)
            .field("provider", &self.provider)
            .finish_non_exhaustive()
    }
}

/// What [`PaymentIntent::object`] and [`Confirmation::object`] always are.
const OBJECT: &str = "payment_intent";

impl PaymentIntent {
    /// Reads what a gateway answered, in every spelling that means the same.
    ///
    /// | member | needed |
    /// |---|---|
    /// | `id`, `status`, `amount`, `currency`, `expires_at` | always |
    /// | `payment_method_types` | while the payment is open: a method must not be guessed. Entries that are no text are passed over |
    /// | all others | never: what cannot be read is as if it were not there |
    ///
    /// # Errors
    /// [`UnreadableField`] names the first needed member that cannot be read.
    pub fn from_json(body: &[u8]) -> Result<Self, UnreadableField> {
        let body = String::from_utf8_lossy(body);
        let members = Members::read(&body).ok_or(UnreadableField::new("body"))?;
        let status: PaymentIntentStatus = members.needed("status")?;
        let payment_method_types = match members.needed("payment_method_types") {
            Err(_) if status.is_terminal() => Vec::new(),
            types => types?,
        };
        Ok(Self {
            id: members.needed("id")?,
            object: members.informative("object").unwrap_or(OBJECT.into()),
            status,
            amount: members.needed("amount")?,
            currency: members.needed("currency")?,
            payment_method_types,
            payment_token: members.informative("payment_token"),
            capture_method: members.informative("capture_method").unwrap_or_default(),
            merchant_ref_id: members.informative("merchant_ref_id"),
            merchant_store_id: members.informative("merchant_store_id"),
            merchant_terminal_id: members.informative("merchant_terminal_id"),
            expires_at: members.needed("expires_at")?,
            created_at: members.informative("created_at"),
            payment_method_type: members.informative("payment_method_type"),
            provider: members.informative("provider"),
            processing_mode: members.informative("processing_mode"),
            external_ref_id: members.informative("external_ref_id"),
            amount_capturable: members.informative("amount_capturable"),
            amount_captured: members.informative("amount_captured"),
            failure_reason: members.informative("failure_reason"),
        })
    }
}

/// Body of `POST /v1/payment_intents/{id}/confirm` (guide, *Payment Flow by Method*).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfirmRequest {
    /// The terminal's secret.
    pub payment_token: PaymentToken,
    /// How the customer pays.
    pub payment_method_type: PaymentMethodType,
    /// The wallet for QR, the brand for cards, nothing for cash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<Provider>,
    /// The approval code of a card payment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_ref_id: Option<String>,
    /// The code the customer showed, for `qr_cpm`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_code: Option<String>,
}

// Token, approval code and customer code are secrets.
impl fmt::Debug for ConfirmRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConfirmRequest")
            .field("payment_method_type", &self.payment_method_type)
            .field("provider", &self.provider)
            .finish_non_exhaustive()
    }
}

/// The answer to a confirm (guide, *Payment Flow by Method*).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// Always `payment_intent`.
    pub object: String,
    /// `requires_action` for a QR payment, `succeeded` for a recorded one.
    pub status: PaymentIntentStatus,
    /// Minor units.
    pub amount: Amount,
    /// ISO 4217.
    pub currency: Currency,
    /// The same id as `payment_intent_id`.
    pub payment_id: PaymentIntentId,
    /// The PaymentIntent.
    pub payment_intent_id: PaymentIntentId,
    /// What the QR code holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qr_content: Option<String>,
    /// When the QR code (not the PaymentIntent) can no longer be paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// The wallet, the card brand or `CASH`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<Provider>,
    /// A picture of the code. Terminals draw their own from `qr_content` instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qr_code_url: Option<String>,
}

// Whoever reads the code can pay the order, or learn about it.
impl fmt::Debug for Confirmation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Confirmation")
            .field("payment_intent_id", &self.payment_intent_id)
            .field("status", &self.status)
            .field("amount", &self.amount)
            .field("currency", &self.currency)
            .field("expires_at", &self.expires_at)
            .field("provider", &self.provider)
            .finish_non_exhaustive()
    }
}

impl Confirmation {
    /// Reads what a gateway answered, in every spelling that means the same.
    ///
    /// | member | needed |
    /// |---|---|
    /// | `payment_intent_id`, `status`, `amount`, `currency` | always |
    /// | `qr_content` | when there: a code that cannot be read is not shown |
    /// | all others | never: what cannot be read is as if it were not there |
    ///
    /// # Errors
    /// [`UnreadableField`] names the first needed member that cannot be read.
    pub fn from_json(body: &[u8]) -> Result<Self, UnreadableField> {
        let body = String::from_utf8_lossy(body);
        let members = Members::read(&body).ok_or(UnreadableField::new("body"))?;
        let payment_intent_id: PaymentIntentId = members.needed("payment_intent_id")?;
        Ok(Self {
            object: members.informative("object").unwrap_or(OBJECT.into()),
            status: members.needed("status")?,
            amount: members.needed("amount")?,
            currency: members.needed("currency")?,
            payment_id: members
                .informative("payment_id")
                .unwrap_or_else(|| payment_intent_id.clone()),
            payment_intent_id,
            qr_content: members.optional("qr_content")?,
            expires_at: members.informative("expires_at"),
            provider: members.informative("provider"),
            qr_code_url: members.informative("qr_code_url"),
        })
    }
}

/// Body of `POST /v1/payment_intents/{id}/cancel`. A signed request may leave the token out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancelRequest {
    /// The terminal's secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_token: Option<PaymentToken>,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Valid JSON that nobody has asked for, to the edges of what parsers take.
    fn junk() -> Vec<String> {
        let deep = "[".repeat(10_000) + &"]".repeat(10_000);
        let long = format!("\"{}\"", "x".repeat(100_000));
        let mut junk = vec![deep, long];
        junk.extend(
            [
                "null",
                "true",
                "-1",
                "1e400",
                "12.5",
                "\"\"",
                "\"\\ud800\"",
                "[]",
                "[[1]]",
                "{}",
                "{\"a\":{\"a\":null}}",
                "\"2025-99-99T00:00:00Z\"",
            ]
            .map(str::to_owned),
        );
        junk
    }

    const INTENT: [(&str, &str); 16] = [
        ("id", "\" pi_1 \""),
        ("object", "\"payment_intent\""),
        ("status", "\"REQUIRES_PAYMENT_METHOD\""),
        ("amount", "1.28e4"),
        ("currency", "\"jpy\""),
        ("payment_method_types", "[\"QR_MPM\", 7, null, \"cash\"]"),
        ("payment_token", "\"pi_1_secret_x\""),
        ("capture_method", "\"automatic\""),
        ("merchant_ref_id", "\"order-1\""),
        ("merchant_store_id", "\"store-1\""),
        ("merchant_terminal_id", "\"till-1\""),
        ("expires_at", "\"2025-12-08T19:30+0900\""),
        ("created_at", "\"2025-12-08T10:00Z\""),
        ("payment_method_type", "\"cash\""),
        ("provider", "\"CASH\""),
        ("processing_mode", "\"manual\""),
    ];

    const CONFIRMATION: [(&str, &str); 10] = [
        ("object", "\"payment_intent\""),
        ("status", "\"Succeeded\""),
        ("amount", "12800.0"),
        ("currency", "\"JPY\""),
        ("payment_id", "\"pi_1\""),
        ("payment_intent_id", "\"pi_1\""),
        ("qr_content", "\"https://qr.example/1\""),
        ("expires_at", "\"2025-12-08 10:30:00,5 z\""),
        ("provider", "\"PAYPAY\""),
        ("qr_code_url", "\"https://qr.example/1.png\""),
    ];

    /// The members, with one of them replaced, or left out.
    fn with(members: &[(&str, &str)], name: &str, value: Option<&str>) -> Vec<u8> {
        let mut parts = Vec::new();
        for (member, json) in members {
            let json = if *member == name { value } else { Some(*json) };
            parts.extend(json.map(|json| format!("\"{member}\":{json}")));
        }
        if !members.iter().any(|(member, _)| *member == name) {
            parts.extend(value.map(|json| format!("\"{name}\":{json}")));
        }
        format!("{{{}}}", parts.join(",")).into_bytes()
    }

    #[test]
    fn an_answer_is_read_in_every_spelling() {
        let intent = PaymentIntent::from_json(&with(&INTENT, "", None)).unwrap();
        assert_eq!(intent.id.as_str(), "pi_1");
        assert_eq!(intent.status, PaymentIntentStatus::RequiresPaymentMethod);
        assert_eq!(intent.amount.minor_units(), 12_800);
        assert_eq!(intent.currency, Currency::JPY);
        let methods = [PaymentMethodType::QrMpm, PaymentMethodType::Cash];
        assert_eq!(intent.payment_method_types, methods);
        assert_eq!(intent.expires_at.to_string(), "2025-12-08T10:30:00Z");
        let written = serde_json::to_vec(&intent).unwrap();
        assert_eq!(
            serde_json::from_slice::<PaymentIntent>(&written).unwrap(),
            intent
        );
        assert_eq!(PaymentIntent::from_json(&written), Ok(intent));

        let confirmation = Confirmation::from_json(&with(&CONFIRMATION, "", None)).unwrap();
        assert_eq!(confirmation.status, PaymentIntentStatus::Succeeded);
        assert_eq!(
            confirmation.expires_at.unwrap().to_string(),
            "2025-12-08T10:30:00Z"
        );
        let written = serde_json::to_vec(&confirmation).unwrap();
        assert_eq!(Confirmation::from_json(&written), Ok(confirmation));
    }

    #[test]
    fn what_only_informs_refuses_no_answer_whatever_it_holds() {
        let needed = [
            "id",
            "status",
            "amount",
            "currency",
            "payment_method_types",
            "expires_at",
        ];
        let expected = PaymentIntent::from_json(&with(&INTENT, "", None)).unwrap();
        let members = INTENT
            .iter()
            .map(|(member, _)| *member)
            .chain(["unknown", "", "\\ud800"]);
        for member in members.filter(|member| !needed.contains(member)) {
            for value in junk().iter().map(|json| Some(&**json)).chain([None]) {
                let read = PaymentIntent::from_json(&with(&INTENT, member, value)).unwrap();
                assert_eq!(
                    (
                        &read.id,
                        &read.status,
                        read.amount,
                        read.currency,
                        read.expires_at
                    ),
                    (
                        &expected.id,
                        &expected.status,
                        expected.amount,
                        expected.currency,
                        expected.expires_at
                    ),
                );
            }
        }
        let needed = [
            "payment_intent_id",
            "status",
            "amount",
            "currency",
            "qr_content",
        ];
        let members = CONFIRMATION
            .iter()
            .map(|(member, _)| *member)
            .chain(["unknown"]);
        for member in members.filter(|member| !needed.contains(member)) {
            for value in junk().iter().map(|json| Some(&**json)).chain([None]) {
                let read = Confirmation::from_json(&with(&CONFIRMATION, member, value)).unwrap();
                assert_eq!(read.amount, expected.amount);
                assert_eq!(read.qr_content.as_deref(), Some("https://qr.example/1"));
            }
        }
    }

    #[test]
    fn what_is_needed_and_cannot_be_read_is_named() {
        for field in [
            "id",
            "status",
            "amount",
            "currency",
            "payment_method_types",
            "expires_at",
        ] {
            for value in [None, Some("null"), Some("true"), Some("{}")] {
                let refused = PaymentIntent::from_json(&with(&INTENT, field, value));
                assert_eq!(refused, Err(UnreadableField::new(field)), "{value:?}");
            }
        }
        for field in ["payment_intent_id", "status", "amount", "currency"] {
            for value in [None, Some("null"), Some("12.5e0x"), Some("[]")] {
                let body = with(&CONFIRMATION, field, value);
                let refused = Confirmation::from_json(&body);
                assert_eq!(refused, Err(UnreadableField::new(field)), "{value:?}");
            }
        }
        let unreadable_code = with(&CONFIRMATION, "qr_content", Some("{}"));
        let refused = Confirmation::from_json(&unreadable_code);
        assert_eq!(refused, Err(UnreadableField::new("qr_content")));
    }

    #[test]
    fn a_payment_that_is_over_needs_no_methods() {
        let mut members = INTENT;
        members[2].1 = "\"succeeded\"";
        let read = PaymentIntent::from_json(&with(&members, "payment_method_types", Some("{}")));
        assert_eq!(read.unwrap().payment_method_types, []);
    }
}
