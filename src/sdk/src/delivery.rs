//! Events on their way to the app: in order, on a thread of their own.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use crate::driver::Command;
use crate::events::{PaymentEvent, PaymentListener};
use crate::shared::SharedState;
use crate::sync::mpsc::{self, Receiver, Sender};
use crate::sync::thread;

/// How often a final event is offered again to a listener that failed, and after how long. What
/// is not accepted by then stays in the journal, for `recover_pending`.
const RETRIES: [Duration; 4] = [
    Duration::from_millis(200),
    Duration::from_secs(1),
    Duration::from_secs(5),
    Duration::from_secs(30),
];

/// Starts the thread that calls the listener of one attempt. It ends with its sender.
pub(crate) fn start(
    listener: Arc<dyn PaymentListener>,
    attempt: SharedState,
    driver: Sender<Command>,
) -> std::io::Result<Sender<PaymentEvent>> {
    let (sender, events) = mpsc::channel();
    thread::Builder::new()
        .name("mpac-pgw-events".to_owned())
        .spawn(move || deliver(&*listener, &events, &attempt, &driver))?;
    Ok(sender)
}

fn deliver(
    listener: &dyn PaymentListener,
    events: &Receiver<PaymentEvent>,
    attempt: &SharedState,
    driver: &Sender<Command>,
) {
    while let Ok(event) = events.recv() {
        let mut accepted = offer(listener, &event, attempt);
        if event.kind.is_final() {
            let mut retries = RETRIES.iter();
            while !accepted
                && let Some(&pause) = retries.next()
                && attempt.pause(pause)
            {
                accepted = offer(listener, &event, attempt);
            }
            // The driver may be gone already; then there is nobody to tell.
            let _ = driver.send(Command::FinalEvent { accepted });
        }
    }
}

/// Tells the app, unless the terminal was shut down. Returns whether it has taken the event.
fn offer(listener: &dyn PaymentListener, event: &PaymentEvent, attempt: &SharedState) -> bool {
    if !attempt.may_tell() {
        return false;
    }
    // A panic in an app's listener written in Rust must not end the delivery thread.
    let answer = catch_unwind(AssertUnwindSafe(|| listener.on_event(event.clone())));
    attempt.told();
    let accepted = matches!(answer, Ok(Ok(())));
    if !accepted {
        log::warn!(
            "attempt {}: the listener did not accept {}",
            event.attempt_id,
            event.name
        );
    }
    accepted
}
