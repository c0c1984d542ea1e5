//! The few file operations of the journal, so that the tests can have each of them fail.

use std::fs::{self, File};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use super::device::Place;

/// A folder, by the names of its files. No operation follows a link that bears such a name.
pub(crate) trait Disk: Send + Sync {
    /// An open file, wherever its name leads by now.
    type File;

    /// Makes a file that was not there.
    fn create(&self, name: &str) -> io::Result<Self::File>;
    /// Opens a file to read it.
    fn open(&self, name: &str) -> io::Result<Self::File>;
    /// Opens a file to write over it.
    fn open_to_write(&self, name: &str) -> io::Result<Self::File>;
    /// Reads all of a file.
    fn read(&self, file: &Self::File) -> io::Result<Vec<u8>>;
    /// Writes over all of a file, in place. Only [`Disk::sync`] makes it last.
    fn overwrite(&self, file: &Self::File, bytes: &[u8]) -> io::Result<()>;
    /// Returns once the content would survive a power cut.
    fn sync(&self, file: &Self::File) -> io::Result<()>;
    /// Gives a file another name, and so takes that from the file that had it.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;
    /// Takes a name away.
    fn remove(&self, name: &str) -> io::Result<()>;
    /// Returns once the names would survive a power cut.
    fn sync_folder(&self) -> io::Result<()>;
    /// The names in the folder, without those that are not text: no name of the journal's is such.
    fn list(&self) -> io::Result<Vec<String>>;
    /// What is known of where a file is.
    fn place(&self, file: &Self::File, device_id: Option<&str>) -> io::Result<Place>;
    /// Where a file is, to tell people.
    fn path_of(&self, name: &str) -> PathBuf;
}

/// The file system.
pub(crate) struct SystemDisk {
    folder: PathBuf,
}

impl SystemDisk {
    pub(crate) fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
        }
    }
}

impl Disk for SystemDisk {
    type File = File;

    fn create(&self, name: &str) -> io::Result<File> {
        options()
            .write(true)
            .create_new(true)
            .open(self.path_of(name))
    }

    fn open(&self, name: &str) -> io::Result<File> {
        open_own(&self.path_of(name), false)
    }

    fn open_to_write(&self, name: &str) -> io::Result<File> {
        open_own(&self.path_of(name), true)
    }

    fn read(&self, mut file: &File) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn overwrite(&self, mut file: &File, bytes: &[u8]) -> io::Result<()> {
        if !bytes.is_empty() {
            file.rewind()?;
            file.write_all(bytes)?;
        }
        // Nothing to cut off a file that was just made.
        let length = bytes.len() as u64;
        if file.metadata()?.len() == length {
            return Ok(());
        }
        file.set_len(length)
    }

    fn sync(&self, file: &File) -> io::Result<()> {
        unless(cannot_sync, sync_all(file))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.path_of(from), self.path_of(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.path_of(name))
    }

    fn sync_folder(&self) -> io::Result<()> {
        // Windows has no such call, and needs none.
        if cfg!(not(unix)) {
            return Ok(());
        }
        let synced = File::open(&self.folder).and_then(|folder| sync_all(&folder));
        unless(cannot_sync_folder, synced)
    }

    fn list(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            names.extend(entry?.file_name().into_string());
        }
        Ok(names)
    }

    fn place(&self, file: &File, device_id: Option<&str>) -> io::Result<Place> {
        Ok(Place::of(&file.metadata()?, device_id))
    }

    fn path_of(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// What the file system has no way to do is not done, and no failure.
pub(super) fn unless(cannot: fn(&io::Error) -> bool, result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if cannot(&error) => {
            log::debug!("the file system cannot sync: {}", error.kind());
            Ok(())
        }
        result => result,
    }
}

#[cfg(unix)]
use unix::sync_all;
#[cfg(unix)]
pub(super) use unix::{cannot_replace, cannot_sync, cannot_sync_folder, open_own, options};

#[cfg(unix)]
mod unix {
    use std::fs::{File, Metadata, OpenOptions};
    use std::io;
    use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
    use std::path::Path;

    use rustix::fs::OFlags;
    use rustix::io::Errno;

