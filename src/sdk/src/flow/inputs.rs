//! What the app and the clock ask of an attempt.

use crate::card::{CardOutcome, CardResult};
use crate::clock::{Moment, random_uuid};
use crate::error::CardResultRefusal;
use crate::events::PaymentEventKind;
use crate::method::PaymentMethod;
use crate::polling::Outcome;
use crate::record::{AttemptRecord, Stage};
use crate::state::{
    CancelOutcome, CancelledBy, FailureCode, PaymentResult, SwitchOutcome, UncertaintyCause,
};

use mpac_pgw_protocol::PaymentIntentStatus;

use super::{Effect, Flow};

impl Flow {
    /// Begins a new attempt. Its record is already in the journal.
    pub(crate) fn start(&mut self, now: Moment) -> Vec<Effect> {
        self.send_next(now);
        self.take_effects()
    }

    /// Goes on with an attempt of an earlier process, which may have died anywhere.
    pub(crate) fn resume(&mut self, now: Moment) -> Vec<Effect> {
        let told = match (&self.record.stage, self.record.unresolved) {
            (Stage::Finished { result }, _) => Some(result.clone()),
            (_, Some(cause)) => Some(PaymentResult::unresolved(cause)),
            _ => None,
        };
        if let Some(result) = told {
            self.effects.push(Effect::Emit {
                event: result.into(),
                replayed: true,
            });
        }
        if let (Stage::Watching, Some(qr)) = (&self.record.stage, &self.record.qr) {
            self.effects.push(Effect::Emit {
                event: PaymentEventKind::QrReady { qr: qr.clone() },
                replayed: true,
            });
        }
        match self.record.stage {
            // The card app is not launched a second time: it may have charged the card.
            Stage::AwaitingCard => self.due = Some(self.deadline(now)),
            Stage::Finished { .. } | Stage::CardNotRecorded => {}
            Stage::Retrieving | Stage::Confirming | Stage::Watching | Stage::Cancelling => {
                self.must_verify = true;
                self.confirm_sent = self.record.stage != Stage::Retrieving;
                self.send_next(now);
            }
        }
        self.take_effects()
    }

    /// The time of [`Flow::wake_at`] has come.
    pub(crate) fn wake(&mut self, now: Moment) -> Vec<Effect> {
        let is_due = self.wake_at().is_some_and(|due| due <= now.monotonic);
        if !is_due {
            return Vec::new();
        }
        if self.record.stage == Stage::AwaitingCard {
            self.due = None;
            self.announce_unresolved(UncertaintyCause::CardAppSilent);
        } else if self.wants_new_code(now) {
            let undo = self.record.clone();
            self.confirm_anew(now, undo);
        } else {
            self.send_next(now);
        }
        self.take_effects()
    }

    /// Asks at once instead of when due; but not twice within a second, nor sooner than a busy
    /// gateway has asked for.
    pub(crate) fn poll_now(&mut self, now: Moment) -> Vec<Effect> {
        if self.in_flight.is_none() && self.next_request().is_some() {
            let earliest = self.pace.earliest();
            if earliest <= now.monotonic {
                self.send_next(now);
            } else {
                self.due = Some(self.due.map_or(earliest, |due| due.min(earliest)));
            }
        }
        self.take_effects()
    }

    /// The app wants the payment withdrawn. The answer is [`Effect::AnswerCancel`].
    pub(crate) fn cancel(&mut self, now: Moment) -> Vec<Effect> {
        self.cancel_wanted = true;
        match &self.record.stage {
            Stage::Finished { result } => {
                let outcome = CancelOutcome::from(result);
                self.answer_cancel(outcome);
            }
            // Whether the card is charged is the card app's to say.
            Stage::AwaitingCard | Stage::CardNotRecorded => {
                self.answer_cancel(CancelOutcome::NotCancellable);
            }
            Stage::Confirming if self.is_card() => {
                self.answer_cancel(CancelOutcome::NotCancellable);
            }
            Stage::Cancelling => {}
            Stage::Retrieving | Stage::Confirming | Stage::Watching => {
                if self.in_flight.is_none() {
                    self.begin_cancel(now);
                }
            }
        }
        self.take_effects()
    }

    /// The customer wants to pay another way than by the code on show.
    ///
    /// The confirm of the new method has the gateway withdraw the old code first; if that was
    /// paid in the last moment, that payment wins. A card cannot be switched to: its app charges
    /// before the gateway hears of it, so the old code would stay payable meanwhile.
    pub(crate) fn switch_method(
        &mut self,
        now: Moment,
        method: PaymentMethod,
    ) -> (SwitchOutcome, Vec<Effect>) {
        let can_switch = self.record.stage == Stage::Watching
            && self.record.qr.is_some()
            && self.status == Some(PaymentIntentStatus::RequiresAction)
            && self.in_flight.is_none()
            && !self.cancel_wanted
            && method != PaymentMethod::CreditCard
            && self.record.allows(&method);
        if !can_switch {
            return (SwitchOutcome::NotSwitchable, Vec::new());
        }
        let undo = self.record.clone();
        self.record.switched_from = Some(std::mem::replace(&mut self.record.method, method));
        self.confirm_anew(now, undo);
        (SwitchOutcome::Switching, self.take_effects())
    }

