use mpac_pgw_protocol::{
    Amount, AmountError, CaptureMethod, Currency, MerchantId, PaymentIntentId, PaymentIntentStatus,
    PaymentMethodType, PaymentToken, Timestamp,
};

use super::{INTENT_LIFETIME_SECONDS, Intent, limits};
use crate::fields::{FieldError, Fields, whole};

/// A create request that has been read and found valid (guide, *Creating a PaymentIntent*).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewIntent {
    pub(crate) merchant_ref_id: String,
    merchant_store_id: Option<String>,
    merchant_terminal_id: Option<String>,
    amount: Amount,
    currency: Currency,
    payment_method_types: Vec<PaymentMethodType>,
    capture_method: CaptureMethod,
}

impl NewIntent {
    /// Reads the fields of the guide's table, in its order; the first that is wrong is the error.
    pub(crate) fn read(fields: &Fields) -> Result<Self, FieldError> {
        let store_or_terminal = limits::STORE_OR_TERMINAL_ID;
        Ok(Self {
            merchant_ref_id: fields.required_text("merchant_ref_id", limits::MERCHANT_REF_ID)?,
            merchant_store_id: fields.text("merchant_store_id", store_or_terminal)?,
            merchant_terminal_id: fields.text("merchant_terminal_id", store_or_terminal)?,
            amount: amount(fields)?,
            currency: currency(fields)?,
            payment_method_types: payment_method_types(fields)?,
            capture_method: capture_method(fields)?,
        })
    }

    /// The intent itself, as of `now`.
    pub(crate) fn into_intent(
        self,
        id: PaymentIntentId,
        token: PaymentToken,
        merchant_id: MerchantId,
        now: Timestamp,
    ) -> Intent {
        Intent {
            id,
            merchant_id,
            merchant_ref_id: self.merchant_ref_id,
            merchant_store_id: self.merchant_store_id,
            merchant_terminal_id: self.merchant_terminal_id,
            amount: self.amount,
            currency: self.currency,
            payment_method_types: self.payment_method_types,
            capture_method: self.capture_method,
            token,
            status: PaymentIntentStatus::RequiresPaymentMethod,
            payment: None,
            captured: None,
            refunded: None,
            failure_reason: None,
            created_at: now,
            expires_at: now.plus_seconds(INTENT_LIFETIME_SECONDS),
        }
    }
}

fn amount(fields: &Fields) -> Result<Amount, FieldError> {
    optional_amount(fields)?.ok_or_else(|| FieldError::missing(AMOUNT))
}

const AMOUNT: &str = "amount";

/// An amount that may be left out: all of it, then.
pub(super) fn optional_amount(fields: &Fields) -> Result<Option<Amount>, FieldError> {
    const PARAM: &str = AMOUNT;
    let Some(value) = fields.get(PARAM) else {
        return Ok(None);
    };
    let Some(number) = value.as_number() else {
        return Err(FieldError::wrong_type(PARAM, "an integer", value));
    };
    let amount = match whole(number) {
        Some(integer) => Amount::new(integer),
        // Beyond 64 bits, or a fraction.
        None => match number.as_f64() {
            Some(float) if float > 1e11 => Err(AmountError::TooLarge),
            Some(float) if float < 0.0 => Err(AmountError::NotPositive),
            _ => {
                let why = "amount must be a whole number of minor units: 1500 for 1,500 yen";
                return Err(FieldError::new(PARAM, why));
            }
        },
    };
    amount
        .map(Some)
        .map_err(|error| FieldError::new(PARAM, error.to_string()))
}

fn currency(fields: &Fields) -> Result<Currency, FieldError> {
    const PARAM: &str = "currency";
    let Some(code) = fields.text(PARAM, 64)? else {
        return Ok(Currency::default());
    };
    let currency: Currency = code
        .parse()
        .map_err(|error| FieldError::new(PARAM, format!("{error}")))?;
    match iso_currency::Currency::from_code(&code) {
        // Gold, test codes and the like have no minor unit, so no amount can be given in them.
        Some(known) if known.exponent().is_some() => Ok(currency),
        _ => {
            let why = format!("currency {code} is not an ISO 4217 currency: use JPY, for example");
            Err(FieldError::new(PARAM, why))
        }
    }
}

fn payment_method_types(fields: &Fields) -> Result<Vec<PaymentMethodType>, FieldError> {
    const PARAM: &str = "payment_method_types";
    let Some(value) = fields.get(PARAM) else {
        return Err(FieldError::missing(PARAM));
    };
    let Some(values) = value.as_array() else {
        return Err(FieldError::wrong_type(PARAM, "an array of strings", value));
    };
    if values.is_empty() {
        let why = format!(
            "payment_method_types must name at least one of {}",
            known_methods()
        );
        return Err(FieldError::new(PARAM, why));
    }
    let mut methods = Vec::new();
    for (index, value) in values.iter().enumerate() {
        let Some(text) = value.as_str() else {
            return Err(FieldError::wrong_type(PARAM, "an array of strings", value));
        };
        let method = PaymentMethodType::from(text);
        if !method.is_known() {
            let why = format!(
                "payment_method_types[{index}] is not a payment method: use {}",
                known_methods()
            );
            return Err(FieldError::new(PARAM, why));
        }
        if methods.contains(&method) {
            let why = format!("payment_method_types names {method} twice");
            return Err(FieldError::new(PARAM, why));
        }
        methods.push(method);
    }
    Ok(methods)
}

