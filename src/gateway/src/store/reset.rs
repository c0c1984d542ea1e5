use rusqlite::Connection;

use super::StoreError;

/// Deletes every row, but that of the PayPay that the payments go through. Ids of deliveries are not
/// used again: one may be under way.
pub(crate) fn run(c: &Connection) -> Result<(), StoreError> {
    for name in tables(c)? {
        c.execute(&format!("DELETE FROM {name}"), [])?;
    }
    Ok(())
}

/// Those that refer to others first: for each row of the others SQLite looks for one that refers to
/// it, through the whole table.
fn tables(c: &Connection) -> Result<Vec<String>, StoreError> {
    let newest_first = "SELECT name FROM sqlite_schema WHERE type = 'table' \
         AND name NOT LIKE 'sqlite%' AND name <> 'counterpart' ORDER BY rowid DESC";
    let mut statement = c.prepare(newest_first)?;
    let names = statement.query_map([], |row| row.get(0))?;
    Ok(names.collect::<rusqlite::Result<_>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::schema;

    #[test]
    fn nothing_is_deleted_before_what_refers_to_it() {
        let connection = Connection::open_in_memory().unwrap();
        schema::migrate(&connection).unwrap();
        let tables = tables(&connection).unwrap();
        for (index, table) in tables.iter().enumerate() {
            let mut statement = connection
                .prepare("SELECT \"table\" FROM pragma_foreign_key_list(?1)")
                .unwrap();
            let targets = statement.query_map([table], |row| row.get::<_, String>(0));
            for target in targets.unwrap().map(Result::unwrap) {
                let place = tables.iter().position(|name| *name == target);
                assert!(place > Some(index), "{target} before {table}");
            }
        }
    }
}
