//! The API key and the API secret of a merchant.

use std::fmt;
use std::str::FromStr;

/// The API key of the Developer Panel: says who signs. Not a secret.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ApiKey(String);

impl ApiKey {
    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ApiKey {
    type Err = CredentialsError;

    fn from_str(text: &str) -> Result<Self, CredentialsError> {
        // A colon would end the field early in the header; the rest cannot stand in a header.
        let fits = |byte: u8| byte.is_ascii_graphic() && byte != b':';
        if !text.is_empty() && text.bytes().all(fits) {
            Ok(Self(text.to_owned()))
        } else {
            Err(CredentialsError::ApiKey)
        }
    }
}

impl fmt::Display for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The API secret. Its `Debug` shows nothing, and it has no `Display`.
///
/// It is used in two ways: as text, to sign requests ([`crate::signing`]), and decoded from Base64,
/// to sign and check account-link tokens ([`crate::jwt`]).
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Wraps the secret as the Developer Panel shows it.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself: for configuration, never for a log.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// Key and secret, which belong together: each environment has a pair of its own.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// Who signs.
    pub api_key: ApiKey,
    /// With what.
    pub secret: Secret,
}

impl Credentials {
    /// Takes key and secret as the Developer Panel shows them.
    ///
    /// # Errors
    /// [`CredentialsError`] if either cannot be one.
    ///
    /// ```
    /// let credentials = paypay_opa::Credentials::new("a_key", "a_secret")?;
    /// assert!(!format!("{credentials:?}").contains("a_secret"));
    /// # Ok::<(), paypay_opa::CredentialsError>(())
    /// ```
    pub fn new(api_key: &str, secret: &str) -> Result<Self, CredentialsError> {
        if secret.is_empty() {
            return Err(CredentialsError::Secret);
        }
        Ok(Self {
            api_key: api_key.parse()?,
            secret: Secret::new(secret),
        })
    }
}

/// Why a key or a secret cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialsError {
    /// The key is empty, or holds a colon, a space or a character outside of ASCII.
    #[error(
        "the API key must be ASCII without spaces and colons; copy it from the Developer Panel"
    )]
    ApiKey,
    /// The secret is empty.
    #[error("the API secret is empty; copy it from the Developer Panel")]
    Secret,
}
