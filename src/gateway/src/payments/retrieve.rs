use std::sync::Arc;

use mpac_pgw_protocol::{PaymentIntentId, PaymentIntentStatus};
use rusqlite::Connection;

use super::advance;
use super::codes::{self, Withdrawal};
use crate::app::App;
use crate::domain::Intent;
use crate::failure::Failure;
use crate::store::StoreError;
use crate::store::intents::{self, Cause};

/// The intent as it is stored.
pub(crate) async fn find(app: &App, id: &PaymentIntentId) -> Result<Option<Intent>, StoreError> {
    let id = id.clone();
    app.store.read(move |c| intents::find(c, &id)).await
}

/// The intent as of now: cancelled first, if its time is up.
pub(crate) async fn up_to_date(app: &Arc<App>, intent: Intent) -> Result<Intent, Failure> {
    if !intent.is_overdue(app.clock.now()) {
        return Ok(intent);
    }
    let _held = app.intents.lock(intent.id.clone()).await;
    match current(app, &intent.id).await {
        // Whether the customer has paid is not known, so the intent stays what it was.
        Err(failure) if failure.status == axum::http::StatusCode::BAD_GATEWAY => Ok(intent),
        result => result,
    }
}

/// As [`up_to_date`], for a caller who holds the intent's lock. Unlike there, a provider that
/// cannot be asked is an error, since the caller wants to change something.
pub(super) async fn current(app: &App, id: &PaymentIntentId) -> Result<Intent, Failure> {
    let intent = find(app, id).await?.ok_or_else(|| Failure::not_found(id))?;
    if intent.is_overdue(app.clock.now()) {
        expire(app, intent).await
    } else {
        Ok(intent)
    }
}

async fn expire(app: &App, mut intent: Intent) -> Result<Intent, Failure> {
    let withdrawal = match codes::withdraw(app, &intent).await? {
        Withdrawal::PaidInstead(intent) => return Ok(*intent),
        withdrawal => withdrawal,
    };
    let clock = app.clock.clone();
    let cancel = move |c: &Connection| -> Result<_, StoreError> {
        withdrawal.record(c)?;
        advance(
            c,
            &mut intent,
            &PaymentIntentStatus::Cancelled,
            Cause::Expired,
            &clock,
        )?;
        Ok(intent)
    };
    Ok(app.store.write(cancel).await?)
}
