//! What time does to payments, without anyone asking.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use mpac_pgw_protocol::PaymentIntentId;

use super::{authorisation, codes, refund, retrieve};
use crate::app::App;
use crate::failure::Failure;
use crate::store::{self, StoreError, due, idempotency, refunds};

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
        let inside = app.gate.read().await;
        let prompted = app.prompted.swap(false, Ordering::Relaxed);
        let outcome = once(&app, prompted || period % PERIODS_PER_LOOK_UP == 0).await;
        drop(inside);
        match outcome {
            Ok(Left::More) => continue,
            Ok(Left::Nothing) => {}
            Err(error) => log::error!("sweep: {error}"),
        }
        period = tokio::select! {
            () = tokio::time::sleep(PERIOD) => period + 1,
            () = moved => 0,
        };
    }
}

/// Handles all that is due now.
pub(crate) async fn until_done(app: &Arc<App>) -> Result<(), StoreError> {
    while once(app, true).await? == Left::More {}
    Ok(())
}

/// Whether another round would find something to do at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Left {
    More,
    Nothing,
}

pub(super) async fn once(app: &Arc<App>, look_up: bool) -> Result<Left, StoreError> {
    let now = app.clock.now();
    let overdue = app.store.read(move |c| due::overdue(c, now, BATCH)).await?;
    // What a provider refuses stays overdue: without any success, the next round is the same.
    let (full, mut progress) = (overdue.len() == BATCH as usize, false);
    for id in overdue {
        let _held = app.intents.lock(id.clone()).await;
        progress |= report(&id, retrieve::current(app, &id).await);
    }
    if look_up {
        for code in app.store.read(store::codes::all_live).await? {
            let _held = app.intents.lock(code.intent_id.clone()).await;
            if let Some(intent) = retrieve::find(app, &code.intent_id).await? {
                report(&code.intent_id, codes::settle(app, intent).await);
            }
        }
    }
    if look_up {
        for id in app
            .store
            .read(move |c| due::settling(c, now, BATCH))
            .await?
        {
            let _held = app.intents.lock(id.clone()).await;
            if let Some(intent) = retrieve::find(app, &id).await?
                && intent.is_authorised()
            {
                report(&id, authorisation::settle(app, intent).await);
            }
        }
    }
    if look_up {
        for refund in app.store.read(|c| refunds::pending(c, BATCH)).await? {
            let id = refund.payment_intent_id.clone();
            let _held = app.intents.lock(id.clone()).await;
            report(&id, refund::settle(app, refund).await);
        }
    }
    let deleted = app
        .store
        .write(move |c| idempotency::delete_old(c, now, BATCH))
        .await?;
    if (full && progress) || deleted == BATCH as usize {
        Ok(Left::More)
    } else {
        Ok(Left::Nothing)
    }
}

/// Answers whether it went well.
fn report<T>(id: &PaymentIntentId, result: Result<T, Failure>) -> bool {
    if let Err(failure) = &result {
        log::warn!("sweep: {id}: {}", failure.error);
    }
    result.is_ok()
}
