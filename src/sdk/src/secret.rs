//! Text that must not be shown by accident.

use std::fmt;
use std::ops::Deref;

use serde::{Deserialize, Serialize};

/// Text that no log, error or description shows: a customer's code, a nonce, an approval code. Its
/// `Debug` and, in Kotlin and Swift, its description are always the same.
///
/// ```
/// use mpac_pgw_sdk::Secret;
///
/// let approval_code = Secret::from("OK1234");
/// assert_eq!(format!("{approval_code:?}"), "(hidden)");
/// assert_eq!(approval_code.as_str(), "OK1234");
/// ```
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// The text itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

impl Deref for Secret {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}
