//! What can happen to one payment at PayPay: its states and transitions, without a database.

use mpac_pgw_protocol::Timestamp;
use serde_json::{Map, Value};

use super::jst;
use crate::stand_in::results::{self, Refusal};
use crate::stand_in::settings::{PayPaySettings, SecondRefund};

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

    /// The customer pays. A payment that was cancelled before gives the money back at once, and
    /// says nothing.
    pub(crate) fn pay(&mut self, now: Timestamp, settings: &PayPaySettings) {
        let announced = !self.cancel_asked;
        self.authorized = Some(self.amount);
        self.accepted_at = Some(now);
        if self.reserves {
            let lifetime = settings.authorization_lifetime_seconds;
            self.reserved_until = self.reserved_until.or(Some(now.plus_seconds(lifetime)));
            let event = announced.then_some(Event::Authorized);
            self.becomes(Status::Authorized, "the customer paid", now, event);
        } else {
            self.take(self.amount, now);
            let event = announced.then_some(Event::Completed);
            self.becomes(Status::Completed, "the customer paid", now, event);
        }
        if self.cancel_asked {
            self.fail("cancelled before it was paid", now);
        }
    }

    /// The customer has not enough money: this payment is over. PayPay may as well leave it
    /// CREATED for another try; that it fails is this stand-in's choice, so that failure can be
    /// seen at all.
    pub(crate) fn refuse(&mut self, now: Timestamp) {
        self.canceled_at = Some(now);
        let cause = "the customer's balance is too low";
        self.becomes(Status::Failed, cause, now, Some(Event::Failed));
    }

    /// Nobody can pay the code any more.
    pub(crate) fn delete_code(
        &mut self,
        now: Timestamp,
        settings: &PayPaySettings,
    ) -> Result<(), Refusal> {
        if self.was_paid() {
            return Err(if settings.already_paid {
                results::DYNAMIC_QR_ALREADY_PAID
            } else {
                results::DYNAMIC_QR_BAD_REQUEST
            });
        }
        match &mut self.code {
            Some(code) if code.deleted_at.is_none() => {
                code.deleted_at = Some(now);
                Ok(())
            }
            _ => Err(results::DYNAMIC_QR_NOT_FOUND),
        }
    }

    /// The cancel API: until 00:14:59 in Japan, the day after the payment.
    pub(crate) fn cancel(&mut self, now: Timestamp) -> Result<(), Refusal> {
        let in_time = || {
            self.accepted_at
                .is_some_and(|paid| now < jst::cancel_window_end(paid))
        };
        match self.status {
            Status::Created => {
                self.cancel_asked = true;
                Ok(())
            }
            Status::Failed => Ok(()),
            Status::Completed if !self.reserves && self.refund.is_none() && in_time() => {
                self.fail("cancelled by the merchant", now);
                Ok(())
            }
            Status::Authorized if in_time() => {
                self.fail("cancelled by the merchant", now);
                Ok(())
            }
            _ => Err(results::ORDER_NOT_REVERSIBLE),
        }
    }

    /// Takes reserved money: less than was reserved at once, more once the customer has agreed.
    pub(crate) fn capture(
        &mut self,
        order: CaptureOrder,
        now: Timestamp,
        settings: &PayPaySettings,
    ) -> Result<Captured, Refusal> {
        match self.status {
            Status::Authorized => {}
            Status::Completed | Status::Refunded if self.reserves => {
                return Err(results::ALREADY_CAPTURED);
            }
            Status::Expired => return Err(results::ORDER_EXPIRED),
            Status::Reauthorizing => return Err(results::REAUTHORIZATION_IN_PROGRESS),
            _ => return Err(results::ORDER_NOT_CAPTURABLE),
        }
        let asks_more = self
            .authorized
            .is_some_and(|reserved| order.amount > reserved);
        let agree_until = now.plus_seconds(settings.confirmation_lifetime_seconds);
        if asks_more && self.reserved_until.is_some_and(|end| end < agree_until) {
            return Err(results::TOO_CLOSE_TO_EXPIRY);
        }
        self.drop_question();
        let id = order.merchant_capture_id;
        self.captures
            .retain(|capture| capture.merchant_capture_id != id);
        self.captures.push(Capture {
            merchant_capture_id: id,
            amount: order.amount,
            description: order.description,
            state: if asks_more {
                CaptureState::UserRequested
            } else {
                CaptureState::Completed
            },
            requested_at: order.requested_at,
            due_at: asks_more.then_some(agree_until),
            accepted_at: (!asks_more).then_some(now),
        });
        if asks_more {
            return Ok(Captured::CustomerIsAsked);
        }
        self.take(order.amount, now);
        self.becomes(Status::Completed, "captured", now, Some(Event::Completed));
        Ok(Captured::Completed)
    }

    /// The customer answers whether the merchant may capture more than was reserved. Answers
    /// whether there was such a question.
    pub(crate) fn answer_question(
        &mut self,
        agreed: bool,
        now: Timestamp,
        settings: &PayPaySettings,
    ) -> bool {
        let asked = self.status == Status::Authorized && self.question().is_some();
        if !asked {
            return false;
        }
        if !agreed {
            self.drop_question();
            return true;
        }
        let due = now.plus_seconds(settings.reauthorization_seconds);
        for capture in &mut self.captures {
            if capture.state == CaptureState::UserRequested {
                capture.state = CaptureState::Agreed;
                capture.due_at = Some(due);
            }
        }
        let cause = "the customer agreed to more";
        self.becomes(Status::Reauthorizing, cause, now, None);
        self.pass_time(now, settings);
        true
    }

    /// Lets go of reserved money.
    pub(crate) fn revert(
        &mut self,
        merchant_revert_id: String,
        reason: Option<String>,
        requested_at: i64,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        if self.status != Status::Authorized {
            return Err(results::ORDER_NOT_CANCELABLE);
        }
        self.drop_question();
        self.revert = Some(Revert {
            merchant_revert_id,
            reason,
            requested_at,
            accepted_at: now,
        });
        self.becomes(Status::Canceled, "reverted", now, Some(Event::Canceled));
        Ok(())
    }

    /// Gives money back: once per payment, all of it or a part. Asked again with the same
    /// merchantRefundId it changes nothing.
    pub(crate) fn refund(
        &mut self,
        order: RefundOrder,
        now: Timestamp,
        settings: &PayPaySettings,
    ) -> Result<(), Refusal> {
        if let Some(made) = &self.refund {
            return match settings.second_refund {
                _ if made.merchant_refund_id == order.merchant_refund_id => Ok(()),
                SecondRefund::Unacceptable => Err(results::MULTIPLE_REFUND),
                SecondRefund::Rejected => Err(results::MERCHANT_MULTIPLE_REFUND_REJECTED),
            };
        }
        let too_late = self.refundable_until.is_some_and(|end| now > end);
        if self.status != Status::Completed || too_late {
            return Err(results::NOT_REFUNDABLE);
        }
        if !self
            .captured
            .is_some_and(|captured| (1..=captured).contains(&order.amount))
        {
            return Err(results::INVALID_REFUND_AMOUNT);
        }
        self.refund = Some(Refund {
            merchant_refund_id: order.merchant_refund_id,
            amount: order.amount,
            reason: order.reason,
            requested_at: order.requested_at,
            accepted_at: now,
            refunded_at: None,
        });
        self.pass_time(now, settings);
        Ok(())
    }

    /// What is due now happens.
    pub(crate) fn pass_time(&mut self, now: Timestamp, settings: &PayPaySettings) {
        let due = |capture: &Capture| capture.due_at.is_some_and(|due| due <= now);
        let refund_due = |refund: &Refund| {
            let due = refund.accepted_at.plus_seconds(settings.refund_seconds);
            refund.refunded_at.is_none() && due <= now
        };
        match self.status {
            Status::Reauthorizing => {
                let agreed = self.captures.iter_mut();
                let mut agreed = agreed.filter(|one| one.state == CaptureState::Agreed);
                if let Some(capture) = agreed.next().filter(|capture| due(capture)) {
                    capture.state = CaptureState::Completed;
                    capture.due_at = None;
                    capture.accepted_at = Some(now);
                    let amount = capture.amount;
                    self.authorized = Some(amount);
                    self.take(amount, now);
                    self.becomes(Status::Completed, "captured", now, Some(Event::Completed));
                }
            }
            Status::Authorized if self.reserved_until.is_some_and(|end| end <= now) => {
                self.drop_question();
                self.becomes(
                    Status::Expired,
                    "the reservation expired",
                    now,
                    Some(Event::Expired),
                );
            }
            Status::Authorized if self.question().is_some_and(due) => {
                self.drop_question();
                let (cause, event) = ("the customer did not agree", Event::ExpiredUserConfirmation);
                self.becomes(Status::Authorized, cause, now, Some(event));
            }
            Status::Completed if self.refund.as_ref().is_some_and(refund_due) => {
                if let Some(refund) = &mut self.refund {
                    refund.refunded_at = Some(now);
                }
                self.becomes(Status::Refunded, "refunded", now, None);
            }
            _ => {}
        }
    }

    fn becomes(
        &mut self,
        to: Status,
        cause: &'static str,
        at: Timestamp,
        announced: Option<Event>,
    ) {
        let from = Some(self.status);
        self.status = to;
        self.changes.push(Change {
            from,
            to,
            cause,
            at,
            announced,
        });
    }

    fn fail(&mut self, cause: &'static str, now: Timestamp) {
        self.drop_question();
        self.captured = None;
        self.refundable_until = None;
        self.canceled_at = Some(now);
        self.becomes(Status::Failed, cause, now, None);
    }

    fn take(&mut self, amount: i64, now: Timestamp) {
        self.captured = Some(amount);
        self.refundable_until = Some(jst::refund_window_end(now));
    }

    fn drop_question(&mut self) {
        for capture in &mut self.captures {
            if matches!(
                capture.state,
                CaptureState::UserRequested | CaptureState::Agreed
            ) {
                capture.state = CaptureState::Dropped;
                capture.due_at = None;
            }
        }
    }
}
