//! Payments on disk: SQLite, with one writer and as many readers as there are requests.

pub(crate) mod audit;
pub(crate) mod browse;
mod checkpoints;
pub(crate) mod clock;
pub(crate) mod codes;
pub(crate) mod counterpart;
pub(crate) mod deliveries;
pub(crate) mod due;
pub(crate) mod endpoints;
pub(crate) mod events;
mod hash;
pub(crate) mod idempotency;
pub(crate) mod intents;
mod location;
pub(crate) mod merchant_refs;
mod open;
mod readers;
pub(crate) mod refunds;
pub(crate) mod reset;
mod schema;
mod writer;

use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rusqlite::Connection;
use tokio::sync::Notify;

pub use open::{SYNC_POLICY, StoreOpenError};

use crate::clock::Clock;
use crate::config::StoreLocation;
use crate::ids::IdGenerationError;
use checkpoints::Checkpoints;
use location::LockedFile;
use readers::Readers;
use writer::Writer;

/// The database failed, or holds what this program would never write.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum StoreError {
    #[error("database: {0}")]
    Sqlite(Arc<rusqlite::Error>),
    #[error("database: {column} of {row} cannot be read")]
    Damaged { row: String, column: &'static str },
    #[error("database: {0} changed under a lock that should have kept it still")]
    LostUpdate(String),
    #[error(transparent)]
    Ids(#[from] IdGenerationError),
    #[error("the database has been closed")]
    Closed,
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(Arc::new(error))
    }
}

/// A handle on the database. Clones share it; the last one closes it.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    // Closed first: SQLite empties the log into the file when the last connection is closed, which
    // must be one that may write.
    readers: Arc<Readers>,
    writer: Arc<Writer>,
    outbox: Arc<Notify>,
    changes: Arc<AtomicU64>,
    // Released last, after the connections are closed: closing a handle on the file drops the locks
    // of SQLite's own.
    _held: Option<Arc<(LockedFile, Arc<File>)>>,
}

impl Store {
    /// Opens or creates the database and brings its schema up to date. `paypay` names the PayPay
    /// that its payments go through. `clock` goes on where it was when the database was closed.
    pub(crate) fn open(
        location: &StoreLocation,
        paypay: &str,
        clock: &Clock,
    ) -> Result<Self, StoreOpenError> {
        let (connection, checkpoints, readers, held) = match location {
            StoreLocation::Ephemeral => (open::in_memory()?, None, Readers::none(), None),
            StoreLocation::File(path) => {
                let path = open::real_path(path);
                let (mut connection, lock) = open::file(&path, paypay, clock)?;
                let copier = open::copier(&path)?;
                let held = Arc::new((lock, Arc::clone(&copier.file)));
                let checkpoints = Checkpoints::start(&mut connection, copier, checkpoints::PAGES)
                    .map_err(StoreOpenError::Thread)?;
                let readers = Readers::of(path);
                (connection, Some(checkpoints), readers, Some(held))
            }
        };
        let outbox = Arc::new(Notify::new());
        let changes = Arc::new(AtomicU64::new(0));
        let writer = Writer::start(
            connection,
            checkpoints,
            Arc::clone(&outbox),
            Arc::clone(&changes),
        );
        let writer = writer.map_err(StoreOpenError::Thread)?;
        Ok(Self {
            readers: Arc::new(readers),
            writer: Arc::new(writer),
            outbox,
            changes,
            _held: held,
        })
    }

    /// Whether what is written outlives the gateway.
    pub(crate) fn is_kept(&self) -> bool {
        self._held.is_some()
    }

    /// Ready once the outbox of webhooks has changed since the last time. For one who waits.
    pub(crate) async fn outbox_changed(&self) {
        self.outbox.notified().await;
    }

    /// How many rows have been written so far: once it has moved, something may look different.
    pub(crate) fn changes(&self) -> u64 {
        self.changes.load(Ordering::Relaxed)
    }

    /// Runs `work` in a transaction of its own and answers once it is on disk. An error undoes
    /// everything that `work` did.
    pub(crate) async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&Connection) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        match self.writer.submit(work)?.await {
            Ok(result) => result,
            Err(_) => Err(StoreError::Closed.into()),
        }
    }

    /// Runs `work` on what is on disk now. A file is read on the calling thread, in tens of
    /// microseconds, which is less than handing the work to another thread would take.
    pub(crate) async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&Connection) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        match self.readers.run(work) {
            Ok(result) => result,
            Err(work) => self.write(work).await,
        }
    }
}
