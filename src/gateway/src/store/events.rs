//! What webhooks announce, as merchants read it.

use mpac_pgw_protocol::{Event, MerchantId, PaymentIntentId};
use rusqlite::{Connection, Row, named_params};

use super::StoreError;
use super::intents::{BEYOND_ALL_IDS, damaged};

/// What a list is to hold.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    pub(crate) event_type: Option<String>,
    pub(crate) intent: Option<PaymentIntentId>,
}

/// The merchant's event with this id.
pub(crate) fn find(
    c: &Connection,
    merchant: &MerchantId,
    id: &str,
) -> Result<Option<Event>, StoreError> {
    let select = "SELECT body, e.id FROM events e JOIN payment_intents i \
         ON i.id = payment_intent_id WHERE e.id = ?1 AND merchant_id = ?2";
    let mut statement = c.prepare_cached(select)?;
    let mut rows = statement.query([id, merchant.as_str()])?;
    rows.next()?.map(read).transpose()
}

/// The merchant's events, newest first, from the one after `after`.
pub(crate) fn list(
    c: &Connection,
    merchant: &MerchantId,
    filter: &Filter,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<Event>, StoreError> {
    let select = list_question(filter);
    let mut statement = c.prepare_cached(&select)?;
    let mut rows = statement.query(named_params! {
        ":after": after.unwrap_or(BEYOND_ALL_IDS),
        ":type": filter.event_type,
        ":merchant": merchant.as_str(),
        ":intent": filter.intent.as_ref().map(PaymentIntentId::as_str),
        ":limit": i64::try_from(limit).unwrap_or(i64::MAX),
    })?;
    let mut events = Vec::new();
    while let Some(row) = rows.next()? {
        events.push(read(row)?);
    }
    Ok(events)
}

pub(super) fn list_question(filter: &Filter) -> String {
    let of_intent = match &filter.intent {
        // Named even when there is nothing to compare, so that each is bound.
        None => ":intent IS NULL",
        Some(_) => "e.payment_intent_id = :intent",
    };
    let of_type = match filter.event_type.as_deref() {
        None => ":type IS NULL",
        Some("payment_intent.succeeded") => "type = :type",
        // The second condition is that of an index, word for word.
        Some(_) => "type = :type AND type <> 'payment_intent.succeeded'",
    };
    // CROSS JOIN keeps SQLite to this order, in which the newest events come first.
    format!(
        "SELECT body, e.id FROM events e CROSS JOIN payment_intents i ON i.id = payment_intent_id \
         WHERE e.id < :after AND {of_type} AND merchant_id = :merchant AND {of_intent} \
         ORDER BY e.id DESC LIMIT :limit"
    )
}

fn read(row: &Row<'_>) -> Result<Event, StoreError> {
    let (body, id): (String, String) = (row.get(0)?, row.get(1)?);
    serde_json::from_str(&body).map_err(|_| damaged(&id, "body"))
}
