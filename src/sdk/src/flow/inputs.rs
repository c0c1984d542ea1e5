//! What the app and the clock ask of an attempt.

use std::time::Duration;

use crate::clock::{Moment, random_uuid};
use crate::events::PaymentEventKind;
use crate::method::PaymentMethod;
use crate::polling::Outcome;
use crate::record::{AttemptRecord, End, Stage};
use crate::state::{
    CancelOutcome, CancelledBy, FailureCode, PaymentResult, SwitchOutcome, UncertaintyCause,
};

use mpac_pgw_protocol::PaymentIntentStatus;

use super::{Effect, Flow, SHORTEST_SHOW};

impl Flow {
    /// Begins a new attempt. Its record is already in the journal.
    pub(crate) fn start(&mut self, now: Moment) -> Vec<Effect> {
        self.send_next(now);
        self.take_effects()
    }

    /// Goes on with an attempt of an earlier process, which may have died anywhere.
    pub(crate) fn resume(&mut self, now: Moment) -> Vec<Effect> {
        // Nobody knows more about what was never sent; and nobody has paid it.
        if let Some(result) = self.record.unsent_end() {
            self.effects.push(Effect::Emit {
                event: self.record.told(result).into(),
                replayed: true,
            });
            return self.take_effects();
        }
        // A result that was reached is told once the gateway agrees; so is that a charge is to be
        // given back, for which the gateway's answer finds the cause again.
        self.is_unverified = match self.record.stage {
            Stage::CardNotRecorded => self.record.unresolved.take().is_some(),
            _ => self.record.final_result().is_some(),
        };
        if let Some(cause) = self.record.unresolved.filter(|_| !self.is_unverified) {
            self.effects.push(Effect::Emit {
                event: PaymentResult::unresolved(cause).into(),
                replayed: true,
            });
        }
        // The card app is not launched a second time: it may have charged the card.
        self.must_verify = true;
        self.confirm_sent = self.record.stage != Stage::Retrieving;
        self.send_next(now);
        self.take_effects()
    }

