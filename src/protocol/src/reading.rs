//! Reads JSON that others wrote, in every spelling that means the same.
//!
//! A whole number counts however it is written (`12800`, `12800.0`, `1.28e4`, `"12800"`), times in
//! every form of their standard, words in any case. Each member is read on its own, so that one
//! which is only informative can refuse nothing, whatever it holds, and what is refused has a name.
//! What no JSON parser takes (`NaN`, `+5`, a raw line break in a string, a comma at the end) spoils
//! the one member that holds it.
//! Of a member that is there twice, parsers disagree which one counts: a needed one is refused
//! unless both say the same.
//!
//! What is read here is written in one form only, by the types' own `Serialize`.
//!
//! ```
//! use mpac_pgw_protocol::{Amount, reading::Members};
//!
//! let members = Members::read(r#"{"amount": 1.28e4, "receipt": {"lines": null}}"#).unwrap();
//! let amount: Amount = members.needed("amount")?;
//! assert_eq!(amount.minor_units(), 12_800);
//! assert_eq!(members.informative::<String>("receipt"), None);
//! assert_eq!(members.needed::<String>("id").unwrap_err().field, "id");
//! # Ok::<(), mpac_pgw_protocol::reading::UnreadableField>(())
//! ```

use std::fmt;

use crate::card_number::redact;
use crate::{Amount, Currency, IdError, PaymentIntentId, PaymentToken, Timestamp};

/// The members of a JSON object, in the order and the spelling in which they came.
#[derive(Clone)]
pub struct Members<'a>(Vec<(String, &'a str)>);

/// A member that is needed is missing or cannot be read. It never repeats a value: that might be a
/// secret in the wrong place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("`{field}` is missing or cannot be read")]
pub struct UnreadableField {
    /// The member's name.
    pub field: &'static str,
}

impl UnreadableField {
    /// Names what cannot be read.
    #[must_use]
    pub const fn new(field: &'static str) -> Self {
        Self { field }
    }
}

impl<'a> Members<'a> {
    /// Splits an object into its members; `None` when the text is not a JSON object. A byte order
    /// mark, white space and NULs around it are no part of it. What a member holds need not be JSON
    /// (`NaN`, a raw line break in a string, nothing at all), as long as it is clear where it ends.
    #[must_use]
    pub fn read(json: &'a str) -> Option<Self> {
        let is_padding = |c: char| c.is_whitespace() || matches!(c, '\0' | '\u{feff}');
        let json = json.trim_matches(is_padding);
        let members = split(json.strip_prefix('{')?.strip_suffix('}')?, true)?;
        // A name that is no text (half a surrogate pair) is one that nobody asks for.
        let named = |(name, json)| Some((text(name)?, json));
        Some(Self(members.into_iter().filter_map(named).collect()))
    }

    /// A member that is needed.
    ///
    /// # Errors
    /// [`UnreadableField`] when it is missing, not of the type, or there twice with two values.
    pub fn needed<T: ReadJson + PartialEq>(
        &self,
        field: &'static str,
    ) -> Result<T, UnreadableField> {
        let mut readings = self.named(field).map(T::read_json);
        let first = readings.next().flatten();
        let first = first.ok_or(UnreadableField::new(field))?;
        match readings.all(|other| other.as_ref() == Some(&first)) {
            true => Ok(first),
            false => Err(UnreadableField::new(field)),
        }
    }

    /// A member that may be missing or null, but counts when it is there.
    ///
    /// # Errors
    /// As for [`Members::needed`].
    pub fn optional<T: ReadJson + PartialEq>(
        &self,
        field: &'static str,
    ) -> Result<Option<T>, UnreadableField> {
        if self.named(field).all(|json| json == "null") {
            return Ok(None);
        }
        self.needed(field).map(Some)
    }

    /// A member that only informs: what cannot be read is as if it were not there.
    #[must_use]
    pub fn informative<T: ReadJson>(&self, field: &str) -> Option<T> {
        self.named(field).find_map(T::read_json)
    }

    /// A member that is an object itself.
    #[must_use]
    pub fn object(&self, field: &str) -> Option<Self> {
        self.named(field).find_map(Self::read)
    }

