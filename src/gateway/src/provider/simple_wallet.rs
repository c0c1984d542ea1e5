use mpac_pgw_protocol::{Amount, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};

use super::{
    CodeOrder, CodeState, Deletion, ProviderError, QrProvider, RefundOrder, Refunding, Reservation,
};
use crate::clock::Clock;
use crate::ids;
use crate::store::{Store, StoreError};

/// A wallet whose one customer pays when told to.
///
/// It keeps its own books, in the gateway's database, so that its codes outlive a restart as
/// those of a real wallet do.
#[derive(Debug, Clone)]
pub(crate) struct SimpleWallet {
    store: Store,
    clock: Clock,
}

/// What its codes hold. `.test` is reserved by RFC 6761: it belongs to nobody, so a phone that
/// scans such a code by mistake opens nothing.
const CONTENT_PREFIX: &str = "https://wallet.mpac-gateway.test/pay/";
const CONTENT_SECRET_LENGTH: usize = 32;

/// Why the customer could not pay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CustomerRefused {
    /// The code has been deleted, or never existed.
    NoSuchCode,
    /// The code has expired.
    Expired,
    /// The code has been paid before.
    AlreadyPaid,
}

impl SimpleWallet {
    pub(crate) fn new(store: Store, clock: Clock) -> Self {
        Self { store, clock }
    }

    /// The customer scans the code and pays. The gateway is not told: that is another message,
    /// which may get lost.
    pub(crate) async fn pay(
        &self,
        reference: String,
    ) -> Result<Result<(), CustomerRefused>, StoreError> {
        let now = self.clock.now();
        let pay = move |c: &Connection| -> Result<_, StoreError> {
            let refused = match state(c, &reference)? {
                None | Some((Kept::Deleted, _)) => CustomerRefused::NoSuchCode,
                Some((Kept::Paid, _)) => CustomerRefused::AlreadyPaid,
                Some((Kept::Created, expires_at)) if now >= expires_at => CustomerRefused::Expired,
                Some((Kept::Created, _)) => {
                    let update = "UPDATE wallet_codes SET state = 'paid', paid_at = ?2, \
                         captured = iif(reserves, NULL, amount) WHERE reference = ?1";
                    c.prepare_cached(update)?
                        .execute(params![reference, now.unix_seconds()])?;
                    return Ok(Ok(()));
                }
            };
            Ok(Err(refused))
        };
        self.store.write(pay).await
    }
}

impl QrProvider for SimpleWallet {
    fn create_code(&self, order: &CodeOrder) -> Result<String, ProviderError> {
        let secret = ids::random_alphanumeric(CONTENT_SECRET_LENGTH).map_err(StoreError::from)?;
        let content = format!("{CONTENT_PREFIX}{secret}");
        let (order, answer) = (order.clone(), content.clone());
        self.store
            .write_blocking(move |c| -> Result<_, StoreError> {
                let insert = "INSERT INTO wallet_codes \
                 (reference, content, amount, currency, state, expires_at, reserves) \
                 VALUES (?1, ?2, ?3, ?4, 'created', ?5, ?6)";
                c.prepare_cached(insert)?.execute(params![
                    order.reference,
                    content,
                    order.amount.minor_units(),
                    order.currency.as_str(),
                    order.expires_at.unix_seconds(),
                    order.reserve_only
                ])?;
                Ok(())
            })?;
        Ok(answer)
    }

    fn look_up(&self, reference: &str) -> Result<CodeState, ProviderError> {
        let (reference, now) = (reference.to_owned(), self.clock.now());
        let found = self.store.read_blocking(move |c| state(c, &reference))?;
        Ok(match found {
            Some((Kept::Paid, _)) => CodeState::Paid,
            Some((Kept::Created, expires_at)) if now < expires_at => CodeState::Created,
            _ => CodeState::Closed,
        })
    }

    fn delete_code(&self, reference: &str) -> Result<Deletion, ProviderError> {
        let reference = reference.to_owned();
        let deletion = self
            .store
            .write_blocking(move |c| -> Result<_, StoreError> {
                if let Some((Kept::Paid, _)) = state(c, &reference)? {
                    return Ok(Deletion::AlreadyPaid);
                }
                let update = "UPDATE wallet_codes SET state = 'deleted' WHERE reference = ?1";
                c.prepare_cached(update)?.execute([reference])?;
                Ok(Deletion::Deleted)
            })?;
        Ok(deletion)
    }

    fn capture(&self, reference: &str, amount: Amount) -> Result<Reservation, ProviderError> {
        let take = "UPDATE wallet_codes SET captured = ?2 WHERE reference = ?1 AND reserves \
             AND state = 'paid' AND captured IS NULL AND released_at IS NULL AND amount >= ?2";
        self.settle(reference, take, amount.minor_units())
    }

    fn release(&self, reference: &str) -> Result<Reservation, ProviderError> {
        let let_go = "UPDATE wallet_codes SET released_at = ?2 WHERE reference = ?1 AND reserves \
             AND state = 'paid' AND captured IS NULL AND released_at IS NULL";
        self.settle(reference, let_go, self.clock.now().unix_seconds())
    }

