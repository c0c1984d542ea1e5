//! How a card app may write one and the same result.

use fastrand::Rng;

use crate::card::CardResult;

/// The number of a card: it must not get any further than the card app.
pub(super) fn card_number() -> String {
    // Put together here, so that no file holds it.
    format!("4{}", "1".repeat(15))
}

/// The result in JSON, as some library or hand would write it.
pub(super) fn spell(result: &CardResult, rng: &mut Rng) -> String {
    let amount = result.amount.minor_units();
    let amounts = [
        amount.to_string(),
        format!("{amount}.0"),
        format!("{amount}.000"),
        format!("{amount}e0"),
        format!("{}.{:03}E3", amount / 1000, amount % 1000),
        format!("\"{amount}\""),
    ];
    let version = [
        result.version.to_string(),
        format!("{}.0", result.version),
        format!("\"{}\"", result.version),
    ];
    let times = [
        "\"2025-12-08T10:30:00Z\"",
        "\"2025-12-08T10:30Z\"",
        "\"2025-12-08T19:30+0900\"",
        "\"2025-12-08 19:30:00.123456789+09\"",
        "\"20251208T103000Z\"",
        "1765189800000",
        "\"just now\"",
        "{\"seconds\":1765189800}",
        "null",
    ];
    let number = card_number();
    let numbers = [
        format!("\"************{}\"", &number[12..]),
        format!("\"{number}\""),
        format!("[{number}]"),
        "null".to_owned(),
    ];
    let reasons = [
        "\"\"".to_owned(),
        format!("\"card {number} was read\""),
        "51".to_owned(),
        "null".to_owned(),
    ];
    let members = [
        ("version", pick(&version, rng)),
        ("attempt_id", quoted(&result.attempt_id)),
        ("nonce", quoted(&result.nonce)),
        (
            "outcome",
            serde_json::to_string(&result.outcome).unwrap_or_default(),
        ),
        ("amount", pick(&amounts, rng)),
        ("currency", quoted(result.currency.as_str())),
        ("approval_code", optional(result.approval_code.as_deref())),
        ("card_brand", optional(result.card_brand.as_deref())),
        ("masked_pan", pick(&numbers, rng)),
        ("reason", pick(&reasons, rng)),
        ("processed_at", pick(&times, rng)),
        ("terminal_battery", "0.5".to_owned()),
    ];
    let space = ["", " ", "\n  "][rng.usize(..3)];
    let mut members = members.map(|(name, value)| format!("{space}\"{name}\":{space}{value}"));
    rng.shuffle(&mut members);
    let mark = if rng.u8(..5) == 0 { "\u{feff}" } else { "" };
    format!("{mark}{{{}}}", members.join(","))
}

fn pick<T: ToString>(spellings: &[T], rng: &mut Rng) -> String {
    spellings[rng.usize(..spellings.len())].to_string()
}

fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}

fn optional(text: Option<&str>) -> String {
    text.map_or("null".to_owned(), quoted)
}
