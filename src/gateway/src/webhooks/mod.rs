//! Deliveries of events to merchants' endpoints: at least once each, in order per intent, tried
//! again for up to a day of the gateway's clock.
//!
//! What is to be delivered was written together with the event it announces. A gateway that was
//! killed goes on where it was; the worst that can happen is a delivery that arrives twice, with
//! the same event id.

mod backoff;
mod sender;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use crate::app::App;
use crate::store::StoreError;
use crate::store::deliveries::{self, Due};
use sender::Sender;

/// Deliveries under way at the same time.
const AT_ONCE: usize = 64;
/// Of these, to one endpoint: one that does not answer holds up its own only.
const TO_EACH: usize = 8;

/// How often the outbox is looked at when nothing says that it has changed: for time passing.
const PERIOD: Duration = Duration::from_secs(1);

/// Runs until the task is dropped.
pub(crate) async fn run(app: Arc<App>) {
    let sender = Arc::new(Sender::new());
    let mut running = JoinSet::new();
    let mut under_way = HashSet::new();
    loop {
        let moved = app.clock.advanced();
        tokio::pin!(moved);
        // Registers for the next advance before looking, so that none is missed.
        moved.as_mut().enable();
        match due(&app, &under_way).await {
            Ok(due) => {
                for delivery in due {
                    under_way.insert(delivery.id);
                    let (app, sender) = (Arc::clone(&app), Arc::clone(&sender));
                    running.spawn(async move {
                        let id = delivery.id;
                        if let Err(error) = deliver(&app, &sender, delivery).await {
                            log::error!("webhooks: {error}");
                        }
                        id
                    });
                }
            }
            Err(error) => log::error!("webhooks: {error}"),
        }
        tokio::select! {
            Some(done) = running.join_next() => match done {
                Ok(id) => { under_way.remove(&id); }
                // A bug, reported by the panic hook; what was under way is looked up again.
                Err(_) if running.is_empty() => under_way.clear(),
                Err(_) => {}
            },
            () = app.store.outbox_changed() => {}
            () = moved => {}
            () = tokio::time::sleep(PERIOD) => {}
        }
    }
}

async fn due(app: &App, under_way: &HashSet<i64>) -> Result<Vec<Due>, StoreError> {
    let free = AT_ONCE.saturating_sub(under_way.len());
    if free == 0 {
        return Ok(Vec::new());
    }
    let now = app.clock.now();
    let found = app.store.read(move |c| deliveries::due(c, now, TO_EACH));
    let mut due = found.await?;
    due.retain(|delivery| !under_way.contains(&delivery.id));
    due.truncate(free);
    Ok(due)
}

async fn deliver(app: &App, sender: &Arc<Sender>, due: Due) -> Result<(), StoreError> {
    let (id, tries) = (due.id, due.tries);
    let attempt = sender.send(&app.clock, due).await;
    let next = backoff::next(&attempt, tries, app.clock.now());
    app.store
        .write(move |c| deliveries::record(c, id, &attempt, next))
        .await
}
