//! Takes the secrets out of an exchange before anyone sees it, and changes nothing else: what is
//! shown is, byte for byte, what was sent.

use mpac_pgw_protocol::card_number::redact;
use serde_json::Value;

/// What stands where a secret was.
pub(crate) const HIDDEN: &str = "•••";

/// Fields and parameters whose values are secret: tokens, keys, customers' codes, card approvals.
const SECRET_FIELDS: [&str; 4] = [
    "payment_token",
    "customer_code",
    "secret",
    "external_ref_id",
];

/// Fields that say something about a card, and so may hold its number by mistake.
const CARD_FIELDS: [&str; 6] = [
    "provider",
    "card_brand",
    "approval_code",
    "masked_pan",
    "reason",
    "card_number",
];

/// What secrets look like wherever they stand, also where they do not belong: what follows this is
/// secret. A picture's name is as good as the code it shows.
const SECRET_MARKS: [&str; 3] = ["_secret_", "whsec_", "/qr/"];

/// A path with its query string.
pub(crate) fn path(path: &str) -> String {
    match path.split_once('?') {
        None => text(path),
        Some((path, query)) => format!("{}?{}", text(path), pairs(query)),
    }
}

/// The value of a header.
pub(crate) fn header(name: &str, value: &str) -> String {
    match name {
        "authorization" | "proxy-authorization" => authorization(value),
        // A browser sends what other programs on this machine have set.
        "cookie" | "set-cookie" | "x-api-key" => HIDDEN.to_owned(),
        _ => path(value),
    }
}

/// A signature's merchant and timestamp are no secrets; whatever else it may be is.
fn authorization(value: &str) -> String {
    let (scheme, rest) = value.split_once(' ').unwrap_or(("", value));
    match (scheme, rest.rsplit_once(':')) {
        ("HMAC-SHA256", Some((signer, _))) => format!("{scheme} {}:{HIDDEN}", text(signer)),
        _ if scheme.is_empty() => HIDDEN.to_owned(),
        _ => format!("{scheme} {HIDDEN}"),
    }
}

/// A body: JSON, whole or cut or not quite right, or a form, or any text.
pub(crate) fn body(body: &str) -> String {
    if body.trim_start().starts_with(['{', '[', '"']) {
        json(body)
    } else {
        pairs(body)
    }
}

/// `name=value&…`.
fn pairs(form: &str) -> String {
    let pair = |pair: &str| match pair.split_once('=') {
        Some((name, _)) if is_secret(&decoded(name)) => format!("{}={HIDDEN}", text(name)),
        _ => text(pair),
    };
    let shown: Vec<_> = form.split('&').map(pair).collect();
    shown.join("&")
}

fn is_secret(field: &str) -> bool {
    is_one_of(&SECRET_FIELDS, field)
}

fn is_one_of(fields: &[&str], field: &str) -> bool {
    let field = field.trim();
    fields.iter().any(|name| field.eq_ignore_ascii_case(name))
}

/// Any text: hides what looks like a secret, also behind percent signs.
fn text(text: &str) -> String {
    let plain = marked(text);
    if text.contains('%') {
        let decoded = decoded(text);
        let shown = marked(&decoded);
        if shown != decoded {
            return shown;
        }
    }
    plain
}

fn marked(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    loop {
        let found = SECRET_MARKS.iter().filter_map(|mark| {
            let at = rest.find(mark)?;
            Some(at + mark.len())
        });
        let Some(end) = found.min() else {
            shown.push_str(rest);
            return shown;
        };
        let (before, after) = rest.split_at(end);
        let secret = after.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
        shown.push_str(before);
        if secret.len() < after.len() {
            shown.push_str(HIDDEN);
        }
        rest = secret;
    }
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).filter(|_| *first == b'%');
        let hex = hex.and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Goes through the text as a JSON reader would, but does not mind mistakes: a body that is not
