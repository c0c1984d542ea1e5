//! What indexes know of texts that have no order: a hash, which is shorter than the text.

use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;
use sha2::{Digest, Sha256};

/// Four bytes of the SHA-256 of a merchant's text. Of some hundred thousand texts a few share one, so
/// whoever finds a row by it compares the text too. Never changed: files hold it.
pub(super) fn of(merchant: &str, text: &str) -> i32 {
    let mut hash = Sha256::new();
    hash.update(merchant);
    hash.update(b"\n");
    hash.update(text);
    let first = hash.finalize().into_iter().take(4);
    first.fold(0, |hash, byte| (hash << 8) | i32::from(byte))
}

/// Lets SQL say `text_hash(merchant, text)`: scripts that bring a file up to date, and the audit.
pub(super) fn register(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("text_hash", 2, flags, |texts| {
        let (merchant, text): (String, String) = (texts.get(0)?, texts.get(1)?);
        Ok(of(&merchant, &text))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_stays_what_it_is_in_files() {
        // printf 'merchant_1\norder_1' | sha256sum
        assert_eq!(of("merchant_1", "order_1"), -2_107_695_842);
        let connection = Connection::open_in_memory().unwrap();
        register(&connection).unwrap();
        let select = "SELECT text_hash('merchant_1', 'order_1')";
        let hash: i32 = connection.query_row(select, [], |row| row.get(0)).unwrap();
        assert_eq!(hash, of("merchant_1", "order_1"));
        // Two that meet: `tests/idempotency.rs` shows that they are told apart all the same.
        assert_eq!(
            of("test_merchant", "order_33773"),
            of("test_merchant", "order_83455")
        );
    }
}
