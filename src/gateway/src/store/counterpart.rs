//! Which PayPay a database belongs to.

use rusqlite::{Connection, OptionalExtension};

/// The name of the stand-in, which is what a gateway speaks to unless it is told otherwise.
pub(crate) const STAND_IN: &str = "the stand-in";

/// Binds a database to a PayPay, unless it is bound to another: answers that one's name then.
pub(super) fn bind(c: &Connection, name: &str) -> rusqlite::Result<Option<String>> {
    let select = "SELECT name FROM counterpart";
    let bound: Option<String> = c.query_row(select, [], |row| row.get(0)).optional()?;
    match bound {
        Some(other) if other != name => Ok(Some(other)),
        Some(_) => Ok(None),
        None => {
            c.execute("INSERT INTO counterpart VALUES (?1)", [name])?;
            Ok(None)
        }
    }
}
