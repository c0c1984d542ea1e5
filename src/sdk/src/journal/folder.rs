//! The folder of a journal: one terminal's, and closed to other users.

use std::fs::File;
use std::io;
use std::path::Path;

use crate::error::TerminalError;

use super::disk::{open_own, options};

/// Creates the folder when needed, and takes from others the right to write to it: who can plant
/// or remove a file there can make and unmake payments. Access lists are not looked at, nor the
/// folders above.
///
/// # Errors
/// When others keep that right: the folder is another user's, or its file system knows no rights. And
/// when they seem to need it: then nothing is changed.
pub(super) fn prepare(folder: &Path) -> Result<(), TerminalError> {
    let refuse = |reason: &str| Err(TerminalError::configuration("data_directory", reason));
    create_private(folder).map_err(|error| TerminalError::Storage {
        reason: format!("{}: {error}", folder.display()),
    })?;
    if !is_open_to_others(folder)? {
        return Ok(());
    }
    if is_shared(folder)? {
        return refuse(
            "it is shared: other users can write to it, and it has the sticky bit or files that \
             are not the journal's; use a folder of the app's own, such as a new one in it",
        );
    }
    close_to_others(folder);
    if is_open_to_others(folder)? {
        return refuse(
            "other users can write to it, and that cannot be changed; use a folder of the app's \
             own on internal storage",
        );
    }
    Ok(())
}

/// Takes the lock of a folder. It ends with the file.
pub(super) fn lock(folder: &Path) -> Result<File, TerminalError> {
    let path = folder.join("lock");
    // Nothing is cut off: whatever it holds, it was not put there to be lost.
    let file = match options()
        .read(true)
        .write(true)
        .create_new(true)
        .open(&path)
    {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => open_own(&path, true),
        created => created,
    };
    let file = file.map_err(|error| TerminalError::Storage {
        reason: format!("the file `lock` cannot be used: {error}"),
    })?;
    match try_lock(&file) {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
            Err(TerminalError::DirectoryInUse)
        }
        Err(error) => Err(error.into()),
        Ok(()) => Ok(file),
    }
}

#[cfg(unix)]
pub(super) use unix::unlock;
#[cfg(unix)]
use unix::{close_to_others, create_private, is_open_to_others, is_shared, try_lock};

#[cfg(unix)]
mod unix {
    use std::fs::{self, DirBuilder, File, Permissions};
    use std::io;
    use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown};
    use std::path::Path;

    use rustix::fs::{FlockOperation, flock};

    use crate::journal::device;
    use crate::journal::disk::{Disk as _, SystemDisk};

    pub(super) fn create_private(folder: &Path) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)
    }

    pub(super) fn is_open_to_others(folder: &Path) -> io::Result<bool> {
        let found = fs::metadata(folder)?;
        let me = rustix::process::geteuid().as_raw();
        Ok(found.mode() & 0o022 != 0 || ![me, 0].contains(&found.uid()))
    }

    /// Whether closing the folder would lock out others: such as `/tmp`, and whatever has files in it
    /// that are not the journal's. A user's own are no reason; but root owns what all rely on.
    pub(super) fn is_shared(folder: &Path) -> io::Result<bool> {
        if fs::metadata(folder)?.mode() & 0o1000 != 0 {
            return Ok(true);
        }
        let me = rustix::process::geteuid();
        for name in SystemDisk::new(folder).list().unwrap_or_default() {
            let is_own = || {
                let found = fs::symlink_metadata(folder.join(&name));
                !me.is_root() && found.is_ok_and(|found| found.uid() == me.as_raw())
            };
            if !is_of_a_journal(&name) && !is_own() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn is_of_a_journal(name: &str) -> bool {
        let (stem, _) = name.split_once('.').unwrap_or((name, ""));
        stem == "lock" || stem == device::NAME || uuid::Uuid::try_parse(stem).is_ok()
    }

    /// Whether it worked is seen in what is there then: some file systems only say so.
    pub(super) fn close_to_others(folder: &Path) {
        let me = rustix::process::geteuid();
        if me.is_root() {
            let _ = chown(folder, Some(me.as_raw()), None);
        }
        let _ = fs::set_permissions(folder, Permissions::from_mode(0o700));
    }

    /// The lock that std takes too. On Android std's own is a stub before Rust 1.98.
    pub(super) fn try_lock(file: &File) -> io::Result<()> {
        Ok(flock(file, FlockOperation::NonBlockingLockExclusive)?)
    }

    pub(crate) fn unlock(file: &File) -> io::Result<()> {
        Ok(flock(file, FlockOperation::Unlock)?)
    }
}

#[cfg(not(unix))]
pub(super) use elsewhere::unlock;
#[cfg(not(unix))]
use elsewhere::{close_to_others, create_private, is_open_to_others, is_shared, try_lock};

#[cfg(not(unix))]
mod elsewhere {
    use std::fs::{self, File, TryLockError};
    use std::io;
    use std::path::Path;

    pub(super) fn create_private(folder: &Path) -> io::Result<()> {
        fs::create_dir_all(folder)
    }

    /// The rights of new folders are the system's to set.
    #[allow(clippy::unnecessary_wraps, reason = "the other one can fail")]
    pub(super) fn is_open_to_others(_: &Path) -> io::Result<bool> {
        Ok(false)
    }

    #[allow(clippy::unnecessary_wraps, reason = "the other one can fail")]
    pub(super) fn is_shared(_: &Path) -> io::Result<bool> {
        Ok(false)
    }

    pub(super) fn close_to_others(_: &Path) {}

    pub(super) fn try_lock(file: &File) -> io::Result<()> {
        file.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => io::ErrorKind::WouldBlock.into(),
            TryLockError::Error(error) => error,
        })
    }

    pub(crate) fn unlock(file: &File) -> io::Result<()> {
        file.unlock()
    }
}