    /// The names of all members and what they hold, as it came.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &'a str)> {
        self.0.iter().map(|(name, json)| (name.as_str(), *json))
    }

    /// Whether there is a member of that name which is not null.
    #[must_use]
    pub fn has(&self, field: &str) -> bool {
        self.named(field).any(|json| json != "null")
    }

    fn named(&self, field: &str) -> impl Iterator<Item = &'a str> {
        let members = self.0.iter().filter(move |(name, _)| name == field);
        members.map(|(_, json)| *json)
    }
}

impl fmt::Debug for Members<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Members(…)")
    }
}

/// What can be read from the JSON of one member.
pub trait ReadJson: Sized {
    /// Reads it in every spelling; `None` when it is something else.
    fn read_json(json: &str) -> Option<Self>;
}

/// A string as it is; a whole number as its digits, as they are written where they are plain: they may
/// be a code that begins with zeros.
impl ReadJson for String {
    fn read_json(json: &str) -> Option<Self> {
        if json.starts_with('"') {
            return text(json);
        }
        let digits = json.strip_prefix('+').unwrap_or(json);
        if is_digits(digits) {
            return Some(digits.to_owned());
        }
        i64::read_json(json).map(|number| number.to_string())
    }
}

/// A whole number in every spelling, in quotes too; exact or not at all.
impl ReadJson for i64 {
    fn read_json(json: &str) -> Option<Self> {
        let quoted = json
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'));
        whole_number(quoted.unwrap_or(json).trim())
    }
}

impl ReadJson for i32 {
    fn read_json(json: &str) -> Option<Self> {
        i64::read_json(json)?.try_into().ok()
    }
}

impl ReadJson for Amount {
    fn read_json(json: &str) -> Option<Self> {
        Self::new(i64::read_json(json)?).ok()
    }
}

impl ReadJson for Currency {
    fn read_json(json: &str) -> Option<Self> {
        let code = String::read_json(json)?.trim().to_ascii_uppercase();
        code.parse().ok()
    }
}

/// A text in any form that [`Timestamp`] parses, or the time since 1970: in milliseconds from 100
/// thousand million on, which is the year 5138 in seconds and 1973 in milliseconds.
impl ReadJson for Timestamp {
    fn read_json(json: &str) -> Option<Self> {
        const MILLISECONDS_FROM: i64 = 100_000_000_000;
        if json.starts_with('"') {
            return String::read_json(json)?.parse().ok();
        }
        let since_epoch = whole_number(json)?;
        Some(Self::from_unix_seconds(match since_epoch {
            ..MILLISECONDS_FROM => since_epoch,
            _ => since_epoch / 1000,
        }))
    }
}

impl ReadJson for PaymentIntentId {
    fn read_json(json: &str) -> Option<Self> {
        let text = String::read_json(json)?;
        let parsed: Result<_, IdError> = text.trim().parse();
        parsed.ok()
    }
}

impl ReadJson for PaymentToken {
    fn read_json(json: &str) -> Option<Self> {
        String::read_json(json)?.trim().parse().ok()
    }
}

/// The items that can be read; those that cannot are passed over.
impl<T: ReadJson> ReadJson for Vec<T> {
    fn read_json(json: &str) -> Option<Self> {
        let items = split(json.strip_prefix('[')?.strip_suffix(']')?, false)?;
        let read = items.into_iter().filter_map(|(_, item)| T::read_json(item));
        Some(read.collect())
    }
}

/// A string. Of raw control characters, which do not belong there, each is a space.
fn text(json: &str) -> Option<String> {
    let json: String = json.chars().map(|c| c.max(' ')).collect();
    serde_json::from_str(&json).ok()
}

/// A string that stands for one of some values. What it holds instead is shown and kept as it is, so a
/// card's number in it is masked.
pub(crate) fn word(json: &str) -> Option<String> {
    Some(redact(&text(json)?).into_owned())
}

/// Splits what stands between the brackets of an object, or of an array, into names and values.
fn split(inside: &str, has_names: bool) -> Option<Vec<(&str, &str)>> {
    let is_space = |c: char| c <= ' ';
    let mut parts = Vec::new();
    let mut rest = inside;
    loop {
        rest = rest.trim_start_matches(|c| is_space(c) || c == ',');
        if rest.is_empty() {
            return Some(parts);
        }
        let mut name = "";
        if has_names {
            (name, rest) = value(rest).filter(|(name, _)| name.starts_with('"'))?;
            rest = rest.trim_start_matches(is_space).strip_prefix(':')?;
            rest = rest.trim_start_matches(is_space);
        }
        let (json, after) = value(rest)?;
        rest = after.trim_start_matches(is_space);
        if !rest.is_empty() && !rest.starts_with(',') {
            return None;
        }
        parts.push((name, json.trim_end_matches(is_space)));
    }
}