    /// The time of [`Flow::wake_at`] has come.
    pub(crate) fn wake(&mut self, now: Moment) -> Vec<Effect> {
        let is_due = self.wake_at().is_some_and(|due| due <= now.monotonic);
        if !is_due {
            return Vec::new();
        }
        if self.record.stage == Stage::AwaitingCard && self.is_past_deadline(now) {
            self.announce_unresolved(UncertaintyCause::CardAppSilent);
        }
        if self.wants_new_code(now) {
            let undo = self.record.clone();
            if !self.confirm_anew(now, undo) {
                self.send_next(now);
            }
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
        self.record.cancel_wanted = true;
        match &self.record.stage {
            Stage::Finished { result } if !self.is_unverified => {
                let outcome = CancelOutcome::from(result);
                self.answer_cancel(outcome);
            }
            _ if self.record.is_beyond_cancel() => {
                self.answer_cancel(CancelOutcome::NotCancellable);
            }
            // Nobody has to be asked, and an answer under way makes no difference any more.
            Stage::Retrieving => {
                self.in_flight = None;
                self.record.unsent = true;
                let by = CancelledBy::Terminal;
                self.finish(now, End::Cancelled { by });
            }
            Stage::Cancelling | Stage::Finished { .. } => {}
            _ if self.in_flight.is_some() => self.effects.push(Effect::Save),
            _ => self.begin_cancel(now),
        }
        self.take_effects()
    }

    /// The app wants the payment withdrawn, and has said so while a request was under way.
    pub(crate) fn cancel_after_this(&mut self) {
        self.record.cancel_wanted =
            self.final_result().is_none() && !self.record.is_beyond_cancel();
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
            && !self.record.cancel_wanted
            && !self.record.copied
            && method != PaymentMethod::CreditCard
            && self.record.allows(&method);
        if !can_switch {
            return (SwitchOutcome::NotSwitchable, Vec::new());
        }
        let undo = self.record.clone();
        self.record.switched_from = Some(std::mem::replace(&mut self.record.method, method));
        if !self.confirm_anew(now, undo) {
            return (SwitchOutcome::NotSwitchable, Vec::new());
        }
        (SwitchOutcome::Switching, self.take_effects())
    }

    pub(super) fn begin_cancel(&mut self, now: Moment) {
        self.record.stage = Stage::Cancelling;
        // What was refused was another request.
        self.refused = None;
        self.record.method.forget_customer_code();
        self.effects.push(Effect::Save);
        self.send_next(now);
    }

    /// The app has stored the outcome, or the staff has settled an unresolved one by hand. Tells whether
    /// there was one.
    pub(crate) fn acknowledge(&mut self) -> (bool, Vec<Effect>) {
        // What is on disk may be a success, and is told once the gateway has been asked.
        let contradicted = Some(UncertaintyCause::ContradictoryAnswer);
        let has_outcome = match self.is_unverified {
            true => self.record.unresolved == contradicted,
            false => {
                let is_known = self.final_result().is_some() || self.is_authorized();
                self.record.unresolved.is_some() || is_known
            }
        };
        if has_outcome {
            self.due = None;
            self.over = true;
            self.effects.push(Effect::Forget);
        }
        (has_outcome, self.take_effects())
    }

    /// [`Effect::SaveFirst`] could not be carried out, nor anything behind it.
    pub(crate) fn save_failed(&mut self, now: Moment) -> Vec<Effect> {
        self.effects.clear();
        let undo = self.undo.take();
        self.in_flight = None;
        if let Some((record, in_flight)) = undo {
            // Nothing has changed: the code is still on show, or the card app still waited for.
            self.record = record;
            self.in_flight = in_flight;
            self.wait(now, Outcome::Answered);
        } else {
            let reason = "the journal could not be written, so nothing was started";
            self.fail(now, FailureCode::StorageUnavailable, reason.to_owned());
        }
        self.take_effects()
    }

    /// Whether the code on show has expired while the PaymentIntent has not.
    fn wants_new_code(&self, now: Moment) -> bool {
        let (Some(qr), Some(intent)) = (&self.record.qr, &self.record.intent) else {
            return false;
        };
        let Some(time) = self.clock.now(now.monotonic) else {
            return false;
        };
        let was_shown = |since: Duration| since + SHORTEST_SHOW <= now.monotonic;
        self.record.stage == Stage::Watching
            && self.code_since.is_none_or(was_shown)
            && matches!(self.record.method, PaymentMethod::QrMpm { .. })
            && self.status == Some(PaymentIntentStatus::RequiresAction)
            && qr.expires_at.is_some_and(|expiry| expiry <= time)
            && time < intent.expires_at
            && !self.record.copied
    }

    /// Confirms again under a new key. The gateway withdraws the old code first, and if that
    /// was paid in the last moment, the payment wins. Without random numbers for the key it goes
    /// back to `undo`, and says so.
    #[must_use]
    pub(super) fn confirm_anew(&mut self, now: Moment, undo: AttemptRecord) -> bool {
        let Ok(key) = random_uuid(&mut *self.entropy) else {
            self.record = undo;
            return false;
        };
        self.undo = Some((undo, None));
        self.record.confirm_key = key;
        self.record.stage = Stage::Confirming;
        self.confirm_sent = false;
        self.effects.push(Effect::SaveFirst);
        self.send_next(now);
        true
    }

    /// Told as an event, so that an app which only listens sees it.
    pub(super) fn heard(&mut self, now: Moment, lost: Option<UncertaintyCause>) {
        match (self.connection_lost, lost) {
            (None, Some(cause)) => {
                self.connection_lost = Some((self.shown_time(now), cause));
                self.emit(PaymentEventKind::ConnectionLost { cause });
            }
            // Another reason now, and gone since then.
            (Some((since, _)), Some(cause)) => self.connection_lost = Some((since, cause)),
            (Some(_), None) => {
                self.connection_lost = None;
                self.emit(PaymentEventKind::ConnectionRestored);
            }
            (None, None) => {}
        }
    }
}
