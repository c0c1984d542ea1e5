use std::sync::Arc;

use axum::extract::State;

use super::auth;
use super::incoming::Incoming;
use crate::answer::Answer;
use crate::app::App;
use crate::domain::NewRefund;
use crate::failure::Failure;
use crate::idempotency;
use crate::payments::{refund, retrieve};
use crate::store::refunds;

/// `POST /v1/refunds`.
pub(super) async fn create(
    State(app): State<Arc<App>>,
    incoming: Incoming,
) -> Result<Answer, Failure> {
    let merchant = auth::merchant(&app, &incoming)?;
    let fields = incoming.fields()?;
    let (key, fingerprint) = (incoming.idempotency_key()?, incoming.fingerprint());
    idempotency::run(&app, &merchant, key, fingerprint, async |slot| {
        let order = NewRefund::read(&fields)?;
        let id = &order.payment_intent_id;
        let intent = retrieve::find(&app, id)
            .await?
            .ok_or_else(|| Failure::not_found(id))?;
        auth::check_owner(&intent, &merchant)?;
        refund::refund(Arc::clone(&app), order, slot).await
    })
    .await
}

/// `GET /v1/refunds/{id}`.
pub(super) async fn retrieve(
    State(app): State<Arc<App>>,
    incoming: Incoming,
) -> Result<Answer, Failure> {
    let merchant = auth::merchant(&app, &incoming)?;
    let id = incoming.any_id().to_owned();
    let found = app
        .store
        .read(move |c| refunds::find(c, &merchant, &id))
        .await?;
    let refund = found.ok_or_else(|| Failure::no_such("refund", "re_01HXY…"))?;
    Ok(Answer::ok(&refund)?)
}
