//! The QR codes that the gateway has asked of providers.

use mpac_pgw_protocol::{PaymentIntentId, Provider, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{StoreError, intents::damaged};

/// A code, as the gateway knows it.
#[derive(Debug, Clone)]
pub(crate) struct Code {
    /// Our name for it, which the provider knows too.
    pub(crate) reference: String,
    pub(crate) intent_id: PaymentIntentId,
    pub(crate) provider: Provider,
    pub(crate) expires_at: Timestamp,
    /// Whether the terminal has been given it. If not, and nobody is about to, it is left over
    /// from a gateway that died.
    pub(crate) shown: bool,
}

/// What has become of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CodeEnd {
    /// Deleted at the provider: nobody can pay it any more.
    Withdrawn,
    /// The customer paid it.
    Paid,
}

/// Records that a code is about to be asked for.
pub(crate) fn insert_requested(
    c: &Connection,
    code: &Code,
    now: Timestamp,
) -> Result<(), StoreError> {
    let insert = "INSERT INTO qr_codes (reference, payment_intent_id, provider, state, created_at, \
         expires_at) VALUES (?1, ?2, ?3, 'requested', ?4, ?5)";
    c.prepare_cached(insert)?.execute(params![
        code.reference,
        code.intent_id.as_str(),
        code.provider.as_str(),
        now.unix_seconds(),
        code.expires_at.unix_seconds()
    ])?;
    Ok(())
}

/// Records that the provider made the code: a customer may now pay it.
pub(crate) fn set_outstanding(
    c: &Connection,
    reference: &str,
    content: &str,
    picture: &str,
) -> Result<(), StoreError> {
    let update = "UPDATE qr_codes SET state = 'outstanding', content = ?2, picture = ?3 \
         WHERE reference = ?1 AND state = 'requested'";
    let changed = c
        .prepare_cached(update)?
        .execute([reference, content, picture])?;
    if changed == 1 {
        Ok(())
    } else {
        Err(StoreError::LostUpdate(reference.to_owned()))
    }
}

/// Records the end of a code.
pub(crate) fn end(c: &Connection, reference: &str, end: CodeEnd) -> Result<(), StoreError> {
    let state = match end {
        CodeEnd::Withdrawn => "withdrawn",
        CodeEnd::Paid => "paid",
    };
    let update = "UPDATE qr_codes SET state = ?2 \
         WHERE reference = ?1 AND state IN ('requested', 'outstanding')";
    c.prepare_cached(update)?.execute([reference, state])?;
    Ok(())
}

pub(super) const FIND_LIVE: &str = "SELECT reference, payment_intent_id, provider, expires_at, state FROM qr_codes \
         WHERE payment_intent_id = ?1 AND state IN ('requested', 'outstanding')";

/// The one code of the intent that a customer might still pay.
pub(crate) fn find_live(
    c: &Connection,
    intent: &PaymentIntentId,
) -> Result<Option<Code>, StoreError> {
    let mut statement = c.prepare_cached(FIND_LIVE)?;
    let mut rows = statement.query([intent.as_str()])?;
    rows.next()?.map(read).transpose()
}

pub(super) const FIND_PAID: &str =
    "SELECT reference FROM qr_codes WHERE payment_intent_id = ?1 AND state = 'paid'";

/// Our name for the code that the customer paid.
pub(crate) fn find_paid(
    c: &Connection,
    intent: &PaymentIntentId,
) -> Result<Option<String>, StoreError> {
    let mut statement = c.prepare_cached(FIND_PAID)?;
    let found = statement.query_row([intent.as_str()], |row| row.get(0));
    Ok(found.optional()?)
}

pub(super) const ALL_LIVE: &str = "SELECT reference, payment_intent_id, provider, expires_at, state FROM qr_codes \
         WHERE state IN ('requested', 'outstanding')";

/// Every code that a customer might still pay.
pub(crate) fn all_live(c: &Connection) -> Result<Vec<Code>, StoreError> {
    let mut statement = c.prepare_cached(ALL_LIVE)?;
    let mut rows = statement.query([])?;
    let mut codes = Vec::new();
    while let Some(row) = rows.next()? {
        codes.push(read(row)?);
    }
    Ok(codes)
}

/// What the outstanding code with this picture holds.
pub(crate) fn content_of_picture(
    c: &Connection,
    picture: &str,
) -> Result<Option<String>, StoreError> {
    let select = "SELECT content FROM qr_codes WHERE picture = ?1 AND state = 'outstanding'";
    let mut statement = c.prepare_cached(select)?;
    Ok(statement
        .query_row([picture], |row| row.get(0))
        .optional()?)
}

fn read(row: &Row<'_>) -> Result<Code, StoreError> {
    let reference: String = row.get(0)?;
    let intent_id: String = row.get(1)?;
    Ok(Code {
        intent_id: intent_id
            .parse()
            .map_err(|_| damaged(&reference, "payment_intent_id"))?,
        provider: row.get::<_, String>(2)?.into(),
        expires_at: Timestamp::from_unix_seconds(row.get(3)?),
        shown: row.get::<_, String>(4)? == "outstanding",
        reference,
    })
}
