//! The outbox: events on their way to merchants' endpoints.

use mpac_pgw_protocol::signing::SecretKey;
use mpac_pgw_protocol::{Event, MerchantId, PaymentIntentId, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, named_params, params};

use super::StoreError;

/// Puts an event into the outbox, for each of the merchant's endpoints that wants it. In the
/// transaction that writes the event, so that there is never one without the other.
pub(super) fn enqueue(
    c: &Connection,
    merchant: &MerchantId,
    intent: &PaymentIntentId,
    event: &Event,
) -> Result<(), StoreError> {
    let insert = "INSERT INTO webhook_deliveries (event_id, payment_intent_id, endpoint_id, state, \
         tries, next_try_at, created_at) SELECT ?1, ?2, id, 'pending', 0, ?3, ?3 \
         FROM webhook_endpoints WHERE merchant_id = ?4 AND deleted_at IS NULL \
         AND instr(',' || enabled_events || ',', ',' || ?5 || ',') > 0";
    c.prepare_cached(insert)?.execute(params![
        event.id,
        intent.as_str(),
        event.created,
        merchant.as_str(),
        event.event_type.as_str()
    ])?;
    Ok(())
}

/// An event that is to be sent now.
#[derive(Debug, Clone)]
pub(crate) struct Due {
    pub(crate) id: i64,
    /// How often it has been sent in vain.
    pub(crate) tries: u32,
    pub(crate) url: String,
    pub(crate) secret: SecretKey,
    pub(crate) body: String,
}

pub(super) const WAITING: &str = "SELECT id FROM webhook_endpoints e WHERE EXISTS \
         (SELECT 1 FROM webhook_deliveries WHERE endpoint_id = e.id AND state = 'pending' \
          AND next_try_at <= ?1)";

pub(super) const DUE: &str = "SELECT d.id, d.tries, e.url, e.secret, v.body, d.next_try_at \
     FROM webhook_deliveries d \
     JOIN webhook_endpoints e ON e.id = d.endpoint_id JOIN events v ON v.id = d.event_id \
     WHERE d.endpoint_id = ?1 AND d.state = 'pending' AND d.next_try_at <= ?2 AND NOT EXISTS \
         (SELECT 1 FROM webhook_deliveries b WHERE b.state = 'pending' \
          AND b.payment_intent_id = d.payment_intent_id AND b.endpoint_id = d.endpoint_id \
          AND b.id < d.id) \
     ORDER BY d.next_try_at, d.id LIMIT ?3";

/// What is due, the longest due first, at most so many to each endpoint. Of one intent's events to
/// one endpoint, only the oldest.
pub(crate) fn due(c: &Connection, now: Timestamp, to_each: usize) -> Result<Vec<Due>, StoreError> {
    let mut waiting = c.prepare_cached(WAITING)?;
    let endpoints = waiting.query_map([now.unix_seconds()], |row| row.get(0))?;
    let endpoints: Vec<String> = endpoints.collect::<rusqlite::Result<_>>()?;
    let mut statement = c.prepare_cached(DUE)?;
    let to_each = i64::try_from(to_each).unwrap_or(i64::MAX);
    let mut due: Vec<(i64, Due)> = Vec::new();
    for endpoint in endpoints {
        let rows = statement.query_map(params![endpoint, now.unix_seconds(), to_each], |row| {
            let delivery = Due {
                id: row.get(0)?,
                tries: row.get::<_, u32>(1)?,
                url: row.get(2)?,
                secret: SecretKey::new(row.get::<_, String>(3)?),
                body: row.get(4)?,
            };
            Ok((row.get(5)?, delivery))
        })?;
        for row in rows {
            due.push(row?);
        }
    }
    due.sort_by_key(|(since, delivery)| (*since, delivery.id));
    Ok(due.into_iter().map(|(_, delivery)| delivery).collect())
}

/// One try to deliver, and what came of it.
#[derive(Debug, Clone)]
pub(crate) struct Attempt {
    pub(crate) at: Timestamp,
    /// The `t` of its signature. Attempts of older versions did not note it.
    pub(crate) signed_at: Option<Timestamp>,
    /// `None` when there was no answer.
    pub(crate) http_status: Option<u16>,
    pub(crate) error: Option<String>,
    /// The start of the answer.
    pub(crate) response: Option<String>,
    pub(crate) duration_ms: i64,
}

/// What is next for a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    Delivered,
    TryAgain(Timestamp),
    GiveUp,
}

/// Records an attempt and what is next.
pub(crate) fn record(
    c: &Connection,
    id: i64,
    attempt: &Attempt,
    next: Next,
) -> Result<(), StoreError> {
    let insert = "INSERT INTO webhook_attempts \
         (delivery_id, at, http_status, error, response, duration_ms, signed_at) \
         SELECT id, ?2, ?3, ?4, ?5, ?6, ?7 FROM webhook_deliveries WHERE id = ?1";
    c.prepare_cached(insert)?.execute(params![
        id,
        attempt.at.unix_seconds(),
        attempt.http_status,
        attempt.error,
        attempt.response,
        attempt.duration_ms,
        attempt.signed_at.map(|at| at.unix_seconds())
    ])?;
    let (state, next_try_at) = match next {
        Next::Delivered => ("delivered", None),
        Next::GiveUp => ("failed", None),
        Next::TryAgain(at) => ("pending", Some(at.unix_seconds())),
    };
    // Its endpoint may have been deleted meanwhile, or everything by a reset.
    let update = "UPDATE webhook_deliveries SET state = ?2, tries = tries + 1, \
         next_try_at = coalesce(?3, next_try_at) WHERE id = ?1 AND state = 'pending'";
    c.prepare_cached(update)?
        .execute(params![id, state, next_try_at])?;
    Ok(())
}

