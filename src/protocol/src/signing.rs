//! Request signing between a merchant's back end and the gateway (guide, *Server-to-Server*).
//!
//! The signature is HMAC-SHA256, in lower-case hex, over four lines: method, path with its query
//! string as sent, Unix timestamp, and the SHA-256 of the body in lower-case hex.
//!
//! ```
//! use mpac_pgw_protocol::signing::{Authorization, RequestToSign, SecretKey};
//!
//! let key = SecretKey::new("sk_example");
//! let request = RequestToSign { method: "POST", path: "/v1/payment_intents", body: b"{}" };
//! let header = Authorization::sign(&key, "merchant_1".parse()?, 1_765_189_800, &request);
//! let received: Authorization = header.to_string().parse()?;
//! received.verify(&key, 1_765_189_805, &request)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::fmt;
use std::str::FromStr;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::MerchantId;

/// How far a request's timestamp may be from the gateway's clock, in seconds, either way.
pub const MAX_CLOCK_SKEW_SECONDS: i64 = 300;

const SCHEME: &str = "HMAC-SHA256";

/// A merchant's secret key. Its `Debug` shows nothing.
#[derive(Clone)]
pub struct SecretKey(String);

impl SecretKey {
    /// Wraps the key as the merchant settings show it.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The key itself: for configuration, never for a log.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(..)")
    }
}

/// The parts of an HTTP request that are signed.
#[derive(Clone, Copy)]
pub struct RequestToSign<'a> {
    /// Upper case, as on the wire.
    pub method: &'a str,
    /// Path and query string exactly as sent.
    pub path: &'a str,
    /// The exact bytes; empty for a request without a body.
    pub body: &'a [u8],
}

// Path and body may carry a payment token.
impl fmt::Debug for RequestToSign<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestToSign")
            .field("method", &self.method)
            .finish_non_exhaustive()
    }
}

impl RequestToSign<'_> {
    /// The canonical string: what the signature is computed over.
    #[must_use]
    pub fn canonical_string(&self, timestamp: i64) -> String {
        let body_hash = hex(&Sha256::digest(self.body));
        format!("{}\n{}\n{timestamp}\n{body_hash}", self.method, self.path)
    }

    fn signature(&self, key: &SecretKey, timestamp: i64) -> String {
        hmac_hex(key, &[self.canonical_string(timestamp).as_bytes()])
    }
}

/// HMAC-SHA256 over the parts, one after the other, in lower-case hex.
pub(crate) fn hmac_hex(key: &SecretKey, parts: &[&[u8]]) -> String {
    // HMAC takes keys of any length, so this never fails; an empty tag would match nothing.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.0.as_bytes()) else {
        return String::new();
    };
    for part in parts {
        mac.update(part);
    }
    hex(&mac.finalize().into_bytes())
}

/// The value of the `Authorization` header: `HMAC-SHA256 <merchant_id>:<timestamp>:<signature>`.
#[derive(Clone, PartialEq, Eq)]
pub struct Authorization {
    /// Who signed.
    pub merchant_id: MerchantId,
    /// When, in Unix seconds by the signer's clock.
    pub timestamp: i64,
    signature: String,
}

impl Authorization {
    /// Signs a request.
    #[must_use]
    pub fn sign(
        key: &SecretKey,
        merchant_id: MerchantId,
        timestamp: i64,
        request: &RequestToSign<'_>,
    ) -> Self {
        Self {
            merchant_id,
            timestamp,
            signature: request.signature(key, timestamp),
        }
    }

    /// Checks the clock first, then the signature, in constant time.
    ///
    /// # Errors
    /// [`VerifyError`] says which of the two is wrong, and by how much.
    pub fn verify(
        &self,
        key: &SecretKey,
        now: i64,
        request: &RequestToSign<'_>,
    ) -> Result<(), VerifyError> {
        let ahead_by = self.timestamp.saturating_sub(now);
        if ahead_by < -MAX_CLOCK_SKEW_SECONDS {
            return Err(VerifyError::Stale {
                behind_by: ahead_by.saturating_neg(),
            });
        }
        if ahead_by > MAX_CLOCK_SKEW_SECONDS {
            return Err(VerifyError::Future { ahead_by });
        }
        let expected = request.signature(key, self.timestamp);
        if expected.as_bytes().ct_eq(self.signature.as_bytes()).into() {
            Ok(())
        } else {
            Err(VerifyError::SignatureMismatch)
        }
    }
}

