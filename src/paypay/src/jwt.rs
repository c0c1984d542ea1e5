//! The account-link response token: a JWT that comes back with the customer, as the parameter
//! `responseToken` of the redirect address.
//!
//! Signed with HS256 and nothing else: the algorithm is pinned, whatever the token's header says. The
//! key is the API secret *decoded from Base64*, where requests are signed with its text.
//!
//! ```
//! use paypay_opa::Secret;
//! use paypay_opa::jwt::{self, LinkResult, ResponseClaims};
//!
//! let secret = Secret::new("dGVzdF9zZWNyZXRfMDEyMzQ1Njc4OWFiY2RlZg==");
//! let mut claims = ResponseClaims::new(LinkResult::Succeeded, "n-0001", 1_700_000_300);
//! claims.user_authorization_id = Some("ua-0001".parse()?);
//! let token = jwt::encode(&claims, &secret)?;
//!
//! let received = jwt::validate(&token, &secret, "n-0001", 1_700_000_000)?;
//! assert_eq!(received.user_authorization_id, claims.user_authorization_id);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::fmt;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::Secret;
use crate::string_enum::string_enum;
use crate::types::UserAuthorizationId;

/// Who issues the response token.
pub const ISSUER: &str = "paypay.ne.jp";

const ALGORITHM: &str = "HS256";

/// A real token is well under 2 KiB.
const MAX_TOKEN_BYTES: usize = 16 * 1024;

const SECRET_BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What PayPay says of a customer's consent.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResponseClaims {
    /// For whom: the API key in a token seen in the wild, the merchant id by another source. Not
    /// checked, for that reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aud: Option<String>,
    /// By whom: `paypay.ne.jp`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iss: Option<String>,
    /// Until when the token is good, in Unix seconds.
    pub exp: i64,
    /// Whether the customer consented.
    pub result: LinkResult,
    /// The customer's telephone number, masked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile_identifier: Option<String>,
    /// As in the request.
    pub nonce: String,
    /// The consent itself, where there is one: what payments are created with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_authorization_id: Option<UserAuthorizationId>,
    /// The merchant's id of the customer, as in the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference_id: Option<String>,
}

impl ResponseClaims {
    /// Claims with nothing but what is required.
    pub fn new(result: LinkResult, nonce: impl Into<String>, exp: i64) -> Self {
        Self {
            aud: None,
            iss: Some(ISSUER.to_owned()),
            exp,
            result,
            profile_identifier: None,
            nonce: nonce.into(),
            user_authorization_id: None,
            reference_id: None,
        }
    }
}

impl fmt::Debug for ResponseClaims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseClaims")
            .field("result", &self.result)
            .field("exp", &self.exp)
            .field("reference_id", &self.reference_id)
            .finish_non_exhaustive()
    }
}

string_enum! {
    /// Whether a customer consented.
    pub enum LinkResult {
        /// Yes.
        Succeeded => "succeeded",
        /// No.
        Declined => "declined",
        /// The account-link request was not right.
        BadRequest => "bad_request",
    }
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    // Extensions that must be understood. This module understands none.
    crit: Option<serde::de::IgnoredAny>,
}

/// Checks a response token and reads it. `nonce` is the one that the account-link request was made
/// with, `now` the time in Unix seconds.
///
/// A valid token may still say that the customer declined: see [`ResponseClaims::result`].
///
/// # Errors
/// [`JwtError`] says what is wrong. Nothing of the token may be believed then.
pub fn validate(
    token: &str,
    secret: &Secret,
    nonce: &str,
    now: i64,
) -> Result<ResponseClaims, JwtError> {
    if token.len() > MAX_TOKEN_BYTES {
        return Err(JwtError::Malformed);
    }
    let (signed, signature) = token.rsplit_once('.').ok_or(JwtError::Malformed)?;
    let (header, claims) = signed.split_once('.').ok_or(JwtError::Malformed)?;
    let decode = |part: &str| {
        URL_SAFE_NO_PAD
            .decode(part)
            .map_err(|_| JwtError::Malformed)
    };
    let header: Header =
        serde_json::from_slice(&decode(header)?).map_err(|_| JwtError::Malformed)?;
    if header.alg != ALGORITHM || header.crit.is_some() {
        return Err(JwtError::Algorithm);
    }
    let expected = signature_of(signed, secret)?;
    if !bool::from(expected.ct_eq(&decode(signature)?)) {
        return Err(JwtError::Signature);
    }
    let claims: ResponseClaims =
        serde_json::from_slice(&decode(claims)?).map_err(|_| JwtError::Claims)?;
    if claims.exp <= now {
        return Err(JwtError::Expired);
    }
    if !bool::from(claims.nonce.as_bytes().ct_eq(nonce.as_bytes())) {
        return Err(JwtError::Nonce);
    }
    Ok(claims)
}

/// Makes a response token: the part of PayPay, for a server that stands in for it.
///
/// # Errors
/// [`JwtError::Secret`] if the secret is not Base64.
pub fn encode(claims: &ResponseClaims, secret: &Secret) -> Result<String, JwtError> {
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
    let claims = serde_json::to_vec(claims).map_err(|_| JwtError::Claims)?;
    let signed = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims));
    let signature = URL_SAFE_NO_PAD.encode(signature_of(&signed, secret)?);
    Ok(format!("{signed}.{signature}"))
}

fn signature_of(signed: &str, secret: &Secret) -> Result<Vec<u8>, JwtError> {
    let key = SECRET_BASE64
        .decode(secret.expose())
        .map_err(|_| JwtError::Secret)?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(|_| JwtError::Secret)?;
    mac.update(signed.as_bytes());
    Ok(mac.finalize().into_bytes().to_vec())
}

/// Why a response token is refused, or cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JwtError {
    /// The API secret is not Base64, so it is not one of PayPay's.
    #[error("the API secret is not Base64: copy it from the Developer Panel as it is")]
    Secret,
    /// Not three parts of Base64 with JSON in the first.
    #[error("the response token is not a JWT")]
    Malformed,
    /// Another algorithm than HS256, or an extension.
    #[error("the response token is not signed with plain HS256")]
    Algorithm,
    /// Signed with another secret, or changed since.
    #[error(
        "the signature of the response token does not match: it is not from PayPay, or for another API secret"
    )]
    Signature,
    /// A claim is missing or of another kind.
    #[error("the response token lacks a claim: it needs `exp`, `result` and `nonce`")]
    Claims,
    /// Too old.
    #[error("the response token has expired: link the account anew")]
    Expired,
    /// Belongs to another account-link request.
    #[error("the response token has the nonce of another request: link the account anew")]
    Nonce,
}
