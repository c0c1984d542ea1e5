//! What the gateway's answer to a confirm means for an attempt.

use mpac_pgw_protocol::{
    ApiError, Confirmation, ErrorCode, PaymentIntentStatus, PaymentMethodType,
};

use crate::clock::Moment;
use crate::events::PaymentEventKind;
use crate::exchange::{self, CUSTOMER_CODE};
use crate::method::PaymentMethod;
use crate::polling::Outcome;
use crate::qr::QrCode;
use crate::record::{End, Stage};
use crate::state::{FailureCode, UncertaintyCause};

use super::Flow;
use super::answers::{is_waiting, payment_failed};

impl Flow {
    /// The gateway would not confirm, and the PaymentIntent has not come to an end.
    pub(super) fn confirm_refused(
        &mut self,
        now: Moment,
        status: &PaymentIntentStatus,
        error: &ApiError,
    ) {
        if self.record.approval.is_some() {
            self.charge_refused(now, status, error);
        } else if !is_waiting(status) {
            // Somebody is paying: by the code shown before, or at another terminal. Wait and see.
            if let Some(method) = self.record.switched_from.take() {
                self.record.method = method;
            }
            self.watch(now);
        } else if self.is_customer_code_refused(error) {
            self.customer_code_refused(now, error);
        } else if self.confirm_sent || self.record.qr.is_some() {
            // An earlier send, or the code shown before, may still be paid.
            if let Some(method) = self.record.switched_from.take() {
                self.switch_refused(method, exchange::failure_code(error), error.to_string());
            }
            self.watch(now);
            // The app has taken the code off the screen for the new method.
            if self.shows_code() {
                self.show_code_again();
            }
        } else {
            let end = self.record.intent.as_ref().map(|intent| intent.expires_at);
            let is_late = end.is_some_and(|end| self.clock.now(now.monotonic) >= Some(end));
            let code = match is_late {
                true => FailureCode::PaymentIntentExpired,
                false => exchange::failure_code(error),
            };
            self.fail(now, code, error.to_string());
        }
    }

    /// The gateway would not record the charge. As long as an earlier send may still be worked on, a
    /// refund might give back what is about to be paid; what is wrong with the request itself stays
    /// wrong.
    fn charge_refused(&mut self, now: Moment, status: &PaymentIntentStatus, error: &ApiError) {
        let may_be_at_work = self.confirm_sent
            && error.code != ErrorCode::InvalidRequest
            && !self.is_past_deadline(now);
        if may_be_at_work || !is_waiting(status) {
            self.wait_for_gateway(now, UncertaintyCause::NoFinalStatus, Outcome::Answered);
        } else {
            self.card_unrecorded(now, UncertaintyCause::CardChargedNotRecorded);
        }
    }

    fn is_customer_code_refused(&self, error: &ApiError) -> bool {
        self.record.method.method_type() == PaymentMethodType::QrCpm
            && error.code == ErrorCode::InvalidRequest
            && error.param.as_deref() == Some(CUSTOMER_CODE)
    }

    /// The wallet would not charge the customer. The gateway keeps that answer under the
    /// Idempotency-Key, so whatever earlier send is still under way comes to the same end.
    fn customer_code_refused(&mut self, now: Moment, error: &ApiError) {
        let (code, reason) = (exchange::failure_code(error), error.message.clone());
        let Some(method) = self.record.switched_from.take() else {
            return self.refuse(now, code, reason.clone(), Some(reason));
        };
        self.switch_refused(method, code, reason);
        // The code shown before is most likely withdrawn, but nothing says so for certain. A new
        // one replaces it; should it have been paid after all, the gateway says that instead.
        self.must_verify = false;
        self.doubt = None;
        self.record.stage = Stage::Watching;
        let undo = self.record.clone();
        if !self.confirm_anew(now, undo) {
            self.wait(now, Outcome::Answered);
        }
    }

    /// Goes back to the method before a switch.
    fn switch_refused(&mut self, method: PaymentMethod, code: FailureCode, reason: String) {
        self.emit(PaymentEventKind::SwitchRefused { code, reason });
        self.record.method = method;
    }

    pub(super) fn confirmed(&mut self, now: Moment, confirmation: &Confirmation) {
        self.record.switched_from = None;
        self.must_verify = false;
        let doubt = self.doubt.take();
        self.saw(&confirmation.status);
        self.contradiction_is_over(now);
        if let Some(provider) = &confirmation.provider {
            self.record.paid_provider = Some(provider.to_string());
        }
        match &confirmation.status {
            PaymentIntentStatus::Succeeded => self.finish(now, End::Succeeded),
            PaymentIntentStatus::Failed => self.finish(now, payment_failed(None)),
            PaymentIntentStatus::Cancelled => {
                let by = self.cancelled_by(now);
                self.finish(now, End::Cancelled { by });
            }
            PaymentIntentStatus::RequiresAction => match &confirmation.qr_content {
                Some(content) => self.show_code(now, content.clone(), confirmation),
                None => {
                    self.doubt = doubt;
                    self.post_unsure(now, UncertaintyCause::InvalidResponse);
                }
            },
            // It says that nothing was confirmed.
            PaymentIntentStatus::RequiresPaymentMethod => {
                self.doubt = doubt;
                self.post_unsure(now, UncertaintyCause::InvalidResponse);
            }
            _ => {
                // A code from before a switch was withdrawn: a restart must not show it again.
                self.record.qr = None;
                self.watch(now);
            }
        }
    }

    fn show_code(&mut self, now: Moment, content: String, confirmation: &Confirmation) {
        let qr = QrCode {
            content: content.into(),
            expires_at: confirmation.expires_at,
            provider: confirmation
                .provider
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
        };
        self.record.qr = Some(qr.clone());
        self.hides_code = false;
        self.code_since = (!self.confirm_sent).then_some(now.monotonic);
        // The customer need not wait for the disk: until the code is there, a restart gets it again
        // from the gateway.
        if !self.record.cancel_wanted {
            self.emit(PaymentEventKind::QrReady { qr });
        }
        self.watch(now);
        if self.record.cancel_wanted {
            self.begin_cancel(now);
        }
    }

    pub(super) fn show_code_again(&mut self) {
        if let Some(qr) = self.record.qr.clone() {
            self.emit(PaymentEventKind::QrReady { qr });
        }
    }
}
