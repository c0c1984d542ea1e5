//! PaymentIntents, their statuses over time, and the events that announce them.

use mpac_pgw_protocol::{
    Amount, Event, EventData, EventObject, MerchantId, PaymentIntentId, PaymentIntentStatus,
    PaymentMethodType, Timestamp,
};
use rusqlite::{Connection, OptionalExtension, Row, named_params, params};

use super::{StoreError, deliveries, hash, merchant_refs};
use crate::clock::Clock;
use crate::domain::{Intent, PaymentDetails, Step};
use crate::ids;

const COLUMNS: &str = "id, merchant_id, merchant_ref_id, merchant_store_id, merchant_terminal_id, \
     amount, currency, payment_method_types, capture_method, payment_token, status, \
     payment_method_type, provider, external_ref_id, created_at, expires_at, \
     amount_captured, amount_refunded, failure_reason";

/// Why an intent's status changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    Created,
    Confirmed,
    PaidByCustomer,
    Cancelled,
    Expired,
    Captured,
    Released,
    FailedAtProvider,
}

impl Cause {
    const ALL: [Self; 8] = [
        Self::Created,
        Self::Confirmed,
        Self::PaidByCustomer,
        Self::Cancelled,
        Self::Expired,
        Self::Captured,
        Self::Released,
        Self::FailedAtProvider,
    ];

    fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Confirmed => "confirmed",
            Self::PaidByCustomer => "paid_by_customer",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
            Self::Captured => "captured",
            Self::Released => "released",
            Self::FailedAtProvider => "failed_at_provider",
        }
    }
}

/// Writes a new intent, its reference and its first status.
pub(crate) fn insert(c: &Connection, intent: &Intent) -> Result<(), StoreError> {
    c.prepare_cached(&format!(
        "INSERT INTO payment_intents ({COLUMNS}) VALUES (:id, :merchant, :ref, :store, :terminal, \
         :amount, :currency, :methods, :capture, :token, :status, NULL, NULL, NULL, :created, \
         :expires, NULL, NULL, NULL)"
    ))?
    .execute(named_params! {
        ":id": intent.id.as_str(),
        ":merchant": intent.merchant_id.as_str(),
        ":ref": intent.merchant_ref_id,
        ":store": intent.merchant_store_id,
        ":terminal": intent.merchant_terminal_id,
        ":amount": intent.amount.minor_units(),
        ":currency": intent.currency.as_str(),
        ":methods": join(&intent.payment_method_types),
        ":capture": intent.capture_method.as_str(),
        ":token": intent.token.expose(),
        ":status": intent.status.as_str(),
        ":created": intent.created_at.unix_seconds(),
        ":expires": intent.expires_at.unix_seconds(),
    })?;
    merchant_refs::insert(c, intent)?;
    record_status(
        c,
        &intent.id,
        1,
        (None, &intent.status),
        Cause::Created,
        intent.created_at,
    )
}

/// The intent with this id.
pub(crate) fn find(c: &Connection, id: &PaymentIntentId) -> Result<Option<Intent>, StoreError> {
    let select = format!("SELECT {COLUMNS} FROM payment_intents WHERE id = ?1");
    let mut statement = c.prepare_cached(&select)?;
    let mut rows = statement.query([id.as_str()])?;
    rows.next()?.map(read).transpose()
}

