//! Who makes QR codes and takes the customer's money.

mod paypay;

use mpac_pgw_protocol::{Amount, Timestamp};

pub(crate) use paypay::PayPay;

use crate::domain::CustomerCode;

/// A provider of QR payments. Calls may take as long as a network does, so they block.
///
/// Every payment has a reference, chosen by the gateway before the provider is asked. Whatever
/// becomes of an answer, the reference finds the payment again.
pub(crate) trait QrProvider: Send + Sync {
    /// Makes a code for the customer to scan.
    fn create_code(&self, order: &PaymentOrder) -> Result<NewCode, ProviderError>;

    /// Charges the customer whose code was scanned. An error leaves open whether that happened.
    fn charge(&self, order: &PaymentOrder, code: &CustomerCode) -> Result<Charge, ProviderError>;

    /// What has become of a payment.
    fn look_up(&self, payment: &PaymentName) -> Result<PaymentState, ProviderError>;

    /// Makes sure that a payment that is not paid never will be. One that does not exist is as
    /// good as withdrawn.
    fn withdraw(&self, payment: &PaymentName) -> Result<Withdrawn, ProviderError>;

    /// What has become of money that the customer's payment reserved; `None` while it is reserved.
    fn reservation(&self, payment: &PaymentName) -> Result<Option<Reservation>, ProviderError>;

    /// Takes money that the customer's payment has reserved: `amount` of it, and lets go of the
    /// rest.
    fn capture(&self, payment: &PaymentName, amount: Amount) -> Result<Reservation, ProviderError>;

    /// Lets go of money that the customer's payment has reserved.
    fn release(&self, payment: &PaymentName) -> Result<Reservation, ProviderError>;

    /// Gives money back, once per refund reference, however often it is asked.
    fn refund(&self, order: &RefundOrder) -> Result<Refunding, ProviderError>;
}

/// What the customer is to pay.
#[derive(Debug, Clone)]
pub(crate) struct PaymentOrder {
    pub(crate) reference: String,
    pub(crate) amount: Amount,
    /// What the customer reads in the wallet: the merchant's own order number.
    pub(crate) description: String,
    /// Where the payment is taken.
    pub(crate) store_id: Option<String>,
    pub(crate) terminal_id: Option<String>,
    /// Paying only reserves the money, for a capture later.
    pub(crate) reserve_only: bool,
}

/// A code that the provider has made.
#[derive(Clone)]
pub(crate) struct NewCode {
    /// What the QR code holds.
    pub(crate) content: String,
    /// The provider's name for it, which deletes it.
    pub(crate) code_id: String,
    /// When it can no longer be paid, if the provider says so.
    pub(crate) expires_at: Option<Timestamp>,
}

/// How a payment is found again.
#[derive(Debug, Clone)]
pub(crate) struct PaymentName {
    pub(crate) reference: String,
    pub(crate) origin: Origin,
}

/// Who showed the code of a payment.
#[derive(Debug, Clone)]
pub(crate) enum Origin {
    /// The terminal.
    Shown {
        /// The provider's name for the code. Unknown when the answer to its creation was lost.
        code_id: Option<String>,
    },
    /// The customer.
    Scanned,
}

/// The outcome of [`QrProvider::charge`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Charge {
    /// The customer has paid.
    Paid,
    /// The provider will not charge this customer, and says why. Nothing was taken.
    Refused(Refusal),
}

/// What has become of a payment, as the provider says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PaymentState {
    /// It can be paid.
    Created,
    /// It has been paid.
    Paid,
    /// It has failed, and cannot be paid any more.
    Failed,
    /// The provider does not know it: never made, deleted, or made a moment ago.
    NotFound,
}

/// The outcome of [`QrProvider::withdraw`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Withdrawn {
    /// Nobody can pay it any more, and nobody has.
    Yes,
    /// Too late: the customer has paid.
    AlreadyPaid,
}

/// What is to be given back.
#[derive(Debug, Clone)]
pub(crate) struct RefundOrder {
    /// Our name for the refund.
    pub(crate) reference: String,
    /// The payment that it is taken from.
    pub(crate) payment: PaymentName,
    pub(crate) amount: Amount,
}

/// What has become of a refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refunding {
    /// The customer has the money back, or will have it without more being asked.
    Refunded,
    /// The provider will not do it, now or later.
    Refused(Refusal),
}

/// What has become of reserved money. It may not be what was asked for, when something else had
/// been asked before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reservation {
    /// This much was taken.
    Captured(Amount),
    /// It was let go, by us or by time.
    Released,
}

/// A definite no of the provider: a sentence without its full stop, with the provider's own code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub(crate) struct Refusal {
    pub(crate) why: String,
    /// One of [`decline_code`](mpac_pgw_protocol::decline_code), where it is one of these.
    pub(crate) decline_code: Option<&'static str>,
}

impl Refusal {
    pub(crate) fn new(why: impl Into<String>) -> Self {
        Self {
            why: why.into(),
            decline_code: None,
        }
    }
}

/// The provider could not do it, or it is not known whether it did.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum ProviderError {
    /// It said no, and has done nothing.
    #[error("{0}: nothing was changed; try again later, or once what it names is set right")]
    Refused(#[from] Refusal),
    /// It said nothing that tells what it did.
    #[error(
        "it is not known what the payment provider did: {0}; try again with the same \
         Idempotency-Key"
    )]
    Unknown(String),
}

impl ProviderError {
    pub(crate) fn unknown_payment() -> Self {
        Self::Unknown("it knows of no such payment".to_owned())
    }

    pub(crate) fn interrupted() -> Self {
        Self::Unknown("the request to it was interrupted".to_owned())
    }
}