impl fmt::Display for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{SCHEME} {}:{}:{}",
            self.merchant_id, self.timestamp, self.signature
        )
    }
}

// A signature is good for five minutes, which is long enough to matter in a log.
impl fmt::Debug for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorization")
            .field("merchant_id", &self.merchant_id)
            .field("timestamp", &self.timestamp)
            .finish_non_exhaustive()
    }
}

impl FromStr for Authorization {
    type Err = AuthorizationError;

    fn from_str(header: &str) -> Result<Self, AuthorizationError> {
        let (scheme, credentials) = header.split_once(' ').ok_or(AuthorizationError::Form)?;
        if !scheme.eq_ignore_ascii_case(SCHEME) {
            return Err(AuthorizationError::Scheme);
        }
        let mut parts = credentials.split(':');
        let (Some(merchant_id), Some(timestamp), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(AuthorizationError::Form);
        };
        let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if signature.len() != 64 || !signature.bytes().all(is_hex) {
            return Err(AuthorizationError::Signature);
        }
        Ok(Self {
            merchant_id: merchant_id
                .parse()
                .map_err(|_| AuthorizationError::MerchantId)?,
            timestamp: timestamp
                .parse()
                .map_err(|_| AuthorizationError::Timestamp)?,
            signature: signature.to_owned(),
        })
    }
}

/// Why the text of an `Authorization` header cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AuthorizationError {
    /// Not a scheme and three parts between colons.
    #[error("Authorization must be `HMAC-SHA256 <merchant_id>:<timestamp>:<signature>`")]
    Form,
    /// Another scheme, such as Bearer.
    #[error("Authorization must use the scheme HMAC-SHA256")]
    Scheme,
    /// The merchant id has a form no merchant id has.
    #[error("the merchant id in Authorization is malformed")]
    MerchantId,
    /// The timestamp is not a whole number.
    #[error("the timestamp in Authorization must be Unix seconds")]
    Timestamp,
    /// The signature is not 64 lower-case hexadecimal digits.
    #[error("the signature in Authorization must be 64 lower-case hexadecimal digits")]
    Signature,
}

/// Why a signed request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// Signed too long ago.
    #[error(
        "the timestamp is {behind_by} s behind the gateway's clock (at most 300 s); sign each request anew and check your clock"
    )]
    Stale {
        /// Seconds behind the gateway's clock.
        behind_by: i64,
    },
    /// Signed in the future.
    #[error(
        "the timestamp is {ahead_by} s ahead of the gateway's clock (at most 300 s); use Unix seconds, not milliseconds, and check your clock"
    )]
    Future {
        /// Seconds ahead of the gateway's clock.
        ahead_by: i64,
    },
    /// Key, method, path, timestamp or body differ from what was signed.
    #[error("the signature does not match the request")]
    SignatureMismatch,
}

