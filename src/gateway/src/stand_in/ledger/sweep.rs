use super::{Books, Key};
use crate::stand_in::results;
use crate::store::StoreError;

/// Payments at once; what is left waits for the next time.
pub(in crate::stand_in) const BATCH: usize = 200;

/// Payments that time has changed, some of them twice.
pub(crate) const DUE: &str = "SELECT merchant_payment_id FROM paypay_payments \
         WHERE status IN ('AUTHORIZED', 'REAUTHORIZING') AND reserved_until <= ?1 \
     UNION ALL SELECT merchant_payment_id FROM paypay_captures \
         WHERE status IN ('USER_REQUESTED', 'AGREED') AND due_at <= ?1 \
     UNION ALL SELECT merchant_payment_id FROM paypay_refunds \
         WHERE refunded_at IS NULL AND accepted_at <= ?2 \
     LIMIT 200";

impl Books<'_> {
    /// The merchantPaymentIds of what is due now.
    pub(in crate::stand_in) fn due(&self) -> Result<Vec<String>, StoreError> {
        let now = self.terms.now;
        let refunds = now.plus_seconds(-self.terms.settings.refund_seconds);
        let moments = [now.unix_seconds(), refunds.unix_seconds()];
        let mut statement = self.c.prepare_cached(DUE)?;
        let due = statement.query_map(moments, |row| row.get(0))?;
        Ok(due.collect::<rusqlite::Result<_>>()?)
    }

    /// Records what is due now, and announces it. Answers how many payments were due.
    pub(in crate::stand_in) fn sweep(&mut self) -> Result<usize, StoreError> {
        let due = self.due()?;
        for id in &due {
            // Looking at it is enough.
            let missing = results::ORDER_NOT_FOUND;
            let _ = self.change(Key::Merchant(id), missing, |_, _, _| Ok(()))?;
        }
        Ok(due.len())
    }
}
