//! Attempts on disk: one file each, replaced as a whole, in a folder locked to one terminal.
//!
//! **A write that fails has changed nothing**, whichever step of it failed: [`replace`]. The app
//! may count on it: a call that returned an error has left nothing to resume. The model in
//! `journal/model.rs` and `tests/tests/disk_faults.rs` have every step fail, with every errno,
//! once and from then on, having done its work or not, with and without a power cut after it.
//! A disk on which the undo fails too, in each of its ways (no rename, no write through the open
//! file, no remove), is beyond it: then the error is in the log, and the next start may find
//! either. So is a disk that says a write has lasted when it has not.
//!
//! **What a file system cannot do, it need not**: sync a folder or a file, rename onto a name that
//! is taken, make links. Locking a file it must. [`disk`] tells "cannot" from "failed".
//!
//! **Nobody else writes here.** The folder is this user's alone ([`folder`]), no link is followed,
//! and with a vault only sealed files are read. A sealed file stands for the attempt it is named
//! after and no other; but an older state of the same attempt, kept and put back, is not
//! recognised, nor is a vault that does not authenticate what it opens.
//!
//! **A copy is told from the original**: [`device`].

mod device;
mod disk;
mod entry;
mod folder;
#[cfg(test)]
#[cfg(unix)]
mod model;
mod replace;
#[cfg(test)]
#[cfg(unix)]
mod tests;

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use crate::clock::{SystemEntropy, random_uuid};
use crate::error::TerminalError;
use crate::record::AttemptRecord;
use crate::terminal::DamagedRecord;
use crate::transport;
use crate::vault::Vault;

use device::Mark;
use disk::{Disk, SystemDisk};
pub(crate) use entry::{Entry, Facts, Unreadable, decode, encode};

/// Ends the name of an attempt's file.
const EXTENSION: &str = "attempt";
/// Ends the name of a file that was set aside.
const DAMAGED_EXTENSION: &str = "damaged";

/// The attempts of one terminal.
pub(crate) struct Journal<D: Disk = SystemDisk> {
    disk: D,
    vault: Option<Arc<dyn Vault>>,
    seals_existing: bool,
    /// Where the folder belonged when it was opened.
    mark: FoundMark,
    /// The id of this journal, once it has one.
    device: Option<String>,
    lock: Option<File>,
}

/// Whose attempts a journal is opened to find.
pub(crate) struct Owner<'a> {
    pub(crate) gateway_url: &'a str,
    /// What the app calls this device.
    pub(crate) device_id: Option<&'a str>,
    /// Whether files that the vault did not seal are this app's too.
    pub(crate) seals_existing: bool,
}

/// What was found in the journal.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) attempts: Vec<AttemptRecord>,
    pub(crate) damaged: Vec<DamagedRecord>,
    /// What may stand for an attempt and could not be read yet.
    pub(crate) locked: Vec<DamagedRecord>,
}

impl Journal {
    /// Creates the folder when needed, locks it and reads every attempt.
    ///
    /// # Errors
    /// When the folder cannot be used, and when another gateway knows of attempts in it: asking this
    /// one about them would tell it their tokens.
    pub(crate) fn open(
        folder: &Path,
        vault: Option<Arc<dyn Vault>>,
        owner: &Owner<'_>,
    ) -> Result<(Self, Found), TerminalError> {
        folder::prepare(folder)?;
        let lock = folder::lock(folder)?;
        Self::read(SystemDisk::new(folder), Some(lock), vault, owner)
    }
}

impl<D: Disk> Journal<D> {
    /// Reads every attempt. A file that cannot be read is set aside under another name, so that
    /// it neither gets lost nor blocks the others.
    fn read(
        disk: D,
        lock: Option<File>,
        vault: Option<Arc<dyn Vault>>,
        owner: &Owner<'_>,
    ) -> Result<(Self, Found), TerminalError> {
        let mut journal = Self {
            disk,
            vault,
            seals_existing: owner.seals_existing,
            mark: FoundMark::None,
            device: None,
            lock,
        };
        let mut names = journal.disk.list()?;
        if replace::tidy(&journal.disk, &names, EXTENSION)? {
            names = journal.disk.list()?;
        }
        names.sort_unstable();
        journal.mark = journal.find_mark(owner.device_id)?;
        let (found, to_rewrite) = journal.look(owner.gateway_url, &names)?;
        journal.settle(owner, &found, &to_rewrite)?;
        Ok((journal, found))
    }

