//! Which attempts a terminal has.

use std::time::Duration;

use mpac_pgw_protocol::PaymentIntentId;

use crate::driver::{Command, DriverHandle};
use crate::error::TerminalError;
use crate::facts::AttemptSummary;
use crate::journal::Found;
use crate::record::AttemptRecord;
use crate::services::Services;
use crate::sync::{Instant, Mutex, MutexGuard, PoisonError};
use crate::terminal::DamagedRecord;

/// How long a shutdown waits for listeners that are just taking an event.
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
    /// With a thread that waits for an answer to no purpose any more.
    withdrawn: Vec<Running>,
    /// In the journal, waiting for `recover_pending`.
    pub(crate) pending: Vec<AttemptRecord>,
    damaged: Vec<DamagedRecord>,
    /// Files that may each stand for one more.
    locked: Vec<DamagedRecord>,
}

/// An attempt with a thread.
pub(crate) struct Running {
    pub(crate) attempt_id: String,
    pub(crate) payment_intent_id: PaymentIntentId,
    pub(crate) driver: DriverHandle,
}

impl Registry {
    pub(crate) fn new(found: Found) -> Self {
        Self {
            attempts: Mutex::new(Attempts {
                pending: found.attempts,
                damaged: found.damaged,
                locked: found.locked,
                ..Attempts::default()
            }),
        }
    }

    /// The files that could not be read.
    pub(crate) fn damaged(&self) -> Vec<DamagedRecord> {
        let attempts = self.lock();
        let mut damaged = attempts.damaged.clone();
        damaged.append(&mut attempts.locked.clone());
        damaged
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

    /// All there are: those with a thread, and those that wait, as `summary` has them.
    pub(crate) fn summaries(
        &self,
        summary: impl Fn(&AttemptRecord) -> AttemptSummary,
    ) -> Vec<AttemptSummary> {
        let attempts = self.lock();
        let running = attempts.running.iter();
        let shown = running.map(|running| running.driver.state.get());
        let running = shown
            .filter(|shown| !shown.is_over)
            .map(|shown| shown.summary);
        let pending = attempts.pending.iter().map(summary);
        let mut all: Vec<_> = running.chain(pending).collect();
        all.sort_by_key(|one| one.facts.created_at);
        all
    }

    /// The thread of an attempt has ended, and left this to be taken up again.
    pub(crate) fn ended(&self, attempt_id: &str, left: Option<AttemptRecord>, withdrawn: bool) {
        let mut attempts = self.lock();
        // What it has shown last goes on being told.
        if attempts.shut_down {
            return;
        }
        let threads = match withdrawn {
            true => &mut attempts.withdrawn,
            false => &mut attempts.running,
        };
        threads.retain(|running| running.attempt_id != attempt_id);
        attempts.pending.extend(left);
    }

    /// An attempt has ended before its thread.
    pub(crate) fn withdrawn(&self, record: AttemptRecord) {
        let mut attempts = self.lock();
        let mut running = attempts.running.iter();
        let position = running.position(|running| running.attempt_id == record.attempt_id);
        if let Some(position) = position {
            let running = attempts.running.swap_remove(position);
            attempts.withdrawn.push(running);
            attempts.pending.push(record);
        }
    }

    /// The thread of an attempt, if it has one.
    pub(crate) fn driver(&self, attempt_id: &str) -> Option<DriverHandle> {
        let attempts = self.lock();
        let running = attempts.running(attempt_id);
        running.map(|running| running.driver.clone())
    }

    /// Lets go of an attempt that has an outcome and no thread: `forget` removes its record. Returns
    /// whether it is gone.
    pub(crate) fn acknowledge(
        &self,
        attempt_id: &str,
        forget: impl FnOnce(&AttemptRecord) -> bool,
    ) -> bool {
        let Ok(mut attempts) = self.open() else {
            return false;
        };
        let mut pending = attempts.pending.iter();
        let Some(position) = pending.position(|record| record.attempt_id == attempt_id) else {
            // Gone before, or just taken up again.
            return attempts.running(attempt_id).is_none();
        };
        let is_gone = forget(&attempts.pending[position]);
        if is_gone {
            attempts.pending.swap_remove(position);
        }
        is_gone
    }

    /// Stops every thread. What a listener is just taking is waited for.
    pub(crate) fn shut_down(&self) {
        let mut attempts = self.lock();
        attempts.shut_down = true;
        let threads = attempts.running.iter().chain(&attempts.withdrawn);
        let running: Vec<DriverHandle> = threads.map(|running| running.driver.clone()).collect();
        drop(attempts);
        for driver in &running {
            driver.state.close();
            // A thread that has ended needs no stopping.
            let _ = driver.commands.send(Command::Stop);
        }
        let began = Instant::now();
        for driver in &running {
            let patience = PATIENCE.saturating_sub(began.elapsed());
            driver.state.wait_for_teller(patience);
        }
    }
}

impl Attempts {
    /// Tries once more to read what was locked.
    pub(crate) fn look_again(&mut self, services: &Services) -> Result<(), TerminalError> {
        if self.locked.is_empty() {
            return Ok(());
        }
        let mut found = services.look_again(&self.locked)?;
        self.pending.append(&mut found.attempts);
        self.damaged.append(&mut found.damaged);
        self.locked = found.locked;
        Ok(())
    }

    /// Removes what is damaged of an attempt. Tells whether there was anything. What can be read after
    /// all, as the disk or the vault had failed for a moment only, is to be recovered instead.
    pub(crate) fn settle_damaged(
        &mut self,
        attempt_id: &str,
        services: &Services,
    ) -> Result<bool, TerminalError> {
        let is_of_it = |file: &&DamagedRecord| file.attempt_id == attempt_id;
        if let Some(file) = self.locked.iter().find(is_of_it) {
            return Err(locked(file));
        }
        let before = self.damaged.len();
        while let Some(position) = self.damaged.iter().position(|file| is_of_it(&file)) {
            let mut found = services.look_again(&self.damaged[position..=position])?;
            self.damaged.remove(position);
            if let Some(file) = found.locked.pop() {
                let error = locked(&file);
                self.locked.push(file);
                return Err(error);
            }
            if !found.attempts.is_empty() {
                self.pending.append(&mut found.attempts);
                return Err(TerminalError::Storage {
                    reason: "it can be read after all: recover the pending attempts".to_owned(),
                });
            }
            // By the name that it has by now.
            for file in found.damaged {
                if let Err(error) = services.discard(&file) {
                    self.damaged.push(file);
                    return Err(error.into());
                }
            }
        }
        Ok(self.damaged.len() < before)
    }

    /// Any attempt may be the one behind a file that is still locked.
    pub(crate) fn check_unlocked(&self) -> Result<(), TerminalError> {
        self.locked.first().map_or(Ok(()), |file| Err(locked(file)))
    }

    /// Counts an attempt among those with a thread.
    pub(crate) fn add(&mut self, running: Running) {
        self.running.push(running);
    }

    /// An attempt with a thread.
    pub(crate) fn running(&self, attempt_id: &str) -> Option<&Running> {
        let mut running = self.running.iter();
        running.find(|running| running.attempt_id == attempt_id)
    }

    /// The attempt that may still take money for this PaymentIntent. One whose outcome only waits to
    /// be acknowledged does not count.
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

fn locked(file: &DamagedRecord) -> TerminalError {
    TerminalError::Storage {
        reason: format!("{}: {}", file.path, file.reason),
    }
}
