//! What the gateway's word about the PaymentIntent means for an attempt.

use mpac_pgw_protocol::{
    Amount, ApiError, PaymentIntent, PaymentIntentStatus, PaymentMethodType, Timestamp,
};

use crate::card_data::names_one_charge;
use crate::clock::Moment;
use crate::events::PaymentEventKind;
use crate::polling::Outcome;
use crate::record::{End, IntentFacts, Stage};
use crate::state::{CancelOutcome, CancelledBy, FailureCode, UncertaintyCause};

use super::answers::{is_waiting, payment_failed};
use super::deadline::plausible_creation;
use super::{Effect, Flow, KEY_LIFETIME};

impl Flow {
    /// The gateway told where the PaymentIntent stands.
    pub(super) fn looked_up(&mut self, now: Moment, intent: &PaymentIntent) {
        self.record.intent = Some(IntentFacts::from(intent));
        self.record.captured = intent.amount_captured;
        if let Some(provider) = &intent.provider {
            self.record.paid_provider = Some(provider.to_string());
        }
        self.learn_deadline(now);
        self.saw(&intent.status);
        // While a POST is to be repeated, its own answer decides.
        if !matches!(self.record.stage, Stage::Confirming | Stage::Cancelling) {
            self.contradiction_is_over(now);
        }
        let refused = self.refused.take();
        match &self.record.stage {
            Stage::Finished { result } => {
                let result = result.clone();
                self.verify(now, intent, result);
            }
            // What the card app has done meanwhile is not known: the app is told the status, and
            // nothing is decided. A copy will never hear the card app.
            Stage::AwaitingCard
                if !self.record.copied || intent.status != PaymentIntentStatus::Succeeded =>
            {
                self.wait_for_gateway(now, UncertaintyCause::CardAppSilent, Outcome::Answered);
            }
            _ => self.stands_at(now, intent, refused),
        }
    }

    fn stands_at(&mut self, now: Moment, intent: &PaymentIntent, refused: Option<ApiError>) {
        match &intent.status {
            PaymentIntentStatus::Succeeded => self.paid(now, intent, refused.is_some()),
            PaymentIntentStatus::Failed => {
                self.finish(now, payment_failed(intent.failure_reason.clone()))
            }
            PaymentIntentStatus::Cancelled => {
                let by = self.cancelled_by(now);
                self.finish(now, End::Cancelled { by });
            }
            _ if self.record.copied => {
                self.wait_for_gateway(now, UncertaintyCause::NoFinalStatus, Outcome::Answered);
            }
            _ => self.still_open(now, intent, refused),
        }
    }

    /// A result that was found on disk is told once the gateway does not contradict it.
    fn verify(&mut self, now: Moment, intent: &PaymentIntent, result: End) {
        let agrees = match (&intent.status, &result) {
            (PaymentIntentStatus::Succeeded, _) => {
                self.record.paid_by = intent.payment_method_type.clone();
                return self.finish(now, End::Succeeded);
            }
            // Somebody is paying: nobody may be told that it failed before that has come to an end.
            (status, End::Failed { .. } | End::Cancelled { .. })
                if !is_waiting(status) && !status.is_terminal() =>
            {
                let cause = UncertaintyCause::NoFinalStatus;
                return self.wait_for_gateway(now, cause, Outcome::Answered);
            }
            // Declined, or refused, and the PaymentIntent has gone its way since.
            (_, End::Failed { code, .. }) => *code != FailureCode::PaymentFailed,
            (status, End::Cancelled { by }) => {
                *status == PaymentIntentStatus::Cancelled || *by == CancelledBy::CardApp
            }
            (_, End::Succeeded) => false,
        };
        let has_failed = intent.status == PaymentIntentStatus::Failed;
        if agrees || has_failed && matches!(result, End::Failed { .. }) {
            self.finish(now, result);
        } else {
            self.contradicted(now);
        }
    }

