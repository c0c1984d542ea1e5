use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// A lock file beside the database: two gateways on one file would each believe to be alone.
///
/// It is a file of its own since closing any handle on the database file would drop SQLite's own
/// locks. It stays when the gateway ends; only the lock on it counts.
#[derive(Debug)]
pub(super) struct LockedFile {
    _file: File,
}

#[derive(Debug)]
pub(super) enum LockFailure {
    Taken,
    Io(io::Error),
}

impl LockedFile {
    pub(super) fn beside(database: &Path) -> Result<Self, LockFailure> {
        let mut name = database.as_os_str().to_owned();
        name.push("-lock");
        let open = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(PathBuf::from(name));
        let file = open.map_err(LockFailure::Io)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(LockFailure::Taken),
            Err(TryLockError::Error(error)) => Err(LockFailure::Io(error)),
        }
    }
}

/// Creates the database file, readable by its owner only: it holds payment tokens.
pub(super) fn create(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}
