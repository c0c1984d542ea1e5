//! Payments as someone looks through them: of all merchants, by what is known of one.

use mpac_pgw_protocol::{PaymentIntentId, PaymentIntentStatus, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::Serialize;

use super::StoreError;
use super::intents::{self, BEYOND_ALL_IDS, parse};
use crate::domain::Intent;

/// How many payments one search looks through. A search among many goes on where it stopped, so
/// that none keeps the database busy for long.
const LOOKED_THROUGH: usize = 10_000;

/// What is looked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Search {
    pub(crate) status: Option<PaymentIntentStatus>,
    pub(crate) words: Option<Words>,
}

/// Part of an id or of a reference, or an amount.
#[derive(Debug, Clone)]
pub(crate) struct Words {
    text: String,
    amount: Option<Decimal>,
}

/// An amount as people write it: 1,500 or ¥1500 or 12.34.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Decimal {
    digits: i64,
    /// How many of them are after the point.
    decimals: u32,
}

impl Words {
    pub(crate) fn new(text: &str) -> Self {
        let text = text.trim().to_lowercase();
        Self {
            amount: Decimal::read(&text),
            text,
        }
    }

    /// Compares without copying: most of what is looked through is not what is looked for.
    fn are_in(&self, row: &Row<'_>) -> Result<bool, rusqlite::Error> {
        for column in [0, 2] {
            if contains(text(row, column)?, &self.text) {
                return Ok(true);
            }
        }
        let (amount, currency) = (row.get_ref(3)?.as_i64()?, text(row, 4)?);
        Ok(self
            .amount
            .is_some_and(|wanted| wanted.is(amount, currency)))
    }
}

/// `part` is in lower case.
fn contains(text: &str, part: &str) -> bool {
    if text.is_ascii() {
        let windows = text.as_bytes().windows(part.len().max(1));
        part.is_empty()
            || windows
                .into_iter()
                .any(|w| w.eq_ignore_ascii_case(part.as_bytes()))
    } else {
        text.to_lowercase().contains(part)
    }
}

impl Decimal {
    fn read(text: &str) -> Option<Self> {
        let bare = text.trim_start_matches(['¥', '￥', '$', '€']).trim();
        let bare = bare.trim_end_matches(['円', '元']).trim().replace(',', "");
        let (whole, part) = bare.split_once('.').unwrap_or((&bare, ""));
        Some(Self {
            digits: format!("{whole}{part}").parse().ok().filter(|n| *n >= 0)?,
            decimals: u32::try_from(part.len()).ok()?,
        })
    }

    fn is(self, minor_units: i64, currency: &str) -> bool {
        let known = iso_currency::Currency::from_code(currency);
        let exponent = known
            .and_then(|known| known.exponent())
            .map_or(0, u32::from);
        let more = exponent.checked_sub(self.decimals);
        let scale = more.and_then(|more| 10_i64.checked_pow(more));
        scale.and_then(|scale| self.digits.checked_mul(scale)) == Some(minor_units)
    }
}

/// What a search has found, newest first.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) intents: Vec<Intent>,
    /// Where to go on: the id of the last one that was looked at. `None` when that was all.
    pub(crate) looked_up_to: Option<String>,
}

pub(super) const NEWEST: &str = "SELECT id, status, merchant_ref_id, amount, currency \
     FROM payment_intents WHERE id < ?1 ORDER BY id DESC LIMIT ?2";

/// Up to `limit` payments that were made before the one with the id `before`.
pub(crate) fn search(
    c: &Connection,
    search: &Search,
    before: Option<&str>,
    limit: usize,
) -> Result<Found, StoreError> {
    let mut statement = c.prepare_cached(NEWEST)?;
    let most = i64::try_from(LOOKED_THROUGH + 1).unwrap_or(i64::MAX);
    let mut rows = statement.query(params![before.unwrap_or(BEYOND_ALL_IDS), most])?;
    let (mut ids, mut seen) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        let id = text(row, 0)?;
        let status = text(row, 1)?;
        let of_status = search.status.as_ref().is_none_or(|s| s.as_str() == status);
        let words = search.words.as_ref();
        if of_status && words.map_or(Ok(true), |words| words.are_in(row))? {
            ids.push(parse(id.to_owned(), id, "id")?);
        }
        seen += 1;
        if ids.len() == limit || seen == LOOKED_THROUGH {
            let last = id.to_owned();
            let more = rows.next()?.is_some();
            return found(c, &ids, more.then_some(last));
        }
    }
    found(c, &ids, None)
}

