//! Events on their way to the app: in order, on a thread of their own.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use crate::driver::Command;
use crate::events::{PaymentEvent, PaymentListener};
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
    driver: Sender<Command>,
) -> std::io::Result<Sender<PaymentEvent>> {
    let (sender, events) = mpsc::channel();
    thread::Builder::new()
        .name("mpac-pgw-events".to_owned())
        .spawn(move || deliver(&*listener, &events, &driver))?;
    Ok(sender)
}

fn deliver(
    listener: &dyn PaymentListener,
    events: &Receiver<PaymentEvent>,
    driver: &Sender<Command>,
) {
    while let Ok(event) = events.recv() {
        let is_final = event.kind.is_final();
        let mut accepted = offer(listener, &event);
        if is_final {
            let mut retries = RETRIES.iter();
            while !accepted {
                let Some(&pause) = retries.next() else { break };
                // A closed channel means that the terminal was shut down.
                if !wait(driver, pause) {
                    return;
                }
                accepted = offer(listener, &event);
            }
            // The driver may be gone already; then there is nobody to tell.
            let _ = driver.send(Command::FinalEvent { accepted });
        }
    }
}

/// Waits, unless the driver has stopped.
fn wait(driver: &Sender<Command>, pause: Duration) -> bool {
    thread::sleep(pause);
    driver.send(Command::Ping).is_ok()
}

fn offer(listener: &dyn PaymentListener, event: &PaymentEvent) -> bool {
    // A panic in an app's listener written in Rust must not end the delivery thread.
    let answer = catch_unwind(AssertUnwindSafe(|| listener.on_event(event.clone())));
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
