use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::checkpoints::Copier;
use super::location::{self, LockFailure, LockedFile};
use super::{clock as stored_clock, counterpart, hash, idempotency, schema};
use crate::clock::Clock;

/// Why a database cannot be used. It has not been changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreOpenError {
    /// The file is something else.
    #[error(
        "{} is not an mpac-gateway database: give --db another path, or move the file away",
        path.display()
    )]
    NotADatabase {
        /// The file.
        path: PathBuf,
    },
    /// The file is an SQLite database, but of another program.
    #[error(
        "{} is a database of another program: give --db another path",
        path.display()
    )]
    OtherProgram {
        /// The file.
        path: PathBuf,
    },
    /// The payments in the file have gone through another PayPay, which alone knows their codes.
    #[error(
        "the payments in {} have gone through {bound}: start with the same --paypay and account, or \
         give --db another path",
        path.display()
    )]
    OtherPayPay {
        /// The file.
        path: PathBuf,
        /// The PayPay it belongs to.
        bound: String,
    },
    /// A later version of the gateway wrote the file.
    #[error(
        "{} was written by a newer mpac-gateway (schema {found}; this one reads up to {supported}): \
         use that version, or give --db another path",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The file's schema version.
        found: i64,
        /// The latest schema version this program knows.
        supported: i64,
    },
    /// Another gateway has the file open.
    #[error(
        "{} is in use by another mpac-gateway: stop that one, or give --db another path",
        path.display()
    )]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be read, written or created.
    #[error(
        "cannot open the database {}: {reason}; give --db a file in a folder that exists and can \
         be written, or use --ephemeral",
        path.display()
    )]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: io::Error,
    },
    /// SQLite cannot use the file.
    #[error("cannot open the database {}: {reason}; move the file away or give --db another path", path.display())]
    Sqlite {
        /// The file, or `:memory:`.
        path: PathBuf,
        /// What SQLite says.
        reason: String,
    },
    /// The system has no thread left.
    #[error("cannot start the database's thread: {0}")]
    Thread(io::Error),
}

/// How what is written to a file gets onto the disk, for those who measure it.
///
/// A gateway that dies loses nothing that it has acknowledged, and neither does a machine that
/// loses power: a commit waits until the disk says that it has it. A disk that says so too early
/// may lose the last commits to a power cut, but none of them in part.
pub const SYNC_POLICY: &str = "WAL, synchronous=FULL: each commit is synced before its requests \
     are answered; requests that wait at the same time share a commit";

/// Enough for the inner pages of every index, and the leaves of those that have no order, at some
/// hundred thousand payments.
const WRITER_CACHE_KIB: i64 = 13 * 1024;

pub(super) fn in_memory() -> Result<Connection, StoreOpenError> {
    let path = Path::new(":memory:");
    let connection = Connection::open_in_memory().map_err(|error| sqlite(path, &error))?;
    schema::migrate(&connection).map_err(|error| sqlite(path, &error))?;
    tune(&connection).map_err(|error| sqlite(path, &error))?;
    Ok(connection)
}

/// The one name of a file, which has one lock: not that of a link, which may change, nor one that
/// depends on the folder that the program is in.
pub(super) fn real_path(path: &Path) -> PathBuf {
    let real = path.canonicalize().or_else(|_| std::path::absolute(path));
    real.unwrap_or_else(|_| path.to_owned())
}

pub(super) fn file(
    path: &Path,
    paypay: &str,
    clock: &Clock,
) -> Result<(Connection, LockedFile), StoreOpenError> {
    // Everything that can be wrong is found out before anything is written.
    check_header(path)?;
    let lock = LockedFile::beside(path).map_err(|failure| match failure {
        LockFailure::Taken => StoreOpenError::InUse {
            path: path.to_owned(),
        },
        LockFailure::Io(reason) => io(path, reason),
    })?;
    location::create(path).map_err(|reason| io(path, reason))?;
    let connection =
        connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(|error| sqlite(path, &error))?;
    check_owner(&connection, path)?;
    let bound = counterpart::of(&connection).map_err(|error| sqlite(path, &error))?;
    if let Some(bound) = bound.filter(|bound| bound != paypay) {
        return Err(StoreOpenError::OtherPayPay {
            path: path.to_owned(),
            bound,
        });
    }
    let prepare = || -> rusqlite::Result<()> {
        connection.pragma_update(None, "journal_mode", "WAL")?;
        // With FULL, a commit is on disk before it is acknowledged.
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)?;
        schema::migrate(&connection)?;
        tune(&connection)?;
        clock.catch_up(stored_clock::ahead(&connection)?);
        idempotency::forget_the_future(&connection, clock.now())?;
        counterpart::bind(&connection, paypay)
    };
    prepare().map_err(|error| sqlite(path, &error))?;
    Ok((connection, lock))
}

