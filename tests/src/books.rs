//! What really happened to the money: the gateway's own books, read from its database.

use std::path::{Path, PathBuf};

use anyhow::Result;
use rusqlite::{Connection, OpenFlags};

/// The database of a gateway that was started with
/// [`TestGateway::start_at`](crate::TestGateway::start_at). Reading it asks nothing of the
/// gateway, so nothing settles or expires by looking.
#[derive(Debug, Clone)]
pub struct Books {
    path: PathBuf,
}

/// Where one PaymentIntent stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The status now.
    pub status: String,
    /// How it was confirmed last.
    pub method: Option<String>,
    /// How often it has become `succeeded`.
    pub successes: u32,
    /// Its QR codes that were paid.
    pub paid_codes: u32,
    /// Its QR codes that somebody could still pay.
    pub payable_codes: u32,
}

impl Books {
    /// The books in a database file.
    #[must_use]
    pub fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
        }
    }

    /// Looks a PaymentIntent up.
    ///
    /// # Errors
    /// When the database cannot be read or does not know it.
    pub fn entry(&self, payment_intent_id: &str) -> Result<Entry> {
        let database = Connection::open_with_flags(&self.path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let query = "SELECT status, payment_method_type, \
             (SELECT count(*) FROM status_changes \
              WHERE payment_intent_id = ?1 AND to_status = 'succeeded'), \
             (SELECT count(*) FROM qr_codes \
              WHERE payment_intent_id = ?1 AND state = 'paid'), \
             (SELECT count(*) FROM qr_codes \
              WHERE payment_intent_id = ?1 AND state IN ('requested', 'outstanding')) \
             FROM payment_intents WHERE id = ?1";
        let entry = database.query_row(query, [payment_intent_id], |row| {
            Ok(Entry {
                status: row.get(0)?,
                method: row.get(1)?,
                successes: row.get(2)?,
                paid_codes: row.get(3)?,
                payable_codes: row.get(4)?,
            })
        })?;
        Ok(entry)
    }
}
