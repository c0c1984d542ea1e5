use std::sync::Arc;

use axum::extract::State;

use crate::answer::Answer;
use crate::api::incoming::Incoming;
use crate::app::App;
use crate::domain::intent::Reader;
use crate::failure::Failure;
use crate::idempotency;
use crate::payments::pay::{self, CustomerAction};
use crate::payments::retrieve;

/// `POST /_local/payment_intents/{id}/pay`: the customer.
pub(in crate::api) async fn handle(
    State(app): State<Arc<App>>,
    incoming: Incoming,
) -> Result<Answer, Failure> {
    let action = CustomerAction::read(&incoming.optional_fields()?)?;
    let (key, fingerprint) = (incoming.idempotency_key()?, incoming.fingerprint());
    let id = incoming.id()?;
    let intent = retrieve::find(&app, &id)
        .await?
        .ok_or_else(|| Failure::not_found(&id))?;
    idempotency::run(&app, &intent.merchant_id, key, fingerprint, async |slot| {
        let paid = pay::pay(&app, &id, action).await?;
        let (answer, now) = (Answer::ok(&paid.view(Reader::Dashboard))?, app.clock.now());
        let kept = answer.clone();
        app.store.write(move |c| slot.keep(c, &kept, now)).await?;
        Ok(answer)
    })
    .await
}
