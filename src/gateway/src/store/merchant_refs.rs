//! The references that merchants give their payments: each merchant uses each of them once.

use mpac_pgw_protocol::MerchantId;
use rusqlite::{Connection, OptionalExtension, params};

use super::{StoreError, hash};
use crate::domain::Intent;

/// Notes the reference of a new intent. The caller has looked, in the same transaction, that the
/// merchant has no other with it: a hash cannot be `UNIQUE`.
pub(super) fn insert(c: &Connection, intent: &Intent) -> Result<(), StoreError> {
    let insert = "INSERT INTO merchant_refs (payment_intent_id, hash) VALUES (?1, ?2)";
    let hash = hash::of(intent.merchant_id.as_str(), &intent.merchant_ref_id);
    c.prepare_cached(insert)?
        .execute(params![intent.id.as_str(), hash])?;
    Ok(())
}

pub(super) const FIND_INTENT: &str = "SELECT i.id FROM merchant_refs r \
     JOIN payment_intents i ON i.id = r.payment_intent_id \
     WHERE r.hash = ?3 AND i.merchant_id = ?1 AND i.merchant_ref_id = ?2";

/// The id of the merchant's intent with this reference.
pub(crate) fn find_intent(
    c: &Connection,
    merchant: &MerchantId,
    merchant_ref_id: &str,
) -> Result<Option<String>, StoreError> {
    let mut statement = c.prepare_cached(FIND_INTENT)?;
    let hash = hash::of(merchant.as_str(), merchant_ref_id);
    let wanted = params![merchant.as_str(), merchant_ref_id, hash];
    let found = statement.query_row(wanted, |row| row.get(0));
    Ok(found.optional()?)
}