/// Takes the steps, each recorded, each announced where the guide has an event for it; writes how
/// the intent is being paid, too. The intent must be where the first step starts.
pub(crate) fn take_steps(
    c: &Connection,
    intent: &mut Intent,
    steps: &[Step],
    cause: Cause,
    clock: &Clock,
) -> Result<(), StoreError> {
    let now = clock.now();
    let (Some(first), Some(last)) = (steps.first(), steps.last()) else {
        return Ok(());
    };
    if last.to == PaymentIntentStatus::Succeeded && intent.captured.is_none() {
        intent.captured = Some(intent.amount);
    }
    if last.to == PaymentIntentStatus::Failed {
        intent.failure_reason = Some(cause.as_str().to_owned());
    }
    let update = "UPDATE payment_intents SET status = ?3, amount_captured = ?4, \
         failure_reason = ?5, payment_method_type = ?6, provider = ?7, external_ref_id = ?8 \
         WHERE id = ?1 AND status = ?2";
    let payment = intent.payment.as_ref();
    let changed = c.prepare_cached(update)?.execute(params![
        intent.id.as_str(),
        first.from.as_str(),
        last.to.as_str(),
        intent.captured.map(Amount::minor_units),
        intent.failure_reason,
        payment.map(|payment| payment.method.as_str()),
        payment.map(|payment| payment.provider.as_str()),
        payment.and_then(|payment| payment.external_ref_id.as_deref()),
    ])?;
    if changed != 1 {
        return Err(StoreError::LostUpdate(intent.id.to_string()));
    }
    let mut number = count_statuses(c, &intent.id)?;
    for step in steps {
        number += 1;
        let change = (Some(&step.from), &step.to);
        record_status(c, &intent.id, number, change, cause, now)?;
        intent.status = step.to.clone();
        if let Some(event_type) = &step.event {
            let event = Event {
                id: ids::prefixed("evt_", clock)?,
                event_type: event_type.clone(),
                data: EventData {
                    object: EventObject {
                        id: intent.id.clone(),
                        status: intent.status.clone(),
                        amount: intent.amount,
                        currency: intent.currency,
                    },
                },
                created: now.unix_seconds(),
            };
            insert_event(c, &intent.id, &event)?;
            deliveries::enqueue(c, &intent.merchant_id, &intent.id, &event)?;
        }
    }
    Ok(())
}

/// Records what was given back.
pub(crate) fn set_refunded(
    c: &Connection,
    id: &PaymentIntentId,
    amount: Amount,
) -> Result<(), StoreError> {
    let update = "UPDATE payment_intents SET amount_refunded = ?2 \
         WHERE id = ?1 AND amount_refunded IS NULL";
    let changed = c
        .prepare_cached(update)?
        .execute(params![id.as_str(), amount.minor_units()])?;
    if changed == 1 {
        Ok(())
    } else {
        Err(StoreError::LostUpdate(id.to_string()))
    }
}

/// What a list is to hold.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    pub(crate) merchant_ref_id: Option<String>,
    pub(crate) status: Option<PaymentIntentStatus>,
}

/// The merchant's intents, newest first, from the one after `after`.
pub(crate) fn list(
    c: &Connection,
    merchant: &MerchantId,
    filter: &Filter,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<Intent>, StoreError> {
    let select = list_question(filter);
    let reference = filter.merchant_ref_id.as_deref();
    let mut statement = c.prepare_cached(&select)?;
    let mut rows = statement.query(named_params! {
        ":merchant": merchant.as_str(),
        ":after": after.unwrap_or(BEYOND_ALL_IDS),
        ":status": filter.status.as_ref().map(PaymentIntentStatus::as_str),
        ":ref": filter.merchant_ref_id,
        ":ref_hash": reference.map(|reference| hash::of(merchant.as_str(), reference)),
        ":limit": i64::try_from(limit).unwrap_or(i64::MAX),
    })?;
    let mut intents = Vec::new();
    while let Some(row) = rows.next()? {
        intents.push(read(row)?);
    }
    Ok(intents)
}

pub(super) fn list_question(filter: &Filter) -> String {
    let of_status = match &filter.status {
        // Named even when there is nothing to compare, so that each is bound.
        None => ":status IS NULL",
        Some(PaymentIntentStatus::RequiresPaymentMethod | PaymentIntentStatus::Succeeded) => {
            "status = :status"
        }
        // The second condition is that of an index, word for word.
        Some(_) => "status = :status AND status NOT IN ('requires_payment_method', 'succeeded')",
    };
    let with_reference = match &filter.merchant_ref_id {
        None => "coalesce(:ref, :ref_hash) IS NULL",
        Some(_) => {
            "id IN (SELECT payment_intent_id FROM merchant_refs WHERE hash = :ref_hash) \
             AND merchant_ref_id = :ref"
        }
    };
    format!(
        "SELECT {COLUMNS} FROM payment_intents WHERE merchant_id = :merchant AND id < :after \
         AND {of_status} AND {with_reference} ORDER BY id DESC LIMIT :limit"
    )
}

/// Sorts after every id that this gateway makes.
pub(super) const BEYOND_ALL_IDS: &str = "~";

/// Why the intent is where it is.
pub(crate) fn last_cause(
    c: &Connection,
    id: &PaymentIntentId,
) -> Result<Option<Cause>, StoreError> {
    let select = "SELECT cause FROM status_changes WHERE payment_intent_id = ?1 \
         ORDER BY id DESC LIMIT 1";
    let mut statement = c.prepare_cached(select)?;
    let cause = statement
        .query_row([id.as_str()], |row| row.get::<_, String>(0))
        .optional()?;
    let known = |text: String| Cause::ALL.into_iter().find(|cause| cause.as_str() == text);
    Ok(cause.and_then(known))
}

/// `number` counts the intent's statuses from 1.
fn record_status(
    c: &Connection,
    id: &PaymentIntentId,
    number: i64,
    (from, to): (Option<&PaymentIntentStatus>, &PaymentIntentStatus),
    cause: Cause,
    at: Timestamp,
) -> Result<(), StoreError> {
    let insert = "INSERT INTO status_changes \
         (payment_intent_id, id, from_status, to_status, cause, at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    c.prepare_cached(insert)?.execute(params![
        id.as_str(),
        number,
        from.map(PaymentIntentStatus::as_str),
        to.as_str(),
        cause.as_str(),
        at.unix_seconds()
    ])?;
    Ok(())
}

