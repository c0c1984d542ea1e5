use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Everything but the letters, digits and signs that need no escape anywhere in a URL.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// Escapes an id, to stand in a path or in a query string. The path is signed as escaped here.
pub(crate) fn escape(id: &str) -> String {
    utf8_percent_encode(id, RESERVED).to_string()
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn an_id_stays_one_part_of_the_path() {
        let table = [
            ("order-0001_A", "order-0001_A"),
            ("a/b", "a%2Fb"),
            ("a?b#c&d=e", "a%3Fb%23c%26d%3De"),
            ("a b%20", "a%20b%2520"),
            ("ケ", "%E3%82%B1"),
        ];
        for (id, escaped) in table {
            assert_eq!(escape(id), escaped);
        }
    }
}
