//! Attempts on disk: one file each, replaced atomically, in a directory locked to one terminal.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::{Deserialize, Serialize};

use crate::error::TerminalError;
use crate::method::PaymentMethod;
use crate::record::AttemptRecord;
use crate::terminal::DamagedRecord;
use crate::transport::same_gateway;
use crate::vault::Vault;

/// The newest form of a file that this SDK reads and writes.
const VERSION: u32 = 2;
/// The form that knows no [`PaymentMethod::QrCpm`]. Whatever fits is still written in it, so that
/// an older version of the app, put back in place, can go on with it.
const VERSION_WITHOUT_QR_CPM: u32 = 1;
const EXTENSION: &str = "attempt";
/// What is being written; it becomes the attempt's file in one step.
const UNFINISHED_EXTENSION: &str = "tmp";
const DAMAGED_EXTENSION: &str = "damaged";
/// First bytes of a file that a vault has sealed; no JSON begins like this.
const SEALED_MARK: &[u8] = b"mpac-sealed-1\n";

/// The attempts of one terminal.
pub(crate) struct Journal {
    directory: PathBuf,
    vault: Option<Arc<dyn Vault>>,
    lock: File,
    released: AtomicBool,
}

#[derive(Serialize)]
struct EntryToWrite<'a> {
    version: u32,
    gateway_url: &'a str,
    attempt: &'a AttemptRecord,
}

#[derive(Deserialize)]
struct EntryVersion {
    version: u32,
}

/// What a file holds.
#[derive(Deserialize)]
pub(crate) struct Entry {
    pub(crate) gateway_url: String,
    pub(crate) attempt: AttemptRecord,
}

/// Why a file cannot be read. Nothing of its content is repeated.
pub(crate) enum Unreadable {
    /// Nothing will ever read it.
    Damaged(String),
    /// The disk or the vault does not give it now. A keystore may be locked until the device is
    /// unlocked, so the file stays where it is, for the next time.
    ForNow(String),
}

/// What was found when the journal was opened.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) attempts: Vec<AttemptRecord>,
    pub(crate) damaged: Vec<DamagedRecord>,
}

