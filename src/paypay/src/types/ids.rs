use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::FieldError;
use super::check::refuse_if;

const MAX_CHARS: usize = 64;

/// Declares an id of a kind of its own, so that a merchantPaymentId never stands where a paymentId
/// belongs: PayPay answers that mistake with `INTERNAL_SERVER_ERROR`.
macro_rules! id {
    ($(#[$meta:meta])* $name:ident, $field:literal, $form:expr) => {
        $(#[$meta])*
        ///
        /// Made from text, it is checked; read from JSON, it is kept as it came.
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            pub(crate) fn check(&self) -> Result<(), FieldError> {
                let form: Form = $form;
                refuse_if(!form.fits(&self.0), $field, form.rule)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                let id = Self(text.to_owned());
                id.check().map_err(IdError)?;
                Ok(id)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

/// What an id may be made of.
#[derive(Clone, Copy)]
struct Form {
    allowed: fn(char) -> bool,
    rule: &'static str,
}

impl Form {
    fn fits(self, text: &str) -> bool {
        !text.is_empty() && text.chars().count() <= MAX_CHARS && text.chars().all(self.allowed)
    }
}

/// The ids that a merchant makes.
const OURS: Form = Form {
    allowed: |c| c.is_ascii_alphanumeric() || c == '-' || c == '_',
    rule: "must be 1 to 64 letters, digits, `-` or `_`",
};

/// The ids that PayPay makes. Their characters are not published.
const PAYPAYS: Form = Form {
    allowed: |c| !c.is_control(),
    rule: "must be 1 to 64 characters",
};

/// An id that travels in a header.
const IN_A_HEADER: Form = Form {
    allowed: |c| c.is_ascii_graphic(),
    rule: "must be 1 to 64 ASCII characters without spaces",
};

id!(
    /// The merchant's id of a payment, unique per merchant.
    MerchantPaymentId,
    "merchantPaymentId",
    OURS
);
id!(
    /// The merchant's id of a refund. Together with the payment it makes the refund safe to repeat.
    MerchantRefundId,
    "merchantRefundId",
    OURS
);
id!(
    /// The merchant's id of a capture.
    MerchantCaptureId,
    "merchantCaptureId",
    OURS
);
id!(
    /// The merchant's id of the release of an authorisation.
    MerchantRevertId,
    "merchantRevertId",
    OURS
);
id!(
    /// PayPay's id of a payment, such as `04000000000000000001`.
    PaymentId,
    "paymentId",
    PAYPAYS
);
id!(
    /// PayPay's id of a code, such as `04-abcdEFGH12345678`.
    CodeId,
    "codeId",
    PAYPAYS
);
id!(
    /// PayPay's id of a customer's consent to be charged: the outcome of the account link.
    UserAuthorizationId,
    "userAuthorizationId",
    PAYPAYS
);

id!(
    /// PayPay's id of a merchant.
    MerchantId,
    "merchantId",
    IN_A_HEADER
);

/// The text cannot be an id of this kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct IdError(FieldError);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_a_merchant_are_64_characters_of_a_small_set() {
        let longest = "a".repeat(64);
        for text in ["order-0001", "A_b-9", &longest] {
            assert_eq!(text.parse::<MerchantPaymentId>().unwrap().as_str(), text);
        }
        let too_long = "a".repeat(65);
        for text in ["", "a b", "a/b", "a.b", "a\n", "ケーキ", &too_long] {
            let error = text.parse::<MerchantPaymentId>().unwrap_err();
            assert_eq!(
                error.to_string(),
                "merchantPaymentId: must be 1 to 64 letters, digits, `-` or `_`",
                "{text}"
            );
        }
    }

    #[test]
    fn ids_of_paypay_may_hold_anything_that_can_be_printed() {
        let longest = "é".repeat(64);
        for text in ["04-abcdEFGH12345678", "a/b?c", &longest] {
            assert_eq!(text.parse::<CodeId>().unwrap().as_str(), text);
        }
        let too_long = "0".repeat(65);
        for text in ["", "a\r\nb", &too_long] {
            text.parse::<CodeId>().unwrap_err();
        }
    }

    #[test]
    fn an_odd_id_in_an_answer_is_kept() {
        let id: MerchantPaymentId = serde_json::from_str(r#""a b""#).unwrap();
        assert_eq!(id.as_str(), "a b");
        assert!(id.check().is_err());
    }
}
