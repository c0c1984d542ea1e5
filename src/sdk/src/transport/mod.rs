//! HTTP with ureq.

mod address;
mod network;

use std::time::{Duration, Instant};

use mpac_pgw_protocol::IDEMPOTENCY_KEY_HEADER;
use mpac_pgw_wire::{Names, TlsFault};
use ureq::http::{HeaderMap, Response};

use crate::config::{Settings, TerminalConfig};
use crate::error::TerminalError;
use crate::exchange::{HttpRequest, HttpResponse, Reply, Request};
use crate::state::UncertaintyCause;

pub(crate) use address::same_gateway;

/// Answers of the guide are well under 2 KiB.
const MAX_RESPONSE_BYTES: u64 = 64 * 1024;
const USER_AGENT: &str = concat!("mpac-pgw-sdk/", env!("CARGO_PKG_VERSION"));

/// Sends requests to one gateway. Safe to share between threads.
pub(crate) struct Transport {
    agent: ureq::Agent,
    base_url: String,
    request_timeout: Duration,
}

impl Transport {
    pub(crate) fn new(config: &TerminalConfig, settings: &Settings) -> Result<Self, TerminalError> {
        let base_url = address::check(&config.gateway_url, config.allow_cleartext)?;
        let trust = network::trust(config)?;
        let proxy = network::proxy(config)?;
        let connector = mpac_pgw_wire::connector(trust, proxy.is_some());
        let agent_config = ureq::Agent::config_builder()
            .timeout_connect(Some(settings.connect_timeout))
            .http_status_as_error(false)
            // A redirect would carry the payment token to another place.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(proxy)
            .user_agent(USER_AGENT)
            .build();
        Ok(Self {
            agent: ureq::Agent::with_parts(agent_config, connector, Names::default()),
            base_url,
            request_timeout: settings.request_timeout,
        })
    }

    /// The gateway, in the normal form of its address: without a trailing slash.
    pub(crate) fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Sends one request and waits for the answer.
    ///
    /// A kept-alive connection may have been closed by the other side, or by something in between,
    /// without a word. A request that died with it is sent again at once, on a fresh connection: a GET
    /// asks only, and a POST has its Idempotency-Key, so that being read twice does no harm.
    pub(crate) fn send(&self, request: &Request) -> Reply {
        let http = request.to_http();
        let began = Instant::now();
        let max_idle_age = self.agent.config().max_idle_age();
        let mut answer = self.send_once(&http, self.request_timeout, max_idle_age);
        // Some say 408 on a kept-alive connection before they close it, to whatever comes next.
        let timed_out = |answer: &Response<ureq::Body>| answer.status().as_u16() == 408;
        if answer.as_ref().is_err_and(mpac_pgw_wire::died_unannounced)
            || answer.as_ref().is_ok_and(timed_out)
        {
            log::debug!("request to the gateway: the kept-alive connection was dead; a fresh one");
            let left = self.request_timeout.saturating_sub(began.elapsed());
            answer = self.send_once(&http, left, mpac_pgw_wire::FRESH);
        }
        let mut response = answer.map_err(|error| cause_of(&error))?;
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

    /// `timeout` is for all of it, the body of the answer included.
    fn send_once(
        &self,
        http: &HttpRequest,
        timeout: Duration,
        max_idle_age: Duration,
    ) -> Result<Response<ureq::Body>, ureq::Error> {
        let url = format!("{}{}", self.base_url, http.path);
        match &http.post {
            None => self
                .agent
                .get(url)
                .config()
                .timeout_global(Some(timeout))
                .max_idle_age(max_idle_age)
                .build()
                .header("Accept", "application/json")
                .call(),
            Some(post) => self
                .agent
                .post(url)
                .config()
                .timeout_global(Some(timeout))
                .max_idle_age(max_idle_age)
                .build()
                .header("Accept", "application/json")
                .header("Content-Type", "application/json")
                .header(IDEMPOTENCY_KEY_HEADER, &post.idempotency_key)
                .send(&post.json[..]),
        }
    }
}

/// What an error of the transport means. Its text is not kept: it may hold the URL.
fn cause_of(error: &ureq::Error) -> UncertaintyCause {
    let cause = match error {
        ureq::Error::HostNotFound => UncertaintyCause::NameNotResolved,
        ureq::Error::Timeout(_) | ureq::Error::Io(_) | ureq::Error::ConnectionFailed => {
            UncertaintyCause::ConnectionLost
        }
        ureq::Error::Tls(_) => UncertaintyCause::TlsFailed,
        error if mpac_pgw_wire::proxy_wants_password(error) => {
            UncertaintyCause::ProxyAuthenticationRequired
        }
        // The proxy cannot reach the gateway, or does not want to.
        ureq::Error::ConnectProxyFailed(_) => UncertaintyCause::ConnectionLost,
        error => match mpac_pgw_wire::tls_fault(error) {
            Some(TlsFault::ClockWrong) => UncertaintyCause::ClockWrong,
            Some(TlsFault::Expired) => UncertaintyCause::CertificateExpired,
            Some(TlsFault::OtherHost) => UncertaintyCause::WrongHost,
            Some(TlsFault::SelfSigned) => UncertaintyCause::CaptivePortal,
            Some(TlsFault::Untrusted) => UncertaintyCause::CertificateUntrusted,
            Some(TlsFault::Handshake | TlsFault::NotTls) => UncertaintyCause::TlsFailed,
            None => UncertaintyCause::InvalidResponse,
        },
    };
    log::warn!("request to the gateway: {cause:?}");
    cause
}

#[cfg(test)]
mod tests;