impl Journal {
    /// Creates the directory when needed, and locks it.
    pub(crate) fn open(
        directory: &Path,
        vault: Option<Arc<dyn Vault>>,
    ) -> Result<Self, TerminalError> {
        create_private_directory(directory)?;
        let lock = File::create(directory.join("lock"))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => TerminalError::DirectoryInUse,
            TryLockError::Error(error) => error.into(),
        })?;
        Ok(Self {
            directory: directory.to_owned(),
            vault,
            lock,
            released: AtomicBool::new(false),
        })
    }

    /// Reads every attempt. A file that cannot be read is set aside under another name, so that
    /// it neither gets lost nor blocks the others.
    ///
    /// # Errors
    /// When the directory cannot be read, and when it holds attempts of another gateway than
    /// `gateway_url`: asking this one about them would tell it their tokens.
    pub(crate) fn read_all(&self, gateway_url: &str) -> Result<Found, TerminalError> {
        let mut found = Found::default();
        let (mut paths, others): (Vec<PathBuf>, Vec<PathBuf>) = fs::read_dir(&self.directory)?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .partition(|path| path.extension().is_some_and(|end| end == EXTENSION));
        others.iter().for_each(|path| remove_unfinished(path));
        let set_aside_before =
            |path: &&PathBuf| path.extension().is_some_and(|end| end == DAMAGED_EXTENSION);
        found.damaged = others
            .iter()
            .filter(set_aside_before)
            .map(|path| leave(path, "it is damaged, and was set aside before".to_owned()))
            .collect();
        paths.sort();
        for path in paths {
            match self.read(&path) {
                Ok(entry) if !same_gateway(&entry.gateway_url, gateway_url) => {
                    return Err(TerminalError::InvalidConfiguration {
                        field: "gateway_url".to_owned(),
                        reason: format!(
                            "the data directory holds unfinished attempts of {}; finish them \
                             with that gateway, or use another directory",
                            entry.gateway_url
                        ),
                    });
                }
                Ok(entry) => found.attempts.push(entry.attempt),
                Err(Unreadable::Damaged(reason)) => found.damaged.push(set_aside(&path, reason)),
                Err(Unreadable::ForNow(reason)) => found.damaged.push(leave(&path, reason)),
            }
        }
        found
            .attempts
            .sort_by_key(|record| (record.created_at, record.attempt_id.clone()));
        Ok(found)
    }

    fn read(&self, path: &Path) -> Result<Entry, Unreadable> {
        let damaged = |reason: &str| Unreadable::Damaged(reason.to_owned());
        let not_now = |error: io::Error| Unreadable::ForNow(error.kind().to_string());
        let bytes = fs::read(path).map_err(not_now)?;
        let entry = decode(bytes, self.vault.as_deref())?;
        let is_own_name = path
            .file_stem()
            .is_some_and(|stem| *stem == *entry.attempt.attempt_id);
        if is_own_name {
            Ok(entry)
        } else {
            Err(damaged("its name is not its attempt's id"))
        }
    }

    /// Writes one attempt so that, whenever the power fails, either the old or the new file is
    /// there, whole.
    pub(crate) fn write(&self, gateway_url: &str, record: &AttemptRecord) -> io::Result<()> {
        if self.released.load(Ordering::Acquire) {
            return Err(io::Error::other("the terminal was shut down"));
        }
        let bytes = encode(gateway_url, record, self.vault.as_deref())?;
        let path = self.path_of(record);
        let temporary = path.with_extension(UNFINISHED_EXTENSION);
        let mut file = create_private_file(&temporary)?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        drop(file);
        fs::rename(&temporary, &path)?;
        self.sync_directory()
    }

    /// Removes an attempt that is over.
    pub(crate) fn forget(&self, record: &AttemptRecord) -> io::Result<()> {
        if self.released.load(Ordering::Acquire) {
            return Ok(());
        }
        match fs::remove_file(self.path_of(record)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => self.sync_directory(),
        }
    }

    /// Lets another terminal have the directory. Later writes of this one are refused.
    pub(crate) fn release(&self) {
        if !self.released.swap(true, Ordering::AcqRel) {
            // The lock also ends with the file; a failure here changes nothing.
            let _ = self.lock.unlock();
        }
    }

    /// Whether another terminal may have the directory by now.
    pub(crate) fn is_released(&self) -> bool {
        self.released.load(Ordering::Acquire)
    }

    fn path_of(&self, record: &AttemptRecord) -> PathBuf {
        self.directory
            .join(format!("{}.{EXTENSION}", record.attempt_id))
    }

    fn sync_directory(&self) -> io::Result<()> {
        // Windows has no such call, and needs none.
        if cfg!(unix) {
            File::open(&self.directory)?.sync_all()?;
        }
        Ok(())
    }
}

/// The content of a file, sealed when there is a vault.
pub(crate) fn encode(
    gateway_url: &str,
    record: &AttemptRecord,
    vault: Option<&dyn Vault>,
) -> io::Result<Vec<u8>> {
    let json = serde_json::to_vec(&EntryToWrite {
        version: version_for(record),
        gateway_url,
        attempt: record,
    })?;
    let Some(vault) = vault else {
        return Ok(json);
    };
    let sealed = vault.seal(json).map_err(io::Error::other)?;
    Ok([SEALED_MARK, &sealed].concat())
}

/// The oldest form that holds the record.
fn version_for(record: &AttemptRecord) -> u32 {
    let is_qr_cpm = |method: &PaymentMethod| matches!(method, PaymentMethod::QrCpm { .. });
    let methods = [Some(&record.method), record.switched_from.as_ref()];
    if methods.into_iter().flatten().any(is_qr_cpm) {
        VERSION
    } else {
        VERSION_WITHOUT_QR_CPM
    }
}

/// Reads what [`encode`] wrote. The version comes first: another version may have another form.
pub(crate) fn decode(bytes: Vec<u8>, vault: Option<&dyn Vault>) -> Result<Entry, Unreadable> {
    let json = match (bytes.strip_prefix(SEALED_MARK), vault) {
        (None, _) => bytes,
        (Some(sealed), Some(vault)) => vault
            .open_sealed(sealed.to_vec())
            .map_err(|error| Unreadable::ForNow(error.to_string()))?,
        (Some(_), None) => {
            let reason = "it is sealed, and no vault was given".to_owned();
            return Err(Unreadable::ForNow(reason));
        }
    };
    let damaged = |_| Unreadable::Damaged("it is damaged".to_owned());
    let EntryVersion { version } = serde_json::from_slice(&json).map_err(damaged)?;
    if !(VERSION_WITHOUT_QR_CPM..=VERSION).contains(&version) {
        // An update of the app may bring the SDK that reads it.
        return Err(Unreadable::ForNow(format!(
            "its version is {version}, this SDK reads up to {VERSION}"
        )));
    }
    serde_json::from_slice(&json).map_err(damaged)
}