    /// Succeeded. For a charged card the question remains whether it was this charge.
    fn paid(&mut self, now: Moment, intent: &PaymentIntent, refused: bool) {
        // A confirm that was taken is what is watched.
        let is_taken = self.record.stage == Stage::Watching;
        let Some(approval) = self.record.approval.as_ref().filter(|_| !is_taken) else {
            self.record.paid_by = intent.payment_method_type.clone();
            return self.finish(now, End::Succeeded);
        };
        let recorded = intent.external_ref_id.as_deref();
        let paid_by = intent.payment_method_type.as_ref();
        let is_ours = |code| approval.approval_code.as_deref() == Some(code);
        if recorded.is_some_and(|code| names_one_charge(code) && is_ours(code)) {
            self.finish(now, End::Succeeded);
        } else if paid_by.is_some_and(is_no_card) {
            self.card_unrecorded(now, UncertaintyCause::CardChargedNotRecorded);
        } else if !refused && !self.record.copied && self.key_is_alive(now, intent) {
            // The same key gives the stored answer if it was ours, and a refusal if it was not.
            self.record.stage = Stage::Confirming;
            self.must_verify = false;
            self.send_next(now);
        } else {
            // A refund might give back the money that this very payment was made with.
            self.card_unrecorded(now, UncertaintyCause::CardChargeNotMatched);
        }
    }

    /// Whether the gateway certainly still keeps this attempt's Idempotency-Keys: they are younger
    /// than the PaymentIntent.
    fn key_is_alive(&self, now: Moment, intent: &PaymentIntent) -> bool {
        let end = |created_at: Timestamp| created_at.plus_seconds(KEY_LIFETIME);
        let created_at = plausible_creation(intent.created_at, intent.expires_at);
        let (time, end) = (self.clock.latest(now.monotonic), created_at.map(end));
        time.is_some_and(|time| Some(time) < end)
    }

    fn still_open(&mut self, now: Moment, intent: &PaymentIntent, refused: Option<ApiError>) {
        if self.record.cancel_wanted
            && self.record.stage != Stage::Cancelling
            && self.can_withdraw()
        {
            self.must_verify = false;
            self.begin_cancel(now);
            return;
        }
        match &self.record.stage {
            Stage::Retrieving => self.open_attempt(now, intent),
            Stage::Confirming => match refused {
                Some(error) => self.confirm_refused(now, &intent.status, &error),
                // With the provider already at work, there is nothing left to confirm.
                None if self.confirm_sent && !is_waiting(&intent.status) && !self.is_card() => {
                    self.watch(now);
                }
                None => self.repeat_post(now),
            },
            Stage::CardNotCharged { result }
                if intent.status == PaymentIntentStatus::RequiresPaymentMethod =>
            {
                let result = result.clone();
                self.finish(now, result);
            }
            // Somebody else's code is on show, or somebody pays: that decides.
            Stage::CardNotCharged { .. } => {
                self.wait_for_gateway(now, UncertaintyCause::NoFinalStatus, Outcome::Answered);
            }
            Stage::CardNotRecorded if is_waiting(&intent.status) => {
                self.card_unrecorded(now, UncertaintyCause::CardChargedNotRecorded);
            }
            Stage::CardNotRecorded => {
                self.wait_for_gateway(now, UncertaintyCause::NoFinalStatus, Outcome::Answered);
            }
            Stage::Cancelling if refused.is_some() => {
                self.answer_cancel(CancelOutcome::NotCancellable);
                self.watch(now);
            }
            Stage::Cancelling => self.repeat_post(now),
            _ => {
                self.take_note_of_the_reserved(intent);
                self.watch(now);
                self.show_code_of_the_last_process(now);
            }
        }
    }