/// Splits a value off. A string ends at its quote, an object or an array at its bracket, and anything
/// else at the next comma; with a quote or a bracket in it, it is not clear where it ends.
fn value(json: &str) -> Option<(&str, &str)> {
    let is_bare = !json.starts_with(['"', '{', '[']);
    let mut open = Vec::new();
    let mut in_text = false;
    let mut bytes = json.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'\\' if in_text => {
                bytes.next();
                continue;
            }
            b'"' => in_text = !in_text,
            _ if in_text => continue,
            b'{' => open.push(b'}'),
            b'[' => open.push(b']'),
            b'}' | b']' if open.pop() != Some(byte) => return None,
            b'}' | b']' => {}
            b',' if is_bare => return json.split_at_checked(at),
            _ => continue,
        }
        if is_bare {
            return None;
        }
        if open.is_empty() && !in_text {
            return json.split_at_checked(at + 1);
        }
    }
    is_bare.then_some((json, ""))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// Reads a JSON number that is whole from its digits: through a float, some would be rounded.
fn whole_number(number: &str) -> Option<i64> {
    let (sign, digits) = match number.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, number),
    };
    let (digits, exponent) = match digits.split_once(['e', 'E']) {
        Some((digits, exponent)) => (digits, exponent.parse::<i64>().ok()?),
        None => (digits, 0),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    if !is_digits(whole) || !is_digits(fraction) {
        return None;
    }
    let digits = format!("{whole}{fraction}");
    let significant = digits.trim_end_matches('0');
    if significant.is_empty() {
        return Some(0);
    }
    let zeros = i64::try_from(digits.len() - significant.len()).ok()?;
    let fraction = i64::try_from(fraction.len()).ok()?;
    // How many zeros stand behind the significant digits. A negative count is a fraction.
    let scale = exponent.checked_sub(fraction)?.checked_add(zeros)?;
    let factor = 10_i128.checked_pow(u32::try_from(scale).ok()?)?;
    let magnitude = significant.trim_start_matches('0').parse::<i128>().ok()?;
    i64::try_from(magnitude.checked_mul(factor)? * sign).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PaymentIntentStatus;
    use proptest::prelude::*;

    #[test]
    fn a_whole_number_counts_however_json_writes_it() {
        let table = [
            ("12800", Some(12_800)),
            ("12800.0", Some(12_800)),
            ("12800.000000000000000000000000000", Some(12_800)),
            ("1.28e4", Some(12_800)),
            ("1.28E+4", Some(12_800)),
            ("0.128e5", Some(12_800)),
            ("1280000e-2", Some(12_800)),
            ("1280000.0E-02", Some(12_800)),
            ("\"12800\"", Some(12_800)),
            ("\" 12800.00 \"", Some(12_800)),
            ("0", Some(0)),
            ("-0.0e999", Some(0)),
            ("-1.0", Some(-1)),
            ("9007199254740993.0", Some(9_007_199_254_740_993)),
            ("9223372036854775807.0", Some(i64::MAX)),
            ("-9223372036854775808", Some(i64::MIN)),
            ("9223372036854775808", None),
            ("12800.5", None),
            ("12800.0000000000000000000000001", None),
            ("1e-1", None),
            ("1e400", None),
            ("1e99999999999999999999", None),
            ("\"12,800\"", None),
            ("\"\"", None),
            ("\"1e\"", None),
            ("\".5\"", None),
            ("true", None),
            ("null", None),
            ("[1]", None),
            ("{}", None),
        ];
        for (json, number) in table {
            assert_eq!(i64::read_json(json), number, "{json}");
        }
    }

    #[test]
    fn only_an_object_has_members_and_padding_is_none_of_it() {
        for json in [
            "\u{feff}{\"a\":1}",
            " \r\n{\"a\":1}\r\n",
            "{\"a\":1}\0\0\0",
            "\u{feff}\u{feff}\n{\"a\" : 1.0 }",
        ] {
            let members = Members::read(json).unwrap();
            assert_eq!(members.needed::<i64>("a"), Ok(1), "{json:?}");
        }
        for json in [
            "",
            "[]",
            "1",
            "\"{}\"",
            "null",
            "{\"a\":1",
            "{\"a\":1}{}",
            "{a:1}",
        ] {
            assert!(Members::read(json).is_none(), "{json:?}");
        }
    }

    /// What no JSON parser takes, though programs write it.
    const NO_JSON: [&str; 14] = [
        "NaN",
        "-Infinity",
        "+5",
        ".5",
        "007",
        "undefined",
        "",
        "2025-12-08T10:30:00Z",
        "'card declined'",
        "declined by issuer",
        "\"line\nbreak\ttab\u{0}\u{1b}\"",
        "\"\\x41 \\' \\ud800\"",
        "[NaN, .5, \"]}\n\",]",
        "{\"a\": {b: c}, \"}\": [{}]}",
    ];

    #[test]
    fn a_bare_number_that_is_kept_as_text_is_its_digits_as_written() {
        let long = "9".repeat(40);
        let table = [
            ("012800", Some("012800")),
            ("+12800", Some("12800")),
            (
                "00000000000000000000000000000017",
                Some("00000000000000000000000000000017"),
            ),
            (&*long, Some(&*long)),
            ("-5", Some("-5")),
            ("123456.0", Some("123456")),
            ("1.28e4", Some("12800")),
            ("1.5", None),
            ("+", None),
            ("++1", None),
            ("", None),
            ("A1", None),
        ];
        for (json, text) in table {
            assert_eq!(String::read_json(json).as_deref(), text, "{json}");
        }
    }

    #[test]
    fn what_no_parser_takes_spoils_no_other_member() {
        for garbage in NO_JSON {
            for json in [
                format!("{{\"amount\": 12800, \"reason\": {garbage}}}"),
                format!("{{\"reason\": {garbage}, \"amount\": 12800 , }}"),
                format!("\u{b}{{\u{1}\"reason\"\u{1}: {garbage}\u{1f},\u{0}\"amount\": 12800}}"),
            ] {
                let members = Members::read(&json).expect(&json);
                assert_eq!(members.needed::<i64>("amount"), Ok(12_800), "{json}");
            }
            let json = format!("{{\"amount\": {garbage}}}");
            let members = Members::read(&json).expect(&json);
            let unreadable = Err(UnreadableField::new("amount"));
            let amount = members.needed::<Amount>("amount");
            assert!(
                garbage == "007" || amount == unreadable,
                "{json}: {amount:?}"
            );
        }
        let json = "{\"reason\": \"line\r\nbreak\", \"types\": [NaN, \"cash\",]}";
        let members = Members::read(json).unwrap();
        let reason: Option<String> = members.informative("reason");
        assert_eq!(reason.as_deref(), Some("line  break"));
        let types: Vec<String> = members.needed("types").unwrap();
        assert_eq!(types, ["cash"]);
    }

    #[test]
    fn where_a_member_ends_is_never_guessed() {
        for json in [
            "{\"reason\": \"said \"no\"\", \"amount\": 1}",
            "{\"reason\": \"no\" \"amount\": 1}",
            "{\"reason\": no \"amount\": 1}",
            "{\"reason\": 'a, b', \"amount\": 1}",
            "{\"reason\": 'a \"b\"', \"amount\": 1}",
            "{\"reason\": [}, \"amount\": 1}",
            "{\"reason\": {]}, \"amount\": 1}",
            "{\"reason\": {\"amount\": 1}",
            "{\"reason\": \"\\\", \"amount\": 1}",
            "{\"reason\": 1}, \"amount\": 1}",
            "{\"reason\" 1, \"amount\": 1}",
            "{\"reason\", \"amount\": 1}",
        ] {
            assert!(Members::read(json).is_none(), "{json}");
        }
    }

    #[test]
    fn a_needed_member_that_is_there_twice_has_to_say_the_same_twice() {
        let same = Members::read(r#"{"amount": 1, "amount": 1.0, "\u0061mount": "1"}"#).unwrap();
        assert_eq!(same.needed::<i64>("amount"), Ok(1));
        for json in [
            r#"{"amount": 1, "amount": 2}"#,
            r#"{"amount": 1, "\u0061mount": 2}"#,
            r#"{"amount": 1, "amount": null}"#,
            r#"{"amount": null, "amount": 1}"#,
        ] {
            let members = Members::read(json).unwrap();
            assert_eq!(
                members.needed::<i64>("amount"),
                Err(UnreadableField::new("amount")),
                "{json}"
            );
        }
    }

    #[test]
    fn words_are_read_in_any_case_and_unknown_ones_as_they_came() {
        let table = [
            ("\"succeeded\"", PaymentIntentStatus::Succeeded),
            ("\" Succeeded\\n\"", PaymentIntentStatus::Succeeded),
            ("\"REQUIRES_ACTION\"", PaymentIntentStatus::RequiresAction),
            ("\"On Hold\"", PaymentIntentStatus::from("On Hold")),
        ];
        for (json, status) in table {
            assert_eq!(PaymentIntentStatus::read_json(json), Some(status), "{json}");
        }
        // Put together here, so that no file holds a card's number.
        let number = ["4111", "1111", "1111", "1111"].concat();
        let unknown = PaymentIntentStatus::read_json(&format!("\"card {number}\""));
        let masked = PaymentIntentStatus::from("card ************1111");
        assert_eq!(unknown, Some(masked));
        assert_eq!(Currency::read_json("\" jpy\""), Some(Currency::JPY));
        assert_eq!(Currency::read_json("\"yen!\""), None);
        let id = PaymentIntentId::read_json("\"pi_1 \"").unwrap();
        assert_eq!(id.as_str(), "pi_1");
    }

    #[test]
    fn a_time_may_be_counted_from_1970() {
        let moment = Timestamp::from_unix_seconds(1_765_189_800);
        for json in [
            "1765189800",
            "1765189800.0",
            "1765189800123",
            "1.765189800123e12",
            "\"2025-12-08T10:30Z\"",
        ] {
            assert_eq!(Timestamp::read_json(json), Some(moment), "{json}");
        }
        for json in ["null", "true", "1765189800.5", "\"soon\"", "{}"] {
            assert_eq!(Timestamp::read_json(json), None, "{json}");
        }
    }

    /// JSON of every kind.
    fn any_json() -> impl Strategy<Value = serde_json::Value> {
        use serde_json::Value;
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<i32>().prop_map(|number| Value::from(f64::from(number) / 4.0)),
            ".{0,8}|[\\[\\]{}\",:\\\\]{0,8}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(".{0,4}|[{}\",:\\\\]{0,4}", inner, 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn json_has_the_members_that_a_parser_finds(
            object in prop::collection::btree_map(".{0,4}|[{}\",:\\\\]{0,4}", any_json(), 0..4),
            pretty in any::<bool>(),
        ) {
            let json = match pretty {
                true => serde_json::to_string_pretty(&object),
                false => serde_json::to_string(&object),
            };
            let json = json.unwrap();
            let members = Members::read(&json).unwrap();
            prop_assert_eq!(members.0.len(), object.len());
            for (name, part) in &members.0 {
                let found: serde_json::Value = serde_json::from_str(part).unwrap();
                prop_assert_eq!(Some(&found), object.get(name));
            }
        }

        #[test]
        fn any_spelling_of_a_number_reads_the_same(
            number in any::<i64>(), zeros in 0..30_usize, shift in 0..25_usize,
        ) {
            let (sign, digits) = (if number < 0 { "-" } else { "" }, number.unsigned_abs());
            let padding = "0".repeat(zeros);
            let text = digits.to_string();
            let (whole, fraction) = text.split_at(text.len().saturating_sub(shift));
            let whole = if whole.is_empty() { "0" } else { whole };
            let moved = fraction.len();
            for json in [
                number.to_string(),
                format!("{sign}{digits}.0{padding}"),
                format!("{sign}{digits}{padding}e-{zeros}"),
                format!("{sign}{whole}.{fraction}{padding}0E+{moved}"),
                format!("\"{sign}{digits}\""),
            ] {
                prop_assert_eq!(i64::read_json(&json), Some(number), "{}", json);
            }
        }

        #[test]
        fn a_part_of_a_number_is_never_dropped(number in any::<i64>(), part in "0{0,30}[1-9]") {
            let json = format!("{number}.{part}");
            prop_assert_eq!(i64::read_json(&json), None);
        }

        #[test]
        fn no_text_makes_it_panic(json in "\\PC{0,40}|[-0-9.eE\"]{0,12}") {
            let _ = (i64::read_json(&json), Timestamp::read_json(&json), Members::read(&json));
        }

        #[test]
        fn no_object_makes_it_panic(inside in "(\\PC|[\\[\\]{}\",:\\\\0-9a ]){0,30}") {
            let _ = Members::read(&format!("{{{inside}}}"));
            let _ = Vec::<String>::read_json(&format!("[{inside}]"));
        }
    }
}
