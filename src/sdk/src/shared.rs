//! What the threads of an attempt, its handle and the shutdown know of each other.

use std::sync::Arc;
use std::time::Duration;

use crate::facts::AttemptSummary;
use crate::state::{PaymentResult, PaymentState};
use crate::sync::thread::{self, ThreadId};
use crate::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// The state of an attempt, and who is at work on it.
#[derive(Clone)]
pub(crate) struct SharedState(Arc<(Mutex<Shared>, Condvar)>);

/// What the app may see of an attempt.
#[derive(Clone)]
pub(crate) struct Shown {
    pub(crate) summary: AttemptSummary,
    /// When the code on show expires, by the monotonic clock.
    pub(crate) code_end: Option<Duration>,
    pub(crate) is_over: bool,
}

struct Shared {
    shown: Shown,
    /// The thread that is just telling the app an event.
    teller: Option<ThreadId>,
    /// A cancel is on its way to the attempt's thread.
    is_cancelling: bool,
    /// The terminal was shut down: nothing is told or changes any more.
    is_closed: bool,
}

impl Shared {
    fn is_final(&self) -> bool {
        let state = &self.shown.summary.state;
        matches!(state, PaymentState::Finished { result } if result.is_final())
    }
}

impl SharedState {
    pub(crate) fn new(shown: Shown) -> Self {
        let shared = Shared {
            shown,
            teller: None,
            is_cancelling: false,
            is_closed: false,
        };
        Self(Arc::new((Mutex::new(shared), Condvar::new())))
    }

    pub(crate) fn get(&self) -> Shown {
        let shared = self.lock();
        let mut shown = shared.shown.clone();
        if shared.is_cancelling && !matches!(shown.summary.state, PaymentState::Finished { .. }) {
            shown.summary.state = PaymentState::Cancelling;
        }
        shown
    }

    /// Whether a cancel is on its way to the attempt's thread, which then says itself where it stands.
    pub(crate) fn show_cancelling(&self, is_cancelling: bool) {
        self.change(|shared| {
            if !shared.is_closed {
                shared.is_cancelling = is_cancelling;
            }
        });
    }

    /// Whether the attempt can still move money or is still being asked about.
    pub(crate) fn is_open(&self) -> bool {
        let shared = self.lock();
        !shared.is_final() && !shared.shown.is_over
    }

    /// Whether the terminal was shut down.
    pub(crate) fn is_closed(&self) -> bool {
        self.lock().is_closed
    }

    /// For the attempt's thread: this is where it stands.
    pub(crate) fn set(&self, shown: Shown) {
        self.change(|shared| {
            if !shared.is_closed {
                shared.shown = shown;
            }
        });
    }

    /// It has ended without its thread.
    pub(crate) fn end(&self, result: PaymentResult) {
        self.change(|shared| {
            if !shared.is_closed {
                shared.shown.summary.state = PaymentState::Finished { result };
            }
        });
    }

    /// For the delivery: whether an event may be told. [`Self::told`] has to follow.
    pub(crate) fn may_tell(&self) -> bool {
        // Nobody waits for this to begin.
        let mut shared = self.lock();
        let may = !shared.is_closed;
        shared.teller = may.then(|| thread::current().id());
        may
    }

    /// For the delivery: the listener has returned.
    pub(crate) fn told(&self) {
        self.change(|shared| shared.teller = None);
    }

    /// For the shutdown: from now on nothing is told or changes any more.
    pub(crate) fn close(&self) {
        self.change(|shared| shared.is_closed = true);
    }

    /// For the shutdown: waits for a listener that is just taking an event, unless this is called by
    /// that very listener.
    pub(crate) fn wait_for_teller(&self, patience: Duration) {
        let me = thread::current().id();
        let is_telling = |shared: &mut Shared| shared.teller.is_some_and(|teller| teller != me);
        let waited = self
            .0
            .1
            .wait_timeout_while(self.lock(), patience, is_telling);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }

    fn change<T>(&self, change: impl FnOnce(&mut Shared) -> T) -> T {
        let changed = change(&mut self.lock());
        self.0.1.notify_all();
        changed
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
