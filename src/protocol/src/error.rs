use serde::{Deserialize, Serialize};

use crate::reading::{Members, UnreadableField};
use crate::string_enum::string_enum;

string_enum! {
    /// What went wrong, for programs (guide, *Common Error Codes*).
    pub enum ErrorCode {
        /// A parameter is missing or wrong.
        InvalidRequest => "invalid_request",
        /// The HMAC signature or the credentials are wrong.
        AuthenticationError => "authentication_error",
        /// There is no such PaymentIntent.
        PaymentNotFound => "payment_not_found",
        /// The PaymentIntent is not in a state that allows this.
        InvalidPaymentState => "invalid_payment_state",
        /// The payment provider answered with an error.
        ProviderError => "provider_error",
        /// The gateway itself failed.
        InternalError => "internal_error",
    }
}

impl ErrorCode {
    /// The HTTP status that goes with the code; `None` for a code this version does not know.
    #[must_use]
    pub fn http_status(&self) -> Option<u16> {
        match self {
            Self::InvalidRequest => Some(400),
            Self::AuthenticationError => Some(401),
            Self::PaymentNotFound => Some(404),
            Self::InvalidPaymentState => Some(409),
            Self::InternalError => Some(500),
            Self::ProviderError => Some(502),
            Self::Unknown { .. } => None,
        }
    }
}

/// The body of every error response (guide, *Error Response Format*).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// The error itself.
    pub error: ApiError,
}

impl ErrorBody {
    /// Reads what a gateway answered. Only `code` is needed.
    ///
    /// # Errors
    /// [`UnreadableField`] when it is not of the guide's form.
    pub fn from_json(body: &[u8]) -> Result<Self, UnreadableField> {
        let body = String::from_utf8_lossy(body);
        let members = Members::read(&body).ok_or(UnreadableField::new("body"))?;
        let error = members.object("error");
        let error = error.ok_or(UnreadableField::new("error"))?;
        Ok(Self {
            error: ApiError {
                code: error.needed("code")?,
                message: error.informative("message").unwrap_or_default(),
                param: error.informative("param"),
                decline_code: error.informative("decline_code"),
            },
        })
    }
}

/// The values of [`ApiError::decline_code`] that a till handles differently.
pub mod decline_code {
    /// There is not enough money behind the code that the customer showed.
    pub const INSUFFICIENT_FUNDS: &str = "insufficient_funds";
    /// The code that the customer showed was used before, has expired, or is not known.
    pub const CUSTOMER_CODE_EXPIRED: &str = "customer_code_expired";
}

/// One error of the gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{code}: {message}")]
pub struct ApiError {
    /// What went wrong, for programs.
    pub code: ErrorCode,
    /// What went wrong and what to do next, for people.
    pub message: String,
    /// The parameter or header at fault, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub param: Option<String>,
    /// Why the provider would not charge the customer, from gateways that say it: one of
    /// [`decline_code`] or another word. An addition to the guide's form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decline_code: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_http_statuses_are_the_guides_table() {
        let table = [
            ("invalid_request", 400),
            ("authentication_error", 401),
            ("payment_not_found", 404),
            ("invalid_payment_state", 409),
            ("provider_error", 502),
            ("internal_error", 500),
        ];
        assert_eq!(ErrorCode::ALL.len(), table.len());
        for (code, status) in table {
            assert_eq!(ErrorCode::from(code).http_status(), Some(status), "{code}");
        }
    }

    #[test]
    fn the_body_has_the_guides_shape() {
        let json = r#"{"error":{"code":"invalid_request","message":"why","param":"amount"}}"#;
        let body: ErrorBody = serde_json::from_str(json).unwrap();
        assert_eq!(body.error.param.as_deref(), Some("amount"));
        assert_eq!(serde_json::to_string(&body).unwrap(), json);
        assert_eq!(ErrorBody::from_json(json.as_bytes()), Ok(body));
    }

    #[test]
    fn only_the_code_of_an_error_is_needed() {
        for json in [
            r#"{"error":{"code":"INVALID_REQUEST"}}"#,
            r#"{"error":{"code":"invalid_request","message":{"ja":1e400},"param":["amount"]}}"#,
            r#"{"trace":"\ud800","error":{"code":"invalid_request","message":null}}"#,
        ] {
            let body = ErrorBody::from_json(json.as_bytes()).unwrap();
            assert_eq!(body.error.code, ErrorCode::InvalidRequest, "{json}");
        }
        let table = [
            ("<html>", "body"),
            (r#"{"message":"Forbidden"}"#, "error"),
            (r#"{"error":"forbidden"}"#, "error"),
            (r#"{"error":{"message":"forbidden"}}"#, "code"),
            (r#"{"error":{"code":null}}"#, "code"),
        ];
        for (json, field) in table {
            let refused = ErrorBody::from_json(json.as_bytes()).unwrap_err();
            assert_eq!(refused.field, field, "{json}");
        }
    }
}
