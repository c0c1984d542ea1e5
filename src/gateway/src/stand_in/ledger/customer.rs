use mpac_pgw_protocol::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use super::payment::{CustomerRefused, Payment};
use super::{Books, Key};
use crate::ids;
use crate::store::StoreError;

/// What the customer does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CustomerAct {
    Pay,
    /// The customer would pay, but has too little money: the payment fails.
    NotEnoughBalance,
    /// The customer leaves. A merchant's code can still be paid, by whoever comes back.
    GiveUp,
}

/// A code that a customer shows to be scanned. It is as good as money: no `Debug`.
#[derive(Clone)]
pub(in crate::stand_in) struct CustomerCode {
    pub(in crate::stand_in) code: String,
    pub(in crate::stand_in) act: CustomerAct,
    pub(in crate::stand_in) expires_at: Timestamp,
    /// The merchantPaymentId.
    pub(super) used_for: Option<String>,
}

/// A customer's code is good for five minutes.
const CUSTOMER_CODE_SECONDS: i64 = 300;

impl Books<'_> {
    /// The customer acts on a merchant's code.
    pub(in crate::stand_in) fn act(
        &mut self,
        key: Key<'_>,
        act: CustomerAct,
    ) -> Result<Result<Payment, CustomerRefused>, StoreError> {
        let Some(mut payment) = self.find(key)? else {
            return Ok(Err(CustomerRefused::NoSuchCode));
        };
        let now = self.terms.now;
        let open = payment.open_to_customer(now);
        match act {
            _ if open.is_err() => {}
            CustomerAct::Pay => payment.pay(now, &self.terms.settings),
            CustomerAct::NotEnoughBalance => payment.refuse(now),
            CustomerAct::GiveUp => {}
        }
        self.save(&payment)?;
        Ok(open.map(|()| payment))
    }

    /// The customer answers whether the merchant may capture more than was reserved.
    pub(in crate::stand_in) fn answer_question(
        &mut self,
        key: Key<'_>,
        agreed: bool,
    ) -> Result<bool, StoreError> {
        let Some(mut payment) = self.find(key)? else {
            return Ok(false);
        };
        let answered = payment.answer_question(agreed, self.terms.now, &self.terms.settings);
        self.save(&payment)?;
        Ok(answered)
    }

    /// The payments of which the customer is asked whether the merchant may capture more, newest
    /// first; not those with a page of their own.
    pub(in crate::stand_in) fn questions(&self) -> Result<Vec<Payment>, StoreError> {
        let select = "SELECT merchant_payment_id FROM paypay_captures \
             WHERE status = 'USER_REQUESTED' ORDER BY due_at DESC LIMIT 20";
        let mut statement = self.c.prepare_cached(select)?;
        let ids = statement.query_map([], |row| row.get::<_, String>(0))?;
        let mut payments = Vec::new();
        for id in ids {
            let payment = self.find(Key::Merchant(&id?))?;
            payments.extend(payment.filter(|one| one.code.is_none() && one.question().is_some()));
        }
        Ok(payments)
    }

    /// A new code to be scanned.
    pub(in crate::stand_in) fn new_customer_code(
        &mut self,
        act: CustomerAct,
        on_screen: bool,
    ) -> Result<CustomerCode, StoreError> {
        let code = CustomerCode {
            // As in PayPay's app: 20 digits, the first two of them always these.
            code: format!("28{}", ids::random_digits(18)?),
            act,
            expires_at: self.terms.now.plus_seconds(CUSTOMER_CODE_SECONDS),
            used_for: None,
        };
        let insert = "INSERT INTO paypay_customer_codes (code, act, on_screen, expires_at) \
             VALUES (?1, ?2, ?3, ?4)";
        self.c.prepare_cached(insert)?.execute(params![
            code.code,
            act.as_str(),
            on_screen,
            code.expires_at.unix_seconds()
        ])?;
        Ok(code)
    }

    /// The code that the wallet's first page shows: the same until it is used or over.
    pub(in crate::stand_in) fn code_on_screen(&mut self) -> Result<CustomerCode, StoreError> {
        match self.shown()? {
            Some(code) => Ok(code),
            None => self.new_customer_code(CustomerAct::Pay, true),
        }
    }

    /// Whether the customer has chosen, on the wallet's first page, to be short of money.
    pub(in crate::stand_in) fn balance_is_low(&self) -> Result<bool, StoreError> {
        let shown = self.shown()?;
        Ok(shown.is_some_and(|code| code.act == CustomerAct::NotEnoughBalance))
    }

    fn shown(&self) -> Result<Option<CustomerCode>, StoreError> {
        let select = "SELECT code, act, expires_at, used_for FROM paypay_customer_codes \
             WHERE on_screen = 1 AND used_for IS NULL AND expires_at > ?1 \
             ORDER BY expires_at DESC LIMIT 1";
        let now = self.terms.now.unix_seconds();
        let shown = self.c.prepare_cached(select)?.query_row([now], read);
        Ok(shown.optional()?)
    }

    /// Takes the code off the wallet's first page and shows another.
    pub(in crate::stand_in) fn replace_code_on_screen(
        &mut self,
        act: CustomerAct,
    ) -> Result<CustomerCode, StoreError> {
        let delete = "DELETE FROM paypay_customer_codes WHERE on_screen = 1 AND used_for IS NULL";
        self.c.prepare_cached(delete)?.execute([])?;
        self.new_customer_code(act, true)
    }

    pub(super) fn customer_code(&self, code: &str) -> Result<Option<CustomerCode>, StoreError> {
        let select = "SELECT code, act, expires_at, used_for FROM paypay_customer_codes \
             WHERE code = ?1";
        let found = self.c.prepare_cached(select)?.query_row([code], read);
        Ok(found.optional()?)
    }

    /// A code is used by the first payment that tries, whatever comes of it.
    pub(super) fn use_customer_code(
        &mut self,
        code: &str,
        merchant_payment_id: &str,
    ) -> Result<(), StoreError> {
        let update = "UPDATE paypay_customer_codes SET used_for = ?2 WHERE code = ?1";
        self.c
            .prepare_cached(update)?
            .execute([code, merchant_payment_id])?;
        Ok(())
    }

    /// What the customer has paid and what is reserved, in yen.
    pub(in crate::stand_in) fn statement(&self) -> Result<(i64, i64), StoreError> {
        let select = "SELECT \
             coalesce((SELECT sum(captured) FROM paypay_payments \
                       WHERE status IN ('COMPLETED', 'REFUNDED')), 0) \
             - coalesce((SELECT sum(amount) FROM paypay_refunds), 0), \
             coalesce((SELECT sum(authorized) FROM paypay_payments \
                       WHERE status IN ('AUTHORIZED', 'REAUTHORIZING')), 0)";
        Ok(self
            .c
            .prepare_cached(select)?
            .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?)
    }
}

impl CustomerAct {
    pub(in crate::stand_in) const ALL: [Self; 3] =
        [Self::Pay, Self::NotEnoughBalance, Self::GiveUp];

    pub(in crate::stand_in) fn as_str(self) -> &'static str {
        match self {
            Self::Pay => "pay",
            Self::NotEnoughBalance => "not_enough_balance",
            Self::GiveUp => "give_up",
        }
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<CustomerCode> {
    let act: String = row.get(1)?;
    let act = CustomerAct::ALL
        .into_iter()
        .find(|known| known.as_str() == act);
    Ok(CustomerCode {
        code: row.get(0)?,
        // The table's CHECK lets no other in.
        act: act.unwrap_or(CustomerAct::Pay),
        expires_at: Timestamp::from_unix_seconds(row.get(2)?),
        used_for: row.get(3)?,
    })
}
