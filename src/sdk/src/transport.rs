//! HTTP with ureq.

use std::time::Duration;

use mpac_pgw_protocol::IDEMPOTENCY_KEY_HEADER;
use ureq::http::{HeaderMap, Uri};

use crate::config::TerminalConfig;
use crate::error::TerminalError;
use crate::exchange::{HttpResponse, Reply, Request};
use crate::state::UncertaintyCause;

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
        let base_url = check_gateway_url(&config.gateway_url, config.allow_cleartext)?;
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

    /// The gateway, without a trailing slash.
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

/// Checks the gateway's address and takes the trailing slash off.
fn check_gateway_url(url: &str, allow_cleartext: bool) -> Result<String, TerminalError> {
    let refuse = |reason: &str| TerminalError::InvalidConfiguration {
        field: "gateway_url".to_owned(),
        reason: reason.to_owned(),
    };
    let uri: Uri = url
        .parse()
        .map_err(|_| refuse("must be a URL, such as https://api.pgw.example"))?;
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return Err(refuse("must begin with https:// and name a host"));
    };
    if authority.as_str().contains('@') {
        return Err(refuse("must not hold a user name or a password"));
    }
    if uri.query().is_some() {
        return Err(refuse("must not have a query string"));
    }
    match scheme {
        "https" => {}
        "http" if allow_cleartext || is_loopback(authority.host()) => {}
        "http" => {
            return Err(refuse(
                "must begin with https://; http:// is for this very machine, or needs allow_cleartext",
            ));
        }
        _ => return Err(refuse("must begin with https://")),
    }
    Ok(url.trim_end_matches('/').to_owned())
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || address
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_may_be_reached_without_tls() {
        let table = [
            ("https://api.pgw.example", false, true),
            ("https://api.pgw.example/base/", false, true),
            ("http://127.0.0.1:4242", false, true),
            ("http://localhost:4242", false, true),
            ("http://[::1]:4242", false, true),
            ("http://192.168.0.10", false, false),
            ("http://192.168.0.10", true, true),
            ("http://localhost.evil.example", false, false),
            ("http://127.0.0.1.evil.example", false, false),
            ("ftp://127.0.0.1", true, false),
            ("https://user:password@api.pgw.example", false, false),
            ("https://api.pgw.example/?a=b", false, false),
            ("api.pgw.example", false, false),
            ("", false, false),
        ];
        for (url, allow_cleartext, accepted) in table {
            let answer = check_gateway_url(url, allow_cleartext);
            assert_eq!(answer.is_ok(), accepted, "{url}: {answer:?}");
        }
    }
}
