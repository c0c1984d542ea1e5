use rusqlite::{Connection, Row};
use serde::Serialize;

use crate::store::StoreError;

/// Where a payment stands in PayPay's books: what the gateway's must agree with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Standing {
    pub(crate) merchant_payment_id: String,
    /// PayPay's word.
    pub(crate) status: String,
    /// What the customer agreed to pay, whatever has become of it; 0 while unpaid.
    pub(crate) paid: i64,
    /// What the merchant has: 0 while it is only reserved, or once it was cancelled.
    pub(crate) captured: i64,
    /// What the merchant has given back, or PayPay is about to.
    pub(crate) refunded: i64,
}

const SELECT: &str = "SELECT p.merchant_payment_id, status, coalesce(authorized, 0), \
     coalesce(captured, 0), coalesce(r.amount, 0) \
     FROM paypay_payments p LEFT JOIN paypay_refunds r USING (merchant_payment_id)";

/// Every payment in PayPay's books, as they were last written; or the one with this id.
pub(crate) fn standings(
    c: &Connection,
    merchant_payment_id: Option<&str>,
) -> Result<Vec<Standing>, StoreError> {
    let found = match merchant_payment_id {
        None => c.prepare(SELECT)?.query_map([], read)?.collect(),
        Some(id) => {
            let one = format!("{SELECT} WHERE p.merchant_payment_id = ?1");
            c.prepare_cached(&one)?.query_map([id], read)?.collect()
        }
    };
    let found: rusqlite::Result<_> = found;
    Ok(found?)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Standing> {
    Ok(Standing {
        merchant_payment_id: row.get(0)?,
        status: row.get(1)?,
        paid: row.get(2)?,
        captured: row.get(3)?,
        refunded: row.get(4)?,
    })
}