/// well-formed is what a developer wants to look at, and it may hold secrets all the same.
fn json(json: &str) -> String {
    let mut shown = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.find('"') {
        let (before, from_quote) = rest.split_at(at);
        shown.push_str(&text(before));
        let (literal, after) = string(from_quote);
        shown.push_str(&string_shown(literal));
        rest = after;
        let value = after.trim_start().strip_prefix(':').map(str::trim_start);
        if let Some(value) = value.filter(|_| is_one_of(&CARD_FIELDS, &unescaped(literal))) {
            let colon = after.get(..after.len() - value.len());
            let (value, after) = whole_value(value);
            if let Some(masked) = without_card_number(value) {
                shown.push_str(colon.unwrap_or_default());
                shown.push_str(&masked);
                rest = after;
            }
        } else if let Some(value) = value.filter(|_| is_secret(&unescaped(literal))) {
            shown.push_str(after.get(..after.len() - value.len()).unwrap_or_default());
            let (secret, after) = whole_value(value);
            shown.push_str(match secret {
                "null" | "\"\"" => secret,
                _ => "\"•••\"",
            });
            rest = after;
        }
    }
    shown.push_str(&text(rest));
    shown
}

/// A string literal at the start, with its quotes, and what follows it. Without an end, all of it.
fn string(json: &str) -> (&str, &str) {
    let mut escaped = false;
    for (at, byte) in json.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return json.split_at(at + 1),
            _ => {}
        }
    }
    (json, "")
}

/// The value without a card's number, if it holds one.
fn without_card_number(value: &str) -> Option<String> {
    let meant = unescaped(value);
    let masked = redact(&meant);
    (masked != meant).then(|| Value::from(text(&masked)).to_string())
}

fn unescaped(literal: &str) -> String {
    let bare = || literal.trim_matches('"').to_owned();
    serde_json::from_str(literal).unwrap_or_else(|_| bare())
}

fn string_shown(literal: &str) -> String {
    if literal.contains('\\') {
        let meant = unescaped(literal);
        let shown = text(&meant);
        if shown != meant {
            return Value::from(shown).to_string();
        }
    }
    text(literal)
}