/// How many statuses the intent has had. A question of its own: SQLite answers it within the
/// INSERT only by way of a temporary table.
fn count_statuses(c: &Connection, id: &PaymentIntentId) -> Result<i64, StoreError> {
    let select = "SELECT coalesce(max(id), 0) FROM status_changes WHERE payment_intent_id = ?1";
    let mut statement = c.prepare_cached(select)?;
    Ok(statement.query_row([id.as_str()], |row| row.get(0))?)
}

fn insert_event(c: &Connection, id: &PaymentIntentId, event: &Event) -> Result<(), StoreError> {
    let insert = "INSERT INTO events (id, payment_intent_id, type, body, created_at) \
         VALUES (?1, ?2, ?3, ?4, ?5)";
    let body = serde_json::to_string(event).map_err(|_| damaged(&event.id, "body"))?;
    c.prepare_cached(insert)?.execute(params![
        event.id,
        id.as_str(),
        event.event_type.as_str(),
        body,
        event.created
    ])?;
    Ok(())
}

fn read(row: &Row<'_>) -> Result<Intent, StoreError> {
    let id: String = row.get(0)?;
    let text = |index: usize| row.get::<_, String>(index);
    let method: Option<String> = row.get(11)?;
    let provider: Option<String> = row.get(12)?;
    let external_ref_id = row.get(13)?;
    let payment = method
        .zip(provider)
        .map(|(method, provider)| PaymentDetails {
            method: method.into(),
            provider: provider.into(),
            external_ref_id,
        });
    Ok(Intent {
        merchant_id: parse(text(1)?, &id, "merchant_id")?,
        merchant_ref_id: text(2)?,
        merchant_store_id: row.get(3)?,
        merchant_terminal_id: row.get(4)?,
        amount: parse(row.get::<_, i64>(5)?, &id, "amount")?,
        currency: parse(text(6)?, &id, "currency")?,
        payment_method_types: text(7)?.split(',').map(PaymentMethodType::from).collect(),
        capture_method: text(8)?.into(),
        token: parse(text(9)?, &id, "payment_token")?,
        status: text(10)?.into(),
        payment,
        created_at: Timestamp::from_unix_seconds(row.get(14)?),
        expires_at: Timestamp::from_unix_seconds(row.get(15)?),
        captured: optional_amount(row, 16, &id, "amount_captured")?,
        refunded: optional_amount(row, 17, &id, "amount_refunded")?,
        failure_reason: row.get(18)?,
        id: parse(id.clone(), &id, "id")?,
    })
}

fn optional_amount(
    row: &Row<'_>,
    index: usize,
    id: &str,
    column: &'static str,
) -> Result<Option<Amount>, StoreError> {
    let amount: Option<i64> = row.get(index)?;
    amount.map(|amount| parse(amount, id, column)).transpose()
}

fn join(methods: &[PaymentMethodType]) -> String {
    let names: Vec<_> = methods.iter().map(PaymentMethodType::as_str).collect();
    names.join(",")
}

pub(super) fn parse<T, V: TryInto<T>>(
    value: V,
    row: &str,
    column: &'static str,
) -> Result<T, StoreError> {
    value.try_into().map_err(|_| damaged(row, column))
}

pub(super) fn damaged(row: &str, column: &'static str) -> StoreError {
    StoreError::Damaged {
        row: row.to_owned(),
        column,
    }
}