    pub(super) fn begin_cancel(&mut self, now: Moment) {
        self.record.stage = Stage::Cancelling;
        self.record.method.forget_customer_code();
        self.effects.push(Effect::Save);
        self.send_next(now);
    }

    /// The card app's answer.
    ///
    /// # Errors
    /// When it does not belong to this attempt; then nothing has changed.
    pub(crate) fn card_result(
        &mut self,
        now: Moment,
        result: CardResult,
    ) -> Result<Vec<Effect>, CardResultRefusal> {
        if self.record.stage != Stage::AwaitingCard {
            return Err(CardResultRefusal::NotWaiting);
        }
        let request = self
            .record
            .card_request()
            .ok_or(CardResultRefusal::NotWaiting)?;
        request.check(&result)?;
        // Who hands a result in may forget it once it is taken, so it has to be on disk by then.
        self.undo = Some(self.record.clone());
        self.effects.push(Effect::SaveFirst);
        self.record.unresolved = None;
        let reason = |default: &str| result.reason.clone().unwrap_or_else(|| default.to_owned());
        match result.outcome {
            CardOutcome::Approved => {
                self.record.approval = Some(result);
                self.record.stage = Stage::Confirming;
                self.send_next(now);
            }
            CardOutcome::Declined => self.finish(PaymentResult::Failed {
                code: FailureCode::CardDeclined,
                reason: reason("the card was declined"),
                can_retry: true,
            }),
            CardOutcome::Error => self.finish(PaymentResult::Failed {
                code: FailureCode::CardAppError,
                reason: reason("the card app could not take the payment"),
                can_retry: true,
            }),
            CardOutcome::Cancelled => self.finish(PaymentResult::Cancelled {
                by: CancelledBy::CardApp,
            }),
        }
        Ok(self.take_effects())
    }

    /// The staff has settled an unresolved attempt by hand. Tells whether there was one.
    pub(crate) fn acknowledge(&mut self) -> (bool, Vec<Effect>) {
        let unresolved = self.record.unresolved.is_some() && self.record.final_result().is_none();
        if unresolved {
            self.due = None;
            self.over = true;
            self.effects.push(Effect::Forget);
        }
        (unresolved, self.take_effects())
    }

    /// The app has accepted the final event.
    pub(crate) fn final_event_accepted(&mut self) -> Vec<Effect> {
        if self.record.final_result().is_some() {
            self.over = true;
            self.effects.push(Effect::Forget);
        }
        self.take_effects()
    }

    /// [`Effect::SaveFirst`] could not be carried out, nor anything behind it.
    pub(crate) fn save_failed(&mut self, now: Moment) -> Vec<Effect> {
        self.effects.clear();
        self.in_flight = None;
        if let Some(record) = self.undo.take() {
            // Nothing has changed: the code is still on show, or the card app still waited for.
            self.record = record;
            if self.record.stage == Stage::AwaitingCard {
                self.due = Some(self.deadline(now));
            } else {
                self.wait(now, Outcome::Answered);
            }
        } else {
            self.finish(PaymentResult::Failed {
                code: FailureCode::StorageUnavailable,
                reason: "the journal could not be written, so nothing was started".to_owned(),
                can_retry: true,
            });
        }
        self.take_effects()
    }

    /// Whether the code on show has expired while the PaymentIntent has not.
    fn wants_new_code(&self, now: Moment) -> bool {
        let server_now = self.server_now(now);
        let (Some(qr), Some(intent)) = (&self.record.qr, &self.record.intent) else {
            return false;
        };
        self.record.stage == Stage::Watching
            && matches!(self.record.method, PaymentMethod::QrMpm { .. })
            && self.status == Some(PaymentIntentStatus::RequiresAction)
            && qr.expires_at.is_some_and(|expiry| expiry <= server_now)
            && server_now < intent.expires_at
    }

    /// Confirms again under a new key. The gateway withdraws the old code first, and if that
    /// was paid in the last moment, the payment wins.
    pub(super) fn confirm_anew(&mut self, now: Moment, undo: AttemptRecord) {
        self.undo = Some(undo);
        self.record.confirm_key = random_uuid(&mut *self.entropy);
        self.record.stage = Stage::Confirming;
        self.confirm_sent = false;
        self.effects.push(Effect::SaveFirst);
        self.send_next(now);
    }

    /// Told as an event, so that an app which only listens sees it.
    pub(super) fn connection(&mut self, lost: Option<UncertaintyCause>) {
        match (self.connection_lost, lost) {
            (false, Some(cause)) => {
                self.connection_lost = true;
                self.emit(PaymentEventKind::ConnectionLost { cause });
            }
            (true, None) => {
                self.connection_lost = false;
                self.emit(PaymentEventKind::ConnectionRestored);
            }
            _ => {}
        }
    }
}
