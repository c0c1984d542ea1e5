use std::sync::Arc;

use axum::extract::State;
use serde_json::json;

use crate::answer::Answer;
use crate::api::incoming::Incoming;
use crate::app::App;
use crate::failure::Failure;
use crate::store::{audit, reset};

/// `GET /_local/audit`: whether the books hold what they must.
pub(in crate::api) async fn check(State(app): State<Arc<App>>) -> Result<Answer, Failure> {
    Ok(Answer::ok(&app.store.read(audit::run).await?)?)
}

/// `POST /_local/reset`: forgets every payment, endpoint and fault, and sets the clock back to the
/// machine's. What is in a file is forgotten only with `{"yes": true}`.
pub(in crate::api) async fn forget(
    State(app): State<Arc<App>>,
    incoming: Incoming,
) -> Result<Answer, Failure> {
    const PARAM: &str = "yes";
    let sure = incoming.optional_fields()?.boolean(PARAM)?.unwrap_or(false);
    if app.store.is_kept() && !sure {
        let why = "this gateway keeps its payments in a file, and a reset deletes them all: send \
                   {\"yes\": true}, or `mpac-gateway reset --yes`, if that is what you want";
        return Err(Failure::invalid_param(PARAM, why));
    }
    // Nobody is halfway through a payment while it disappears.
    let _alone = app.gate.write().await;
    app.store.write(reset::run).await?;
    app.faults.clear();
    app.requests.clear();
    app.clock.reset();
    Ok(Answer::ok(&json!({ "object": "reset", "done": true }))?)
}
