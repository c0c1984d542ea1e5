//! PayPay's books: codes, payments, refunds, user authorizations.
//!
//! [`rules`] are about one [`payment`], without a database; the rest reads and writes. Everything here runs
//! inside one transaction of the caller's.

mod audit;
mod codes;
mod customer;
mod direct;
mod jst;
pub(super) mod payment;
mod rows;
mod rules;
mod sweep;
#[cfg(test)]
mod tests;
pub(super) mod users;

use std::sync::Arc;

use mpac_pgw_protocol::Timestamp;
use rusqlite::Connection;
use serde_json::Value;

#[cfg(test)]
pub(crate) use audit::standings;
pub(crate) use customer::CustomerAct;
pub(super) use direct::Direct;
pub(crate) use payment::{CustomerRefused, Payment};
pub(super) use rows::Key;
pub(super) use sweep::BATCH;
#[cfg(test)]
pub(crate) use sweep::DUE as PAYPAY_DUE;

use super::results::Refusal;
use super::settings::PayPaySettings;
use super::webhooks::Webhook;
use crate::ids;
use crate::store::StoreError;

/// What PayPay answers, unless its books fail.
pub(super) type Outcome<T> = Result<Result<T, Refusal>, StoreError>;

/// The books, open for one transaction.
pub(super) struct Books<'c> {
    c: &'c Connection,
    terms: Terms,
    /// What is to be posted to the merchant once the transaction is on disk.
    webhooks: Vec<Webhook>,
}

/// What a transaction goes by.
#[derive(Debug, Clone)]
pub(super) struct Terms {
    pub(super) now: Timestamp,
    pub(super) settings: Arc<PayPaySettings>,
    /// Where codes lead, without a `/` at the end.
    pub(super) public_url: Arc<str>,
}

impl<'c> Books<'c> {
    pub(super) fn open(c: &'c Connection, terms: Terms) -> Self {
        Self {
            c,
            terms,
            webhooks: Vec::new(),
        }
    }

    /// What is to be posted to the merchant.
    pub(super) fn close(self) -> Vec<Webhook> {
        self.webhooks
    }

    /// The merchant is not told of what was done so far.
    pub(super) fn say_nothing(&mut self) {
        self.webhooks.clear();
    }

    /// Every payment, as it was last written; or the one with this id.
    pub(super) fn standings(
        &self,
        merchant_payment_id: Option<&str>,
    ) -> Result<Vec<audit::Standing>, StoreError> {
        audit::standings(self.c, merchant_payment_id)
    }

    /// A payment as it is now; nothing is written.
    pub(super) fn find(&self, key: Key<'_>) -> Result<Option<Payment>, StoreError> {
        let mut payment = rows::find(self.c, key)?;
        if let Some(payment) = &mut payment {
            payment.pass_time(self.terms.now, &self.terms.settings);
        }
        Ok(payment)
    }

    /// Does something to a payment, or answers `missing`. What time has done to it is recorded in
    /// any case.
    pub(super) fn change<T>(
        &mut self,
        key: Key<'_>,
        missing: Refusal,
        act: impl FnOnce(&mut Payment, Timestamp, &PayPaySettings) -> Result<T, Refusal>,
    ) -> Outcome<(Payment, T)> {
        let Some(mut payment) = self.find(key)? else {
            return Ok(Err(missing));
        };
        let done = act(&mut payment, self.terms.now, &self.terms.settings);
        self.save(&payment)?;
        Ok(done.map(|done| (payment, done)))
    }

    /// Writes a payment down, and says what there is to say of it.
    fn save(&mut self, payment: &Payment) -> Result<(), StoreError> {
        rows::save(self.c, payment)?;
        let settings = &self.terms.settings;
        let events = payment.changes.iter().filter_map(|change| change.announced);
        let webhooks = events.map(|event| Webhook::transaction(event, payment, settings));
        self.webhooks.extend(webhooks);
        Ok(())
    }

    /// A payment that nobody has paid yet.
    fn new_payment(&self, order: Order) -> Result<Payment, StoreError> {
        Ok(Payment {
            merchant_payment_id: order.merchant_payment_id,
            payment_id: format!("03{}", ids::random_digits(18)?),
            status: payment::Status::Created,
            amount: order.amount,
            reserves: order.reserves,
            payer: None,
            details: order.details,
            requested_at: order.requested_at,
            created_at: self.terms.now,
            authorized: None,
            captured: None,
            accepted_at: None,
            reserved_until: order.reserved_until,
            refundable_until: None,
            canceled_at: None,
            cancel_asked: false,
            code: None,
            captures: Vec::new(),
            revert: None,
            refund: None,
            changes: vec![payment::Change::made(self.terms.now)],
        })
    }
}

/// What codes and payments have in common.
struct Order {
    merchant_payment_id: String,
    amount: i64,
    reserves: bool,
    requested_at: i64,
    reserved_until: Option<Timestamp>,
    details: serde_json::Map<String, Value>,
}
