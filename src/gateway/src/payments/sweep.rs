//! What time does to payments, without anyone asking.

use std::sync::Arc;
use std::time::Duration;

use mpac_pgw_protocol::PaymentIntentId;

use super::{codes, retrieve};
use crate::app::App;
use crate::failure::Failure;
use crate::store::{self, StoreError, idempotency, intents};

/// How often overdue intents are looked for.
const PERIOD: Duration = Duration::from_secs(1);
/// Outstanding codes are looked up at the provider every so many periods.
const PERIODS_PER_LOOK_UP: u32 = 5;
/// Work at once; what is left waits for the next period.
const BATCH: u32 = 200;

/// Runs until the task is dropped. Starts with everything that fell due, or was left half done,
/// while the gateway was not running.
pub(crate) async fn run(app: Arc<App>) {
    let mut period = 0;
    loop {
        let moved = app.clock.advanced();
        tokio::pin!(moved);
        // Registers for the next advance before looking, so that none is missed.
        moved.as_mut().enable();
        if let Err(error) = once(&app, period % PERIODS_PER_LOOK_UP == 0).await {
            log::error!("sweep: {error}");
        }
        period = tokio::select! {
            () = tokio::time::sleep(PERIOD) => period + 1,
            () = moved => 0,
        };
    }
}

pub(super) async fn once(app: &Arc<App>, look_up: bool) -> Result<(), StoreError> {
    let now = app.clock.now();
    for id in app
        .store
        .read(move |c| intents::overdue(c, now, BATCH))
        .await?
    {
        let _held = app.intents.lock(id.clone()).await;
        report(&id, retrieve::current(app, &id).await);
    }
    if look_up {
        for code in app.store.read(store::codes::all_live).await? {
            let _held = app.intents.lock(code.intent_id.clone()).await;
            if let Some(intent) = retrieve::find(app, &code.intent_id).await? {
                report(&code.intent_id, codes::settle(app, intent).await);
            }
        }
    }
    app.store
        .write(move |c| idempotency::delete_old(c, now, BATCH))
        .await?;
    Ok(())
}

fn report<T>(id: &PaymentIntentId, result: Result<T, Failure>) {
    if let Err(failure) = result {
        log::warn!("sweep: {id}: {}", failure.error);
    }
}
