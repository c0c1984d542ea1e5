//! HTTP with ureq.

use std::io;
use std::time::Duration;

use ureq::http::HeaderMap;
use ureq::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use ureq::{Agent, Timeout};

use mpac_pgw_wire::{Names, Trust};

use crate::answer::RawAnswer;
use crate::{ErrorKind, NoAnswer, NotSent};

/// Answers of PayPay are well under 64 KiB.
const MAX_ANSWER_BYTES: u64 = 1024 * 1024;
const RESOLVE_TIMEOUT: Duration = Duration::from_secs(5);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const SEND_TIMEOUT: Duration = Duration::from_secs(10);
const MAX_REQUEST_ID_CHARS: usize = 64;
const USER_AGENT: &str = concat!("paypay-opa-rust/", env!("CARGO_PKG_VERSION"));

pub(crate) const JSON: &str = "application/json";

/// A signed request, ready to go.
pub(crate) struct SignedRequest<'a> {
    pub(crate) method: Method,
    pub(crate) url: &'a str,
    pub(crate) authorization: &'a str,
    pub(crate) assume_merchant: Option<&'a str>,
    /// Empty for a request without a body.
    pub(crate) body: &'a [u8],
    pub(crate) read_timeout: Duration,
    pub(crate) connection: Connection,
}

/// What a request may be sent on.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Connection {
    /// One that is open still, as far as anybody knows.
    AnyOpen,
    Fresh,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Method {
    Get,
    Post,
    Delete,
}

impl Method {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Delete => "DELETE",
        }
    }
}

/// What sends requests.
pub(crate) fn agent(trust: Trust) -> Agent {
    let config = Agent::config_builder()
        .timeout_resolve(Some(RESOLVE_TIMEOUT))
        .timeout_connect(Some(CONNECT_TIMEOUT))
        .timeout_send_request(Some(SEND_TIMEOUT))
        .timeout_send_body(Some(SEND_TIMEOUT))
        .http_status_as_error(false)
        // A redirect would carry the request to another place.
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(None)
        .user_agent(USER_AGENT)
        .build();
    Agent::with_parts(
        config,
        mpac_pgw_wire::connector(trust, false),
        Names::default(),
    )
}

/// Trusts the certificates in a PEM text alone.
pub(crate) fn trust(pem: &[u8]) -> Result<Trust, CertificateError> {
    let mut trust = Trust::nobody();
    trust.add(pem).map_err(|_| CertificateError)?;
    Ok(trust)
}

/// The text holds no certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no certificate here; it must be PEM, with a line `-----BEGIN CERTIFICATE-----`")]
pub struct CertificateError;

/// Sends one request, once, and waits for the answer.
pub(crate) fn send(agent: &Agent, request: &SignedRequest<'_>) -> Result<RawAnswer, ureq::Error> {
    let max_idle_age = match request.connection {
        Connection::AnyOpen => agent.config().max_idle_age(),
        Connection::Fresh => mpac_pgw_wire::FRESH,
    };
    let mut answer = match request.method {
        Method::Get => with_headers(agent.get(request.url), request, max_idle_age).call(),
        Method::Delete => with_headers(agent.delete(request.url), request, max_idle_age).call(),
        Method::Post => with_headers(agent.post(request.url), request, max_idle_age)
            .header(CONTENT_TYPE, JSON)
            .send(request.body),
    }?;
    let http_status = answer.status().as_u16();
    let request_id = request_id(answer.headers());
    let body = answer
        .body_mut()
        .with_config()
        .limit(MAX_ANSWER_BYTES)
        .read_to_vec()?;
    Ok(RawAnswer {
        http_status,
        request_id,
        body,
    })
}

fn with_headers<B>(
    builder: ureq::RequestBuilder<B>,
    request: &SignedRequest<'_>,
    max_idle_age: Duration,
) -> ureq::RequestBuilder<B> {
    let mut builder = builder
        .header(ACCEPT, JSON)
        .header(AUTHORIZATION, request.authorization);
    if let Some(merchant) = request.assume_merchant {
        builder = builder.header("X-ASSUME-MERCHANT", merchant);
    }
    builder
        .config()
        .timeout_recv_response(Some(request.read_timeout))
        .timeout_recv_body(Some(request.read_timeout))
        .max_idle_age(max_idle_age)
        .build()
}

fn request_id(headers: &HeaderMap) -> Option<String> {
    let id = headers.get("x-request-id")?.to_str().ok()?;
    let is_sane = id.len() <= MAX_REQUEST_ID_CHARS
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    (is_sane && !id.is_empty()).then(|| id.to_owned())
}

/// What an error of the transport means. Its text is not kept: it may hold the URL.
///
/// Nothing was sent if there was no connection to send it on. Whatever comes later may have reached
/// PayPay; TLS is counted as later, to be safe.
pub(crate) fn kind_of(error: &ureq::Error) -> ErrorKind {
    match error {
        ureq::Error::HostNotFound => ErrorKind::NotSent(NotSent::HostNotFound),
        ureq::Error::Timeout(Timeout::Resolve | Timeout::Connect) => {
            ErrorKind::NotSent(NotSent::ConnectTimeout)
        }
        ureq::Error::Io(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            ErrorKind::NotSent(NotSent::ConnectionRefused)
        }
        error if mpac_pgw_wire::tls_fault(error).is_some() => ErrorKind::NoAnswer(NoAnswer::Tls),
        // rustls reports through I/O errors of this kind, and nothing else here does.
        ureq::Error::Io(error) if error.kind() == io::ErrorKind::InvalidData => {
            ErrorKind::NoAnswer(NoAnswer::Tls)
        }
        ureq::Error::Timeout(_) => ErrorKind::NoAnswer(NoAnswer::Timeout),
        ureq::Error::Io(_) | ureq::Error::ConnectionFailed => {
            ErrorKind::NoAnswer(NoAnswer::ConnectionLost)
        }
        error if mpac_pgw_wire::died_unannounced(error) => {
            ErrorKind::NoAnswer(NoAnswer::ConnectionLost)
        }
        ureq::Error::Tls(_) => ErrorKind::NoAnswer(NoAnswer::Tls),
        ureq::Error::BodyExceedsLimit(_) => ErrorKind::NoAnswer(NoAnswer::TooLarge),
        _ => ErrorKind::NoAnswer(NoAnswer::NotHttp),
    }
}