pub(super) fn copier(path: &Path) -> Result<Copier, StoreOpenError> {
    let open = || {
        let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        // The log is on disk before the file changes.
        connection.pragma_update(None, "synchronous", "FULL")?;
        Ok(connection)
    };
    let connection = open().map_err(|error| sqlite(path, &error))?;
    let file = File::open(path).map_err(|reason| io(path, reason))?;
    Ok(Copier {
        connection,
        file: Arc::new(file),
    })
}

pub(super) fn reader(path: &Path) -> rusqlite::Result<Connection> {
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    tune(&connection)?;
    // The audit asks with it.
    hash::register(&connection)?;
    Ok(connection)
}

/// Each connection is one thread's at a time.
fn connect(path: &Path, mode: OpenFlags) -> rusqlite::Result<Connection> {
    Connection::open_with_flags(path, mode | OpenFlags::SQLITE_OPEN_NO_MUTEX)
}

fn tune(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(Duration::from_secs(5))?;
    // What undoes one of the jobs that share a commit is as short-lived as the commit.
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.set_prepared_statement_cache_capacity(64);
    // Otherwise SQLite plans some statements anew for each value that is bound to them.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update(None, "foreign_keys", true)
}

/// Tells files of other programs by their first bytes, without SQLite, which might leave files of
/// its own beside them. An empty file is a database to be.
fn check_header(path: &Path) -> Result<(), StoreOpenError> {
    let io = |reason| io(path, reason);
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(io(error)),
    };
    let mut start = Vec::new();
    file.take(HEADER_LENGTH)
        .read_to_end(&mut start)
        .map_err(io)?;
    let path = path.to_owned();
    match Header::read(&start) {
        _ if start.is_empty() => Ok(()),
        None => Err(StoreOpenError::NotADatabase { path }),
        Some(header) if header.is_foreign() => Err(StoreOpenError::OtherProgram { path }),
        Some(_) => Ok(()),
    }
}

const HEADER_LENGTH: u64 = 105;

/// What the start of an SQLite file tells (https://www.sqlite.org/fileformat2.html, 1.3 and 1.6).
struct Header {
    application_id: u32,
    /// Entries on the first page of the schema.
    schema_cells: u16,
}

impl Header {
    fn read(start: &[u8]) -> Option<Self> {
        start.strip_prefix(b"SQLite format 3\0")?;
        Some(Self {
            application_id: u32::from_be_bytes(start.get(68..72)?.try_into().ok()?),
            schema_cells: u16::from_be_bytes(start.get(103..105)?.try_into().ok()?),
        })
    }

    /// A gateway that was killed while it made the file may have left it without our id, but then
    /// without tables too.
    fn is_foreign(&self) -> bool {
        let ours = i64::from(self.application_id) == schema::APPLICATION_ID;
        !ours && (self.application_id, self.schema_cells) != (0, 0)
    }
}

fn check_owner(connection: &Connection, path: &Path) -> Result<(), StoreOpenError> {
    let pragma = |name: &str| connection.pragma_query_value(None, name, |row| row.get(0));
    let read = || -> rusqlite::Result<(i64, i64, i64)> {
        let tables = "SELECT count(*) FROM sqlite_schema";
        let tables = connection.query_row(tables, [], |row| row.get(0))?;
        Ok((pragma("application_id")?, pragma("user_version")?, tables))
    };
    let (application, version, tables) = read().map_err(|error| sqlite(path, &error))?;
    let supported = schema::latest_version();
    if application == schema::APPLICATION_ID && version > supported {
        Err(StoreOpenError::Newer {
            path: path.to_owned(),
            found: version,
            supported,
        })
    } else if application != schema::APPLICATION_ID && (application, tables) != (0, 0) {
        Err(StoreOpenError::OtherProgram {
            path: path.to_owned(),
        })
    } else {
        Ok(())
    }
}

fn io(path: &Path, reason: io::Error) -> StoreOpenError {
    StoreOpenError::Io {
        path: path.to_owned(),
        reason,
    }
}

fn sqlite(path: &Path, error: &rusqlite::Error) -> StoreOpenError {
    let path = path.to_owned();
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::NotADatabase) => StoreOpenError::NotADatabase { path },
        _ => StoreOpenError::Sqlite {
            path,
            reason: error.to_string(),
        },
    }
}
