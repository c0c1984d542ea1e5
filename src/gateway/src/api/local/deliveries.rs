use std::sync::Arc;

use axum::extract::State;
use mpac_pgw_protocol::Timestamp;
use mpac_pgw_protocol::webhook::WebhookSignature;
use serde::Serialize;

use crate::answer::Answer;
use crate::api::incoming::Incoming;
use crate::api::query::Query;
use crate::app::App;
use crate::failure::Failure;
use crate::store::deliveries::{self, Attempt, Delivery, Filter};

const PREFIX: &str = "whd_";

#[derive(Serialize)]
struct DeliveryView {
    id: String,
    object: &'static str,
    event_id: String,
    payment_intent_id: String,
    endpoint_id: String,
    url: String,
    /// What is sent, as it is sent.
    body: String,
    state: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_try_at: Option<Timestamp>,
    created_at: Timestamp,
    attempts: Vec<AttemptView>,
}

#[derive(Serialize)]
struct AttemptView {
    at: Timestamp,
    /// The `MPAC-Signature` that it was sent with.
    #[serde(skip_serializing_if = "Option::is_none")]
    signature: Option<String>,
    http_status: Option<u16>,
    error: Option<String>,
    response: Option<String>,
    duration_ms: i64,
}

impl From<Delivery> for DeliveryView {
    fn from(delivery: Delivery) -> Self {
        let (secret, body) = (&delivery.secret, delivery.body.as_bytes());
        let view = |attempt: Attempt| AttemptView {
            at: attempt.at,
            // The same again: what was signed, and when, is known.
            signature: attempt
                .signed_at
                .map(|at| WebhookSignature::sign(secret, at.unix_seconds(), body).to_string()),
            http_status: attempt.http_status,
            error: attempt.error,
            response: attempt.response,
            duration_ms: attempt.duration_ms,
        };
        Self {
            attempts: delivery.attempts.into_iter().map(view).collect(),
            id: format!("{PREFIX}{}", delivery.id),
            object: "webhook_delivery",
            event_id: delivery.event_id,
            payment_intent_id: delivery.payment_intent_id,
            endpoint_id: delivery.endpoint_id,
            url: delivery.url,
            body: delivery.body,
            state: delivery.state,
            next_try_at: delivery.next_try_at,
            created_at: delivery.created_at,
        }
    }
}

/// `GET /_local/webhook_deliveries`: of all merchants, newest first, with every attempt.
pub(in crate::api) async fn list(
    State(app): State<Arc<App>>,
    incoming: Incoming,
) -> Result<Answer, Failure> {
    let query = Query::of(&incoming)?;
    let page = query.page(PREFIX)?;
    let text = |param| Ok::<_, Failure>(query.text(param)?.map(str::to_owned));
    let filter = Filter {
        payment_intent_id: text("payment_intent_id")?,
        event_id: text("event_id")?,
    };
    let after = page.after.as_deref().map(number).transpose()?;
    let limit = page.look_for();
    let found = app
        .store
        .read(move |c| deliveries::list(c, &filter, after, limit))
        .await?;
    Ok(Answer::ok(&page.list(found, DeliveryView::from))?)
}

/// `POST /_local/webhook_deliveries/{id}/resend`: sends it at once, with a day of attempts anew.
pub(in crate::api) async fn resend(
    State(app): State<Arc<App>>,
    incoming: Incoming,
) -> Result<Answer, Failure> {
    let (id, now) = (number(incoming.any_id())?, app.clock.now());
    let resend = move |c: &rusqlite::Connection| -> Result<_, Failure> {
        let resent = deliveries::resend(c, id, now)?;
        let found = deliveries::find(c, id)?.ok_or_else(no_such_delivery)?;
        if resent {
            Ok(Answer::ok(&DeliveryView::from(found))?)
        } else {
            let why = "the webhook endpoint of this delivery has been deleted";
            Err(Failure::state(why))
        }
    };
    app.store.write(resend).await
}

fn number(id: &str) -> Result<i64, Failure> {
    let number = id.strip_prefix(PREFIX).and_then(|id| id.parse().ok());
    number.ok_or_else(no_such_delivery)
}

fn no_such_delivery() -> Failure {
    Failure::no_such("webhook delivery", "whd_1")
}
