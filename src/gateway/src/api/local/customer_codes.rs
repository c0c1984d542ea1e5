use std::sync::Arc;

use axum::extract::State;
use serde_json::json;

use crate::answer::Answer;
use crate::api::incoming::Incoming;
use crate::app::App;
use crate::failure::Failure;
use crate::payments::pay;

/// `POST /_local/customer_codes`: the customer opens the wallet and shows a code.
pub(in crate::api) async fn create(
    State(app): State<Arc<App>>,
    incoming: Incoming,
) -> Result<Answer, Failure> {
    let code = pay::customer_code(&app, &incoming.optional_fields()?).await?;
    let shown = json!({ "object": "customer_code", "customer_code": code.expose() });
    Ok(Answer::ok(&shown)?)
}
