use mpac_pgw_protocol::Timestamp;
use paypay_opa::types::CreatePaymentRequest;
use rusqlite::{OptionalExtension, params};

use super::codes::details;
use super::customer::CustomerAct;
use super::payment::Payment;
use super::users::VALIDITY_SECONDS;
use super::{Books, Key, Order, Outcome};
use crate::stand_in::results::{self, Refusal};
use crate::stand_in::webhooks::Webhook;
use crate::store::StoreError;

/// A second payment of the same customer and amount is suspicious for this long.
const SIMILAR_SECONDS: i64 = 300;

/// How a payment without a code is asked for.
#[derive(Debug, Clone, Copy)]
pub(in crate::stand_in) struct Direct {
    pub(in crate::stand_in) reserves: bool,
    /// Until when the money is to be reserved.
    pub(in crate::stand_in) expires_at: Option<i64>,
    /// Whether the merchant knows of a similar payment.
    pub(in crate::stand_in) agree_similar: bool,
}

/// Who pays.
enum Payer {
    /// Who linked the account; until when that holds.
    Linked(Timestamp),
    /// Who showed a code.
    Present(CustomerAct),
}

impl Books<'_> {
    /// A payment, or a reservation, without a QR code of the merchant's. Asked again with the same
    /// merchantPaymentId, it answers what became of the first.
    pub(in crate::stand_in) fn create_payment(
        &mut self,
        request: &CreatePaymentRequest,
        how: Direct,
    ) -> Outcome<Payment> {
        let id = request.merchant_payment_id.as_str();
        if let Some(payment) = self.find(Key::Merchant(id))? {
            return Ok(match payment.code {
                None => Ok(payment),
                Some(_) => Err(results::INVALID_PARAMS),
            });
        }
        let Some(reserved_until) = self.reservation_end(how.expires_at) else {
            return Ok(Err(results::PRE_AUTH_CAPTURE_INVALID_EXPIRY_DATE));
        };
        let user = request.user_authorization_id.as_str();
        let payer = match self.payer(user, id)? {
            Ok(payer) => payer,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let amount = request.amount.amount;
        let linked = match payer {
            Payer::Linked(_) if !how.agree_similar && self.paid_lately(user, amount)? => {
                return Ok(Err(results::SUSPECTED_DUPLICATE_PAYMENT));
            }
            Payer::Linked(_) if self.balance_is_low()? => {
                return Ok(Err(results::NO_SUFFICIENT_FUND));
            }
            Payer::Linked(until) => Some(until),
            Payer::Present(act) => {
                self.use_customer_code(user, id)?;
                match act {
                    CustomerAct::Pay => None,
                    CustomerAct::NotEnoughBalance => return Ok(Err(results::NO_SUFFICIENT_FUND)),
                    CustomerAct::GiveUp => return Ok(Err(results::UNACCEPTABLE_OP)),
                }
            }
        };
        let now = self.terms.now;
        let mut details = details(request);
        // A code that was shown has done its work, and was a secret.
        details.remove("userAuthorizationId");
        let mut payment = self.new_payment(Order {
            merchant_payment_id: id.to_owned(),
            amount,
            reserves: how.reserves,
            requested_at: request.requested_at.unwrap_or(now.unix_seconds()),
            reserved_until,
            details,
        })?;
        payment.payer = linked.map(|_| user.to_owned());
        payment.cancel_asked = self.was_cancelled_early(id)?;
        payment.pay(now, &self.terms.settings);
        self.save(&payment)?;
        if let Some(until) = linked {
            self.extend(user, until)?;
        }
        Ok(Ok(payment))
    }

    fn payer(&self, id: &str, merchant_payment_id: &str) -> Outcome<Payer> {
        let now = self.terms.now;
        if let Some(code) = self.customer_code(id)? {
            let used = code.used_for.is_some_and(|by| by != merchant_payment_id);
            return Ok(if used {
                Err(results::INVALID_USER_AUTHORIZATION_ID)
            } else if code.expires_at <= now {
                Err(results::EXPIRED_USER_AUTHORIZATION_ID)
            } else {
                Ok(Payer::Present(code.act))
            });
        }
        Ok(match self.active_user(id)? {
            Ok(user) => Ok(Payer::Linked(user.expires_at)),
            Err(refusal) => Err(refusal),
        })
    }

    fn paid_lately(&self, payer: &str, amount: i64) -> Result<bool, StoreError> {
        let select = "SELECT 1 FROM paypay_payments WHERE payer = ?1 AND amount = ?2 \
             AND created_at > ?3 AND status <> 'FAILED'";
        let since = self.terms.now.plus_seconds(-SIMILAR_SECONDS).unix_seconds();
        let found = self
            .c
            .prepare_cached(select)?
            .exists(params![payer, amount, since])?;
        Ok(found)
    }

    /// Each payment prolongs the customer's consent.
    fn extend(&mut self, user: &str, until: Timestamp) -> Result<(), StoreError> {
        let expires_at = self.terms.now.plus_seconds(VALIDITY_SECONDS);
        if expires_at <= until {
            return Ok(());
        }
        let update = "UPDATE paypay_users SET expires_at = ?2 WHERE user_authorization_id = ?1 \
             RETURNING scopes";
        let scopes: Option<String> = self
            .c
            .prepare_cached(update)?
            .query_row(params![user, expires_at.unix_seconds()], |row| row.get(0))
            .optional()?;
        if let Some(scopes) = scopes {
            let webhook = Webhook::extended(user, &scopes, expires_at, self.terms.now)?;
            self.webhooks.push(webhook);
        }
        Ok(())
    }

    /// The customer's consent, if it still holds.
    pub(in crate::stand_in) fn active_user(&self, id: &str) -> Outcome<super::users::User> {
        let refusal: Refusal = match self.user(id)? {
            None => results::INVALID_USER_AUTHORIZATION_ID,
            Some(user) if !user.active => results::INVALID_USER_AUTHORIZATION_ID,
            Some(user) if user.expires_at <= self.terms.now => {
                results::EXPIRED_USER_AUTHORIZATION_ID
            }
            Some(user) => return Ok(Ok(user)),
        };
        Ok(Err(refusal))
    }
}
