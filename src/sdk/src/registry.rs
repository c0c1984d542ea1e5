//! Which attempts a terminal has.

use std::time::Duration;

use mpac_pgw_protocol::PaymentIntentId;

use crate::driver::{Begin, Command, DriverHandle};
use crate::error::TerminalError;
use crate::record::AttemptRecord;
use crate::sync::{Instant, Mutex, MutexGuard, PoisonError};

/// How long a shutdown waits for listeners that are just taking a final event.
pub(crate) const PATIENCE: Duration = Duration::from_millis(500);

/// Every attempt of a terminal that is not over.
#[derive(Default)]
pub(crate) struct Registry {
    attempts: Mutex<Attempts>,
}

#[derive(Default)]
pub(crate) struct Attempts {
    shut_down: bool,
    /// With a thread. A till has a few.
    running: Vec<Running>,
    /// In the journal, waiting for `recover_pending`.
    pub(crate) pending: Vec<AttemptRecord>,
}

/// An attempt with a thread.
pub(crate) struct Running {
    pub(crate) attempt_id: String,
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
        attempts
            .running
            .retain(|running| running.attempt_id != attempt_id);
        attempts.pending.extend(left);
    }

    /// Stops every thread. What a listener is just taking is waited for, and what it accepts.
    pub(crate) fn shut_down(&self) {
        let mut attempts = self.lock();
        attempts.shut_down = true;
        let running = attempts.running.iter().map(|running| &running.driver);
        let running: Vec<DriverHandle> = running.cloned().collect();
        drop(attempts);
        for driver in &running {
            driver.state.stop();
            // A thread that has ended needs no stopping.
            let _ = driver.commands.send(Command::Stop);
        }
        // Whatever is not accepted by then is delivered again by the next terminal.
        let began = Instant::now();
        for driver in &running {
            let patience = PATIENCE.saturating_sub(began.elapsed());
            driver.state.close(patience);
        }
    }
}

impl Attempts {
    /// Lets an attempt's thread begin.
    pub(crate) fn begin(&mut self, running: Running, begin: Begin) {
        running.driver.send(Command::Begin(begin));
        self.running.push(running);
    }

    /// An attempt with a thread.
    pub(crate) fn running(&self, attempt_id: &str) -> Option<&Running> {
        let mut running = self.running.iter();
        running.find(|running| running.attempt_id == attempt_id)
    }

    /// The attempt that may still take money for this PaymentIntent. One that is finished and
    /// only waits for its event to be accepted does not count.
    pub(crate) fn unfinished(&self, id: &PaymentIntentId) -> Option<String> {
        let running = self.running.iter().find_map(|running| {
            let is_open = running.driver.state.is_open();
            (&running.payment_intent_id == id && is_open).then(|| running.attempt_id.clone())
        });
        running.or_else(|| {
            let pending = self.pending.iter().find(|record| {
                record.payment_intent_id() == id && record.final_result().is_none()
            })?;
            Some(pending.attempt_id.clone())
        })
    }
}