    /// Links are not followed, and the open of a pipe does not wait for its other end.
    #[allow(clippy::cast_possible_wrap, reason = "flags, not a number")]
    pub(crate) fn options() -> OpenOptions {
        let mut options = File::options();
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
        options.mode(0o600).custom_flags(flags.bits() as i32);
        options
    }

    /// Opens a file that this user, or root, has made.
    pub(crate) fn open_own(path: &Path, write: bool) -> io::Result<File> {
        let opened = options().read(true).write(write).open(path);
        let file = opened.map_err(|error| {
            if is_one_of(&error, &[Errno::LOOP]) {
                // What ELOOP says by itself is about something else.
                io::Error::other("it is a link")
            } else {
                error
            }
        })?;
        let found = file.metadata()?;
        if !found.is_file() {
            return Err(io::Error::other("it is not a regular file"));
        }
        if !is_trusted(&found) {
            return Err(io::Error::other("it belongs to another user"));
        }
        Ok(file)
    }

    /// Root may do everything anyway, and is not kept from what other users have made.
    fn is_trusted(found: &Metadata) -> bool {
        let me = rustix::process::geteuid();
        me.is_root() || [me.as_raw(), 0].contains(&found.uid())
    }

    /// On Apple's systems std asks the drive itself for it, which not every file system passes on.
    pub(super) fn sync_all(file: &File) -> io::Result<()> {
        match file.sync_all() {
            Err(error) if cfg!(target_vendor = "apple") && cannot_sync(&error) => {
                Ok(rustix::fs::fsync(file)?)
            }
            result => result,
        }
    }

    /// There is no such call here, in the words of one file system or another. Everything else
    /// (EIO, ENOSPC, EDQUOT, EROFS, …) means that it should have worked, and did not.
    pub(crate) fn cannot_sync(error: &io::Error) -> bool {
        let errnos = [
            Errno::INVAL,
            Errno::NOTSUP,
            Errno::OPNOTSUPP,
            Errno::NOSYS,
            Errno::NOTTY,
        ];
        is_one_of(error, &errnos)
    }

    /// The same for a folder, which some do not even open to read, or not as a file.
    pub(crate) fn cannot_sync_folder(error: &io::Error) -> bool {
        let errnos = [Errno::ACCESS, Errno::PERM, Errno::ISDIR, Errno::BADF];
        cannot_sync(error) || is_one_of(error, &errnos)
    }

    /// There may be no rename onto a name that is taken. None of these has renamed anything.
    pub(crate) fn cannot_replace(error: &io::Error) -> bool {
        let errnos = [
            Errno::EXIST,
            Errno::ACCESS,
            Errno::PERM,
            Errno::BUSY,
            Errno::TXTBSY,
        ];
        cannot_sync(error) || is_one_of(error, &errnos)
    }

    fn is_one_of(error: &io::Error, errnos: &[Errno]) -> bool {
        let is = |errno: &Errno| error.raw_os_error() == Some(errno.raw_os_error());
        errnos.iter().any(is)
    }
}

#[cfg(not(unix))]
use elsewhere::sync_all;
#[cfg(not(unix))]
pub(super) use elsewhere::{cannot_replace, cannot_sync, cannot_sync_folder, open_own, options};

#[cfg(not(unix))]
mod elsewhere {
    use std::fs::{File, OpenOptions};
    use std::io;
    use std::path::Path;

    pub(crate) fn options() -> OpenOptions {
        File::options()
    }

    pub(crate) fn open_own(path: &Path, write: bool) -> io::Result<File> {
        let file = options().read(true).write(write).open(path)?;
        if file.metadata()?.is_file() {
            Ok(file)
        } else {
            Err(io::Error::other("it is not a regular file"))
        }
    }

    pub(super) fn sync_all(file: &File) -> io::Result<()> {
        file.sync_all()
    }

    pub(crate) fn cannot_sync(error: &io::Error) -> bool {
        error.kind() == io::ErrorKind::Unsupported
    }

    pub(crate) fn cannot_sync_folder(error: &io::Error) -> bool {
        cannot_sync(error)
    }

    pub(crate) fn cannot_replace(error: &io::Error) -> bool {
        let kinds = [
            io::ErrorKind::AlreadyExists,
            io::ErrorKind::PermissionDenied,
            io::ErrorKind::Unsupported,
        ];
        kinds.contains(&error.kind())
    }
}
