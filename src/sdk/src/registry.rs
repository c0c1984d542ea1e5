//! Which attempts a terminal has.

use std::collections::HashMap;
use std::time::Duration;

use mpac_pgw_protocol::PaymentIntentId;

use crate::driver::{Command, DriverHandle};
use crate::error::TerminalError;
use crate::record::AttemptRecord;
use crate::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// How long a shutdown waits for listeners that are just taking a final event.
pub(crate) const PATIENCE: Duration = Duration::from_millis(500);

/// Every attempt of a terminal that is not over.
#[derive(Default)]
pub(crate) struct Registry {
    attempts: Mutex<Attempts>,
    an_attempt_ended: Condvar,
}

#[derive(Default)]
pub(crate) struct Attempts {
    shut_down: bool,
    /// With a thread, by attempt id.
    pub(crate) running: HashMap<String, Running>,
    /// In the journal, waiting for `recover_pending`.
    pub(crate) pending: Vec<AttemptRecord>,
}

/// An attempt with a thread.
pub(crate) struct Running {
    pub(crate) payment_intent_id: PaymentIntentId,
    pub(crate) driver: DriverHandle,
}

impl Registry {
    pub(crate) fn new(pending: Vec<AttemptRecord>) -> Self {
        Self {
            attempts: Mutex::new(Attempts {
                pending,
                ..Attempts::default()
            }),
            an_attempt_ended: Condvar::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Attempts> {
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The attempts, unless the terminal was shut down.
    pub(crate) fn open(&self) -> Result<MutexGuard<'_, Attempts>, TerminalError> {
        let attempts = self.lock();
        if attempts.shut_down {
            return Err(TerminalError::ShutDown);
        }
        Ok(attempts)
    }

    /// The thread of an attempt has ended, and left this to be taken up again.
    pub(crate) fn ended(&self, attempt_id: &str, left: Option<AttemptRecord>) {
        let mut attempts = self.lock();
        attempts.running.remove(attempt_id);
        attempts.pending.extend(left);
        self.an_attempt_ended.notify_all();
    }

    /// Stops every thread, and waits for those that have only a final event to hand over.
    pub(crate) fn shut_down(&self) {
        let mut attempts = self.lock();
        attempts.shut_down = true;
        for running in attempts.running.values() {
            // A thread that has ended needs no stopping.
            let _ = running.driver.commands.send(Command::Stop);
        }
        let handing_over = |attempts: &mut Attempts| {
            let mut running = attempts.running.values();
            running.any(|running| !running.driver.state.is_open())
        };
        // Whatever is not accepted by then is delivered again by the next terminal.
        drop(
            self.an_attempt_ended
                .wait_timeout_while(attempts, PATIENCE, handing_over),
        );
    }
}

impl Attempts {
    /// The attempt that may still take money for this PaymentIntent. One that is finished and
    /// only waits for its event to be accepted does not count.
    pub(crate) fn unfinished(&self, id: &PaymentIntentId) -> Option<String> {
        let running = self.running.iter().find_map(|(attempt_id, running)| {
            let is_open = running.driver.state.is_open();
            (&running.payment_intent_id == id && is_open).then(|| attempt_id.clone())
        });
        running.or_else(|| {
            let pending = self.pending.iter().find(|record| {
                record.payment_intent_id() == id && record.final_result().is_none()
            })?;
            Some(pending.attempt_id.clone())
        })
    }
}
