//! How far the gateway's clock has been advanced, so that time never runs backwards in a file.

use std::time::Duration;

use rusqlite::Connection;

use super::StoreError;
use crate::clock::milliseconds;

/// What [`advance`] has added up to.
pub(super) fn ahead(c: &Connection) -> rusqlite::Result<Duration> {
    let select = "SELECT coalesce(max(ahead_ms), 0) FROM clock";
    let ms: i64 = c.query_row(select, [], |row| row.get(0))?;
    Ok(Duration::from_millis(u64::try_from(ms).unwrap_or(0)))
}

/// Notes that the clock is about to be advanced.
pub(crate) fn advance(c: &Connection, by: Duration) -> Result<(), StoreError> {
    let ms = milliseconds(ahead(c)?.saturating_add(by));
    c.execute("DELETE FROM clock", [])?;
    c.execute("INSERT INTO clock VALUES (?1)", [ms])?;
    Ok(())
}
