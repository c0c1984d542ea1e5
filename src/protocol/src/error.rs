use serde::{Deserialize, Serialize};

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
            Self::Unknown(_) => None,
        }
    }
}

/// The body of every error response (guide, *Error Response Format*).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// The error itself.
    pub error: ApiError,
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
    }
}
