//! The payments that the gateway has asked of QR providers: by a code that it shows, or by one
//! that it scanned.

use mpac_pgw_protocol::{PaymentIntentId, PaymentMethodType, Provider, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{StoreError, intents::damaged};

/// The question for whole codes, with the columns that `read` reads.
macro_rules! select_codes {
    ($condition:literal) => {
        concat!(
            "SELECT reference, payment_intent_id, provider, expires_at, state, method, code_id ",
            "FROM qr_codes WHERE ",
            $condition
        )
    };
}

/// A code, as the gateway knows it.
#[derive(Debug, Clone)]
pub(crate) struct Code {
    /// Our name for it, which the provider knows too.
    pub(crate) reference: String,
    pub(crate) intent_id: PaymentIntentId,
    /// Whether the terminal shows it (`qr_mpm`) or the customer did (`qr_cpm`).
    pub(crate) method: PaymentMethodType,
    pub(crate) provider: Provider,
    /// The provider's name for a code that the terminal shows, once it has told us.
    pub(crate) code_id: Option<String>,
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
         expires_at, method) VALUES (?1, ?2, ?3, 'requested', ?4, ?5, ?6)";
    c.prepare_cached(insert)?.execute(params![
        code.reference,
        code.intent_id.as_str(),
        code.provider.as_str(),
        now.unix_seconds(),
        code.expires_at.unix_seconds(),
        code.method.as_str()
    ])?;
    Ok(())
}

/// Records that the provider made the code: a customer may now pay it.
pub(crate) fn set_outstanding(
    c: &Connection,
    code: &Code,
    content: &str,
    picture: &str,
) -> Result<(), StoreError> {
    let update = "UPDATE qr_codes SET state = 'outstanding', content = ?2, picture = ?3, \
         code_id = ?4, expires_at = ?5 WHERE reference = ?1 AND state = 'requested'";
    let changed = c.prepare_cached(update)?.execute(params![
        code.reference,
        content,
        picture,
        code.code_id,
        code.expires_at.unix_seconds()
    ])?;
    if changed == 1 {
        Ok(())
    } else {
        Err(StoreError::LostUpdate(code.reference.clone()))
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

pub(super) const FIND_LIVE: &str =
    select_codes!("payment_intent_id = ?1 AND state IN ('requested', 'outstanding')");

/// The one code of the intent that a customer might still pay.
pub(crate) fn find_live(
    c: &Connection,
    intent: &PaymentIntentId,
) -> Result<Option<Code>, StoreError> {
    one(c, FIND_LIVE, intent)
}

pub(super) const FIND_PAID: &str = select_codes!("payment_intent_id = ?1 AND state = 'paid'");

/// The code that the customer paid.
pub(crate) fn find_paid(
    c: &Connection,
    intent: &PaymentIntentId,
) -> Result<Option<Code>, StoreError> {
    one(c, FIND_PAID, intent)
}

fn one(
    c: &Connection,
    question: &str,
    intent: &PaymentIntentId,
) -> Result<Option<Code>, StoreError> {
    let mut statement = c.prepare_cached(question)?;
    let mut rows = statement.query([intent.as_str()])?;
    rows.next()?.map(read).transpose()
}

pub(super) const ALL_LIVE: &str = select_codes!("state IN ('requested', 'outstanding')");

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

/// The intent that a payment was asked for, whatever has become of it.
pub(crate) fn find_intent(
    c: &Connection,
    reference: &str,
) -> Result<Option<PaymentIntentId>, StoreError> {
    let select = "SELECT payment_intent_id FROM qr_codes WHERE reference = ?1";
    let mut statement = c.prepare_cached(select)?;
    let found: Option<String> = statement
        .query_row([reference], |row| row.get(0))
        .optional()?;
    let parse = |id: String| {
        id.parse()
            .map_err(|_| damaged(reference, "payment_intent_id"))
    };
    found.map(parse).transpose()
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
        method: row.get::<_, String>(5)?.into(),
        code_id: row.get(6)?,
        reference,
    })
}
