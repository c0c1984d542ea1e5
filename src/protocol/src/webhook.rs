//! Signatures of webhooks: how a back end knows that a delivery comes from the gateway.
//!
//! The header `MPAC-Signature: t=<unix seconds>,v1=<signature>` holds HMAC-SHA256, in lower-case
//! hex, over the timestamp, a full stop and the body as it was sent, keyed with the endpoint's
//! secret.
//!
//! ```
//! use mpac_pgw_protocol::signing::SecretKey;
//! use mpac_pgw_protocol::webhook::WebhookSignature;
//!
//! let secret = SecretKey::new("whsec_example");
//! let header = WebhookSignature::sign(&secret, 1_765_189_800, b"{}").to_string();
//! let received: WebhookSignature = header.parse()?;
//! received.verify(&secret, 1_765_189_805, b"{}")?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::fmt;
use std::str::FromStr;

use subtle::ConstantTimeEq;

use crate::signing::{MAX_CLOCK_SKEW_SECONDS, SecretKey, hmac_hex};

/// The header that carries a delivery's signature.
pub const WEBHOOK_SIGNATURE_HEADER: &str = "MPAC-Signature";

/// The value of the `MPAC-Signature` header.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookSignature {
    /// When it was sent, in Unix seconds.
    pub timestamp: i64,
    /// More than one while a secret is being replaced.
    signatures: Vec<String>,
}

impl WebhookSignature {
    /// Signs a delivery.
    #[must_use]
    pub fn sign(secret: &SecretKey, timestamp: i64, body: &[u8]) -> Self {
        Self {
            timestamp,
            signatures: vec![signature(secret, timestamp, body)],
        }
    }

    /// Checks the signature first, in constant time, then its age: at most 300 s either way, so
    /// that nobody can send an old delivery again.
    ///
    /// # Errors
    /// [`WebhookVerifyError`] says which of the two is wrong.
    pub fn verify(
        &self,
        secret: &SecretKey,
        now: i64,
        body: &[u8],
    ) -> Result<(), WebhookVerifyError> {
        let expected = signature(secret, self.timestamp, body);
        let matches = |given: &String| expected.as_bytes().ct_eq(given.as_bytes()).into();
        if !self.signatures.iter().any(matches) {
            return Err(WebhookVerifyError::SignatureMismatch);
        }
        let ahead_by = self.timestamp.saturating_sub(now);
        if ahead_by.unsigned_abs() > MAX_CLOCK_SKEW_SECONDS.unsigned_abs() {
            return Err(WebhookVerifyError::Age { ahead_by });
        }
        Ok(())
    }
}

fn signature(secret: &SecretKey, timestamp: i64, body: &[u8]) -> String {
    hmac_hex(secret, &[timestamp.to_string().as_bytes(), b".", body])
}

impl fmt::Display for WebhookSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "t={}", self.timestamp)?;
        for signature in &self.signatures {
            write!(f, ",v1={signature}")?;
        }
        Ok(())
    }
}

// As for requests: a signature is good for five minutes.
impl fmt::Debug for WebhookSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookSignature")
            .field("timestamp", &self.timestamp)
            .finish_non_exhaustive()
    }
}

impl FromStr for WebhookSignature {
    type Err = WebhookSignatureError;

    /// Parts that this version does not know are skipped.
    fn from_str(header: &str) -> Result<Self, WebhookSignatureError> {
        let (mut timestamp, mut signatures) = (None, Vec::new());
        for part in header.split(',') {
            match part.trim().split_once('=') {
                Some(("t", _)) if timestamp.is_some() => return Err(WebhookSignatureError),
                Some(("t", text)) => {
                    timestamp = Some(text.parse().map_err(|_| WebhookSignatureError)?);
                }
                Some(("v1", text)) => signatures.push(text.to_owned()),
                Some(_) => {}
                None => return Err(WebhookSignatureError),
            }
        }
        match timestamp {
            Some(timestamp) if !signatures.is_empty() => Ok(Self {
                timestamp,
                signatures,
            }),
            _ => Err(WebhookSignatureError),
        }
    }
}

/// The text is not the value of an `MPAC-Signature` header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("MPAC-Signature must be `t=<unix seconds>,v1=<signature>`: pass the header as it came")]
pub struct WebhookSignatureError;

