//! Where merchants want to hear of events.

use mpac_pgw_protocol::signing::SecretKey;
use mpac_pgw_protocol::{EventType, MerchantId, Timestamp};
use rusqlite::{Connection, Row, params};

use super::StoreError;
use super::intents::{BEYOND_ALL_IDS, parse};

/// A merchant's URL for webhooks.
#[derive(Debug, Clone)]
pub(crate) struct Endpoint {
    pub(crate) id: String,
    pub(crate) merchant_id: MerchantId,
    pub(crate) url: String,
    pub(crate) description: Option<String>,
    pub(crate) enabled_events: Vec<EventType>,
    pub(crate) secret: SecretKey,
    pub(crate) created_at: Timestamp,
}

const COLUMNS: &str = "id, merchant_id, url, description, enabled_events, secret, created_at";

pub(crate) fn insert(c: &Connection, endpoint: &Endpoint) -> Result<(), StoreError> {
    let insert =
        format!("INSERT INTO webhook_endpoints ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
    let events: Vec<_> = endpoint
        .enabled_events
        .iter()
        .map(EventType::as_str)
        .collect();
    c.prepare_cached(&insert)?.execute(params![
        endpoint.id,
        endpoint.merchant_id.as_str(),
        endpoint.url,
        endpoint.description,
        events.join(","),
        endpoint.secret.expose(),
        endpoint.created_at.unix_seconds()
    ])?;
    Ok(())
}

/// The merchant's endpoint with this id.
pub(crate) fn find(
    c: &Connection,
    merchant: &MerchantId,
    id: &str,
) -> Result<Option<Endpoint>, StoreError> {
    let select = format!(
        "SELECT {COLUMNS} FROM webhook_endpoints \
         WHERE id = ?1 AND merchant_id = ?2 AND deleted_at IS NULL"
    );
    let mut statement = c.prepare_cached(&select)?;
    let mut rows = statement.query([id, merchant.as_str()])?;
    rows.next()?.map(read).transpose()
}

/// The merchant's endpoints, newest first, from the one after `after`.
pub(crate) fn list(
    c: &Connection,
    merchant: &MerchantId,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<Endpoint>, StoreError> {
    let select = format!(
        "SELECT {COLUMNS} FROM webhook_endpoints WHERE merchant_id = ?1 AND id < ?2 \
         AND deleted_at IS NULL ORDER BY id DESC LIMIT ?3"
    );
    let mut statement = c.prepare_cached(&select)?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let after = after.unwrap_or(BEYOND_ALL_IDS);
    let mut rows = statement.query(params![merchant.as_str(), after, limit])?;
    let mut endpoints = Vec::new();
    while let Some(row) = rows.next()? {
        endpoints.push(read(row)?);
    }
    Ok(endpoints)
}

/// Takes an endpoint away; what was still to be delivered to it is dropped. Answers whether it
/// was there.
pub(crate) fn delete(
    c: &Connection,
    merchant: &MerchantId,
    id: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let update = "UPDATE webhook_endpoints SET deleted_at = ?3 \
         WHERE id = ?1 AND merchant_id = ?2 AND deleted_at IS NULL";
    let changed =
        c.prepare_cached(update)?
            .execute(params![id, merchant.as_str(), now.unix_seconds()])?;
    if changed == 1 {
        let drop = "UPDATE webhook_deliveries SET state = 'dropped' \
             WHERE endpoint_id = ?1 AND state = 'pending'";
        c.prepare_cached(drop)?.execute([id])?;
    }
    Ok(changed == 1)
}

fn read(row: &Row<'_>) -> Result<Endpoint, StoreError> {
    let id: String = row.get(0)?;
    let merchant: String = row.get(1)?;
    let events: String = row.get(4)?;
    Ok(Endpoint {
        merchant_id: parse(merchant, &id, "merchant_id")?,
        url: row.get(2)?,
        description: row.get(3)?,
        enabled_events: events.split(',').map(EventType::from).collect(),
        secret: SecretKey::new(row.get::<_, String>(5)?),
        created_at: Timestamp::from_unix_seconds(row.get(6)?),
        id,
    })
}
