//! What the gateway's answers mean for an attempt.

use mpac_pgw_protocol::{
    ApiError, Confirmation, ErrorCode, PaymentIntent, PaymentIntentStatus, PaymentMethodType,
};

use crate::clock::Moment;
use crate::events::PaymentEventKind;
use crate::exchange::{self, Answer, CUSTOMER_CODE, Reply, Request};
use crate::method::PaymentMethod;
use crate::polling::Outcome;
use crate::qr::QrCode;
use crate::record::{IntentFacts, Stage};
use crate::state::{CancelOutcome, CancelledBy, FailureCode, PaymentResult, UncertaintyCause};

use super::{Effect, FIRST_LOOK_AFTER, Flow};

impl Flow {
    /// The reply to the request under way.
    pub(crate) fn answered(&mut self, now: Moment, reply: &Reply) -> Vec<Effect> {
        let Some(request) = self.in_flight.take() else {
            return Vec::new();
        };
        self.undo = None;
        if let Some(date) = exchange::server_time(reply) {
            self.server_clock = Some((date, now.monotonic));
        }
        let answer = exchange::read(&request, reply);
        self.connection(match answer {
            Answer::Unsure(cause) => Some(cause),
            _ => None,
        });
        match (request, answer) {
            (_, Answer::Busy { retry_after }) => self.wait_for_gateway(
                now,
                UncertaintyCause::RateLimited,
                Outcome::Busy { retry_after },
            ),
            (Request::Retrieve { .. }, Answer::Unsure(cause)) => {
                self.wait_for_gateway(now, cause, Outcome::NoAnswer);
            }
            (Request::Retrieve { .. }, Answer::Intent(intent)) => self.looked_up(now, &intent),
            (Request::Retrieve { .. }, Answer::Refused { error, .. }) => {
                self.look_up_refused(now, &error);
            }
            (Request::Confirm { .. }, Answer::Confirmed(confirmation)) => {
                self.confirmed(now, &confirmation);
            }
            (Request::Cancel { .. }, Answer::Intent(intent)) if intent.status.is_terminal() => {
                self.looked_up(now, &intent);
            }
            (
                Request::Confirm { .. } | Request::Cancel { .. },
                Answer::Refused { http_status, error },
            ) => {
                // A refusal may also mean that an earlier send got through: look first.
                self.refused = Some((http_status, error));
                self.must_verify = true;
                self.send_next(now);
            }
            (request, Answer::Unsure(cause)) => {
                self.confirm_sent |= matches!(request, Request::Confirm { .. });
                self.post_unsure(now, cause);
            }
            // A cancel that cancelled nothing, or another kind of answer than was asked for.
            (_, Answer::Intent(_) | Answer::Confirmed(_)) => {
                self.post_unsure(now, UncertaintyCause::InvalidResponse);
            }
        }
        self.take_effects()
    }

    /// A POST that may or may not have been carried out.
    fn post_unsure(&mut self, now: Moment, cause: UncertaintyCause) {
        let first = self.doubt.is_none();
        self.must_verify = true;
        let since = self.server_now(now);
        self.doubt.get_or_insert((since, cause));
        self.wait_for_gateway(now, cause, Outcome::NoAnswer);
        if first {
            self.due = Some(now.monotonic + FIRST_LOOK_AFTER);
        }
    }

    /// Nothing new is known: ask again, and past the deadline say that nothing is known.
    fn wait_for_gateway(&mut self, now: Moment, cause: UncertaintyCause, outcome: Outcome) {
        if now.monotonic >= self.deadline(now) {
            self.announce_unresolved(cause);
        }
        self.wait(now, outcome);
    }

    fn look_up_refused(&mut self, now: Moment, error: &ApiError) {
        if self.record.stage == Stage::Retrieving && !self.confirm_sent {
            // Nothing of this attempt has reached the gateway, so nothing can have been paid.
            self.finish(PaymentResult::Failed {
                code: FailureCode::GatewayRefused,
                reason: error.to_string(),
                can_retry: false,
            });
        } else {
            // A payment that was there does not vanish: something else is wrong.
            self.wait_for_gateway(now, UncertaintyCause::InvalidResponse, Outcome::Answered);
        }
    }

    /// The gateway told where the PaymentIntent stands.
    fn looked_up(&mut self, now: Moment, intent: &PaymentIntent) {
        self.record.intent = Some(IntentFacts::from(intent));
        self.saw(&intent.status);
        let refused = self.refused.take();
        match &intent.status {
            PaymentIntentStatus::Succeeded => self.paid(now, intent, refused.is_some()),
            PaymentIntentStatus::Failed => self.finish(payment_failed()),
            PaymentIntentStatus::Cancelled => {
                let by = self.cancelled_by(now);
                self.finish(PaymentResult::Cancelled { by });
            }
            _ => self.still_open(now, intent, refused),
        }
    }