fn text<'a>(row: &'a Row<'_>, column: usize) -> Result<&'a str, rusqlite::Error> {
    Ok(row.get_ref(column)?.as_str()?)
}

fn found(
    c: &Connection,
    ids: &[PaymentIntentId],
    looked_up_to: Option<String>,
) -> Result<Found, StoreError> {
    let intents = ids.iter().map(|id| intents::find(c, id));
    let intents: Result<Vec<_>, _> = intents.collect();
    Ok(Found {
        intents: intents?.into_iter().flatten().collect(),
        looked_up_to,
    })
}

/// One change of a payment's status.
#[derive(Debug, Serialize)]
pub(crate) struct Change {
    from_status: Option<String>,
    to_status: String,
    cause: String,
    at: Timestamp,
}

/// Every status the payment has had, in order.
pub(crate) fn history(c: &Connection, id: &PaymentIntentId) -> Result<Vec<Change>, StoreError> {
    let select = "SELECT from_status, to_status, cause, at FROM status_changes \
         WHERE payment_intent_id = ?1 ORDER BY id";
    let mut statement = c.prepare_cached(select)?;
    let changes = statement.query_map([id.as_str()], |row| {
        Ok(Change {
            from_status: row.get(0)?,
            to_status: row.get(1)?,
            cause: row.get(2)?,
            at: Timestamp::from_unix_seconds(row.get(3)?),
        })
    })?;
    Ok(changes.collect::<rusqlite::Result<_>>()?)
}

/// The code that a customer can pay now.
#[derive(Debug, Serialize)]
pub(crate) struct ShownCode {
    /// Our name for it: another code has another.
    reference: String,
    provider: String,
    pub(crate) content: String,
    created_at: Timestamp,
    expires_at: Timestamp,
}

/// The payment's code, if one is out.
pub(crate) fn shown_code(
    c: &Connection,
    id: &PaymentIntentId,
) -> Result<Option<ShownCode>, StoreError> {
    let select = "SELECT reference, provider, content, created_at, expires_at FROM qr_codes \
         WHERE payment_intent_id = ?1 AND state = 'outstanding' AND content IS NOT NULL";
    let mut statement = c.prepare_cached(select)?;
    let code = statement.query_row([id.as_str()], |row| {
        Ok(ShownCode {
            reference: row.get(0)?,
            provider: row.get(1)?,
            content: row.get(2)?,
            created_at: Timestamp::from_unix_seconds(row.get(3)?),
            expires_at: Timestamp::from_unix_seconds(row.get(4)?),
        })
    });
    Ok(code.optional()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_people_write_them() {
        let table = [
            ("1500", 1500, "JPY", true),
            ("¥1,500", 1500, "JPY", true),
            ("1500円", 1500, "JPY", true),
            ("1500", 1500, "USD", false),
            ("15", 1500, "USD", true),
            ("$15.0", 1500, "USD", true),
            ("12.34", 1234, "USD", true),
            ("12.34", 1234, "JPY", false),
            ("1.5", 1500, "KWD", true),
            ("9999999999999999999", 1, "JPY", false),
            ("-5", 5, "JPY", false),
            ("order", 1, "JPY", false),
        ];
        for (text, minor_units, currency, expected) in table {
            let read = Decimal::read(text);
            let is = read.is_some_and(|amount| amount.is(minor_units, currency));
            assert_eq!(is, expected, "{text} {minor_units} {currency}");
        }
    }

    #[test]
    fn parts_are_found_in_any_case() {
        assert!(contains("pi_01HXY", "hx"));
        assert!(contains("Order_注文_1", "注文"));
        assert!(contains("anything", ""));
        assert!(!contains("", "x"));
        assert!(!contains("pi_01", "pi_012"));
    }
}