    fn refund(&self, order: &RefundOrder) -> Result<Refunding, ProviderError> {
        let order = order.clone();
        let refund = move |c: &Connection| -> Result<_, StoreError> {
            let made = "SELECT 1 FROM wallet_refunds WHERE reference = ?1";
            if c.prepare_cached(made)?.exists([&order.reference])? {
                return Ok(Refunding::Refunded);
            }
            let insert = "INSERT OR IGNORE INTO wallet_refunds (reference, code, amount) \
                 SELECT ?1, reference, ?3 FROM wallet_codes WHERE reference = ?2 \
                 AND captured >= ?3";
            let done = c.prepare_cached(insert)?.execute(params![
                order.reference,
                order.code,
                order.amount.minor_units()
            ])?;
            Ok(if done == 1 {
                Refunding::Refunded
            } else {
                Refunding::Refused
            })
        };
        Ok(self.store.write_blocking(refund)?)
    }
}

impl SimpleWallet {
    /// Runs an update that ends a reservation if it is still there; answers how it ended, now or
    /// before.
    fn settle(
        &self,
        reference: &str,
        update: &'static str,
        value: i64,
    ) -> Result<Reservation, ProviderError> {
        let reference = reference.to_owned();
        let settle = move |c: &Connection| -> Result<_, StoreError> {
            c.prepare_cached(update)?
                .execute(params![reference, value])?;
            let select = "SELECT captured, released_at IS NOT NULL FROM wallet_codes \
                 WHERE reference = ?1";
            let row = c.prepare_cached(select)?.query_row([&reference], |row| {
                Ok((row.get::<_, Option<i64>>(0)?, row.get::<_, bool>(1)?))
            });
            Ok(match row.optional()? {
                Some((Some(taken), _)) => Amount::new(taken).ok().map(Reservation::Captured),
                Some((None, true)) => Some(Reservation::Released),
                Some((None, false)) | None => None,
            })
        };
        let outcome: Option<Reservation> = self.store.write_blocking(settle)?;
        outcome.ok_or_else(ProviderError::unknown_payment)
    }
}

/// The states in the wallet's books. Expiry is not one: it follows from the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kept {
    Created,
    Paid,
    Deleted,
}

fn state(c: &Connection, reference: &str) -> Result<Option<(Kept, Timestamp)>, StoreError> {
    let select = "SELECT state, expires_at FROM wallet_codes WHERE reference = ?1";
    let mut statement = c.prepare_cached(select)?;
    let row = statement.query_row([reference], |row| {
        let state: String = row.get(0)?;
        let kept = match state.as_str() {
            "created" => Kept::Created,
            "paid" => Kept::Paid,
            _ => Kept::Deleted,
        };
        Ok((kept, Timestamp::from_unix_seconds(row.get(1)?)))
    });
    Ok(row.optional()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::StoreLocation;
    use mpac_pgw_protocol::Currency;
    use std::time::Duration;

    fn wallet() -> SimpleWallet {
        let store = Store::open(&StoreLocation::Ephemeral).unwrap();
        SimpleWallet::new(store, Clock::system())
    }

    fn order(wallet: &SimpleWallet, reference: &str) -> CodeOrder {
        CodeOrder {
            reference: reference.into(),
            amount: Amount::new(1500).unwrap(),
            currency: Currency::JPY,
            expires_at: wallet.clock.now().plus_seconds(300),
            reserve_only: false,
        }
    }

    fn pay(wallet: &SimpleWallet, reference: &str) -> Result<(), CustomerRefused> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        runtime.block_on(wallet.pay(reference.into())).unwrap()
    }

    #[test]
    fn a_code_is_paid_or_deleted_never_both() {
        let wallet = wallet();
        for reference in ["paid", "deleted"] {
            wallet.create_code(&order(&wallet, reference)).unwrap();
            assert_eq!(wallet.look_up(reference).unwrap(), CodeState::Created);
        }
        assert_eq!(pay(&wallet, "paid"), Ok(()));
        assert_eq!(wallet.delete_code("paid").unwrap(), Deletion::AlreadyPaid);
        assert_eq!(wallet.look_up("paid").unwrap(), CodeState::Paid);
        assert_eq!(pay(&wallet, "paid"), Err(CustomerRefused::AlreadyPaid));

        assert_eq!(wallet.delete_code("deleted").unwrap(), Deletion::Deleted);
        assert_eq!(pay(&wallet, "deleted"), Err(CustomerRefused::NoSuchCode));
        assert_eq!(wallet.look_up("deleted").unwrap(), CodeState::Closed);

        assert_eq!(wallet.delete_code("never made").unwrap(), Deletion::Deleted);
        assert_eq!(wallet.look_up("never made").unwrap(), CodeState::Closed);
        assert_eq!(pay(&wallet, "never made"), Err(CustomerRefused::NoSuchCode));
    }

    #[test]
    fn a_code_cannot_be_paid_after_five_minutes() {
        let wallet = wallet();
        wallet.create_code(&order(&wallet, "late")).unwrap();
        wallet.clock.advance(Duration::from_secs(300));
        assert_eq!(wallet.look_up("late").unwrap(), CodeState::Closed);
        assert_eq!(pay(&wallet, "late"), Err(CustomerRefused::Expired));
    }
}