    /// Succeeded. For a charged card the question remains whether it was this charge.
    fn paid(&mut self, now: Moment, intent: &PaymentIntent, refused: bool) {
        let recording = self.record.stage == Stage::Confirming && self.record.approval.is_some();
        if !recording {
            self.record.paid_by = intent.payment_method_type.clone();
            self.finish(PaymentResult::Succeeded);
        } else if !refused {
            // The same key gives the stored answer if it was ours, and 409 if it was not.
            self.must_verify = false;
            self.send_next(now);
        } else {
            // The key's own answer would have been the success.
            self.card_not_recorded();
        }
    }

    fn still_open(
        &mut self,
        now: Moment,
        intent: &PaymentIntent,
        refused: Option<(u16, ApiError)>,
    ) {
        if self.cancel_wanted && self.record.stage != Stage::Cancelling && self.can_withdraw() {
            self.must_verify = false;
            self.begin_cancel(now);
            return;
        }
        match self.record.stage {
            Stage::Retrieving => self.open_attempt(now, intent),
            Stage::Confirming => match refused {
                Some((_, error)) => self.confirm_refused(now, &intent.status, &error),
                // With the provider already at work, there is nothing left to confirm.
                None if self.confirm_sent && !is_waiting(&intent.status) && !self.is_card() => {
                    self.watch(now);
                }
                None => self.repeat_post(now),
            },
            Stage::Cancelling if refused.is_some() => {
                self.answer_cancel(CancelOutcome::NotCancellable);
                self.watch(now);
            }
            Stage::Cancelling => self.repeat_post(now),
            _ => self.watch(now),
        }
    }

    /// The gateway says that the POST was not carried out: the same again, with the same key.
    fn repeat_post(&mut self, now: Moment) {
        if now.monotonic >= self.deadline(now) {
            self.announce_unresolved(UncertaintyCause::NoFinalStatus);
        }
        self.must_verify = false;
        self.send_next(now);
    }

    fn watch(&mut self, now: Moment) {
        if self.record.stage != Stage::Watching {
            self.record.stage = Stage::Watching;
            self.record.method.forget_customer_code();
            self.effects.push(Effect::Save);
        }
        self.must_verify = false;
        self.doubt = None;
        self.wait_for_gateway(now, UncertaintyCause::NoFinalStatus, Outcome::Answered);
    }

    /// The PaymentIntent is there and open: start what the method needs.
    fn open_attempt(&mut self, now: Moment, intent: &PaymentIntent) {
        let method = self.record.method.method_type();
        let refuse = |reason: String| PaymentResult::Failed {
            code: FailureCode::GatewayRefused,
            reason,
            can_retry: true,
        };
        self.must_verify = false;
        if !self.record.allows(&self.record.method) {
            self.finish(refuse(format!(
                "this PaymentIntent does not allow {method}"
            )));
        } else if !is_waiting(&intent.status) {
            // Somebody else's payment is being processed, or a status is new: wait and see.
            self.watch(now);
        } else if !self.is_card() {
            self.record.stage = Stage::Confirming;
            self.effects.push(Effect::SaveFirst);
            self.send_next(now);
        } else if intent.status == PaymentIntentStatus::RequiresAction {
            self.finish(refuse(
                "a QR code of this payment can still be paid; cancel that first".to_owned(),
            ));
        } else if intent.expires_at <= self.server_now(now) {
            self.finish(refuse("the PaymentIntent has expired".to_owned()));
        } else {
            self.launch_card_app(now);
        }
    }

    fn launch_card_app(&mut self, now: Moment) {
        let Some(request) = self.record.card_request() else {
            return;
        };
        self.record.stage = Stage::AwaitingCard;
        self.due = Some(self.deadline(now));
        self.effects.push(Effect::SaveFirst);
        self.emit(PaymentEventKind::CardAppRequested { request });
    }

    /// The gateway would not confirm, and the PaymentIntent has not come to an end.
    fn confirm_refused(&mut self, now: Moment, status: &PaymentIntentStatus, error: &ApiError) {
        if self.record.approval.is_some() {
            self.card_not_recorded();
        } else if !is_waiting(status) {
            // Somebody is paying: by the code shown before, or at another terminal. Wait and see.
            if let Some(method) = self.record.switched_from.take() {
                self.record.method = method;
            }
            self.watch(now);
        } else if self.is_customer_code_refused(error) {
            self.customer_code_refused(now, error.message.clone());
        } else if self.confirm_sent || self.record.qr.is_some() {
            // An earlier send, or the code shown before, may still be paid.
            if let Some(method) = self.record.switched_from.take() {
                self.switch_refused(method, FailureCode::GatewayRefused, error.to_string());
            }
            self.watch(now);
            // The app has taken the code off the screen for the new method.
            if let Some(qr) = self.record.qr.clone().filter(|_| self.shows_code()) {
                self.emit(PaymentEventKind::QrReady { qr });
            }
        } else {
            self.finish(PaymentResult::Failed {
                code: FailureCode::GatewayRefused,
                reason: error.to_string(),
                can_retry: true,
            });
        }
    }

