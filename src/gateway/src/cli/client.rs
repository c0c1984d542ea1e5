//! The commands as clients of a running gateway.

use std::time::Duration;

use anyhow::{Context, bail};
use mpac_pgw_protocol::ErrorBody;
use ureq::Agent;
use ureq::http::Request;

const TIMEOUT: Duration = Duration::from_secs(30);

/// Which gateway a command talks to.
#[derive(Debug, clap::Args)]
pub(super) struct Target {
    /// The running gateway.
    #[arg(
        long = "gateway",
        global = true,
        value_name = "URL",
        env = "MPAC_GATEWAY_URL",
        default_value = "http://127.0.0.1:4242"
    )]
    url: String,
}

impl Target {
    /// Posts JSON to a path; answers the body of a 2xx. An error says what to do next.
    pub(super) fn post(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> anyhow::Result<String> {
        self.send("POST", path, headers, body)
    }

    /// As [`Target::post`], for what needs no body.
    pub(super) fn get(&self, path: &str, headers: &[(&str, &str)]) -> anyhow::Result<String> {
        self.send("GET", path, headers, "")
    }

    /// Sends a request; answers the body of a 2xx. An error says what to do next.
    pub(super) fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> anyhow::Result<String> {
        let base = self.url.trim_end_matches('/');
        let agent: Agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(TIMEOUT))
            .build()
            .into();
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{base}{path}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let unusable = || format!("{base} cannot be used as a URL: check --gateway");
        let sent = if body.is_empty() {
            agent.run(request.body(()).with_context(unusable)?)
        } else {
            let request = request.header("Content-Type", "application/json");
            agent.run(request.body(body).with_context(unusable)?)
        };
        let mut response = sent.with_context(|| {
            format!(
                "cannot reach a gateway at {base}: start one with `mpac-gateway serve`, or name \
                 another with --gateway"
            )
        })?;
        let status = response.status();
        let body = response
            .body_mut()
            .read_to_string()
            .context("the answer ended early")?;
        if status.is_success() {
            return Ok(body);
        }
        match serde_json::from_str::<ErrorBody>(&body) {
            Ok(ErrorBody { error }) => {
                let param = error
                    .param
                    .map(|param| format!(" ({param})"))
                    .unwrap_or_default();
                bail!("{}{param}: {}", error.code, error.message)
            }
            Err(_) => {
                bail!("{base} answered {status}, and not as an mpac-gateway does: check --gateway")
            }
        }
    }
}
