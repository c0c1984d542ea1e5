//! HTTP with ureq.

mod address;

use std::time::Duration;

use mpac_pgw_protocol::IDEMPOTENCY_KEY_HEADER;
use ureq::http::HeaderMap;

use crate::config::TerminalConfig;
use crate::error::TerminalError;
use crate::exchange::{HttpResponse, Reply, Request};
use crate::state::UncertaintyCause;

pub(crate) use address::same_gateway;

/// Answers of the guide are well under 2 KiB.
const MAX_RESPONSE_BYTES: u64 = 64 * 1024;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const USER_AGENT: &str = concat!("mpac-pgw-sdk/", env!("CARGO_PKG_VERSION"));

/// Sends requests to one gateway. Safe to share between threads.
pub(crate) struct Transport {
    agent: ureq::Agent,
    base_url: String,
}

impl Transport {
    pub(crate) fn new(config: &TerminalConfig) -> Result<Self, TerminalError> {
        let base_url = address::check(&config.gateway_url, config.allow_cleartext)?;
        let agent = ureq::Agent::config_builder()
            .timeout_global(Some(config.request_timeout))
            .timeout_connect(Some(CONNECT_TIMEOUT.min(config.request_timeout)))
            .http_status_as_error(false)
            // A redirect would carry the payment token to another place.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .user_agent(USER_AGENT)
            .build()
            .new_agent();
        Ok(Self { agent, base_url })
    }

    /// The gateway, in the normal form of its address: without a trailing slash.
    pub(crate) fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Sends one request and waits for the answer.
    pub(crate) fn send(&self, request: &Request) -> Reply {
        let http = request.to_http();
        let url = format!("{}{}", self.base_url, http.path);
        let response = match &http.post {
            None => self
                .agent
                .get(url)
                .header("Accept", "application/json")
                .call(),
            Some(post) => self
                .agent
                .post(url)
                .header("Accept", "application/json")
                .header("Content-Type", "application/json")
                .header(IDEMPOTENCY_KEY_HEADER, &post.idempotency_key)
                .send(&post.json[..]),
        };
        let mut response = response.map_err(|error| cause_of(&error))?;
        let header = |headers: &HeaderMap, name: &str| {
            let value = headers.get(name)?.to_str().ok()?;
            Some(value.to_owned())
        };
        let status = response.status().as_u16();
        let date = header(response.headers(), "date");
        let retry_after = header(response.headers(), "retry-after");
        let body = response
            .body_mut()
            .with_config()
            .limit(MAX_RESPONSE_BYTES)
            .read_to_vec()
            .map_err(|error| cause_of(&error))?;
        Ok(HttpResponse {
            status,
            date,
            retry_after,
            body,
        })
    }
}

/// What an error of the transport means. Its text is not kept: it may hold the URL.
fn cause_of(error: &ureq::Error) -> UncertaintyCause {
    let (what, cause) = match error {
        ureq::Error::Timeout(_) => ("no answer in time", UncertaintyCause::ConnectionLost),
        ureq::Error::HostNotFound => ("host not found", UncertaintyCause::ConnectionLost),
        ureq::Error::Io(_) | ureq::Error::ConnectionFailed => {
            ("connection failed", UncertaintyCause::ConnectionLost)
        }
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) => {
            ("no secure connection", UncertaintyCause::ConnectionLost)
        }
        ureq::Error::BodyExceedsLimit(_) => ("answer too large", UncertaintyCause::InvalidResponse),
        _ => ("not an HTTP answer", UncertaintyCause::InvalidResponse),
    };
    log::warn!("request to the gateway: {what}");
    cause
}