/// Why a delivery is not to be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WebhookVerifyError {
    /// Secret, timestamp or body differ from what was signed.
    #[error(
        "the signature does not match: check the endpoint's secret, and verify the body as it came, before parsing it"
    )]
    SignatureMismatch,
    /// Signed too long ago, or in the future.
    #[error(
        "the signature is {} s away from the clock (at most 300 s): it may be an old delivery sent again, or a clock is wrong", .ahead_by.unsigned_abs()
    )]
    Age {
        /// Seconds ahead of the verifier's clock; negative when behind.
        ahead_by: i64,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde::Deserialize;

    /// Computed by `tests/vectors/generate.py`, with none of this code.
    const VECTORS: &str = include_str!("../../../tests/vectors/webhook_signing.json");

    #[derive(Deserialize)]
    struct Vector {
        name: String,
        secret: String,
        timestamp: i64,
        body: String,
        header: String,
    }

    #[test]
    fn independent_vectors_agree() {
        let vectors: Vec<Vector> = serde_json::from_str(VECTORS).unwrap();
        assert!(vectors.len() >= 6);
        for vector in vectors {
            let (secret, body) = (SecretKey::new(vector.secret), vector.body.as_bytes());
            let signed = WebhookSignature::sign(&secret, vector.timestamp, body);
            assert_eq!(signed.to_string(), vector.header, "{}", vector.name);
            let received: WebhookSignature = vector.header.parse().unwrap();
            assert_eq!(received.verify(&secret, vector.timestamp, body), Ok(()));
        }
    }

    #[test]
    fn old_foreign_and_changed_deliveries_are_refused() {
        let secret = SecretKey::new("whsec_example");
        let signed = WebhookSignature::sign(&secret, 1000, b"{}");
        let mismatch = Err(WebhookVerifyError::SignatureMismatch);
        let table = [
            ("whsec_example", 1300, &b"{}"[..], Ok(())),
            ("whsec_example", 700, b"{}", Ok(())),
            (
                "whsec_example",
                1301,
                b"{}",
                Err(WebhookVerifyError::Age { ahead_by: -301 }),
            ),
            (
                "whsec_example",
                699,
                b"{}",
                Err(WebhookVerifyError::Age { ahead_by: 301 }),
            ),
            ("whsec_other", 1000, b"{}", mismatch),
            ("whsec_example", 1000, b"{} ", mismatch),
        ];
        for (secret, now, body, expected) in table {
            assert_eq!(
                signed.verify(&SecretKey::new(secret), now, body),
                expected,
                "{now}"
            );
        }
        let later = WebhookSignature {
            timestamp: 1001,
            ..signed
        };
        assert_eq!(later.verify(&secret, 1001, b"{}"), mismatch);
    }

    #[test]
    fn headers_are_read_or_refused() {
        let secret = SecretKey::new("whsec_example");
        let good = WebhookSignature::sign(&secret, 7, b"");
        let (_, v1) = good
            .to_string()
            .split_once(',')
            .map(|(t, v)| (t.to_owned(), v.to_owned()))
            .unwrap();
        for header in [
            format!("t=7,{v1}"),
            format!("{v1}, t=7"),
            format!("t=7,v0=x,{v1}"),
            format!("t=7,v1=replaced,{v1}"),
        ] {
            let read: WebhookSignature = header.parse().unwrap();
            assert_eq!(read.verify(&secret, 7, b""), Ok(()), "{header}");
        }
        for header in [
            "",
            "t=7",
            &v1,
            "t=soon,v1=x",
            "t=7,t=7,v1=x",
            "7,v1=x",
            "t=7;v1=x",
        ] {
            assert_eq!(
                header.parse::<WebhookSignature>(),
                Err(WebhookSignatureError),
                "{header}"
            );
        }
        assert!(!format!("{good:?}").contains(v1.trim_start_matches("v1=")));
    }

    proptest! {
        #[test]
        fn whatever_is_signed_verifies(
            secret in "\\PC{0,80}", body in proptest::collection::vec(any::<u8>(), 0..200),
            now in 0i64..=4_000_000_000,
        ) {
            let secret = SecretKey::new(secret);
            let header = WebhookSignature::sign(&secret, now, &body).to_string();
            let received: WebhookSignature = header.parse().unwrap();
            prop_assert_eq!(received.verify(&secret, now, &body), Ok(()));
        }
    }
}
