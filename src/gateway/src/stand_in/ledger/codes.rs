use mpac_pgw_protocol::Timestamp;
use paypay_opa::types::CreateCodeRequest;
use rusqlite::{OptionalExtension, params};
use serde_json::Value;

use super::payment::{Code, Payment, Status};
use super::{Books, Key, Order, Outcome};
use crate::ids;
use crate::stand_in::results;
use crate::stand_in::settings::{
    DeletedCode, MAX_AUTHORIZATION_SECONDS, RepeatedCode, UnknownCancel,
};
use crate::store::StoreError;

/// 62^32: whoever knows it was shown the code.
const SECRET_LENGTH: usize = 32;

impl Books<'_> {
    /// Makes a code.
    pub(in crate::stand_in) fn create_code(
        &mut self,
        request: &CreateCodeRequest,
    ) -> Outcome<Payment> {
        let id = request.merchant_payment_id.as_str();
        if let Some(payment) = self.find(Key::Merchant(id))? {
            let replays = self.terms.settings.repeated_code == RepeatedCode::Replayed;
            return Ok(if replays && payment.code.is_some() {
                Ok(payment)
            } else {
                Err(results::DUPLICATE_DYNAMIC_QR_REQUEST)
            });
        }
        // An id that was cancelled cannot be used again.
        if self.was_cancelled_early(id)? {
            return Ok(Err(results::DUPLICATE_DYNAMIC_QR_REQUEST));
        }
        let reserves = request.is_authorization.unwrap_or(false);
        let until = request.authorization_expiry.filter(|_| reserves);
        let Some(reserved_until) = self.reservation_end(until) else {
            return Ok(Err(results::PRE_AUTH_CAPTURE_INVALID_EXPIRY_DATE));
        };
        let now = self.terms.now;
        let mut payment = self.new_payment(Order {
            merchant_payment_id: id.to_owned(),
            amount: request.amount.amount,
            reserves,
            requested_at: request.requested_at.unwrap_or(now.unix_seconds()),
            reserved_until,
            details: details(request),
        })?;
        let secret = ids::random_alphanumeric(SECRET_LENGTH)?;
        payment.code = Some(Code {
            code_id: format!("04-{}", ids::random_alphanumeric(16)?),
            url: format!("{}/wallet/{secret}", self.terms.public_url),
            secret,
            expires_at: now.plus_seconds(self.terms.settings.code_lifetime_seconds),
            deleted_at: None,
        });
        self.save(&payment)?;
        Ok(Ok(payment))
    }

    /// Until when money is to be reserved, if the merchant said so: not for longer than PayPay
    /// allows. `None`: not acceptable.
    pub(super) fn reservation_end(&self, asked: Option<i64>) -> Option<Option<Timestamp>> {
        let now = self.terms.now.unix_seconds();
        match asked {
            None => Some(None),
            Some(end) if (now + 1..=now + MAX_AUTHORIZATION_SECONDS).contains(&end) => {
                Some(Some(Timestamp::from_unix_seconds(end)))
            }
            Some(_) => None,
        }
    }

    /// The details of a payment, as the merchant may see them.
    pub(in crate::stand_in) fn details(&self, merchant_payment_id: &str) -> Outcome<Payment> {
        let settings = &self.terms.settings;
        let not_found = if settings.payment_not_found_status == 404 {
            results::DYNAMIC_QR_PAYMENT_NOT_FOUND_404
        } else {
            results::DYNAMIC_QR_PAYMENT_NOT_FOUND
        };
        let hides = |payment: &Payment| {
            let deleted = payment
                .code
                .as_ref()
                .is_some_and(|code| code.deleted_at.is_some());
            let unpaid = payment.status == Status::Created;
            deleted && unpaid && settings.deleted_code == DeletedCode::NotFound
        };
        let found = self.find(Key::Merchant(merchant_payment_id))?;
        Ok(found.filter(|payment| !hides(payment)).ok_or(not_found))
    }

    /// The cancel API.
    pub(in crate::stand_in) fn cancel(&mut self, merchant_payment_id: &str) -> Outcome<()> {
        let key = Key::Merchant(merchant_payment_id);
        let missing = results::ORDER_NOT_FOUND;
        let cancelled = self.change(key, missing, |payment, now, _| payment.cancel(now))?;
        let unknown = cancelled.as_ref().is_err_and(|refusal| *refusal == missing);
        if !unknown || self.terms.settings.unknown_cancel == UnknownCancel::NotFound {
            return Ok(cancelled.map(|_| ()));
        }
        let insert = "INSERT OR IGNORE INTO paypay_early_cancels VALUES (?1, ?2)";
        let now = self.terms.now.unix_seconds();
        self.c
            .prepare_cached(insert)?
            .execute(params![merchant_payment_id, now])?;
        Ok(Ok(()))
    }

    pub(super) fn was_cancelled_early(&self, id: &str) -> Result<bool, StoreError> {
        let select = "SELECT 1 FROM paypay_early_cancels WHERE merchant_payment_id = ?1";
        Ok(self.c.prepare_cached(select)?.exists([id])?)
    }

    /// The payment that this refund is about. One merchantRefundId may be in use for several.
    pub(in crate::stand_in) fn refunded(
        &self,
        merchant_refund_id: &str,
        payment_id: Option<&str>,
    ) -> Outcome<Payment> {
        let select = "SELECT r.merchant_payment_id FROM paypay_refunds r \
             JOIN paypay_payments USING (merchant_payment_id) \
             WHERE merchant_refund_id = ?1 AND coalesce(payment_id = ?2, 1) \
             ORDER BY r.accepted_at LIMIT 1";
        let id = self
            .c
            .prepare_cached(select)?
            .query_row(params![merchant_refund_id, payment_id], |row| {
                row.get::<_, String>(0)
            })
            .optional()?;
        let payment = match id {
            Some(id) => self.find(Key::Merchant(&id))?,
            None => None,
        };
        Ok(payment.ok_or(results::NO_SUCH_REFUND_ORDER))
    }
}

/// A request, to be repeated in answers.
pub(super) fn details(request: &impl serde::Serialize) -> serde_json::Map<String, Value> {
    match serde_json::to_value(request) {
        Ok(Value::Object(members)) => members,
        _ => serde_json::Map::new(),
    }
}