    /// The customer has paid, and the merchant has not captured it yet.
    fn take_note_of_the_reserved(&mut self, intent: &PaymentIntent) {
        let is_reserved = |amount: Amount| amount.minor_units() > 0;
        let is_authorized = intent.status == PaymentIntentStatus::Processing
            && intent.amount_capturable.is_some_and(is_reserved);
        if !is_authorized || std::mem::replace(&mut self.authorized_told, true) {
            return;
        }
        let replayed = std::mem::replace(&mut self.record.authorized, true);
        self.record.qr = None;
        if let Some(cause) = self.record.unresolved {
            // It was waited for, and there is nothing to settle by hand.
            self.record.unresolved = Some(cause).filter(|cause| cause.weight() > 0);
        }
        self.answer_cancel(CancelOutcome::NotCancellable);
        self.effects.push(Effect::Save);
        self.effects.push(Effect::Emit {
            event: PaymentEventKind::PaymentAuthorized,
            replayed,
        });
    }

    /// A code that was found on disk is shown once the gateway says that it waits for the customer, and
    /// only while it can be paid.
    fn show_code_of_the_last_process(&mut self, now: Moment) {
        let end = self.record.qr.as_ref().and_then(|qr| qr.expires_at);
        let time = self.clock.latest(now.monotonic);
        let is_over = end.is_some_and(|end| time >= Some(end)) || self.record.unresolved.is_some();
        if !self.hides_code || is_over {
            return;
        }
        self.hides_code = false;
        if let Some(qr) = self.record.qr.clone().filter(|_| self.shows_code()) {
            self.effects.push(Effect::Emit {
                event: PaymentEventKind::QrReady { qr },
                replayed: true,
            });
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

    /// The gateway agrees again with what is known.
    pub(super) fn contradiction_is_over(&mut self, now: Moment) {
        let is_over = self.record.unresolved == Some(UncertaintyCause::ContradictoryAnswer);
        let end = self.record.intent.as_ref().map(|intent| intent.expires_at);
        let time = self.clock.latest(now.monotonic);
        let is_late = end.is_some_and(|end| time >= Some(end)) || self.is_past_deadline(now);
        if !is_over || is_late || std::mem::replace(&mut self.agreed_again, true) {
            return;
        }
        self.record.unresolved = None;
        self.effects.push(Effect::Save);
        // The app has taken the code off the screen.
        if self.record.stage == Stage::Watching && self.shows_code() && !self.record.copied {
            self.show_code_again();
        }
    }

    /// The PaymentIntent is there and open: start what the method needs.
    fn open_attempt(&mut self, now: Moment, intent: &PaymentIntent) {
        let method = self.record.method.method_type();
        self.must_verify = false;
        if !self.record.allows(&self.record.method) {
            let reason = format!("this PaymentIntent does not allow {method}");
            self.fail(now, FailureCode::MethodNotAllowed, reason);
        } else if !is_waiting(&intent.status) {
            // Somebody else's payment is being processed, or a status is new: wait and see.
            self.watch(now);
        } else if !self.is_card() {
            self.record.stage = Stage::Confirming;
            // It goes on, whatever the app was told meanwhile.
            self.record.unresolved = None;
            self.effects.push(Effect::SaveFirst);
            self.send_next(now);
        } else if intent.status == PaymentIntentStatus::RequiresAction {
            let reason = "a QR code of this payment can still be paid; cancel that first";
            self.fail(now, FailureCode::GatewayRefused, reason.to_owned());
        } else if self.clock.latest(now.monotonic) >= Some(intent.expires_at) {
            let reason = "the PaymentIntent has expired";
            self.fail(now, FailureCode::PaymentIntentExpired, reason.to_owned());
        } else {
            self.launch_card_app(now);
        }
    }
}

/// Whether it is a method of the guide other than a card. What is spelled otherwise may be one.
fn is_no_card(method: &PaymentMethodType) -> bool {
    matches!(
        method,
        PaymentMethodType::QrMpm | PaymentMethodType::QrCpm | PaymentMethodType::Cash
    )
}
