use rusqlite::Connection;

use super::StoreError;

/// Deletes every row. Ids of deliveries are not used again: one may be under way.
pub(crate) fn run(c: &Connection) -> Result<(), StoreError> {
    // In any order; what refers to what is looked at when all is gone.
    c.pragma_update(None, "defer_foreign_keys", true)?;
    let select = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'";
    let names = c
        .prepare(select)?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<Vec<String>>>()?;
    for name in names {
        c.execute(&format!("DELETE FROM {name}"), [])?;
    }
    Ok(())
}