    /// Reads once more what was locked. A copy is written as one with its next change.
    pub(crate) fn look_again(
        &self,
        gateway_url: &str,
        locked: &[DamagedRecord],
    ) -> Result<Found, TerminalError> {
        let mut names = Vec::new();
        for file in locked {
            let name = Path::new(&file.path).file_name().unwrap_or_default();
            names.push(name.to_string_lossy().into_owned());
        }
        Ok(self.look(gateway_url, &names)?.0)
    }

    /// Reads the attempts among these files, and tells which of them are to be written anew.
    fn look(
        &self,
        gateway_url: &str,
        names: &[String],
    ) -> Result<(Found, Vec<String>), TerminalError> {
        let mut found = Found::default();
        let mut to_rewrite = Vec::new();
        for name in names {
            if let Some((stem, DAMAGED_EXTENSION)) = name.rsplit_once('.') {
                let reason = "it is damaged, and was set aside before".to_owned();
                found.damaged.push(self.leave(name, stem, reason, false));
            }
            let Some((stem, EXTENSION)) = name.rsplit_once('.') else {
                continue;
            };
            let (entry, was_sealed) = match self.entry(name, stem) {
                Ok(Some(entry)) => entry,
                Ok(None) => continue,
                Err(Unreadable::Damaged(reason)) => {
                    found.damaged.push(self.set_aside(name, stem, reason));
                    continue;
                }
                Err(Unreadable::ForNow(reason)) => {
                    found.damaged.push(self.leave(name, stem, reason, false));
                    continue;
                }
                Err(Unreadable::Locked(reason)) => {
                    found.locked.push(self.leave(name, stem, reason, true));
                    continue;
                }
            };
            let mut record = entry.attempt;
            let is_copy = !record.copied && self.mark.is_strange(entry.device.as_deref());
            record.copied |= is_copy;
            if !transport::same_gateway(&entry.gateway_url, gateway_url) {
                if record.is_new() {
                    // Of no use any more, and in nobody's way: the address was mistyped, perhaps. What
                    // is on disk would go on with that gateway one day, whatever the app has heard.
                    record.withdraw();
                    self.write(gateway_url, &record)
                        .or_else(|_| self.forget(&record))?;
                }
                // This gateway is not asked about what was never sent.
                if record.unsent {
                    found.attempts.push(record);
                    continue;
                }
                let reason = format!(
                    "the data directory holds unfinished attempts of {}; finish them with that \
                     gateway, or use another directory",
                    entry.gateway_url
                );
                return Err(TerminalError::configuration("gateway_url", reason));
            }
            if is_copy || was_sealed != self.vault.is_some() {
                to_rewrite.push(record.attempt_id.clone());
            }
            found.attempts.push(record);
        }
        found
            .attempts
            .sort_by_key(|record| (record.created_at, record.attempt_id.clone()));
        Ok((found, to_rewrite))
    }

    /// Reads one file; `None` when it is voided. Tells whether it was sealed.
    fn entry(&self, name: &str, stem: &str) -> Result<Option<(Entry, bool)>, Unreadable> {
        let read = self.disk.open(name).and_then(|file| self.disk.read(&file));
        let bytes = read.map_err(|error| match error.kind() {
            // So does iOS say that the device has to be unlocked.
            io::ErrorKind::PermissionDenied => Unreadable::Locked(
                "it may not be read; unlock the device or check its rights, then try again"
                    .to_owned(),
            ),
            io::ErrorKind::Other => Unreadable::ForNow(error.to_string()),
            kind => Unreadable::ForNow(kind.to_string()),
        })?;
        if bytes == replace::VOIDED {
            replace::forget_leftover(&self.disk, name);
            return Ok(None);
        }
        if bytes.is_empty() {
            return Err(Unreadable::Damaged("it is empty".to_owned()));
        }
        let was_sealed = entry::is_sealed(&bytes);
        let entry = decode(bytes, self.vault.as_deref(), self.seals_existing)?;
        if entry.attempt.attempt_id == stem {
            Ok(Some((entry, was_sealed)))
        } else {
            let reason = "its name is not its attempt's id".to_owned();
            Err(Unreadable::Damaged(reason))
        }
    }

    /// What the folder says about where it belongs.
    fn find_mark(&self, device_id: Option<&str>) -> Result<FoundMark, TerminalError> {
        let found = self.disk.open(device::NAME).and_then(|file| {
            let bytes = self.disk.read(&file)?;
            Ok((bytes, self.disk.place(&file, device_id)?))
        });
        let (bytes, here) = match found {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(FoundMark::None),
            found => found.map_err(|error| TerminalError::Storage {
                reason: format!("the file `device` cannot be used: {error}"),
            })?,
        };
        Ok(match serde_json::from_slice::<Mark>(&bytes) {
            // Torn: the attempts themselves say which journal they are of.
            Err(_) => FoundMark::None,
            Ok(mark) if mark.place.was_left_for(&here) => FoundMark::Foreign,
            Ok(mark) => FoundMark::Own {
                is_complete: !here.knows_more_than(&mark.place),
                id: mark.id,
            },
        })
    }

