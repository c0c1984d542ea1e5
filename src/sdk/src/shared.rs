//! What the threads of an attempt, its handle and the shutdown know of each other.

use std::sync::Arc;
use std::time::Duration;

use crate::state::PaymentState;
use crate::sync::thread::{self, ThreadId};
use crate::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// The state of an attempt, and who is at work on it.
#[derive(Clone)]
pub(crate) struct SharedState(Arc<(Mutex<Shared>, Condvar)>);

struct Shared {
    state: PaymentState,
    is_over: bool,
    /// The thread that is just telling the app an event.
    teller: Option<ThreadId>,
    /// The attempt's thread has ended.
    has_ended: bool,
    /// A shutdown has begun: only a finished attempt still tells its events.
    is_stopping: bool,
    /// The shutdown is over: nothing is told or changes any more.
    is_closed: bool,
}

impl Shared {
    /// Whether there is a final result, and what the app says to it is not on disk yet.
    fn is_handing_over(&self) -> bool {
        self.is_final() && !self.has_ended
    }

    fn is_final(&self) -> bool {
        matches!(&self.state, PaymentState::Finished { result } if result.is_final())
    }
}

impl SharedState {
    pub(crate) fn new(state: PaymentState) -> Self {
        let shared = Shared {
            state,
            is_over: false,
            teller: None,
            has_ended: false,
            is_stopping: false,
            is_closed: false,
        };
        Self(Arc::new((Mutex::new(shared), Condvar::new())))
    }

    pub(crate) fn get(&self) -> PaymentState {
        self.lock().state.clone()
    }

    /// Whether the attempt can still move money or is still being asked about.
    pub(crate) fn is_open(&self) -> bool {
        let shared = self.lock();
        !shared.is_final() && !shared.is_over
    }

    /// Whether the terminal was shut down.
    pub(crate) fn is_closed(&self) -> bool {
        self.lock().is_closed
    }

    /// For the attempt's thread: this is where it stands.
    pub(crate) fn set(&self, state: PaymentState, is_over: bool) {
        self.change(|shared| {
            if !shared.is_closed {
                shared.state = state;
                shared.is_over = is_over;
            }
        });
    }

    /// For the attempt's thread: nothing more comes from it.
    pub(crate) fn end(&self) {
        self.change(|shared| shared.has_ended = true);
    }

    /// For the delivery: whether an event may be told. [`Self::told`] has to follow.
    pub(crate) fn may_tell(&self) -> bool {
        // Nobody waits for this to begin.
        let mut shared = self.lock();
        let is_done = shared.is_closed || shared.is_over || shared.has_ended;
        let may = !is_done && (!shared.is_stopping || shared.is_final());
        shared.teller = may.then(|| thread::current().id());
        may
    }

    /// For the delivery: the listener has returned.
    pub(crate) fn told(&self) {
        self.change(|shared| shared.teller = None);
    }

    /// For the delivery: waits before an event is offered again. Returns whether it may be.
    pub(crate) fn pause(&self, pause: Duration) -> bool {
        let shared = self.wait_while(pause, |shared| !shared.is_stopping);
        !shared.is_stopping
    }

    /// For the shutdown: no event is begun any more but those of a finished attempt.
    pub(crate) fn stop(&self) {
        self.change(|shared| shared.is_stopping = true);
    }

    /// For the shutdown: waits for a listener that is just taking an event, and until what it
    /// answers to a final one is on disk; unless this is called by that very listener. From then on
    /// nothing is told or changes any more.
    pub(crate) fn close(&self, patience: Duration) {
        let me = thread::current().id();
        let mut shared = self.wait_while(patience, |shared| {
            shared.teller != Some(me) && (shared.teller.is_some() || shared.is_handing_over())
        });
        shared.is_closed = true;
    }

    fn change<T>(&self, change: impl FnOnce(&mut Shared) -> T) -> T {
        let changed = change(&mut self.lock());
        self.0.1.notify_all();
        changed
    }

    fn wait_while(
        &self,
        patience: Duration,
        condition: impl FnMut(&mut Shared) -> bool,
    ) -> MutexGuard<'_, Shared> {
        let waited = self
            .0
            .1
            .wait_timeout_while(self.lock(), patience, condition);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
