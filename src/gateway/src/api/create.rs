use std::sync::Arc;

use axum::extract::State;

use super::auth;
use super::incoming::Incoming;
use crate::answer::Answer;
use crate::app::App;
use crate::domain::NewIntent;
use crate::failure::Failure;
use crate::{idempotency, payments};

/// `POST /v1/payment_intents`.
pub(super) async fn handle(
    State(app): State<Arc<App>>,
    incoming: Incoming,
) -> Result<Answer, Failure> {
    let merchant = auth::merchant(&app, &incoming)?;
    let fields = incoming.fields()?;
    let (key, fingerprint) = (incoming.idempotency_key()?, incoming.fingerprint());
    idempotency::hold(&app, &merchant.clone(), key, fingerprint, async |asked| {
        let order = match NewIntent::read(&fields) {
            Ok(order) => order,
            // A key that was used for another request is the greater mistake.
            Err(error) => return asked.refuse(&app, error.into()).await,
        };
        payments::create::create(Arc::clone(&app), merchant, order, asked).await
    })
    .await
}