fn hex(bytes: &[u8]) -> String {
    use fmt::Write;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde::Deserialize;

    /// Computed by `tests/vectors/generate.py`, with none of this code.
    const VECTORS: &str = include_str!("../../../tests/vectors/request_signing.json");

    #[derive(Deserialize)]
    struct Vector {
        name: String,
        secret_key: String,
        merchant_id: MerchantId,
        method: String,
        path: String,
        timestamp: i64,
        body: String,
        message: String,
        signature: String,
        authorization: String,
    }

    fn vectors() -> Vec<Vector> {
        let file: serde_json::Value = serde_json::from_str(VECTORS).unwrap();
        let list = file.get("vectors").unwrap_or(&file).clone();
        serde_json::from_value(list).unwrap()
    }

    #[test]
    fn independent_vectors_agree() {
        let vectors = vectors();
        assert!(vectors.len() >= 8);
        for vector in vectors {
            let key = SecretKey::new(vector.secret_key);
            let request = RequestToSign {
                method: &vector.method,
                path: &vector.path,
                body: vector.body.as_bytes(),
            };
            let signed = Authorization::sign(&key, vector.merchant_id, vector.timestamp, &request);
            assert_eq!(
                request.canonical_string(vector.timestamp),
                vector.message,
                "{}",
                vector.name
            );
            assert_eq!(signed.signature, vector.signature, "{}", vector.name);
            assert_eq!(signed.to_string(), vector.authorization, "{}", vector.name);
            let received: Authorization = vector.authorization.parse().unwrap();
            assert_eq!(
                received.verify(&key, vector.timestamp, &request),
                Ok(()),
                "{}",
                vector.name
            );
        }
    }

    const REQUEST: RequestToSign<'_> = RequestToSign {
        method: "POST",
        path: "/v1/payment_intents",
        body: b"{\"amount\":1}",
    };

    fn signed_at(timestamp: i64) -> (SecretKey, Authorization) {
        let key = SecretKey::new("sk_example");
        let merchant = "merchant_1".parse().unwrap();
        let authorization = Authorization::sign(&key, merchant, timestamp, &REQUEST);
        (key, authorization)
    }

    #[test]
    fn the_clock_may_be_off_by_300_seconds() {
        let now = 1_765_189_800;
        let table = [
            (0, Ok(())),
            (-300, Ok(())),
            (300, Ok(())),
            (-301, Err(VerifyError::Stale { behind_by: 301 })),
            (301, Err(VerifyError::Future { ahead_by: 301 })),
            (
                i64::MAX - now,
                Err(VerifyError::Future {
                    ahead_by: i64::MAX - now,
                }),
            ),
        ];
        for (offset, expected) in table {
            let (key, authorization) = signed_at(now + offset);
            assert_eq!(
                authorization.verify(&key, now, &REQUEST),
                expected,
                "{offset}"
            );
        }
    }

    #[test]
    fn any_change_to_the_request_is_refused() {
        let (key, authorization) = signed_at(0);
        let changed = [
            RequestToSign {
                method: "PUT",
                ..REQUEST
            },
            RequestToSign {
                path: "/v1/payment_intents?a=b",
                ..REQUEST
            },
            RequestToSign {
                body: b"{\"amount\":2}",
                ..REQUEST
            },
        ];
        for request in changed {
            let answer = authorization.verify(&key, 0, &request);
            assert_eq!(answer, Err(VerifyError::SignatureMismatch));
        }
        let other_key = SecretKey::new("sk_other");
        let answer = authorization.verify(&other_key, 0, &REQUEST);
        assert_eq!(answer, Err(VerifyError::SignatureMismatch));
    }

    #[test]
    fn malformed_headers_say_what_is_wrong() {
        let tag = "0".repeat(64);
        let table = [
            (String::new(), AuthorizationError::Form),
            ("HMAC-SHA256".into(), AuthorizationError::Form),
            ("HMAC-SHA256 m:1".into(), AuthorizationError::Form),
            (format!("HMAC-SHA256 m:1:{tag}:x"), AuthorizationError::Form),
            (format!("Bearer m:1:{tag}"), AuthorizationError::Scheme),
            (
                format!("HMAC-SHA256 :1:{tag}"),
                AuthorizationError::MerchantId,
            ),
            (
                format!("HMAC-SHA256 m:soon:{tag}"),
                AuthorizationError::Timestamp,
            ),
            (
                format!("HMAC-SHA256 m:1:{}", tag.to_uppercase().replace('0', "A")),
                AuthorizationError::Signature,
            ),
            ("HMAC-SHA256 m:1:beef".into(), AuthorizationError::Signature),
        ];
        for (header, expected) in table {
            assert_eq!(header.parse::<Authorization>(), Err(expected), "{header}");
        }
    }

    #[test]
    fn debug_shows_neither_key_nor_signature() {
        let (key, authorization) = signed_at(0);
        let shown = format!("{key:?} {authorization:?} {REQUEST:?}");
        assert!(!shown.contains("sk_example") && !shown.contains(&authorization.signature));
    }

    proptest! {
        #[test]
        fn whatever_is_signed_verifies(
            key in "\\PC{0,80}", method in "[A-Z]{1,8}", path in "/\\PC{0,80}",
            body in proptest::collection::vec(any::<u8>(), 0..200), now in 0i64..=4_000_000_000,
        ) {
            let key = SecretKey::new(key);
            let request = RequestToSign { method: &method, path: &path, body: &body };
            let signed = Authorization::sign(&key, "m".parse().unwrap(), now, &request);
            let received: Authorization = signed.to_string().parse().unwrap();
            prop_assert_eq!(received.verify(&key, now, &request), Ok(()));
        }
    }
}