pub(super) fn known_methods() -> String {
    let names: Vec<_> = PaymentMethodType::ALL
        .iter()
        .map(PaymentMethodType::as_str)
        .collect();
    names.join(", ")
}

fn capture_method(fields: &Fields) -> Result<CaptureMethod, FieldError> {
    const PARAM: &str = "capture_method";
    let Some(text) = fields.text(PARAM, 64)? else {
        return Ok(CaptureMethod::default());
    };
    match CaptureMethod::from(text) {
        CaptureMethod::Unknown { .. } => Err(FieldError::new(
            PARAM,
            "capture_method must be automatic or manual",
        )),
        known => Ok(known),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(json: &str) -> Result<NewIntent, FieldError> {
        NewIntent::read(&Fields::parse(json.as_bytes())?)
    }

    fn with(field: &str, value: &str) -> String {
        let mut order = serde_json::json!({
            "merchant_ref_id": "order_1", "amount": 1500, "payment_method_types": ["cash"],
        });
        let value: serde_json::Value = serde_json::from_str(value).unwrap();
        order[field] = value;
        order.to_string()
    }

    #[test]
    fn defaults_are_the_guides() {
        let order = read(&with("amount", "2500")).unwrap();
        assert_eq!(order.amount.minor_units(), 2500);
        assert_eq!(order.currency, Currency::JPY);
        assert_eq!(order.capture_method, CaptureMethod::Automatic);
        assert_eq!(order.merchant_store_id, None);
    }

    #[test]
    fn optional_fields_may_be_null() {
        for field in [
            "merchant_store_id",
            "merchant_terminal_id",
            "currency",
            "capture_method",
        ] {
            assert!(read(&with(field, "null")).is_ok(), "{field}");
        }
    }

    #[test]
    fn whatever_is_wrong_is_named() {
        let long = format!("\"{}\"", "あ".repeat(65));
        let table = [
            ("amount", "0", "greater than 0"),
            ("amount", "-1", "greater than 0"),
            ("amount", "-1.5", "greater than 0"),
            ("amount", "1.5", "whole number"),
            ("amount", "1500.5", "whole number"),
            ("amount", "1e-2", "whole number"),
            ("amount", "0.0", "greater than 0"),
            ("amount", "100000000000", "11 digits"),
            ("amount", "99999999999999999999999", "11 digits"),
            ("amount", "\"1500\"", "must be an integer, not a string"),
            ("amount", "null", "is required"),
            ("amount", "true", "must be an integer, not a boolean"),
            ("currency", "\"jpy\"", "three capital letters"),
            ("currency", "\"JP\"", "three capital letters"),
            ("currency", "\"ZZZ\"", "not an ISO 4217 currency"),
            ("currency", "\"XAU\"", "not an ISO 4217 currency"),
            ("currency", "\"\"", "empty"),
            ("currency", "392", "must be a string, not a number"),
            ("payment_method_types", "[]", "at least one"),
            ("payment_method_types", "null", "is required"),
            ("payment_method_types", "\"cash\"", "array of strings"),
            ("payment_method_types", "[1]", "array of strings"),
            (
                "payment_method_types",
                "[\"cash\", \"cheque\"]",
                "payment_method_types[1]",
            ),
            ("payment_method_types", "[\"cash\", \"cash\"]", "twice"),
            ("capture_method", "\"later\"", "automatic or manual"),
            ("capture_method", "1", "must be a string"),
            ("merchant_ref_id", "\"\"", "empty"),
            ("merchant_ref_id", "null", "is required"),
            ("merchant_ref_id", "\"a\\u0000b\"", "control character"),
            ("merchant_ref_id", &long, "at most 64 characters"),
            ("merchant_store_id", "\"\"", "empty"),
            (
                "merchant_terminal_id",
                "[]",
                "must be a string, not an array",
            ),
        ];
        for (field, value, expected) in table {
            let error = read(&with(field, value)).unwrap_err();
            assert_eq!(error.param.as_deref(), Some(field), "{field} {value}");
            assert!(
                error.message.contains(expected),
                "{field} {value}: {}",
                error.message
            );
        }
    }

    proptest! {
        #[test]
        fn every_amount_of_the_range_is_taken_and_no_other(amount in any::<i64>()) {
            let taken = read(&with("amount", &amount.to_string())).is_ok();
            prop_assert_eq!(taken, (1..=Amount::MAX).contains(&amount));
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,200}") {
            let _ = read(&text);
        }
    }
}