fn leave(path: &Path, reason: String) -> DamagedRecord {
    log::error!("journal file not opened: {}: {reason}", path.display());
    DamagedRecord {
        path: path.display().to_string(),
        reason,
    }
}

/// Removes what a crash in the middle of a write has left: nothing was done yet on the strength
/// of it, and it may hold a payment token. Files that are not the journal's own are left alone.
fn remove_unfinished(path: &Path) {
    let is_attempt_id = |stem: &std::ffi::OsStr| {
        let stem = stem.to_str();
        stem.is_some_and(|stem| uuid::Uuid::try_parse(stem).is_ok())
    };
    if path
        .extension()
        .is_some_and(|end| end == UNFINISHED_EXTENSION)
        && path.file_stem().is_some_and(is_attempt_id)
        && let Err(error) = fs::remove_file(path)
    {
        log::warn!("the journal could not be cleaned: {}", error.kind());
    }
}

fn set_aside(path: &Path, reason: String) -> DamagedRecord {
    let kept = path.with_extension(DAMAGED_EXTENSION);
    let path = match fs::rename(path, &kept) {
        Ok(()) => kept,
        Err(_) => path.to_owned(),
    };
    log::error!("journal file set aside: {}: {reason}", path.display());
    DamagedRecord {
        path: path.display().to_string(),
        reason,
    }
}

#[cfg(unix)]
fn create_private_directory(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
}

#[cfg(not(unix))]
fn create_private_directory(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

#[cfg(unix)]
fn create_private_file(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    File::options()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
}

#[cfg(not(unix))]
fn create_private_file(path: &Path) -> io::Result<File> {
    File::create(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemEntropy;
    use mpac_pgw_protocol::Timestamp;

    fn record(method: PaymentMethod) -> AttemptRecord {
        let token = "pi_01HXY_secret_abc".parse().unwrap();
        let created_at = Timestamp::from_unix_seconds(1_765_189_800);
        AttemptRecord::new(token, method, created_at, &mut SystemEntropy)
    }

    fn scanned() -> PaymentMethod {
        PaymentMethod::QrCpm {
            provider: "PAYPAY".to_owned(),
            customer_code: "281012345678901234".to_owned(),
        }
    }

    fn write(record: &AttemptRecord) -> Vec<u8> {
        encode("https://gateway.example", record, None).unwrap()
    }

    /// The first version of the SDK reads only 1, and leaves the others where they are.
    #[test]
    fn a_record_is_written_in_the_oldest_form_that_holds_it() {
        let qr = PaymentMethod::QrMpm {
            provider: "PAYPAY".to_owned(),
        };
        let mut switched_away = record(qr.clone());
        switched_away.switched_from = Some(scanned());
        let mut finished = record(scanned());
        finished.method.forget_customer_code();
        let table = [
            (record(qr), 1),
            (record(PaymentMethod::CreditCard), 1),
            (record(PaymentMethod::Cash), 1),
            (record(scanned()), 2),
            (switched_away, 2),
            (finished, 2),
        ];
        for (record, version) in table {
            let bytes = write(&record);
            let written: EntryVersion = serde_json::from_slice(&bytes).unwrap();
            assert_eq!(written.version, version, "{record:?}");
            let Ok(entry) = decode(bytes, None) else {
                panic!("{record:?} is not read again");
            };
            assert_eq!(entry.attempt, record);
        }
    }

    #[test]
    fn a_form_of_tomorrow_is_left_for_the_version_that_reads_it() {
        for version in [0, VERSION + 1, u32::MAX] {
            let mut json: serde_json::Value =
                serde_json::from_slice(&write(&record(scanned()))).unwrap();
            json["version"] = version.into();
            let Err(Unreadable::ForNow(reason)) = decode(json.to_string().into(), None) else {
                panic!("version {version} was read, or set aside");
            };
            let expected = format!("its version is {version}, this SDK reads up to 2");
            assert_eq!(reason, expected);
        }
    }
}
