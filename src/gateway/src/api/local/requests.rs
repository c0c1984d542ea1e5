use std::sync::Arc;

use axum::extract::State;
use serde::Serialize;

use crate::answer::Answer;
use crate::api::incoming::Incoming;
use crate::api::query::Query;
use crate::app::App;
use crate::dashboard::mask;
use crate::dashboard::recording::{Exchange, Message, MetFault};
use crate::failure::Failure;

const PREFIX: &str = "req_";

/// A request in the list.
#[derive(Serialize)]
struct SummaryView {
    id: String,
    object: &'static str,
    /// Unix milliseconds of the gateway's clock.
    at_ms: i64,
    duration_ms: f64,
    method: String,
    path: String,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<FaultView>,
}

#[derive(Serialize)]
struct FaultView {
    id: String,
    action: &'static str,
}

/// A request with everything that was sent.
#[derive(Serialize)]
struct ExchangeView {
    #[serde(flatten)]
    summary: SummaryView,
    request: MessageView,
    response: MessageView,
}

#[derive(Serialize)]
struct MessageView {
    first_line: String,
    headers: Vec<(String, String)>,
    body: String,
    /// In bytes, as it was sent: of a long one, less is kept.
    body_length: usize,
}

impl From<&Exchange> for SummaryView {
    fn from(exchange: &Exchange) -> Self {
        let (line, _) = exchange.request.head();
        let mut words = line.split(' ');
        Self {
            id: format!("{PREFIX}{}", exchange.number),
            object: "request",
            at_ms: exchange.at_ms,
            duration_ms: (exchange.duration.as_secs_f64() * 1e5).round() / 1e2,
            method: words.next().unwrap_or_default().to_owned(),
            path: mask::path(words.next().unwrap_or_default()),
            status: exchange.status,
            fault: exchange.fault.as_ref().map(Into::into),
        }
    }
}

impl From<&MetFault> for FaultView {
    fn from(fault: &MetFault) -> Self {
        Self {
            id: fault.rule.clone(),
            action: fault.action,
        }
    }
}

impl From<&Message> for MessageView {
    fn from(message: &Message) -> Self {
        let (line, headers) = message.head();
        let words: Vec<_> = line.split(' ').map(mask::path).collect();
        let masked = |(name, value): (String, String)| {
            let value = mask::header(&name, &value);
            (name, value)
        };
        Self {
            first_line: words.join(" "),
            headers: headers.into_iter().map(masked).collect(),
            body: mask::body(&message.body()),
            body_length: message.body_length,
        }
    }
}

/// `GET /_local/requests`: the last ones, newest first, without those to `/_local`.
pub(in crate::api) async fn list(
    State(app): State<Arc<App>>,
    incoming: Incoming,
) -> Result<Answer, Failure> {
    let query = Query::of(&incoming)?;
    let page = query.page(PREFIX)?;
    let before = page.after.as_deref().map(number).transpose()?;
    let part = query.text("search")?.map(str::to_lowercase);
    let wanted = |exchange: &Exchange| {
        let Some(part) = &part else { return true };
        let line = exchange.request.head().0.to_lowercase();
        // Of the secrets in it, nobody is to find out whether they are there.
        mask::path(&line).contains(part) || exchange.status.to_string() == *part
    };
    let found = app.requests.newest(before, page.look_for(), wanted);
    let list = page.list(found, |exchange| SummaryView::from(&*exchange));
    Ok(Answer::ok(&list)?)
}

/// `GET /_local/requests/{id}`: as it was sent and answered, but for its secrets.
pub(in crate::api) async fn retrieve(
    State(app): State<Arc<App>>,
    incoming: Incoming,
) -> Result<Answer, Failure> {
    let found = app.requests.find(number(incoming.any_id())?);
    let exchange = found.ok_or_else(no_such_request)?;
    Ok(Answer::ok(&ExchangeView {
        summary: SummaryView::from(&*exchange),
        request: MessageView::from(&exchange.request),
        response: MessageView::from(&exchange.response),
    })?)
}

fn number(id: &str) -> Result<u64, Failure> {
    let number = id.strip_prefix(PREFIX).and_then(|id| id.parse().ok());
    number.ok_or_else(no_such_request)
}

fn no_such_request() -> Failure {
    let kind = "request any more: only the last ones are kept";
    Failure::no_such(kind, "req_1")
}
