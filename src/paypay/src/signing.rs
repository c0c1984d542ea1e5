//! Request signing, `hmac OPA-Auth`: both sides of it.
//!
//! HMAC-SHA256, in Base64, over six lines: path without query string, method, nonce, Unix seconds,
//! content type, and the MD5 of content type and body in Base64. The key is the API secret as text.
//! The query string and the other headers are not signed: that is PayPay's choice.
//!
//! ```
//! use paypay_opa::Credentials;
//! use paypay_opa::signing::{Authorization, CLOCK_WINDOW_SECONDS, Nonce, RequestToSign};
//!
//! let credentials = Credentials::new("APIKeyGenerated", "APIKeySecretGenerated")?;
//! let request = RequestToSign {
//!     method: "POST",
//!     path: "/v2/codes",
//!     content_type: Some("application/json"),
//!     body: b"{}",
//! };
//! let header = Authorization::sign(&credentials, Nonce::random(), 1_579_843_452, &request);
//!
//! let received: Authorization = header.to_string().parse()?;
//! received.verify(&credentials.secret, 1_579_843_460, CLOCK_WINDOW_SECONDS, &request)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::{ApiKey, Credentials, Secret};

/// How far a request's time may be from PayPay's clock: less than this many seconds, either way.
pub const CLOCK_WINDOW_SECONDS: i64 = 120;

const SCHEME: &str = "hmac OPA-Auth:";

/// What stands for the content type and the digest of a request that has no body.
const EMPTY: &str = "empty";

/// The parts of an HTTP request that are signed.
#[derive(Clone, Copy)]
pub struct RequestToSign<'a> {
    /// Upper case, as on the wire.
    pub method: &'a str,
    /// The path exactly as sent, not decoded. A query string, if there is one, is not signed.
    pub path: &'a str,
    /// The `Content-Type` header exactly as sent. It counts only beside a body: two of PayPay's own
    /// SDKs send one without.
    pub content_type: Option<&'a str>,
    /// The exact bytes; empty for a request without a body.
    pub body: &'a [u8],
}

// A body may name a customer.
impl fmt::Debug for RequestToSign<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestToSign")
            .field("method", &self.method)
            .field("path", &self.signed_path())
            .finish_non_exhaustive()
    }
}

impl RequestToSign<'_> {
    fn signed_path(&self) -> &str {
        self.path.split('?').next().unwrap_or_default()
    }

    fn signed_content_type(&self) -> &str {
        if self.body.is_empty() {
            EMPTY
        } else {
            self.content_type.unwrap_or_default().trim()
        }
    }

    fn digest(&self) -> String {
        if self.body.is_empty() {
            return EMPTY.to_owned();
        }
        let digest = Md5::new()
            .chain_update(self.signed_content_type())
            .chain_update(self.body)
            .finalize();
        STANDARD.encode(digest)
    }

    fn mac(&self, secret: &Secret, nonce: &Nonce, epoch: i64, digest: &str) -> String {
        // HMAC takes keys of any length, so this never fails; an empty tag would match nothing.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()) else {
            return String::new();
        };
        let lines = [
            self.signed_path(),
            self.method,
            nonce.as_str(),
            &epoch.to_string(),
            self.signed_content_type(),
            digest,
        ];
        mac.update(lines.join("\n").as_bytes());
        STANDARD.encode(mac.finalize().into_bytes())
    }
}

/// A text that makes two signatures of the same request differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nonce(String);

impl Nonce {
    /// 8 random letters or digits, as PayPay recommends.
    #[must_use]
    pub fn random() -> Self {
        let mut bytes = [0; 8];
        // Without randomness the nonce is the same each time. PayPay takes that: the clock window
        // and the ids of the operations are what guards against a replay.
        let _ = getrandom::fill(&mut bytes);
        let alphabet = b"0123456789abcdefghijklmnopqrstuv";
        let letter = |byte: u8| char::from(alphabet[usize::from(byte) % alphabet.len()]);
        Self(bytes.into_iter().map(letter).collect())
    }

    /// The nonce as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Nonce {
    type Err = AuthorizationError;

    fn from_str(text: &str) -> Result<Self, AuthorizationError> {
        let fits = |byte: u8| byte.is_ascii_graphic() && byte != b':';
        if !text.is_empty() && text.bytes().all(fits) {
            Ok(Self(text.to_owned()))
        } else {
            Err(AuthorizationError::Nonce)
        }
    }
}

/// The value of the `Authorization` header: `hmac OPA-Auth:<key>:<mac>:<nonce>:<epoch>:<digest>`.
#[derive(Clone, PartialEq, Eq)]
pub struct Authorization {
    /// Who signed.
    pub api_key: ApiKey,
    /// What makes this signature different from the last one.
    pub nonce: Nonce,
    /// When, in Unix seconds by the signer's clock.
    pub epoch: i64,
    mac: String,
    digest: String,
}

