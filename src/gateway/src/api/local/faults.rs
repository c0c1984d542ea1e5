use std::sync::Arc;

use axum::extract::State;
use serde_json::json;

use crate::answer::Answer;
use crate::api::incoming::Incoming;
use crate::app::App;
use crate::failure::Failure;
use crate::faults::Rule;

/// `GET /_local/faults`: the plan, in the order in which its rules are tried.
pub(in crate::api) async fn list(State(app): State<Arc<App>>) -> Result<Answer, Failure> {
    let rules: Vec<_> = app.faults.list().iter().map(Rule::view).collect();
    let list = json!({ "object": "list", "data": rules, "has_more": false });
    Ok(Answer::ok(&list)?)
}

/// `POST /_local/faults`: adds a rule.
pub(in crate::api) async fn add(
    State(app): State<Arc<App>>,
    incoming: Incoming,
) -> Result<Answer, Failure> {
    let rule = Rule::read(&incoming.fields()?)?;
    Ok(Answer::ok(&app.faults.add(rule).view())?)
}

/// `DELETE /_local/faults`: removes every rule.
pub(in crate::api) async fn clear(State(app): State<Arc<App>>) -> Result<Answer, Failure> {
    app.faults.clear();
    list(State(app)).await
}

/// `DELETE /_local/faults/{id}`: removes one rule.
pub(in crate::api) async fn remove(
    State(app): State<Arc<App>>,
    incoming: Incoming,
) -> Result<Answer, Failure> {
    let id = incoming.any_id();
    if !app.faults.remove(id) {
        let kind = "fault any more: it has been met as often as asked, or removed";
        return Err(Failure::no_such(kind, "flt_1"));
    }
    let answer = json!({ "id": id, "object": "fault", "deleted": true });
    Ok(Answer::ok(&answer)?)
}
