//! One request to the gateway, and what its answer means. Pure: no I/O.

use std::time::Duration;

use mpac_pgw_protocol::card_number::redact;
use mpac_pgw_protocol::reading::UnreadableField;
use mpac_pgw_protocol::{
    ApiError, CancelRequest, ConfirmRequest, Confirmation, ErrorBody, ErrorCode, PaymentIntent,
    PaymentIntentId, PaymentToken, Timestamp, decline_code,
};

use crate::state::{FailureCode, UncertaintyCause};

/// A request of the terminal (guide, *Frontend SDK*).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Request {
    /// `GET /v1/payment_intents/{id}?payment_token=…`
    Retrieve { payment_token: PaymentToken },
    /// `POST /v1/payment_intents/{id}/confirm`
    Confirm {
        idempotency_key: String,
        body: ConfirmRequest,
    },
    /// `POST /v1/payment_intents/{id}/cancel`
    Cancel {
        idempotency_key: String,
        payment_token: PaymentToken,
    },
}

/// A request in HTTP's terms.
pub(crate) struct HttpRequest {
    /// Path and query: it may hold the payment token.
    pub(crate) path: String,
    /// `None` for a GET.
    pub(crate) post: Option<HttpPost>,
}

/// The part that only a POST has.
pub(crate) struct HttpPost {
    pub(crate) idempotency_key: String,
    pub(crate) json: Vec<u8>,
}

impl Request {
    fn payment_token(&self) -> &PaymentToken {
        match self {
            Self::Retrieve { payment_token } | Self::Cancel { payment_token, .. } => payment_token,
            Self::Confirm { body, .. } => &body.payment_token,
        }
    }

    /// The code that the customer showed, if the request holds one.
    fn customer_code(&self) -> Option<&str> {
        match self {
            Self::Confirm { body, .. } => body
                .customer_code
                .as_deref()
                .filter(|code| !code.is_empty()),
            Self::Retrieve { .. } | Self::Cancel { .. } => None,
        }
    }

    pub(crate) fn payment_intent_id(&self) -> &PaymentIntentId {
        self.payment_token().payment_intent_id()
    }

    pub(crate) fn to_http(&self) -> HttpRequest {
        let path = format!("/v1/payment_intents/{}", self.payment_intent_id());
        // The bodies hold only strings: serializing them cannot fail.
        match self {
            Self::Retrieve { payment_token } => HttpRequest {
                path: format!("{path}?payment_token={}", payment_token.expose()),
                post: None,
            },
            Self::Confirm {
                idempotency_key,
                body,
            } => HttpRequest {
                path: format!("{path}/confirm"),
                post: Some(HttpPost {
                    idempotency_key: idempotency_key.clone(),
                    json: serde_json::to_vec(body).unwrap_or_default(),
                }),
            },
            Self::Cancel {
                idempotency_key,
                payment_token,
            } => HttpRequest {
                path: format!("{path}/cancel"),
                post: Some(HttpPost {
                    idempotency_key: idempotency_key.clone(),
                    json: serde_json::to_vec(&CancelRequest {
                        payment_token: Some(payment_token.clone()),
                    })
                    .unwrap_or_default(),
                }),
            },
        }
    }
}

/// The field of a confirm that a wallet's refusal is about.
pub(crate) const CUSTOMER_CODE: &str = "customer_code";
const METHOD: &str = "payment_method_type";
const PROVIDER: &str = "provider";

/// What a refusal of the gateway means for the staff.
pub(crate) fn failure_code(error: &ApiError) -> FailureCode {
    match (&error.code, error.param.as_deref()) {
        (ErrorCode::PaymentNotFound | ErrorCode::AuthenticationError, _) => {
            FailureCode::UnknownToken
        }
        (ErrorCode::InvalidRequest, Some(METHOD)) => FailureCode::MethodNotAllowed,
        (ErrorCode::InvalidRequest, Some(PROVIDER)) => FailureCode::UnknownProvider,
        (ErrorCode::InvalidRequest, Some(CUSTOMER_CODE)) => match error.decline_code.as_deref() {
            Some(decline_code::INSUFFICIENT_FUNDS) => FailureCode::InsufficientFunds,
            Some(decline_code::CUSTOMER_CODE_EXPIRED) => FailureCode::CustomerCodeExpired,
            _ => FailureCode::CustomerCodeRefused,
        },
        _ => FailureCode::GatewayRefused,
    }
}