impl Authorization {
    /// Signs a request.
    #[must_use]
    pub fn sign(
        credentials: &Credentials,
        nonce: Nonce,
        epoch: i64,
        request: &RequestToSign<'_>,
    ) -> Self {
        let digest = request.digest();
        Self {
            api_key: credentials.api_key.clone(),
            mac: request.mac(&credentials.secret, &nonce, epoch, &digest),
            nonce,
            epoch,
            digest,
        }
    }

    /// Checks clock, digest and signature, the latter two in constant time. The caller has found
    /// the secret by [`api_key`](Self::api_key); `window` is [`CLOCK_WINDOW_SECONDS`] at PayPay.
    ///
    /// # Errors
    /// [`VerifyError`] says which of them is wrong. PayPay answers all of them alike, with 401
    /// `UNAUTHORIZED`.
    pub fn verify(
        &self,
        secret: &Secret,
        now: i64,
        window: i64,
        request: &RequestToSign<'_>,
    ) -> Result<(), VerifyError> {
        let ahead_by = self.epoch.saturating_sub(now);
        if ahead_by <= -window {
            return Err(VerifyError::Stale {
                behind_by: ahead_by.saturating_neg(),
            });
        }
        if ahead_by >= window {
            return Err(VerifyError::Future { ahead_by });
        }
        let equal = |a: &str, b: &str| bool::from(a.as_bytes().ct_eq(b.as_bytes()));
        let digest = request.digest();
        if !equal(&self.digest, &digest) {
            return Err(VerifyError::Digest);
        }
        let mac = request.mac(secret, &self.nonce, self.epoch, &digest);
        if !equal(&self.mac, &mac) {
            return Err(VerifyError::Mac);
        }
        Ok(())
    }
}

impl fmt::Display for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            api_key,
            nonce,
            epoch,
            mac,
            digest,
        } = self;
        let nonce = nonce.as_str();
        write!(f, "{SCHEME}{api_key}:{mac}:{nonce}:{epoch}:{digest}")
    }
}

// A signature is good for two minutes, which is long enough to matter in a log.
impl fmt::Debug for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorization")
            .field("api_key", &self.api_key)
            .field("nonce", &self.nonce.as_str())
            .field("epoch", &self.epoch)
            .finish_non_exhaustive()
    }
}

impl FromStr for Authorization {
    type Err = AuthorizationError;

    fn from_str(header: &str) -> Result<Self, AuthorizationError> {
        let fields = header
            .strip_prefix(SCHEME)
            .ok_or(AuthorizationError::Scheme)?;
        let fields: Vec<&str> = fields.split(':').collect();
        let [api_key, mac, nonce, epoch, digest] = fields[..] else {
            return Err(AuthorizationError::Fields {
                found: fields.len(),
            });
        };
        Ok(Self {
            api_key: api_key.parse().map_err(|_| AuthorizationError::ApiKey)?,
            mac: mac.to_owned(),
            nonce: nonce.parse()?,
            epoch: epoch.parse().map_err(|_| AuthorizationError::Epoch)?,
            digest: digest.to_owned(),
        })
    }
}

/// Why the text of an `Authorization` header cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AuthorizationError {
    /// Another scheme, such as Bearer.
    #[error("Authorization must begin with `hmac OPA-Auth:`")]
    Scheme,
    /// Not five fields between colons.
    #[error(
        "after `hmac OPA-Auth:` come five fields between colons: key, MAC, nonce, epoch, digest; here are {found}"
    )]
    Fields {
        /// How many there are.
        found: usize,
    },
    /// The key has a form no key has.
    #[error("the API key in Authorization must be ASCII without spaces")]
    ApiKey,
    /// The nonce is empty, or holds a colon, a space or a character outside of ASCII.
    #[error("the nonce must be ASCII without spaces and colons, such as 8 random letters")]
    Nonce,
    /// The time is not a whole number.
    #[error("the epoch in Authorization must be Unix seconds")]
    Epoch,
}

/// Why a signed request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// Signed too long ago.
    #[error(
        "the epoch is {behind_by} s behind the server's clock; sign each request anew and check your clock"
    )]
    Stale {
        /// Seconds behind the server's clock.
        behind_by: i64,
    },
    /// Signed in the future.
    #[error(
        "the epoch is {ahead_by} s ahead of the server's clock; use Unix seconds, not milliseconds, and check your clock"
    )]
    Future {
        /// Seconds ahead of the server's clock.
        ahead_by: i64,
    },
    /// Content type or body differ from what was signed.
    #[error(
        "the digest does not match: it is the Base64 of the MD5 of Content-Type and body as sent, or `empty` without a body"
    )]
    Digest,
    /// Key, path, method, nonce, epoch or content type differ from what was signed.
    #[error(
        "the MAC does not match: check the secret, and that path (without query string), method, nonce, epoch, Content-Type and digest are signed in this order, a line feed between them"
    )]
    Mac,
}
