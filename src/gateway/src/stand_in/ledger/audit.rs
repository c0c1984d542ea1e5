use rusqlite::Connection;

use crate::store::StoreError;

/// Where a payment stands in PayPay's books: what the gateway's must agree with.
#[derive(Debug, Clone, PartialEq, Eq)]
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

/// Every payment in PayPay's books, as they were last written.
pub(crate) fn standings(c: &Connection) -> Result<Vec<Standing>, StoreError> {
    let select = "SELECT p.merchant_payment_id, status, coalesce(authorized, 0), \
         coalesce(captured, 0), coalesce(r.amount, 0) \
         FROM paypay_payments p LEFT JOIN paypay_refunds r USING (merchant_payment_id)";
    let mut statement = c.prepare(select)?;
    let rows = statement.query_map([], |row| {
        Ok(Standing {
            merchant_payment_id: row.get(0)?,
            status: row.get(1)?,
            paid: row.get(2)?,
            captured: row.get(3)?,
            refunded: row.get(4)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
