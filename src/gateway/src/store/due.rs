//! The intents that the sweep has work with.

use mpac_pgw_protocol::{PaymentIntentId, Timestamp};
use rusqlite::{Connection, params};

use super::StoreError;
use super::intents::parse;

pub(super) const OVERDUE: &str = "SELECT id FROM payment_intents \
         WHERE status IN ('requires_payment_method', 'requires_action') AND expires_at <= ?1 \
         ORDER BY expires_at LIMIT ?2";

/// Open intents whose time is up, the longest overdue first.
pub(crate) fn overdue(
    c: &Connection,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<PaymentIntentId>, StoreError> {
    // The condition on status is the index's own, word for word, or SQLite would not use it.
    ids(c, OVERDUE, now, limit)
}

/// The ids that a question answers, of a moment and a limit.
fn ids(
    c: &Connection,
    question: &str,
    moment: Timestamp,
    limit: u32,
) -> Result<Vec<PaymentIntentId>, StoreError> {
    let mut statement = c.prepare_cached(question)?;
    let mut rows = statement.query(params![moment.unix_seconds(), limit])?;
    let mut ids = Vec::new();
    while let Some(row) = rows.next()? {
        ids.push(parse(row.get::<_, String>(0)?, "payment_intents", "id")?);
    }
    Ok(ids)
}

/// Records that the provider is about to be asked to capture or release the intent's money.
pub(crate) fn set_settling(
    c: &Connection,
    id: &PaymentIntentId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let update = "UPDATE payment_intents SET settling_since = ?2 WHERE id = ?1";
    c.prepare_cached(update)?
        .execute(params![id.as_str(), now.unix_seconds()])?;
    Ok(())
}

/// Records that nothing came of what the provider was asked before `limit`.
pub(crate) fn end_settling(
    c: &Connection,
    id: &PaymentIntentId,
    limit: Timestamp,
) -> Result<(), StoreError> {
    let update = "UPDATE payment_intents SET settling_since = NULL \
         WHERE id = ?1 AND settling_since < ?2";
    c.prepare_cached(update)?
        .execute(params![id.as_str(), limit.unix_seconds()])?;
    Ok(())
}

pub(super) const SETTLING: &str = "SELECT id FROM payment_intents \
         WHERE status = 'processing' AND settling_since <= ?1 ORDER BY settling_since LIMIT ?2";

/// Intents whose reserved money the provider was asked about, and may have moved.
pub(crate) fn settling(
    c: &Connection,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<PaymentIntentId>, StoreError> {
    ids(c, SETTLING, now, limit)
}
