use std::sync::Arc;

use axum::extract::State;

use super::incoming::Incoming;
use super::to_the_end;
use crate::answer::Answer;
use crate::app::App;
use crate::domain::intent::Reader;
use crate::failure::Failure;
use crate::idempotency;
use crate::payments::pay::{self, CustomerAction};
use crate::payments::retrieve;

/// `POST /_local/payment_intents/{id}/pay`: the customer, for tests. Needs no credentials, and so
/// answers this machine only.
pub(super) async fn handle(
    State(app): State<Arc<App>>,
    incoming: Incoming,
) -> Result<Answer, Failure> {
    if !incoming.is_from_this_machine() {
        let why = "/_local is open only to programs on the machine that the gateway runs on";
        return Err(Failure::forbidden(why));
    }
    let action = CustomerAction::read(&incoming.optional_fields()?)?;
    let (key, fingerprint) = (incoming.idempotency_key()?, incoming.fingerprint());
    let id = incoming.id()?;
    let intent = retrieve::find(&app, &id)
        .await?
        .ok_or_else(|| Failure::not_found(&id))?;
    to_the_end(async move {
        idempotency::run(&app, &intent.merchant_id, key, fingerprint, async |slot| {
            let paid = pay::pay(&app, &id, action).await?;
            let (answer, now) = (Answer::ok(&paid.view(Reader::Terminal))?, app.clock.now());
            let kept = answer.clone();
            app.store.write(move |c| slot.keep(c, &kept, now)).await?;
            Ok(answer)
        })
        .await
    })
    .await
}
