use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Declares a checked string that may be printed.
macro_rules! id {
    ($(#[$meta:meta])* $name:ident, $kind:literal, $check:expr) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                let check: fn(&str) -> bool = $check;
                if text.len() <= 128 && check(text) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(IdError { kind: $kind })
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;

            fn try_from(text: String) -> Result<Self, IdError> {
                text.parse()
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

id!(
    /// The id of a PaymentIntent: `pi_` and letters or digits. Not a secret.
    PaymentIntentId,
    "payment intent id must be `pi_` followed by letters and digits",
    |text| text
        .strip_prefix("pi_")
        .is_some_and(|rest| !rest.is_empty()
            && rest.bytes().all(|byte| byte.is_ascii_alphanumeric()))
);

id!(
    /// The id of a merchant, as it stands in the `Authorization` header. Not a secret.
    MerchantId,
    "merchant id must be 1 to 128 letters, digits, `-`, `_` or `.`",
    |text| !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
);

/// The text does not have the form of the id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct IdError {
    kind: &'static str,
}
