//! Events on their way to the app: in order, on a thread that is there only while there is
//! something to tell.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::driver::Command;
use crate::events::{PaymentEvent, PaymentEventKind, PaymentListener};
use crate::shared::SharedState;
use crate::state::PaymentResult;
use crate::sync::mpsc::Sender;
use crate::sync::{Mutex, MutexGuard, PoisonError, thread};

/// What one attempt has to tell.
#[derive(Clone)]
pub(crate) struct Delivery {
    listener: Arc<dyn PaymentListener>,
    attempt: SharedState,
    driver: Sender<Command>,
    queue: Arc<Mutex<Queue>>,
}

#[derive(Default)]
struct Queue {
    events: VecDeque<PaymentEvent>,
    /// A thread is telling them.
    is_being_told: bool,
}

impl Delivery {
    pub(crate) fn new(
        listener: Arc<dyn PaymentListener>,
        attempt: SharedState,
        driver: Sender<Command>,
    ) -> Self {
        Self {
            listener,
            attempt,
            driver,
            queue: Arc::default(),
        }
    }

    pub(crate) fn tell(&self, event: PaymentEvent) {
        self.lock().events.push_back(event);
        self.begin();
    }

    /// Tells the end of an attempt that ends without its thread.
    pub(crate) fn tell_end(&self, event: PaymentEvent) {
        if let PaymentEventKind::PaymentCancelled { by } = event.kind {
            self.attempt.end(PaymentResult::Cancelled { by });
        }
        self.tell(event);
    }

    /// Whether all is told.
    pub(crate) fn is_idle(&self) -> bool {
        let queue = self.lock();
        queue.events.is_empty() && !queue.is_being_told
    }

    /// Sees to it that what there is to tell is being told. Returns whether it is: where no thread
    /// can be started, this has to be called again.
    pub(crate) fn begin(&self) -> bool {
        let mut queue = self.lock();
        if queue.events.is_empty() || queue.is_being_told {
            return true;
        }
        queue.is_being_told = true;
        drop(queue);
        let teller = self.clone();
        let started = thread::Builder::new()
            .name("mpac-pgw-events".to_owned())
            .spawn(move || teller.tell_all());
        if started.is_err() {
            self.lock().is_being_told = false;
        }
        started.is_ok()
    }

    fn tell_all(&self) {
        while let Some(event) = self.next() {
            if !self.attempt.may_tell() {
                continue;
            }
            let name = event.name.clone();
            // A panic in an app's listener written in Rust must not end the delivery.
            let told = catch_unwind(AssertUnwindSafe(|| self.listener.on_event(event)));
            self.attempt.told();
            if told.is_err() {
                log::error!("the listener has panicked at {name}");
            }
        }
        // The driver may be gone already.
        let _ = self.driver.send(Command::Told);
    }

    fn next(&self) -> Option<PaymentEvent> {
        let mut queue = self.lock();
        let event = queue.events.pop_front();
        queue.is_being_told = event.is_some();
        event
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