/// The value at the start, of whatever kind, and what follows it.
fn whole_value(json: &str) -> (&str, &str) {
    if json.starts_with('"') {
        return string(json);
    }
    let (mut depth, mut rest) = (0_usize, json);
    while let Some(next) = rest.chars().next() {
        match next {
            '"' => {
                rest = string(rest).1;
                continue;
            }
            '[' | '{' => depth += 1,
            ']' | '}' if depth > 0 => depth -= 1,
            ',' | ']' | '}' if depth == 0 => break,
            _ => {}
        }
        rest = rest.get(next.len_utf8()..).unwrap_or_default();
    }
    let value = json.get(..json.len() - rest.len()).unwrap_or(json);
    let value = value.trim_end();
    json.split_at(value.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_card_number_in_a_field_about_a_card_is_masked() {
        // A test number, put together here so that no file holds one.
        let number = ["4111", "1111", "1111", "1111"].concat();
        let mask = "************1111";
        let table = [
            (
                format!(r#"{{"provider" : "{number}","a":1}}"#),
                format!(r#"{{"provider" : "{mask}","a":1}}"#),
            ),
            (
                format!(r#"{{"Card_Brand":"V {number}"}}"#),
                format!(r#"{{"Card_Brand":"V {mask}"}}"#),
            ),
            (
                format!(r#"{{"reason":{number}}}"#),
                format!(r#"{{"reason":"{mask}"}}"#),
            ),
            (
                format!("{{\"provider\":\"\\u0034{}\"}}", &number[1..]),
                format!(r#"{{"provider":"{mask}"}}"#),
            ),
            (
                format!(r#"{{"provider":"{number}"#),
                format!(r#"{{"provider":"{mask}""#),
            ),
            (
                r#"{"provider":"PAYPAY"}"#.to_owned(),
                r#"{"provider":"PAYPAY"}"#.to_owned(),
            ),
        ];
        for (sent, shown) in table {
            assert_eq!(body(&sent), shown);
        }
    }

    #[test]
    fn secrets_are_hidden_and_the_rest_is_as_it_was() {
        let table = [
            (r#"{"a":1}"#, r#"{"a":1}"#),
            (
                r#"{ "payment_token" : "pi_1_secret_x", "amount": 5 }"#,
                r#"{ "payment_token" : "•••", "amount": 5 }"#,
            ),
            (
                r#"{"customer_code":12345,"a":[1]}"#,
                r#"{"customer_code":"•••","a":[1]}"#,
            ),
            (
                r#"{"secret":{"x":"y","z":["]"]},"a":1}"#,
                r#"{"secret":"•••","a":1}"#,
            ),
            (r#"{"secret":null}"#, r#"{"secret":null}"#),
            (
                r#"{"external_ref_id":"A1"}"#,
                r#"{"external_ref_id":"•••"}"#,
            ),
            (
                r#"{"u":"http://x/qr/Abc9.svg"}"#,
                r#"{"u":"http://x/qr/•••.svg"}"#,
            ),
            (
                r#"{"note":"pi_1_secret_x!"}"#,
                r#"{"note":"pi_1_secret_•••!"}"#,
            ),
            (
                "{\"note\":\"pi_1\\u005fsecret_x\"}",
                r#"{"note":"pi_1_secret_•••"}"#,
            ),
            (
                "{\"payment\\u005ftoken\":\"x\"}",
                "{\"payment\\u005ftoken\":\"•••\"}",
            ),
            (r#"{"payment_token":"x"#, r#"{"payment_token":"•••""#),
            (
                r#"{"payment_token": x y, "b":1"#,
                r#"{"payment_token": "•••", "b":1"#,
            ),
            (r#"["secret","x"]"#, r#"["secret","x"]"#),
            ("payment_token=x&a=b", "payment_token=•••&a=b"),
            ("what is this", "what is this"),
        ];
        for (sent, shown) in table {
            assert_eq!(body(sent), shown);
        }
        let table = [
            (
                "/v1/x?payment_token=x&limit=3",
                "/v1/x?payment_token=•••&limit=3",
            ),
            ("/v1/x?payment%5Ftoken=x", "/v1/x?payment%5Ftoken=•••"),
            ("/v1/x?a=pi_1_secret_x", "/v1/x?a=pi_1_secret_•••"),
            ("/v1/pi_1%5Fsecret_x", "/v1/pi_1_secret_•••"),
            ("/v1/a%20b", "/v1/a%20b"),
            ("/qr/Abc9.svg", "/qr/•••.svg"),
        ];
        for (sent, shown) in table {
            assert_eq!(path(sent), shown);
        }
        let table = [
            (
                "authorization",
                "HMAC-SHA256 m_1:17:abcdef",
                "HMAC-SHA256 m_1:17:•••",
            ),
            ("authorization", "Bearer sk:live", "Bearer •••"),
            ("authorization", "sk_live", "•••"),
            ("cookie", "session=1", "•••"),
            ("idempotency-key", "order-1", "order-1"),
            (
                "referer",
                "http://x/?payment_token=1",
                "http://x/?payment_token=•••",
            ),
        ];
        for (name, sent, shown) in table {
            assert_eq!(header(name, sent), shown);
        }
    }

    proptest! {
        /// Wherever a token stands, and whatever surrounds it, it is not shown.
        #[test]
        fn no_token_gets_through(before in "\\PC{0,20}", after in "\\PC{0,20}") {
            let sent = format!("{before}pi_1_secret_CANARY{after}");
            for shown in [path(&sent), body(&sent), header("x", &sent)] {
                prop_assert!(!shown.contains("CANARY"), "{shown}");
            }
        }

        /// Bodies of JSON keep their form, and lose only their secrets.
        #[test]
        fn json_stays_json(key in "\\PC{0,9}", value in "[^_/]{0,9}", code in "\\PC{1,9}") {
            let sent = serde_json::json!({ "k": key.replace(['_', '/'], "-"), "v": value, "customer_code": code });
            let shown: Value = serde_json::from_str(&body(&sent.to_string())).unwrap();
            prop_assert_eq!(&shown["customer_code"], HIDDEN);
            prop_assert_eq!(&shown["v"], &sent["v"]);
            let pretty = serde_json::to_string_pretty(&sent).unwrap();
            let shown: Value = serde_json::from_str(&body(&pretty)).unwrap();
            prop_assert_eq!(&shown["customer_code"], HIDDEN);
        }
    }
}
