use std::io::Read;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mpac_pgw_protocol::Timestamp;
use mpac_pgw_protocol::webhook::{WEBHOOK_SIGNATURE_HEADER, WebhookSignature};
use ureq::Agent;

use crate::clock::Clock;
use crate::store::deliveries::{Attempt, Due};

/// An endpoint that takes longer than this has not answered.
const TIMEOUT: Duration = Duration::from_secs(10);

/// How much of an answer is kept, in bytes.
const KEPT: u64 = 2048;

/// Posts events to endpoints.
#[derive(Debug)]
pub(super) struct Sender {
    agent: Agent,
}

impl Sender {
    pub(super) fn new() -> Self {
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(TIMEOUT))
            .proxy(None)
            .user_agent(concat!("mpac-gateway/", env!("CARGO_PKG_VERSION")))
            .build();
        Self {
            agent: agent.into(),
        }
    }

    /// Sends it, on a thread that may block.
    pub(super) async fn send(self: &Arc<Self>, clock: &Clock, due: Due) -> Attempt {
        let at = clock.now();
        // The receiver holds the timestamp against its own clock, which nobody advances.
        let signed_at = clock.machine_now();
        let sender = Arc::clone(self);
        let post = move || sender.post(&due, at, signed_at);
        let posted = tokio::task::spawn_blocking(post).await;
        posted.unwrap_or_else(|_| Attempt {
            at,
            signed_at: Some(signed_at),
            http_status: None,
            error: Some("the delivery was interrupted".to_owned()),
            response: None,
            duration_ms: 0,
        })
    }

    fn post(&self, due: &Due, at: Timestamp, signed_at: Timestamp) -> Attempt {
        let start = Instant::now();
        let signature =
            WebhookSignature::sign(&due.secret, signed_at.unix_seconds(), due.body.as_bytes());
        let sent = self
            .agent
            .post(&due.url)
            .header("Content-Type", "application/json")
            .header(WEBHOOK_SIGNATURE_HEADER, signature.to_string())
            .send(&due.body);
        let (http_status, error, response) = match sent {
            Ok(mut answer) => {
                let status = answer.status();
                let mut text = Vec::new();
                // The status has come, and it alone counts.
                let _ = answer
                    .body_mut()
                    .as_reader()
                    .take(KEPT)
                    .read_to_end(&mut text);
                let error = (!status.is_success()).then(|| match status.is_redirection() {
                    true => "redirects are not followed: register the address itself".to_owned(),
                    false => "the answer must be 2xx".to_owned(),
                });
                let text = String::from_utf8_lossy(&text).into_owned();
                (Some(status.as_u16()), error, Some(text))
            }
            Err(error) => (None, Some(error.to_string()), None),
        };
        Attempt {
            at,
            signed_at: Some(signed_at),
            http_status,
            error,
            response,
            duration_ms: i64::try_from(start.elapsed().as_millis()).unwrap_or(i64::MAX),
        }
    }
}
