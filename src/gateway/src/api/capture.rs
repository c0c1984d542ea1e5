use std::sync::Arc;

use axum::extract::State;

use super::auth;
use super::incoming::Incoming;
use crate::answer::Answer;
use crate::app::App;
use crate::domain::refund::read_capture;
use crate::failure::Failure;
use crate::idempotency;
use crate::payments::{authorisation, retrieve};

/// `POST /v1/payment_intents/{id}/capture`: all of the reserved money, or `amount` of it.
pub(super) async fn handle(
    State(app): State<Arc<App>>,
    incoming: Incoming,
) -> Result<Answer, Failure> {
    let merchant = auth::merchant(&app, &incoming)?;
    let fields = incoming.optional_fields()?;
    let (key, fingerprint) = (incoming.idempotency_key()?, incoming.fingerprint());
    let id = incoming.id()?;
    let intent = retrieve::find(&app, &id)
        .await?
        .ok_or_else(|| Failure::not_found(&id))?;
    auth::check_owner(&intent, &merchant)?;
    idempotency::run(&app, &merchant, key, fingerprint, async |slot| {
        let amount = read_capture(&fields)?;
        authorisation::capture(Arc::clone(&app), id, amount, slot).await
    })
    .await
}