/// An HTTP response, as far as it matters here.
#[derive(Clone)]
pub(crate) struct HttpResponse {
    pub(crate) status: u16,
    pub(crate) date: Option<String>,
    pub(crate) retry_after: Option<String>,
    pub(crate) body: Vec<u8>,
}

/// What came of a request.
pub(crate) type Reply = Result<HttpResponse, UncertaintyCause>;

/// What a reply says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The PaymentIntent: to a retrieve or a cancel.
    Intent(Box<PaymentIntent>),
    /// The confirm was carried out.
    Confirmed(Box<Confirmation>),
    /// The gateway itself refused; nothing was done.
    Refused { http_status: u16, error: ApiError },
    /// Too many requests; nothing was done.
    Busy,
    /// There is nothing at the path: this may be no gateway at all.
    NoSuchPath,
    /// Nobody knows whether it was carried out.
    Unsure(UncertaintyCause),
}

/// Reads a reply.
///
/// A refusal counts only in the guide's own form and with a code of the guide: a proxy's 403 or a
/// captive portal's page says nothing about the payment. The same goes for an answer about another
/// payment.
pub(crate) fn read(request: &Request, reply: &Reply) -> Answer {
    let response = match reply {
        Ok(response) => response,
        Err(cause) => return Answer::Unsure(*cause),
    };
    match response.status {
        200..=299 => read_success(request, &response.body)
            .unwrap_or(Answer::Unsure(UncertaintyCause::InvalidResponse)),
        429 => Answer::Busy,
        400..=499 => match error_body(response) {
            None if response.status == 404 => Answer::NoSuchPath,
            // How a gateway says so in the guide's form: for an id, it has a code of its own.
            Some(error) if response.status == 404 && error.code == ErrorCode::InvalidRequest => {
                Answer::NoSuchPath
            }
            Some(error) if error.code.is_known() => Answer::Refused {
                http_status: response.status,
                error: told(error, request),
            },
            _ => Answer::Unsure(UncertaintyCause::InvalidResponse),
        },
        500..=599 => Answer::Unsure(UncertaintyCause::GatewayError),
        _ => Answer::Unsure(UncertaintyCause::InvalidResponse),
    }
}

fn error_body(response: &HttpResponse) -> Option<ApiError> {
    let body = ErrorBody::from_json(&response.body).ok()?;
    Some(body.error)
}

/// For support: the app only hears that the answer could not be used.
fn unreadable(error: UnreadableField) {
    log::warn!("the gateway's answer cannot be used: {error}");
}

fn read_success(request: &Request, body: &[u8]) -> Option<Answer> {
    let id = request.payment_intent_id();
    match request {
        Request::Confirm { .. } => {
            let confirmation = Confirmation::from_json(body).map_err(unreadable).ok()?;
            let ids = [&confirmation.payment_intent_id, &confirmation.payment_id];
            Some(match ids == [id, id] {
                true => Answer::Confirmed(Box::new(confirmation)),
                false => Answer::Unsure(UncertaintyCause::ContradictoryAnswer),
            })
        }
        Request::Retrieve { .. } | Request::Cancel { .. } => {
            let mut intent = PaymentIntent::from_json(body).map_err(unreadable).ok()?;
            intent.failure_reason = intent
                .failure_reason
                .map(|words| without_secrets(&words, request));
            Some(match &intent.id == id {
                true => Answer::Intent(Box::new(intent)),
                false => Answer::Unsure(UncertaintyCause::ContradictoryAnswer),
            })
        }
    }
}

/// The gateway's words reach the app and its logs, so secrets and card numbers that they repeat are
/// taken out.
fn without_secrets(words: &str, request: &Request) -> String {
    // The token first: a short code may be a part of it.
    let words = words.replace(request.payment_token().expose(), "[payment_token]");
    let words = match request.customer_code() {
        Some(code) => words.replace(code, "[customer_code]"),
        None => words,
    };
    redact(&words).into_owned()
}

/// An error as the app is told it. The contract's own names stay, as decisions rest on them.
fn told(error: ApiError, request: &Request) -> ApiError {
    let clean = |words: &str| without_secrets(words, request);
    ApiError {
        code: match error.code {
            ErrorCode::Unknown { value: code } => ErrorCode::from(clean(&code)),
            known => known,
        },
        message: clean(&error.message),
        param: error.param.map(|param| match &*param {
            CUSTOMER_CODE | METHOD | PROVIDER => param,
            _ => clean(&param),
        }),
        decline_code: error.decline_code.map(|code| match &*code {
            decline_code::INSUFFICIENT_FUNDS | decline_code::CUSTOMER_CODE_EXPIRED => code,
            _ => clean(&code),
        }),
    }
}

