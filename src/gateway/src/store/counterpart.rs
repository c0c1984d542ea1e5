//! Which PayPay a database belongs to.

use rusqlite::{Connection, OptionalExtension};

/// The name of the stand-in, which is what a gateway speaks to unless it is told otherwise.
pub(crate) const STAND_IN: &str = "the stand-in";

/// The name of the PayPay that a database of any version is bound to, if it is to one.
pub(super) fn of(c: &Connection) -> rusqlite::Result<Option<String>> {
    if c.table_exists(None, "counterpart")? {
        let select = "SELECT name FROM counterpart";
        return c.query_row(select, [], |row| row.get(0)).optional();
    }
    // Before it was written down, there was only one.
    let codes = c.table_exists(None, "qr_codes")?
        && c.query_row("SELECT EXISTS (SELECT 1 FROM qr_codes)", [], |row| {
            row.get(0)
        })?;
    Ok(codes.then(|| STAND_IN.to_owned()))
}

/// Binds a database that is bound to none.
pub(super) fn bind(c: &Connection, name: &str) -> rusqlite::Result<()> {
    let insert = "INSERT INTO counterpart SELECT ?1 WHERE NOT EXISTS (SELECT 1 FROM counterpart)";
    c.execute(insert, [name])?;
    Ok(())
}
