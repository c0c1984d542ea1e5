//! Answers that have been given, kept for those who ask again.

use mpac_pgw_protocol::{IdempotencyKey, MerchantId, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};

use super::{StoreError, hash, intents::damaged};
use crate::answer::Answer;
use crate::domain::IDEMPOTENCY_SECONDS;

/// SHA-256 over method, path and body of a request.
pub(crate) type Fingerprint = [u8; 32];

/// A request that was answered before.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) fingerprint: Fingerprint,
    pub(crate) answer: Answer,
}

pub(super) const FIND: &str = "SELECT fingerprint, http_status, body FROM idempotency_records \
         WHERE key_hash = ?4 AND merchant_id = ?1 AND key = ?2 AND created_at > ?3 \
         ORDER BY id DESC LIMIT 1";

/// The record of this key, unless it is older than 24 hours.
pub(crate) fn find(
    c: &Connection,
    merchant: &MerchantId,
    key: &IdempotencyKey,
    now: Timestamp,
) -> Result<Option<Record>, StoreError> {
    let mut statement = c.prepare_cached(FIND)?;
    let oldest = oldest(now);
    let hash = hash::of(merchant.as_str(), key.as_str());
    let mut rows = statement.query(params![merchant.as_str(), key.as_str(), oldest, hash])?;
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    let fingerprint: Vec<u8> = row.get(0)?;
    let fingerprint = fingerprint
        .try_into()
        .map_err(|_| damaged(key.as_str(), "fingerprint"))?;
    let answer = Answer::new(row.get(1)?, row.get(2)?);
    Ok(Some(Record {
        fingerprint,
        answer,
    }))
}

/// Keeps an answer. The caller has looked that there is none, and holds the key's lock since.
pub(crate) fn insert(
    c: &Connection,
    merchant: &MerchantId,
    key: &IdempotencyKey,
    record: &Record,
    now: Timestamp,
) -> Result<(), StoreError> {
    let insert = "INSERT INTO idempotency_records \
         (merchant_id, key, key_hash, fingerprint, http_status, body, created_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    c.prepare_cached(insert)?.execute(params![
        merchant.as_str(),
        key.as_str(),
        hash::of(merchant.as_str(), key.as_str()),
        record.fingerprint.as_slice(),
        record.answer.status,
        record.answer.body,
        now.unix_seconds(),
    ])?;
    Ok(())
}

// The first are the oldest: see `forget_the_future`.
pub(super) const DELETE_OLD: &str = "DELETE FROM idempotency_records WHERE created_at <= ?1 \
         AND id IN (SELECT id FROM idempotency_records ORDER BY id LIMIT ?2)";

/// Removes up to `limit` records that are past their time.
pub(crate) fn delete_old(c: &Connection, now: Timestamp, limit: u32) -> Result<usize, StoreError> {
    Ok(c.prepare_cached(DELETE_OLD)?
        .execute(params![oldest(now), limit])?)
}

/// Dates records of the future to now. They were made before the machine's clock was set back;
/// records are in the order of their age again.
pub(super) fn forget_the_future(c: &Connection, now: Timestamp) -> rusqlite::Result<()> {
    let last = "SELECT created_at > ?1 FROM idempotency_records ORDER BY id DESC LIMIT 1";
    let now = [now.unix_seconds()];
    // Looks at all of them only if there are any: the last is one then.
    if c.query_row(last, now, |row| row.get(0)).optional()? == Some(true) {
        let update = "UPDATE idempotency_records SET created_at = ?1 WHERE created_at > ?1";
        c.execute(update, now)?;
    }
    Ok(())
}

fn oldest(now: Timestamp) -> i64 {
    now.plus_seconds(-IDEMPOTENCY_SECONDS).unix_seconds()
}
