use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::extract::State;
use rusqlite::Connection;
use serde_json::json;

use super::incoming::Incoming;
use crate::answer::Answer;
use crate::app::App;
use crate::failure::Failure;
use crate::payments::notice;
use crate::store::codes;

/// `POST /webhooks/paypay`. Anybody can send one, as PayPay does not sign them: nothing of it is
/// believed, it only prompts a question to PayPay.
pub(super) async fn handle(
    State(app): State<Arc<App>>,
    incoming: Incoming,
) -> Result<Answer, Failure> {
    let fields = incoming.fields()?;
    // Not every event names our payment: some name a capture, and some nothing.
    let reference = fields.get("merchant_order_id").and_then(|id| id.as_str());
    let reference = reference.unwrap_or_default().to_owned();
    let find = move |c: &Connection| codes::find_intent(c, &reference);
    match app.store.read(find).await? {
        // PayPay waits two seconds at most for an answer, and the question to it may take longer.
        Some(id) => drop(tokio::spawn(notice::look(Arc::clone(&app), id))),
        None => app.prompted.store(true, Ordering::Relaxed),
    }
    Ok(Answer::ok(&json!({ "received": true }))?)
}