/// Has a delivery sent at once, whatever became of it before. Answers whether it can be: not
/// when its endpoint has been deleted.
pub(crate) fn resend(c: &Connection, id: i64, now: Timestamp) -> Result<bool, StoreError> {
    let update = "UPDATE webhook_deliveries SET state = 'pending', tries = 0, next_try_at = ?2 \
         WHERE id = ?1 AND EXISTS (SELECT 1 FROM webhook_endpoints \
         WHERE id = endpoint_id AND deleted_at IS NULL)";
    let changed = c
        .prepare_cached(update)?
        .execute(params![id, now.unix_seconds()])?;
    Ok(changed == 1)
}

/// A delivery with its history.
#[derive(Debug, Clone)]
pub(crate) struct Delivery {
    pub(crate) id: i64,
    pub(crate) event_id: String,
    pub(crate) payment_intent_id: String,
    pub(crate) endpoint_id: String,
    pub(crate) url: String,
    pub(crate) secret: SecretKey,
    pub(crate) body: String,
    pub(crate) state: String,
    pub(crate) next_try_at: Option<Timestamp>,
    pub(crate) created_at: Timestamp,
    pub(crate) attempts: Vec<Attempt>,
}

/// What a list is to hold.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    pub(crate) payment_intent_id: Option<String>,
    pub(crate) event_id: Option<String>,
}

const COLUMNS: &str = "d.id, d.event_id, d.payment_intent_id, d.endpoint_id, e.url, v.body, \
     d.state, iif(d.state = 'pending', d.next_try_at, NULL), d.created_at, e.secret";
const TABLES: &str = "webhook_deliveries d JOIN webhook_endpoints e ON e.id = d.endpoint_id \
     JOIN events v ON v.id = d.event_id";

/// Deliveries, newest first, from the one after `after`.
pub(crate) fn list(
    c: &Connection,
    filter: &Filter,
    after: Option<i64>,
    limit: usize,
) -> Result<Vec<Delivery>, StoreError> {
    let select = format!(
        "SELECT {COLUMNS} FROM {TABLES} WHERE d.id < :after \
         AND (:intent IS NULL OR d.payment_intent_id = :intent) \
         AND (:event IS NULL OR d.event_id = :event) ORDER BY d.id DESC LIMIT :limit"
    );
    let mut statement = c.prepare_cached(&select)?;
    let rows = statement.query_map(
        named_params! {
            ":after": after.unwrap_or(i64::MAX),
            ":intent": filter.payment_intent_id,
            ":event": filter.event_id,
            ":limit": i64::try_from(limit).unwrap_or(i64::MAX),
        },
        read,
    )?;
    let mut deliveries: Vec<Delivery> = rows.collect::<rusqlite::Result<_>>()?;
    for delivery in &mut deliveries {
        delivery.attempts = attempts(c, delivery.id)?;
    }
    Ok(deliveries)
}

/// The delivery with this id.
pub(crate) fn find(c: &Connection, id: i64) -> Result<Option<Delivery>, StoreError> {
    let select = format!("SELECT {COLUMNS} FROM {TABLES} WHERE d.id = ?1");
    let mut statement = c.prepare_cached(&select)?;
    let mut delivery = statement.query_row([id], read).optional()?;
    if let Some(delivery) = &mut delivery {
        delivery.attempts = attempts(c, id)?;
    }
    Ok(delivery)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Delivery> {
    let next_try_at: Option<i64> = row.get(7)?;
    Ok(Delivery {
        id: row.get(0)?,
        event_id: row.get(1)?,
        payment_intent_id: row.get(2)?,
        endpoint_id: row.get(3)?,
        url: row.get(4)?,
        body: row.get(5)?,
        state: row.get(6)?,
        next_try_at: next_try_at.map(Timestamp::from_unix_seconds),
        created_at: Timestamp::from_unix_seconds(row.get(8)?),
        secret: SecretKey::new(row.get::<_, String>(9)?),
        attempts: Vec::new(),
    })
}

fn attempts(c: &Connection, id: i64) -> Result<Vec<Attempt>, StoreError> {
    let select = "SELECT at, http_status, error, response, duration_ms, signed_at \
         FROM webhook_attempts WHERE delivery_id = ?1 ORDER BY id";
    let mut statement = c.prepare_cached(select)?;
    let rows = statement.query_map([id], |row| {
        Ok(Attempt {
            at: Timestamp::from_unix_seconds(row.get(0)?),
            http_status: row.get(1)?,
            error: row.get(2)?,
            response: row.get(3)?,
            duration_ms: row.get(4)?,
            signed_at: row
                .get::<_, Option<i64>>(5)?
                .map(Timestamp::from_unix_seconds),
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