    fn is_customer_code_refused(&self, error: &ApiError) -> bool {
        self.record.method.method_type() == PaymentMethodType::QrCpm
            && error.code == ErrorCode::InvalidRequest
            && error.param.as_deref() == Some(CUSTOMER_CODE)
    }

    /// The wallet would not charge the customer. The gateway keeps that answer under the
    /// Idempotency-Key, so whatever earlier send is still under way comes to the same end.
    fn customer_code_refused(&mut self, now: Moment, reason: String) {
        let code = FailureCode::CustomerCodeRefused;
        let Some(method) = self.record.switched_from.take() else {
            self.finish(PaymentResult::Failed {
                code,
                reason,
                can_retry: true,
            });
            return;
        };
        self.switch_refused(method, code, reason);
        // The code shown before is most likely withdrawn, but nothing says so for certain. A new
        // one replaces it; should it have been paid after all, the gateway says that instead.
        self.must_verify = false;
        self.doubt = None;
        self.record.stage = Stage::Watching;
        let undo = self.record.clone();
        self.confirm_anew(now, undo);
    }

    /// Goes back to the method before a switch.
    fn switch_refused(&mut self, method: PaymentMethod, code: FailureCode, reason: String) {
        self.emit(PaymentEventKind::SwitchRefused { code, reason });
        self.record.method = method;
    }

    fn confirmed(&mut self, now: Moment, confirmation: &Confirmation) {
        self.record.switched_from = None;
        self.must_verify = false;
        self.doubt = None;
        self.saw(&confirmation.status);
        match &confirmation.status {
            PaymentIntentStatus::Succeeded => self.finish(PaymentResult::Succeeded),
            PaymentIntentStatus::Failed => self.finish(payment_failed()),
            PaymentIntentStatus::Cancelled => {
                let by = self.cancelled_by(now);
                self.finish(PaymentResult::Cancelled { by });
            }
            PaymentIntentStatus::RequiresAction => match &confirmation.qr_content {
                Some(content) => self.show_code(now, content.clone(), confirmation),
                None => self.post_unsure(now, UncertaintyCause::InvalidResponse),
            },
            _ => {
                // A code from before a switch was withdrawn: a restart must not show it again.
                self.record.qr = None;
                self.watch(now);
            }
        }
    }

    fn show_code(&mut self, now: Moment, content: String, confirmation: &Confirmation) {
        let qr = QrCode {
            content,
            expires_at: confirmation.expires_at,
            provider: confirmation
                .provider
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
        };
        self.record.qr = Some(qr.clone());
        self.watch(now);
        if self.cancel_wanted {
            self.begin_cancel(now);
        } else {
            self.emit(PaymentEventKind::QrReady { qr });
        }
    }

    /// Whether the payment may be withdrawn without asking anyone else.
    fn can_withdraw(&self) -> bool {
        self.record.approval.is_none()
            && !matches!(
                self.record.stage,
                Stage::AwaitingCard | Stage::CardNotRecorded | Stage::Finished { .. }
            )
    }

    fn cancelled_by(&self, now: Moment) -> CancelledBy {
        let expired = self
            .record
            .intent
            .as_ref()
            .is_some_and(|intent| intent.expires_at <= self.server_now(now));
        match self.record.stage {
            Stage::Cancelling => CancelledBy::Terminal,
            _ if expired => CancelledBy::Expiry,
            _ => CancelledBy::Gateway,
        }
    }

    /// Remembers the status, and tells the app when it is another one.
    fn saw(&mut self, status: &PaymentIntentStatus) {
        let is_news = match &self.status {
            Some(last) => last != status,
            None => *status != PaymentIntentStatus::RequiresPaymentMethod,
        };
        self.status = Some(status.clone());
        if is_news {
            self.emit(PaymentEventKind::StatusChanged {
                status: status.clone(),
            });
        }
    }
}

fn payment_failed() -> PaymentResult {
    PaymentResult::Failed {
        code: FailureCode::PaymentFailed,
        reason: "the gateway reports the payment as failed".to_owned(),
        can_retry: false,
    }
}

/// Whether the gateway still waits for a payment method or for the customer.
fn is_waiting(status: &PaymentIntentStatus) -> bool {
    matches!(
        status,
        PaymentIntentStatus::RequiresPaymentMethod | PaymentIntentStatus::RequiresAction
    )
}