/// The gateway's clock, from the `Date` of a reply. Only a reply in the gateway's own form tells
/// it: whoever else answers in its place has a clock of their own.
pub(crate) fn server_time(answer: &Answer, reply: &Reply) -> Option<Timestamp> {
    let response = reply.as_ref().ok()?;
    let is_own_form = match answer {
        Answer::Intent(_) | Answer::Confirmed(_) | Answer::Refused { .. } => true,
        Answer::Busy | Answer::Unsure(UncertaintyCause::GatewayError) => {
            error_body(response).is_some_and(|error| error.code.is_known())
        }
        Answer::Unsure(_) | Answer::NoSuchPath => false,
    };
    response.date().filter(|_| is_own_form)
}

impl HttpResponse {
    fn date(&self) -> Option<Timestamp> {
        Timestamp::from_http_date(self.date.as_deref()?).ok()
    }
}

/// For how long a busy or failing server asks to be left alone: `Retry-After`, in either form of RFC
/// 9110: seconds, or a date, which is held against the `Date` of the same reply.
pub(crate) fn retry_after(reply: &Reply) -> Option<Duration> {
    let response = reply.as_ref().ok()?;
    if !matches!(response.status, 429 | 500..=599) {
        return None;
    }
    let text = response.retry_after.as_deref()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = Timestamp::from_http_date(text).ok()?;
    let left = until.unix_seconds() - response.date()?.unix_seconds();
    Some(Duration::from_secs(u64::try_from(left).unwrap_or(0)))
}

/// A `Date` as servers write it, as near to so many Unix seconds as it can be.
#[cfg(test)]
pub(crate) fn http_date(seconds: i64) -> String {
    let seconds = u64::try_from(seconds).unwrap_or(0).min(253_402_300_799);
    httpdate::fmt_http_date(std::time::UNIX_EPOCH + Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;
    use mpac_pgw_protocol::{PaymentMethodType, Provider};

    fn retrieve() -> Request {
        Request::Retrieve {
            payment_token: "pi_01HXY_secret_abc".parse().unwrap(),
        }
    }

    fn response(status: u16, body: &str) -> HttpResponse {
        HttpResponse {
            status,
            date: None,
            retry_after: None,
            body: body.into(),
        }
    }

    #[test]
    fn the_reason_of_a_failure_holds_no_secret() {
        let number = ["4111", "1111", "1111", "1111"].concat();
        let body = format!(
            r#"{{"id": "pi_01HXY", "status": "failed", "amount": 2500, "currency": "JPY",
                "payment_method_types": ["cash"], "expires_at": "2025-12-08T10:30:00Z",
                "failure_reason": "card {number} of pi_01HXY_secret_abc"}}"#
        );
        let Answer::Intent(intent) = read(&retrieve(), &Ok(response(200, &body))) else {
            panic!("{body}");
        };
        let reason = "card ************1111 of [payment_token]";
        assert_eq!(intent.failure_reason.as_deref(), Some(reason));
    }

    #[test]
    fn no_word_of_an_answer_holds_a_card_number() {
        // Put together here, so that no file holds one.
        let number = ["4111", "1111", "1111", "1111"].concat();
        let mask = "************1111";
        let body = format!(
            r#"{{"error": {{"code": "invalid_request", "message": "m{number}", "param": "p{number}"}}}}"#
        );
        let Answer::Refused { error, .. } = read(&retrieve(), &Ok(response(400, &body))) else {
            panic!("{body}");
        };
        assert_eq!(error.message, format!("m{mask}"));
        assert_eq!(error.param, Some(format!("p{mask}")));

        let body = format!(
            r#"{{"id": "pi_01HXY", "status": "s{number}", "amount": 1, "currency": "JPY",
                "payment_method_types": ["t{number}"], "expires_at": "2025-12-08T10:30:00Z",
                "payment_method_type": "t{number}", "provider": "p{number}"}}"#
        );
        let Answer::Intent(intent) = read(&retrieve(), &Ok(response(200, &body))) else {
            panic!("{body}");
        };
        assert_eq!(intent.status.as_str(), format!("s{mask}"));
        let method = PaymentMethodType::from(format!("t{mask}"));
        assert_eq!(intent.payment_method_types, std::slice::from_ref(&method));
        assert_eq!(intent.payment_method_type, Some(method));
        assert_eq!(intent.provider, Some(Provider::from(format!("p{mask}"))));
    }
}
