//! A payment at PayPay, with all that belongs to it. What can happen to it is in
//! [`rules`](super::rules).

use mpac_pgw_protocol::Timestamp;
use serde_json::{Map, Value};

/// PayPay's words for the state of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Created,
    Authorized,
    /// The customer has agreed to a capture of more than was reserved, and PayPay is at it.
    Reauthorizing,
    Completed,
    Refunded,
    /// Not paid, or cancelled through the API.
    Failed,
    /// The reservation was reverted.
    Canceled,
    /// The reservation expired.
    Expired,
}

impl Status {
    pub(crate) const ALL: [Self; 8] = [
        Self::Created,
        Self::Authorized,
        Self::Reauthorizing,
        Self::Completed,
        Self::Refunded,
        Self::Failed,
        Self::Canceled,
        Self::Expired,
    ];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Created => "CREATED",
            Self::Authorized => "AUTHORIZED",
            Self::Reauthorizing => "REAUTHORIZING",
            Self::Completed => "COMPLETED",
            Self::Refunded => "REFUNDED",
            Self::Failed => "FAILED",
            Self::Canceled => "CANCELED",
            Self::Expired => "EXPIRED",
        }
    }
}

/// One payment, by code or by user authorization, with all that belongs to it.
#[derive(Debug, Clone)]
pub(crate) struct Payment {
    pub(crate) merchant_payment_id: String,
    /// PayPay's own id.
    pub(crate) payment_id: String,
    pub(crate) status: Status,
    /// What the merchant asked for.
    pub(crate) amount: i64,
    /// Paying only reserves the money.
    pub(crate) reserves: bool,
    /// The user authorization that pays; `None`: whoever scans the code.
    pub(crate) payer: Option<String>,
    /// Of the merchant's request, what answers repeat.
    pub(crate) details: Map<String, Value>,
    /// As the merchant says, in whatever unit: PayPay's own guide has milliseconds in places.
    pub(crate) requested_at: i64,
    pub(crate) created_at: Timestamp,
    /// What the customer agreed to pay.
    pub(crate) authorized: Option<i64>,
    pub(crate) captured: Option<i64>,
    /// When the customer paid.
    pub(crate) accepted_at: Option<Timestamp>,
    /// Before it is paid: what the merchant asked for. `None`: as long as it takes.
    pub(crate) reserved_until: Option<Timestamp>,
    pub(crate) refundable_until: Option<Timestamp>,
    /// When it became FAILED.
    pub(crate) canceled_at: Option<Timestamp>,
    /// Cancelled before it was paid: whoever pays gets the money back at once.
    pub(crate) cancel_asked: bool,
    pub(crate) code: Option<Code>,
    pub(crate) captures: Vec<Capture>,
    pub(crate) revert: Option<Revert>,
    pub(crate) refund: Option<Refund>,
    /// What has happened since it was read, to be recorded and announced.
    pub(in crate::stand_in) changes: Vec<Change>,
}

/// The QR code of a payment.
#[derive(Debug, Clone)]
pub(crate) struct Code {
    pub(crate) code_id: String,
    /// What the QR code holds.
    pub(crate) url: String,
    /// The last part of the URL.
    pub(crate) secret: String,
    pub(crate) expires_at: Timestamp,
    pub(crate) deleted_at: Option<Timestamp>,
}

impl Code {
    /// Deleted while it could have been paid.
    fn was_withdrawn(&self) -> bool {
        self.deleted_at.is_some_and(|at| at < self.expires_at)
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Capture {
    pub(crate) merchant_capture_id: String,
    pub(crate) amount: i64,
    pub(crate) description: String,
    pub(crate) state: CaptureState,
    pub(crate) requested_at: i64,
    /// When the customer's time to agree is over; or when an agreed one completes.
    pub(crate) due_at: Option<Timestamp>,
    pub(crate) accepted_at: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CaptureState {
    /// The customer is asked for more than was reserved.
    UserRequested,
    /// The customer has agreed.
    Agreed,
    Completed,
    /// The customer did not agree.
    Dropped,
}

#[derive(Debug, Clone)]
pub(crate) struct Revert {
    pub(crate) merchant_revert_id: String,
    pub(crate) reason: Option<String>,
    pub(crate) requested_at: i64,
    pub(crate) accepted_at: Timestamp,
}

#[derive(Debug, Clone)]
pub(crate) struct Refund {
    pub(crate) merchant_refund_id: String,
    pub(crate) amount: i64,
    pub(crate) reason: Option<String>,
    pub(crate) requested_at: i64,
    pub(crate) accepted_at: Timestamp,
    /// `None`: the customer does not have it yet.
    pub(crate) refunded_at: Option<Timestamp>,
}

/// A step of a payment's history.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(super) from: Option<Status>,
    pub(super) to: Status,
    pub(super) cause: &'static str,
    pub(in crate::stand_in) at: Timestamp,
    /// What PayPay posts to the merchant about it. Cancels and refunds are not announced.
    pub(super) announced: Option<Event>,
}

impl Change {
    /// The first of every payment.
    pub(super) fn made(at: Timestamp) -> Self {
        Self {
            from: None,
            to: Status::Created,
            cause: "made",
            at,
            announced: None,
        }
    }
}

/// What PayPay announces of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    Authorized,
    Completed,
    Failed,
    Canceled,
    Expired,
    /// The customer was asked for more than was reserved, and has not agreed in time.
    ExpiredUserConfirmation,
}

/// Why the customer could not act on a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CustomerRefused {
    /// The code was deleted, never existed, or its payment has failed.
    NoSuchCode,
    /// Its time is over.
    Expired,
    /// It has been paid.
    AlreadyPaid,
}

/// What a capture came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Captured {
    Completed,
    /// It is more than was reserved: the customer is asked.
    CustomerIsAsked,
}

/// What the merchant asks to capture.
#[derive(Debug, Clone)]
pub(crate) struct CaptureOrder {
    pub(crate) merchant_capture_id: String,
    pub(crate) amount: i64,
    pub(crate) description: String,
    pub(crate) requested_at: i64,
}

/// What the merchant asks to give back.
#[derive(Debug, Clone)]
pub(crate) struct RefundOrder {
    pub(crate) merchant_refund_id: String,
    pub(crate) amount: i64,
    pub(crate) reason: Option<String>,
    pub(crate) requested_at: i64,
}

impl Payment {
    /// Whether the customer's money has ever been taken or reserved.
    pub(crate) fn was_paid(&self) -> bool {
        self.accepted_at.is_some()
    }

    pub(crate) fn completed_capture(&self) -> Option<&Capture> {
        let mut captures = self.captures.iter();
        captures.find(|capture| capture.state == CaptureState::Completed)
    }

    /// The capture that the customer is asked to agree to.
    pub(crate) fn question(&self) -> Option<&Capture> {
        let mut captures = self.captures.iter();
        captures.find(|capture| capture.state == CaptureState::UserRequested)
    }

    /// Whether the customer can act on the code. One that was deleted once it had expired is an
    /// expired one to the customer.
    pub(crate) fn open_to_customer(&self, now: Timestamp) -> Result<(), CustomerRefused> {
        if self.was_paid() {
            return Err(CustomerRefused::AlreadyPaid);
        }
        match &self.code {
            Some(code) if self.status == Status::Created && !code.was_withdrawn() => {
                if now < code.expires_at {
                    Ok(())
                } else {
                    Err(CustomerRefused::Expired)
                }
            }
            _ => Err(CustomerRefused::NoSuchCode),
        }
    }
}
