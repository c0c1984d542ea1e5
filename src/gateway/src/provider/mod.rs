//! Who makes QR codes and takes the customer's money.

mod simple_wallet;

use mpac_pgw_protocol::{Amount, Currency, Timestamp};

pub(crate) use simple_wallet::{CustomerRefused, SimpleWallet};

use crate::store::StoreError;

/// A provider of QR payments. Calls may take as long as a network does, so they block.
///
/// Every code has a reference, chosen by the gateway before the provider is asked. Whatever
/// becomes of an answer, the reference finds the code again.
pub(crate) trait QrProvider: Send + Sync {
    /// Makes a code.
    fn create_code(&self, order: &CodeOrder) -> Result<String, ProviderError>;

    /// What has become of a code.
    fn look_up(&self, reference: &str) -> Result<CodeState, ProviderError>;

    /// Makes sure that a code can no longer be paid. A code that does not exist is as good as
    /// deleted.
    fn delete_code(&self, reference: &str) -> Result<Deletion, ProviderError>;

    /// Takes money that the customer's payment has reserved: `amount` of it, and lets go of the
    /// rest.
    fn capture(&self, reference: &str, amount: Amount) -> Result<Reservation, ProviderError>;

    /// Lets go of money that the customer's payment has reserved.
    fn release(&self, reference: &str) -> Result<Reservation, ProviderError>;

    /// Gives money back, once per refund reference, however often it is asked.
    fn refund(&self, order: &RefundOrder) -> Result<Refunding, ProviderError>;
}

/// What a code is to be made for.
#[derive(Debug, Clone)]
pub(crate) struct CodeOrder {
    pub(crate) reference: String,
    pub(crate) amount: Amount,
    pub(crate) currency: Currency,
    pub(crate) expires_at: Timestamp,
    /// Paying only reserves the money, for a capture later.
    pub(crate) reserve_only: bool,
}

/// What is to be given back.
#[derive(Debug, Clone)]
pub(crate) struct RefundOrder {
    /// Our name for the refund.
    pub(crate) reference: String,
    /// The code that was paid.
    pub(crate) code: String,
    pub(crate) amount: Amount,
}

/// What has become of a refund.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refunding {
    /// The customer has the money back.
    Refunded,
    /// The provider will not do it, now or later.
    Refused,
}

/// What has become of reserved money. It may not be what was asked for, when something else had
/// been asked before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reservation {
    /// This much was taken.
    Captured(Amount),
    /// It was let go.
    Released,
}

/// What has become of a code, as the provider says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CodeState {
    /// It can be paid.
    Created,
    /// It has been paid.
    Paid,
    /// It cannot be paid and has not been: expired, deleted or never made.
    Closed,
}

/// The outcome of [`QrProvider::delete_code`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deletion {
    /// Nobody can pay it any more, and nobody has.
    Deleted,
    /// Too late: the customer has paid.
    AlreadyPaid,
}

/// The provider could not do it, or it is not known whether it did.
#[derive(Debug, Clone, thiserror::Error)]
#[error(
    "the payment provider could not be asked: {reason}; try again with the same Idempotency-Key"
)]
pub(crate) struct ProviderError {
    reason: &'static str,
}

impl From<StoreError> for ProviderError {
    fn from(error: StoreError) -> Self {
        log::error!("wallet: {error}");
        Self {
            reason: "the wallet's books cannot be read",
        }
    }
}

impl ProviderError {
    pub(crate) fn unknown_payment() -> Self {
        Self {
            reason: "it knows of no such payment",
        }
    }

    pub(crate) fn refused_refund() -> Self {
        Self {
            reason: "it refused the refund",
        }
    }

    pub(crate) fn interrupted() -> Self {
        Self {
            reason: "the request to it was interrupted",
        }
    }
}
