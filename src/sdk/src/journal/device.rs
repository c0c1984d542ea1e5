//! What ties a journal to its device: a file that no copy can have.
//!
//! The file `device` notes which file it is itself, by its number and the time it was born, and
//! the machine. A copy of the folder, a restored backup say, has a file of another birth, so its
//! attempts are not this terminal's to go on with: it may only ask about them. Every attempt also
//! bears the random id of the journal that it was written for, so that it is recognised alone.
//!
//! Not recognised: a snapshot of the file system, an image of the disk or a clone of a virtual
//! machine, which differ in nothing but what
//! [`TerminalConfig::device_id`](crate::TerminalConfig::device_id) may tell; and a backup that is
//! written back into the very files it was made of. Taken for copies though they are none: files
//! of a file system that tells no time of birth and numbers its files anew at each mount.

use std::fs::Metadata;
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

/// The name of the file.
pub(super) const NAME: &str = "device";

/// The content of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mark {
    /// Random; every attempt bears it.
    pub(super) id: String,
    pub(super) place: Place,
}

/// Where a file is. What is not known says nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    /// The number of the file in its file system.
    file: Option<u64>,
    /// When it was made, in nanoseconds since 1970.
    born: Option<u64>,
    /// The installation of the operating system.
    machine: Option<String>,
    /// The device, as the app names it.
    device_id: Option<String>,
}

impl Place {
    /// The place of an open file.
    pub(super) fn of(file: &Metadata, device_id: Option<&str>) -> Self {
        let born = file.created().ok();
        let born = born.and_then(|born| born.duration_since(UNIX_EPOCH).ok());
        Self {
            file: number(file),
            born: born.and_then(|born| u64::try_from(born.as_nanos()).ok()),
            machine: machine(),
            device_id: device_id.map(str::to_owned),
        }
    }

    #[cfg(test)]
    #[cfg(unix)]
    pub(super) fn known(file: u64, born: u64, device_id: Option<&str>) -> Self {
        Self {
            file: Some(file),
            born: Some(born),
            machine: None,
            device_id: device_id.map(str::to_owned),
        }
    }

    /// Whether a file that notes `self` about itself, and is found at `here`, was copied.
    pub(super) fn was_left_for(&self, here: &Self) -> bool {
        let differ = |noted: &Option<String>, found: &Option<String>| {
            noted.is_some() && found.is_some() && noted != found
        };
        if differ(&self.device_id, &here.device_id) {
            return true;
        }
        // The app knows better than the system, whose id some kiosks make anew at each start.
        let named = self.device_id.is_some() && here.device_id.is_some();
        if !named && differ(&self.machine, &here.machine) {
            return true;
        }
        let is_same_number = self.file == here.file;
        match (self.born, here.born) {
            // Nothing sets a time of birth on Linux, and some of its file systems number their
            // files anew; on Apple's it is the other way round.
            (Some(noted), Some(found)) => {
                noted != found || !(is_same_number || cfg!(target_os = "linux"))
            }
            _ => !is_same_number,
        }
    }
}

impl Place {
    /// Whether something is known here that the mark does not say yet.
    pub(super) fn knows_more_than(&self, noted: &Self) -> bool {
        let is_new =
            |noted: &Option<String>, here: &Option<String>| noted.is_none() && here.is_some();
        is_new(&noted.machine, &self.machine)
            || is_new(&noted.device_id, &self.device_id)
            || (noted.born.is_none() && self.born.is_some())
    }
}

#[cfg(unix)]
#[allow(clippy::unnecessary_wraps, reason = "elsewhere there is none")]
fn number(file: &Metadata) -> Option<u64> {
    use std::os::unix::fs::MetadataExt;
    Some(file.ino())
}

#[cfg(not(unix))]
fn number(_: &Metadata) -> Option<u64> {
    None
}

/// Desktop Linux has an id of the installation. One that lies in `/run` is new at each start.
fn machine() -> Option<String> {
    let transient = std::path::Path::new("/run/machine-id");
    if cfg!(not(target_os = "linux")) || transient.exists() {
        return None;
    }
    let id = std::fs::read_to_string("/etc/machine-id").ok()?;
    let id = id.trim();
    let is_id = id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_id.then(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> Place {
        Place {
            file: Some(7),
            born: Some(1_765_189_800_123_456_789),
            machine: Some("m".to_owned()),
            device_id: Some("d".to_owned()),
        }
    }

    #[test]
    fn a_copy_differs_in_what_no_copy_can_take_along() {
        let other = || Some("other".to_owned());
        type Change = fn(&mut Place);
        let noted: [(&str, Change, Change, bool); 10] = [
            ("the same", |_| {}, |_| {}, false),
            ("another birth", |_| {}, |here| here.born = Some(1), true),
            (
                "no birth known, another file",
                |noted| noted.born = None,
                |here| (here.born, here.file) = (None, Some(8)),
                true,
            ),
            (
                "no birth known, the same file",
                |_| {},
                |here| here.born = None,
                false,
            ),
            (
                "another device",
                |_| {},
                |here| here.device_id = Some("x".into()),
                true,
            ),
            (
                "the device is named from now on",
                |noted| noted.device_id = None,
                |_| {},
                false,
            ),
            (
                "the device is no longer named",
                |_| {},
                |here| here.device_id = None,
                false,
            ),
            (
                "another machine, the same device",
                |_| {},
                |here| here.machine = Some("x".into()),
                false,
            ),
            (
                "another machine, no device named",
                |noted| noted.device_id = None,
                |here| here.machine = Some("x".into()),
                true,
            ),
            (
                "the machine is not known",
                |noted| noted.device_id = None,
                |here| here.machine = None,
                false,
            ),
        ];
        for (name, change_noted, change_here, is_copy) in noted {
            let (mut noted, mut here) = (place(), place());
            change_noted(&mut noted);
            change_here(&mut here);
            assert_eq!(noted.was_left_for(&here), is_copy, "{name}");
        }
        let mut here = place();
        here.device_id = other();
        assert!(place().was_left_for(&here));
    }
}
