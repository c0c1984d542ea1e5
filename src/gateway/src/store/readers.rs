use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;

use super::{StoreError, open};

/// Connections that only read, opened as they are needed and kept. In WAL mode they never wait
/// for the writer.
#[derive(Debug)]
pub(super) struct Readers {
    /// `None` for a database in memory, which has one connection only.
    path: Option<PathBuf>,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(super) fn none() -> Self {
        Self {
            path: None,
            idle: Mutex::default(),
        }
    }

    pub(super) fn of(path: PathBuf) -> Self {
        Self {
            path: Some(path),
            idle: Mutex::default(),
        }
    }

    /// Runs `work` on an idle connection; `Err` gives the work back when there is none to be had.
    pub(super) fn run<T, E, F>(&self, work: F) -> Result<Result<T, E>, F>
    where
        F: FnOnce(&Connection) -> Result<T, E>,
        E: From<StoreError>,
    {
        let Some(path) = &self.path else {
            return Err(work);
        };
        let idle = self.idle().pop();
        let connection = match idle.map_or_else(|| open::reader(path), Ok) {
            Ok(connection) => connection,
            Err(error) => return Ok(Err(StoreError::from(error).into())),
        };
        let result = work(&connection);
        self.idle().push(connection);
        Ok(result)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
