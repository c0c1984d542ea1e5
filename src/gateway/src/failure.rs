use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use mpac_pgw_protocol::{ApiError, ErrorBody, ErrorCode, PaymentIntentId};

use crate::answer::Answer;
use crate::fields::FieldError;
use crate::ids::IdGenerationError;
use crate::provider::{ProviderError, Refusal};
use crate::store::StoreError;

/// A request that gets an error, in the guide's shape.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub(crate) status: StatusCode,
    pub(crate) error: ApiError,
}

impl Failure {
    /// With the HTTP status of the guide's table.
    fn new(code: ErrorCode, param: Option<&str>, message: impl Into<String>) -> Self {
        let status = code
            .http_status()
            .and_then(|status| StatusCode::from_u16(status).ok());
        Self {
            status: status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            error: ApiError {
                code,
                message: message.into(),
                param: param.map(str::to_owned),
                decline_code: None,
            },
        }
    }

    pub(crate) fn invalid_param(param: &str, message: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidRequest, Some(param), message)
    }

    /// The provider would not charge the code that the customer showed.
    pub(crate) fn declined(refusal: &Refusal) -> Self {
        let why = format!(
            "{refusal} and has charged nothing: ask the customer for a new code, or take the \
             payment another way"
        );
        let mut declined = Self::invalid_param("customer_code", why);
        declined.error.decline_code = refusal.decline_code.map(str::to_owned);
        declined
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidRequest, None, message)
    }

    /// For an object other than a PaymentIntent, which has a code of its own.
    pub(crate) fn no_such(kind: &str, example: &str) -> Self {
        let why = format!("there is no such {kind}: an id looks like {example}");
        Self::http(StatusCode::NOT_FOUND, why)
    }

    /// An `invalid_request` for which HTTP has a status of its own, such as 404, 405, 413 and 415.
    pub(crate) fn http(status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            status,
            ..Self::new(ErrorCode::InvalidRequest, None, message)
        }
    }

    pub(crate) fn authentication(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::AuthenticationError, None, message)
    }

    pub(crate) fn authentication_param(param: &str, message: impl Into<String>) -> Self {
        Self::new(ErrorCode::AuthenticationError, Some(param), message)
    }

    /// For what is closed to the asker whatever the credentials.
    pub(crate) fn forbidden(message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::FORBIDDEN,
            ..Self::authentication(message)
        }
    }

    pub(crate) fn not_found(id: &PaymentIntentId) -> Self {
        let message = format!("there is no payment intent {id}");
        Self::new(ErrorCode::PaymentNotFound, None, message)
    }

    pub(crate) fn no_such_id() -> Self {
        let message = "there is no such payment intent: an id looks like pi_01HXY…";
        Self::new(ErrorCode::PaymentNotFound, None, message)
    }

    pub(crate) fn state(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidPaymentState, None, message)
    }

    /// The provider has not refunded yet, and is asked until it has.
    pub(crate) fn pending_refund(id: &str, error: &ProviderError) -> Self {
        log::warn!("provider: {error}");
        let message = format!(
            "refund {id} is pending, and the gateway keeps asking: do not give the money back \
             another way. So far: {error}"
        );
        Self::new(ErrorCode::ProviderError, None, message)
    }

    /// A failure that someone asked for.
    pub(crate) fn injected(status: StatusCode) -> Self {
        let code = match status.as_u16() {
            502..=504 => ErrorCode::ProviderError,
            500.. => ErrorCode::InternalError,
            404 => ErrorCode::PaymentNotFound,
            409 => ErrorCode::InvalidPaymentState,
            401 | 403 => ErrorCode::AuthenticationError,
            _ => ErrorCode::InvalidRequest,
        };
        let message = format!("{status}, as a rule of /_local/faults asks for");
        Self {
            status,
            ..Self::new(code, None, message)
        }
    }

    pub(crate) fn internal() -> Self {
        let message = "the gateway failed; its log says why";
        Self::new(ErrorCode::InternalError, None, message)
    }

    pub(crate) fn to_answer(&self) -> Answer {
        let body = ErrorBody {
            error: self.error.clone(),
        };
        // An error body is three strings: it always serialises.
        Answer::new(
            self.status.as_u16(),
            serde_json::to_string(&body).unwrap_or_default(),
        )
    }
}

impl From<FieldError> for Failure {
    fn from(error: FieldError) -> Self {
        Self::new(
            ErrorCode::InvalidRequest,
            error.param.as_deref(),
            error.message,
        )
    }
}

impl From<ProviderError> for Failure {
    fn from(error: ProviderError) -> Self {
        log::warn!("provider: {error}");
        Self::new(ErrorCode::ProviderError, None, error.to_string())
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        log::error!("{error}");
        Self::internal()
    }
}

impl From<IdGenerationError> for Failure {
    fn from(error: IdGenerationError) -> Self {
        log::error!("{error}");
        Self::internal()
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        log::error!("an answer cannot be written as JSON: {error}");
        Self::internal()
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = self.to_answer().into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            let scheme = axum::http::HeaderValue::from_static("HMAC-SHA256");
            response
                .headers_mut()
                .insert(axum::http::header::WWW_AUTHENTICATE, scheme);
        }
        response
    }
}
