use std::sync::Arc;

use axum::extract::State;

use super::auth;
use super::incoming::Incoming;
use crate::answer::Answer;
use crate::app::App;
use crate::domain::intent::Reader;
use crate::failure::Failure;
use crate::idempotency;
use crate::payments::{self, retrieve};

/// `POST /v1/payment_intents/{id}/cancel`: signed, or with the payment token in the body.
pub(super) async fn handle(
    State(app): State<Arc<App>>,
    incoming: Incoming,
) -> Result<Answer, Failure> {
    let signed = auth::is_signed(&incoming);
    let merchant = if signed {
        Some(auth::merchant(&app, &incoming)?)
    } else {
        None
    };
    let token = incoming.optional_fields()?.payment_token()?;
    let (key, fingerprint) = (incoming.idempotency_key()?, incoming.fingerprint());
    let id = incoming.id()?;
    let intent = retrieve::find(&app, &id)
        .await?
        .ok_or_else(|| Failure::not_found(&id))?;
    if let Some(merchant) = &merchant {
        auth::check_owner(&intent, merchant)?;
    }
    // A signed request may carry the token as well; then it has to be the right one.
    if !signed || token.is_some() {
        auth::check_token(&intent, token.as_ref())?;
    }
    let reader = if signed {
        Reader::Merchant
    } else {
        Reader::Terminal
    };
    idempotency::run(&app, &intent.merchant_id, key, fingerprint, async |slot| {
        payments::cancel::cancel(Arc::clone(&app), id, reader, slot).await
    })
    .await
}
