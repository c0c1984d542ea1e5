use std::sync::Arc;

use axum::extract::State;

use super::auth;
use super::incoming::Incoming;
use crate::answer::Answer;
use crate::app::App;
use crate::domain::ConfirmOrder;
use crate::failure::Failure;
use crate::idempotency;
use crate::payments::{self, retrieve};

/// `POST /v1/payment_intents/{id}/confirm`.
pub(super) async fn handle(
    State(app): State<Arc<App>>,
    incoming: Incoming,
) -> Result<Answer, Failure> {
    let fields = incoming.fields()?;
    let token = fields.payment_token()?;
    let (key, fingerprint) = (incoming.idempotency_key()?, incoming.fingerprint());
    let id = incoming.id()?;
    let intent = retrieve::find(&app, &id)
        .await?
        .ok_or_else(|| Failure::not_found(&id))?;
    auth::check_token(&intent, token.as_ref())?;
    let url = incoming.gateway_url(&app.url);
    idempotency::run(&app, &intent.merchant_id, key, fingerprint, async |slot| {
        let order = ConfirmOrder::read(&fields, &intent)?;
        payments::confirm::confirm(Arc::clone(&app), id, order, url, slot).await
    })
    .await
}
