//! What the attempts of a terminal share: the clock, the gateway and the journal.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::clock::{Clock, Entropy};
use crate::driver::{Begin, Command};
use crate::error::TerminalError;
use crate::exchange::{Reply, Request};
use crate::journal::{Found, Journal};
use crate::record::AttemptRecord;
use crate::registry::PATIENCE;
use crate::sync::mpsc::Sender;
use crate::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use crate::terminal::DamagedRecord;
use crate::transport::Transport;

/// Whoever answers requests.
pub(crate) trait Gateway: Send + Sync {
    /// The address, without a trailing slash.
    fn base_url(&self) -> &str;

    /// Sends one request and waits for the answer.
    fn send(&self, request: &Request) -> Reply;
}

impl Gateway for Transport {
    fn base_url(&self) -> &str {
        self.base_url()
    }

    fn send(&self, request: &Request) -> Reply {
        self.send(request)
    }
}

/// Where attempts are kept.
pub(crate) trait Store: Send + Sync {
    fn write(&self, gateway_url: &str, record: &AttemptRecord) -> io::Result<()>;

    /// Reads once more what was locked.
    fn look_again(&self, _: &str, _: &[DamagedRecord]) -> Result<Found, TerminalError> {
        Ok(Found::default())
    }

    /// Removes an attempt that is over.
    fn forget(&self, record: &AttemptRecord) -> io::Result<()>;

    /// Removes what could not be read.
    fn discard(&self, _: &DamagedRecord) -> io::Result<()> {
        Ok(())
    }

    /// Lets another terminal have it. Called once, and nothing afterwards.
    fn release(&self);
}

impl Store for Journal {
    fn write(&self, gateway_url: &str, record: &AttemptRecord) -> io::Result<()> {
        self.write(gateway_url, record)
    }

    fn look_again(
        &self,
        gateway_url: &str,
        locked: &[DamagedRecord],
    ) -> Result<Found, TerminalError> {
        self.look_again(gateway_url, locked)
    }

    fn forget(&self, record: &AttemptRecord) -> io::Result<()> {
        self.forget(record)
    }

    fn discard(&self, file: &DamagedRecord) -> io::Result<()> {
        self.discard(file)
    }

    fn release(&self) {
        self.release();
    }
}

/// About how many attempts of the journal the gateway is asked at the same time at first: a shop
/// that comes back from a power cut must not ask about a thousand at once.
const FEW: usize = 8;

/// Who of those is next.
#[derive(Default)]
struct Line {
    waiting: VecDeque<Sender<Command>>,
    /// How many have their turn.
    served: usize,
}

/// An attempt's turn to ask the gateway. Dropping it lets the next one begin.
pub(crate) struct Turn(Arc<Services>);

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.line().served -= 1;
        self.0.serve();
    }
}

/// What every attempt of a terminal uses.
pub(crate) struct Services {
    pub(crate) clock: Box<dyn Clock>,
    pub(crate) entropy: fn() -> Box<dyn Entropy>,
    pub(crate) gateway: Box<dyn Gateway>,
    journal: Box<dyn Store>,
    journal_use: Mutex<JournalUse>,
    a_change_ended: Condvar,
    line: Mutex<Line>,
}

/// Who uses the journal, so that no change to it comes to its end after another terminal has it.
#[derive(Default)]
struct JournalUse {
    /// How many changes are under way.
    changes: usize,
    /// No other change is begun.
    is_released: bool,
    /// The last change under way hands the journal over: the disk has kept it for too long.
    is_owed: bool,
}

impl Services {
    pub(crate) fn new(
        clock: Box<dyn Clock>,
        entropy: fn() -> Box<dyn Entropy>,
        gateway: Box<dyn Gateway>,
        journal: Box<dyn Store>,
    ) -> Self {
        Self {
            clock,
            entropy,
            gateway,
            journal,
            journal_use: Mutex::default(),
            a_change_ended: Condvar::new(),
            line: Mutex::default(),
        }
    }

    /// Lets an attempt's thread begin once it is its turn.
    pub(crate) fn begin_in_turn(self: &Arc<Self>, driver: Sender<Command>) {
        self.line().waiting.push_back(driver);
        self.serve();
    }

    fn serve(self: &Arc<Self>) {
        let mut line = self.line();
        if line.served >= FEW {
            return;
        }
        let Some(driver) = line.waiting.pop_front() else {
            return;
        };
        line.served += 1;
        drop(line);
        let turn = Turn(self.clone());
        // One that has ended gives it back at once.
        let _ = driver.send(Command::Begin(Begin::Resume(turn)));
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes an attempt to the journal, unless that was released.
    pub(crate) fn save(&self, record: &AttemptRecord) -> io::Result<()> {
        let saved = self.change(&|journal| journal.write(self.gateway.base_url(), record));
        if let Err(error) = &saved {
            let id = &record.attempt_id;
            log::error!(
                "attempt {id}: the journal could not be written: {}",
                error.kind()
            );
        }
        saved
    }

    /// Reads once more what was locked, unless the journal was released.
    pub(crate) fn look_again(&self, locked: &[DamagedRecord]) -> Result<Found, TerminalError> {
        let found = RefCell::new(Ok(Found::default()));
        self.change(&|journal| {
            drop(found.replace(journal.look_again(self.gateway.base_url(), locked)));
            Ok(())
        })?;
        found.into_inner()
    }

    /// Removes an attempt from the journal, unless that was released.
    pub(crate) fn forget(&self, record: &AttemptRecord) -> io::Result<()> {
        self.remove(&|journal| journal.forget(record))
    }

    /// Removes what could not be read, unless the journal was released.
    pub(crate) fn discard(&self, file: &DamagedRecord) -> io::Result<()> {
        self.remove(&|journal| journal.discard(file))
    }

    fn remove(&self, remove: &dyn Fn(&dyn Store) -> io::Result<()>) -> io::Result<()> {
        let forgotten = self.change(remove);
        if let Err(error) = &forgotten {
            log::error!("the journal could not be cleaned: {}", error.kind());
        }
        forgotten
    }

    /// Lets another terminal have the journal, once the changes under way have come to their end.
    pub(crate) fn release(&self) {
        let mut used = self.lock();
        if std::mem::replace(&mut used.is_released, true) {
            return;
        }
        let in_use = |used: &mut JournalUse| used.changes > 0;
        let waited = self
            .a_change_ended
            .wait_timeout_while(used, PATIENCE, in_use);
        let (mut used, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if used.changes > 0 {
            used.is_owed = true;
        } else {
            self.journal.release();
        }
    }

    /// Whether another terminal may have the journal by now.
    pub(crate) fn is_released(&self) -> bool {
        self.lock().is_released
    }

    fn change(&self, change: &dyn Fn(&dyn Store) -> io::Result<()>) -> io::Result<()> {
        let mut used = self.lock();
        if used.is_released {
            return Err(io::Error::other("the terminal was shut down"));
        }
        used.changes += 1;
        drop(used);
        // The app's vault may panic.
        let changed = catch_unwind(AssertUnwindSafe(|| change(&*self.journal)));
        let mut used = self.lock();
        used.changes -= 1;
        if used.changes == 0 && used.is_owed {
            self.journal.release();
        }
        drop(used);
        self.a_change_ended.notify_all();
        changed.unwrap_or_else(|_| Err(io::Error::other("the vault panicked")))
    }

    fn lock(&self) -> MutexGuard<'_, JournalUse> {
        let used = self.journal_use.lock();
        used.unwrap_or_else(PoisonError::into_inner)
    }
}
