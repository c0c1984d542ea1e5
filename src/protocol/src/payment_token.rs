use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use crate::PaymentIntentId;

/// The secret that lets a terminal confirm, cancel and watch one PaymentIntent (guide, *Frontend
/// SDK*): `pi_…_secret_…`.
///
/// Whoever holds it can change the payment, so it has no `Display`, its `Debug` shows nothing,
/// and equality takes constant time. [`PaymentToken::expose`] is the one way to the text.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PaymentToken {
    text: String,
    payment_intent_id: PaymentIntentId,
}

const SEPARATOR: &str = "_secret_";
const MAX_LENGTH: usize = 255;

impl PaymentToken {
    /// Puts a token together from an id and its secret part.
    ///
    /// # Errors
    /// [`PaymentTokenError`] when `secret` is empty, too long, or has other characters than
    /// letters and digits.
    pub fn new(id: &PaymentIntentId, secret: &str) -> Result<Self, PaymentTokenError> {
        format!("{id}{SEPARATOR}{secret}").parse()
    }

    /// The PaymentIntent that this token belongs to.
    #[must_use]
    pub fn payment_intent_id(&self) -> &PaymentIntentId {
        &self.payment_intent_id
    }

    /// The secret text itself: for the wire and for sealed storage, never for a log.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.text
    }
}

impl FromStr for PaymentToken {
    type Err = PaymentTokenError;

    fn from_str(text: &str) -> Result<Self, PaymentTokenError> {
        if text.len() > MAX_LENGTH {
            return Err(PaymentTokenError);
        }
        let (id, secret) = text.split_once(SEPARATOR).ok_or(PaymentTokenError)?;
        if secret.is_empty() || !secret.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(PaymentTokenError);
        }
        let payment_intent_id = id.parse().map_err(|_| PaymentTokenError)?;
        Ok(Self {
            text: text.to_owned(),
            payment_intent_id,
        })
    }
}

impl TryFrom<String> for PaymentToken {
    type Error = PaymentTokenError;

    fn try_from(text: String) -> Result<Self, PaymentTokenError> {
        text.parse()
    }
}

impl From<PaymentToken> for String {
    fn from(token: PaymentToken) -> Self {
        token.text
    }
}

impl PartialEq for PaymentToken {
    fn eq(&self, other: &Self) -> bool {
        self.text.as_bytes().ct_eq(other.text.as_bytes()).into()
    }
}

impl Eq for PaymentToken {}

impl fmt::Debug for PaymentToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PaymentToken(..)")
    }
}

/// The text is not a payment token. It is not repeated here, since it may be a secret with a typo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "payment_token must look like `pi_…_secret_…`: pass the value from the create response unchanged"
)]
pub struct PaymentTokenError;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn malformed_tokens_are_refused() {
        let long = format!("pi_1_secret_{}", "a".repeat(300));
        let cases = [
            "",
            "pi_",
            "pi_1",
            "pi_1_secret_",
            "pi__secret_a",
            "_secret_a",
            "pi_1_secret_a b",
            "pi_1_secret_a_secret_b",
            "pi_1_Secret_a",
            " pi_1_secret_a",
            "pi_1_secret_a\n",
            "pi_é_secret_a",
            "pi_1_secret_あ",
            "cs_1_secret_a",
            &long,
        ];
        for case in cases {
            assert_eq!(
                case.parse::<PaymentToken>(),
                Err(PaymentTokenError),
                "{case:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn debug_shows_no_part_of_the_token(id in "[0-9A-Z]{6,26}", secret in "[a-zA-Z0-9]{6,64}") {
            let token: PaymentToken = format!("pi_{id}_secret_{secret}").parse().unwrap();
            let shown = format!("{token:?} {token:#?}");
            prop_assert!(!shown.contains(&secret) && !shown.contains(&id));
        }

        #[test]
        fn any_text_is_refused_or_kept_exactly(text in "\\PC{0,80}") {
            if let Ok(token) = text.parse::<PaymentToken>() {
                prop_assert_eq!(token.expose(), text);
            }
        }
    }
}
