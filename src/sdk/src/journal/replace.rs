//! Putting a file in the place of another so that it is all there or never was: through a crash,
//! through a power cut, and when any step of it fails.
//!
//! The content goes to a file of its own first, then onto the disk, then gets the name, and the
//! name goes onto the disk. A failed step is undone. Whether a failed rename has renamed, and
//! whether an unsynced name survives, is not known then, so the new file itself is made harmless
//! through its open handle, whatever it is called: voided when there was nothing before, else
//! given what the old file holds. A voided file says that it is one, and stands for nothing; an empty
//! one may be what a power cut has left of a payment.

use std::io;

use super::disk::{Disk, cannot_replace};

/// Ends the name of a file that is not complete yet.
pub(super) const UNFINISHED: &str = "tmp";
/// Ends the name of a file whose successor is just being named, where a rename does not replace.
pub(super) const REPLACED: &str = "old";

/// What a voided file holds.
pub(super) const VOIDED: &[u8] = b"void\n";

/// A file's names in the course of a replacement.
struct Names {
    file: String,
    unfinished: String,
    replaced: String,
}

impl Names {
    fn of(file: &str) -> Self {
        let stem = file.split_once('.').map_or(file, |(stem, _)| stem);
        Self {
            file: file.to_owned(),
            unfinished: format!("{stem}.{UNFINISHED}"),
            replaced: format!("{stem}.{REPLACED}"),
        }
    }
}

/// Writes a file. When that fails, what was there before is there again.
pub(super) fn replace<D: Disk>(disk: &D, name: &str, bytes: &[u8]) -> io::Result<()> {
    let names = Names::of(name);
    let old = match read_if_there(disk, name)? {
        None => read_if_there(disk, &names.replaced)?,
        old => old,
    };
    let new = stage(disk, &names, |_| Ok(bytes))?;
    let placed = place(disk, &names, old.is_some()).and_then(|()| disk.sync_folder());
    let Err(error) = placed else { return Ok(()) };
    let undone = match &old {
        Some(old) => bring_back(disk, &names, old, &new),
        None => void(disk, &new, &[&names.file, &names.unfinished]),
    };
    if undone.is_err() {
        log::error!("a failed write of the journal could not be undone");
    }
    Err(error)
}

/// Writes a file whose content depends on where it is. A failure leaves the old or the new one.
pub(super) fn put<D: Disk>(
    disk: &D,
    name: &str,
    content: impl FnOnce(&D::File) -> io::Result<Vec<u8>>,
) -> io::Result<()> {
    let names = Names::of(name);
    stage(disk, &names, content)?;
    place(disk, &names, true)?;
    disk.sync_folder()
}

/// Removes a file for good. Success means that nothing of it comes back.
pub(super) fn forget<D: Disk>(disk: &D, name: &str) -> io::Result<()> {
    let names = Names::of(name);
    for name in [&names.replaced, &names.file] {
        let file = match if_there(disk.open_to_write(name)) {
            Ok(None) => continue,
            Ok(file) => file,
            // It may go without being opened.
            Err(_) => None,
        };
        let removed = disk.remove(name).and_then(|()| disk.sync_folder());
        match (removed, file) {
            (Ok(()), _) => {}
            (Err(_), Some(file)) => void(disk, &file, &[name])?,
            (Err(error), None) => return Err(error),
        }
    }
    Ok(())
}

/// Writes what is to be named, and onto the disk.
fn stage<D: Disk, B: AsRef<[u8]>>(
    disk: &D,
    names: &Names,
    content: impl FnOnce(&D::File) -> io::Result<B>,
) -> io::Result<D::File> {
    let name = &names.unfinished;
    let file = match disk.create(name) {
        // What an earlier failure could not remove.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            disk.remove(name)?;
            disk.create(name)?
        }
        created => created?,
    };
    let written = content(&file)
        .and_then(|bytes| disk.overwrite(&file, bytes.as_ref()))
        .and_then(|()| disk.sync(&file));
    if let Err(error) = written {
        // It has no name that is ever read; but it may hold a secret.
        let _ = void(disk, &file, &[name]);
        return Err(error);
    }
    Ok(file)
}

/// Gives the new file its name.
fn place<D: Disk>(disk: &D, names: &Names, replaces: bool) -> io::Result<()> {
    match disk.rename(&names.unfinished, &names.file) {
        Err(error) if replaces && cannot_replace(&error) => {}
        renamed => return renamed,
    }
    // Here a name has to be free first. After a crash in between the old file gets it back.
    if_there(disk.remove(&names.replaced))?;
    disk.rename(&names.file, &names.replaced)?;
    disk.rename(&names.unfinished, &names.file)?;
    if disk.remove(&names.replaced).is_err() {
        log::warn!("the journal could not be cleaned");
    }
    Ok(())
}

/// Has the name lead to the old content again.
fn bring_back<D: Disk>(disk: &D, names: &Names, old: &[u8], new: &D::File) -> io::Result<()> {
    let in_one_step = stage(disk, names, |_| Ok(old))
        .and_then(|_| place(disk, names, true))
        .and_then(|()| disk.sync_folder());
    if in_one_step.is_ok() {
        return Ok(());
    }
    // Whichever file the name leads to, now or after a power cut, it is the old one then.
    make_last(disk, new, old)
}

/// Voids a file that may have any of these names, or none, and takes them away.
fn void<D: Disk>(disk: &D, file: &D::File, names: &[&String]) -> io::Result<()> {
    // To cut something off, a full disk needs no space. What is empty is set aside at worst.
    let voided = make_last(disk, file, VOIDED).or_else(|_| make_last(disk, file, &[]));
    let mut removed = Ok(());
    for name in names {
        removed = removed.and(if_there(disk.remove(name)).map(drop));
    }
    let removed = removed.and_then(|()| disk.sync_folder());
    voided.or(removed)
}

/// The last resort, and so tried twice.
fn make_last<D: Disk>(disk: &D, file: &D::File, bytes: &[u8]) -> io::Result<()> {
    let make = || disk.overwrite(file, bytes).and_then(|()| disk.sync(file));
    make().or_else(|_| make())
}

/// Puts things right after a crash: what was being written was not done yet, and a file that had
/// made way gets its name back unless its successor has it.
pub(super) fn tidy<D: Disk>(disk: &D, names: &[String], ending: &str) -> io::Result<bool> {
    let mut changed = false;
    for name in names {
        let Some((stem, end)) = name.split_once('.') else {
            continue;
        };
        // Files that are not the journal's own are left alone.
        if uuid::Uuid::try_parse(stem).is_err() {
            continue;
        }
        if end == REPLACED {
            let file = format!("{stem}.{ending}");
            changed = true;
            if names.contains(&file) {
                forget_leftover(disk, name);
            } else {
                disk.rename(name, &file)?;
            }
        } else if end == UNFINISHED {
            forget_leftover(disk, name);
        }
    }
    Ok(changed)
}

/// Nothing is done on the strength of it, but it may hold a payment token.
pub(super) fn forget_leftover<D: Disk>(disk: &D, name: &str) {
    if let Err(error) = disk.remove(name) {
        log::warn!("the journal could not be cleaned: {}", error.kind());
    }
}

fn read_if_there<D: Disk>(disk: &D, name: &str) -> io::Result<Option<Vec<u8>>> {
    let file = if_there(disk.open(name))?;
    file.map(|file| disk.read(&file)).transpose()
}

fn if_there<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