    /// Writes down what opening has found out: first each attempt that is a copy, or is not sealed
    /// yet, and then where this folder belongs. A crash in between finds it out again.
    fn settle(
        &mut self,
        owner: &Owner<'_>,
        found: &Found,
        to_rewrite: &[String],
    ) -> Result<(), TerminalError> {
        let (id, is_written) = match &self.mark {
            FoundMark::Own { id, is_complete } => (id.clone(), *is_complete),
            FoundMark::None | FoundMark::Foreign => (random_uuid(&mut SystemEntropy)?, false),
        };
        self.device = Some(id.clone());
        let mut all_written = true;
        for record in &found.attempts {
            if !to_rewrite.contains(&record.attempt_id) {
                continue;
            }
            if let Err(error) = self.write(owner.gateway_url, record) {
                log::error!("the journal could not be written: {}", error.kind());
                all_written = false;
            }
        }
        // A full disk must not keep anybody from finishing what was begun. Without a mark, the
        // next open makes it.
        if !is_written && (!all_written || self.write_mark(id, owner.device_id).is_err()) {
            log::warn!("the journal could not be tied to this device");
            self.device = None;
        }
        Ok(())
    }

    fn write_mark(&self, id: String, device_id: Option<&str>) -> io::Result<()> {
        replace::put(&self.disk, device::NAME, |file| {
            let place = self.disk.place(file, device_id)?;
            Ok(serde_json::to_vec(&Mark { id, place })?)
        })
    }

    /// Writes one attempt so that, whenever the power fails, either the old or the new file is
    /// there, whole; and so that the old one is there when this fails.
    pub(crate) fn write(&self, gateway_url: &str, record: &AttemptRecord) -> io::Result<()> {
        let device = self.device.as_deref();
        let bytes = encode(gateway_url, device, record, self.vault.as_deref())?;
        replace::replace(&self.disk, &name_of(record), &bytes)
    }

    /// Removes an attempt that is over, or was never begun. When this fails, the next start may
    /// find it again as it was written last.
    pub(crate) fn forget(&self, record: &AttemptRecord) -> io::Result<()> {
        replace::forget(&self.disk, &name_of(record))
    }

    /// Lets another terminal have the folder. Nothing may be written afterwards.
    pub(crate) fn release(&self) {
        if let Some(lock) = &self.lock {
            // The lock also ends with the file; a failure here changes nothing.
            let _ = folder::unlock(lock);
        }
    }

    /// Removes what could not be read.
    pub(crate) fn discard(&self, file: &DamagedRecord) -> io::Result<()> {
        let name = Path::new(&file.path).file_name().unwrap_or_default();
        replace::forget(&self.disk, &name.to_string_lossy())
    }

    /// What is known of a file that could not be read, and is left where it is.
    fn leave(&self, name: &str, stem: &str, reason: String, is_locked: bool) -> DamagedRecord {
        let path = self.disk.path_of(name).display().to_string();
        log::error!("journal file not opened: {path}: {reason}");
        let bytes = self.disk.open(name).and_then(|file| self.disk.read(&file));
        let facts = Facts::read(&bytes.unwrap_or_default());
        DamagedRecord {
            attempt_id: stem.to_owned(),
            path,
            reason,
            is_locked,
            payment_intent_id: facts.payment_intent_id,
            method: facts.method,
            amount: facts.amount,
            currency: facts.currency,
            created_at: facts.created_at,
        }
    }

    fn set_aside(&self, name: &str, stem: &str, reason: String) -> DamagedRecord {
        let kept = format!("{stem}.{DAMAGED_EXTENSION}");
        let name = match self.disk.rename(name, &kept) {
            Ok(()) => &kept,
            Err(_) => name,
        };
        self.leave(name, stem, reason, false)
    }
}

fn name_of(record: &AttemptRecord) -> String {
    format!("{}.{EXTENSION}", record.attempt_id)
}

/// What a folder says about where it belongs.
enum FoundMark {
    /// Nothing: it is new, or an older version made it.
    None,
    /// Here.
    Own { id: String, is_complete: bool },
    /// Elsewhere: this is a copy.
    Foreign,
}

impl FoundMark {
    /// Whether an attempt that bears this id was written elsewhere. An older version gave it none.
    fn is_strange(&self, id: Option<&str>) -> bool {
        match self {
            Self::Foreign => true,
            Self::None => id.is_some(),
            Self::Own { id: own, .. } => id.is_some_and(|id| id != own),
        }
    }
}
