//! What can happen to a payment at PayPay: its transitions, without a database.

use mpac_pgw_protocol::Timestamp;

use super::jst;
use super::payment::{
    Capture, CaptureOrder, CaptureState, Captured, Change, Event, Payment, Refund, RefundOrder,
    Revert, Status,
};
use crate::stand_in::results::{self, Refusal};
use crate::stand_in::settings::{PayPaySettings, SecondRefund};

impl Payment {
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
