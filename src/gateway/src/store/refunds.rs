//! Money given back.

use mpac_pgw_protocol::{MerchantId, PaymentIntentId, Timestamp};
use rusqlite::{Connection, Row, params};

use super::StoreError;
use super::intents::parse;
use crate::domain::{Refund, RefundStatus};

const COLUMNS: &str = "r.id, payment_intent_id, r.amount, r.currency, reason, r.status, \
     r.created_at";

pub(crate) fn insert(c: &Connection, refund: &Refund) -> Result<(), StoreError> {
    let insert = "INSERT INTO refunds \
         (id, payment_intent_id, amount, currency, reason, status, created_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    c.prepare_cached(insert)?.execute(params![
        refund.id,
        refund.payment_intent_id.as_str(),
        refund.amount.minor_units(),
        refund.currency.as_str(),
        refund.reason,
        refund.status.as_str(),
        refund.created_at.unix_seconds()
    ])?;
    Ok(())
}

/// Records how a pending refund ended.
pub(crate) fn end(c: &Connection, id: &str, status: RefundStatus) -> Result<(), StoreError> {
    let update = "UPDATE refunds SET status = ?2 WHERE id = ?1 AND status = 'pending'";
    let changed = c
        .prepare_cached(update)?
        .execute(params![id, status.as_str()])?;
    if changed == 1 {
        Ok(())
    } else {
        Err(StoreError::LostUpdate(id.to_owned()))
    }
}

/// The merchant's refund with this id.
pub(crate) fn find(
    c: &Connection,
    merchant: &MerchantId,
    id: &str,
) -> Result<Option<Refund>, StoreError> {
    let select = format!(
        "SELECT {COLUMNS} FROM refunds r JOIN payment_intents i ON i.id = payment_intent_id \
         WHERE r.id = ?1 AND merchant_id = ?2"
    );
    let mut statement = c.prepare_cached(&select)?;
    let mut rows = statement.query([id, merchant.as_str()])?;
    rows.next()?.map(read).transpose()
}

/// The refund of this intent that is pending or done.
pub(crate) fn find_by_intent(
    c: &Connection,
    intent: &PaymentIntentId,
) -> Result<Option<Refund>, StoreError> {
    let select = format!(
        "SELECT {COLUMNS} FROM refunds r WHERE payment_intent_id = ?1 AND status <> 'failed'"
    );
    let mut statement = c.prepare_cached(&select)?;
    let mut rows = statement.query([intent.as_str()])?;
    rows.next()?.map(read).transpose()
}

/// Every refund of this intent, also those that failed, the oldest first.
pub(crate) fn list_by_intent(
    c: &Connection,
    intent: &PaymentIntentId,
) -> Result<Vec<Refund>, StoreError> {
    let select =
        format!("SELECT {COLUMNS} FROM refunds r WHERE payment_intent_id = ?1 ORDER BY id");
    let mut statement = c.prepare_cached(&select)?;
    let mut rows = statement.query([intent.as_str()])?;
    let mut refunds = Vec::new();
    while let Some(row) = rows.next()? {
        refunds.push(read(row)?);
    }
    Ok(refunds)
}

/// Up to `limit` refunds whose outcome is not known, the oldest first.
pub(crate) fn pending(c: &Connection, limit: u32) -> Result<Vec<Refund>, StoreError> {
    let select = format!(
        "SELECT {COLUMNS} FROM refunds r WHERE status = 'pending' ORDER BY created_at LIMIT ?1"
    );
    let mut statement = c.prepare_cached(&select)?;
    let mut rows = statement.query([limit])?;
    let mut refunds = Vec::new();
    while let Some(row) = rows.next()? {
        refunds.push(read(row)?);
    }
    Ok(refunds)
}

fn read(row: &Row<'_>) -> Result<Refund, StoreError> {
    let id: String = row.get(0)?;
    let text = |index: usize| row.get::<_, String>(index);
    let status = text(5)?;
    let status = RefundStatus::ALL
        .into_iter()
        .find(|known| known.as_str() == status)
        .ok_or_else(|| super::intents::damaged(&id, "status"))?;
    let payment = (
        parse(text(1)?, &id, "payment_intent_id")?,
        parse(text(3)?, &id, "currency")?,
    );
    let amount = parse(row.get::<_, i64>(2)?, &id, "amount")?;
    let created_at = Timestamp::from_unix_seconds(row.get(6)?);
    Ok(Refund::new(
        id,
        payment,
        amount,
        row.get(4)?,
        status,
        created_at,
    ))
}
