//! One attempt to take a payment, as a pure state machine.
//!
//! An input and the time go in, effects come out; nothing here does I/O, reads a clock or starts
//! a thread. [`driver`](crate::driver) carries the effects out, in order.
//!
//! ```text
//!                    ┌──────────── card ──▶ AwaitingCard ──approved──┐
//! Retrieving ──GET───┤                          │ not charged         ▼
//!                    └── QR, cash ──────────────┼───────────────▶ Confirming ──409──▶ CardNotRecorded
//!                                               ▼           POST confirm │   (card only)
//!                      Cancelling ◀─┐     CardNotCharged ──GET──┐   Watching ── GET every 4–5 s
//!                            │   cancel()                       ▼        │
//!                            └────────────────────────────▶ Finished ◀───┘
//! ```
//!
//! Three rules run through all of it. An unknown answer to a POST is followed by a GET, and only
//! then by the same POST with the same Idempotency-Key. Only the gateway says what became of the
//! money: not the card app, not what is on disk, not a clock. And an attempt of a copied journal
//! only asks.

mod answers;
mod card;
mod confirmed;
mod deadline;
#[cfg(test)]
mod explored;
mod inputs;
mod looked_up;
#[cfg(test)]
mod tests;

use std::time::Duration;

use mpac_pgw_protocol::{ApiError, PaymentIntentStatus, Provider, Timestamp};
use mpac_pgw_protocol::{ConfirmRequest, PaymentMethodType};

use crate::card::CARD_CONTRACT_VERSION;
use crate::clock::{Entropy, Moment};
use crate::events::PaymentEventKind;
use crate::exchange::Request;
use crate::facts::{AttemptSummary, ConnectionState};
use crate::gateway_clock::{GatewayClock, time_between};
use crate::method::PaymentMethod;
use crate::polling::{Outcome, Pace, Pacing};
use crate::record::{AttemptRecord, End, IntentFacts, Stage};
use crate::shared::Shown;
use crate::state::{CancelOutcome, FailureCode, PaymentResult, PaymentState, UncertaintyCause};

/// For how long a code is left on show at least, whatever the clock says: a customer needs time.
const SHORTEST_SHOW: Duration = Duration::from_secs(60);

/// For how long the gateway keeps an Idempotency-Key (guide, *Idempotency*).
const KEY_LIFETIME: i64 = 24 * 60 * 60;

/// After an unknown answer to a POST, look sooner than the usual pace: a customer is waiting.
const FIRST_LOOK_AFTER: Duration = Duration::from_millis(500);

/// What the driver has to do, in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Write the record. When that fails, drop the effects behind it and say so with
    /// [`Flow::save_failed`]: what follows must not happen without it.
    SaveFirst,
    /// Write the record. When that fails, go on: what follows matters more.
    Save,
    /// Write the record of an attempt that ends without a payment. When that fails, remove it: what
    /// is on disk would go on with an attempt that the app is told is over.
    SaveOrForget,
    /// Send this, and answer with [`Flow::answered`].
    Send(Request),
    /// Tell the app.
    Emit {
        event: PaymentEventKind,
        replayed: bool,
    },
    /// Answer everyone who waits for a cancel.
    AnswerCancel(CancelOutcome),
    /// The outcome was acknowledged: remove the record.
    Forget,
}

/// The state machine of one attempt.
pub(crate) struct Flow {
    record: AttemptRecord,
    /// What to go back to when the change under way cannot be saved: the record, and the request
    /// that was under way already.
    undo: Option<(AttemptRecord, Option<Request>)>,
    policy: Pacing,
    entropy: Box<dyn Entropy>,
    pace: Pace,
    effects: Vec<Effect>,
    /// When this process took the attempt up.
    started: Moment,
    /// What the gateway's clock shows.
    clock: GatewayClock,
    /// The monotonic time after which a missing final status makes the attempt unresolved, once
    /// the PaymentIntent's end is known. It is only ever known more exactly: nothing moves it later.
    deadline: Option<Duration>,
    /// The gateway has not said yet what it thinks of the result that was found on disk: a final
    /// one, or a charge to give back.
    is_unverified: bool,
    /// When this process got the code on show, if that was new then.
    code_since: Option<Duration>,
    /// The status last seen.
    status: Option<PaymentIntentStatus>,
    /// The request under way.
    in_flight: Option<Request>,
    /// When the next request is due.
    due: Option<Duration>,
    /// A POST was answered in a way that leaves its fate open: a GET comes first.
    must_verify: bool,
    /// At least one send of the confirm may have been carried out.
    confirm_sent: bool,
    /// The gateway refused the POST of this stage: the GET under way decides what that means.
    refused: Option<ApiError>,
    /// Since when the gateway has been too busy to tell anything.
    busy_since: Option<Duration>,
    /// Why the outcome is not known at the moment.
    doubt: Option<(Timestamp, UncertaintyCause)>,
    /// The gateway has agreed again after it had contradicted itself: it is not believed a second
    /// time.
    agreed_again: bool,
    /// The code that was found on disk is not to be shown: nobody knows yet whether it can be paid.
    hides_code: bool,
    /// Since when the gateway does not answer, and why.
    connection_lost: Option<(Timestamp, UncertaintyCause)>,
    /// The app was told in this process that the money is reserved.
    authorized_told: bool,
    /// The version of the contract in which the card app is asked.
    card_contract: i32,
    over: bool,
}

impl Flow {
    pub(crate) fn new(
        record: AttemptRecord,
        policy: Pacing,
        entropy: Box<dyn Entropy>,
        now: Moment,
    ) -> Self {
        let end_of = |intent: &IntentFacts| {
            // It was created before now, so this is the latest that its end can be.
            let created_at = deadline::plausible_creation(intent.created_at, intent.expires_at);
            let lifetime = time_between(created_at?, intent.expires_at);
            Some(now.monotonic + lifetime + policy.expiry_grace)
        };
        let is_known = record.heard || record.unsent_end().is_some();
        Self {
            is_unverified: record.final_result().is_some() && !is_known,
            deadline: record.intent.as_ref().and_then(end_of),
            hides_code: record.stage == Stage::Watching && record.qr.is_some(),
            record,
            undo: None,
            pace: Pace::new(policy.clone()),
            policy,
            entropy,
            effects: Vec::new(),
            started: now,
            clock: GatewayClock::default(),
            code_since: None,
            status: None,
            in_flight: None,
            due: None,
            must_verify: false,
            confirm_sent: false,
            refused: None,
            busy_since: None,
            doubt: None,
            agreed_again: false,
            connection_lost: None,
            authorized_told: false,
            card_contract: CARD_CONTRACT_VERSION,
            over: false,
        }
    }

    /// What to keep on disk.
    pub(crate) fn record(&self) -> &AttemptRecord {
        &self.record
    }

    /// When to call [`Flow::wake`]; `None` when only the app can move the attempt on.
    pub(crate) fn wake_at(&self) -> Option<Duration> {
        self.due.filter(|_| self.in_flight.is_none())
    }

    /// Whether nothing is left to do, not even to deliver the final event.
    pub(crate) fn is_over(&self) -> bool {
        self.over
    }

    /// The result that the app may rely on, if there is one.
    pub(crate) fn final_result(&self) -> Option<&End> {
        self.record.final_result().filter(|_| !self.is_unverified)
    }

    /// What the app may show.
    pub(crate) fn state(&self) -> PaymentState {
        if let Some(result) = self.final_result() {
            return PaymentState::Finished {
                result: self.record.told(result),
            };
        }
        if let Some(cause) = self.record.unresolved {
            return PaymentState::Finished {
                result: PaymentResult::unresolved(cause),
            };
        }
        let asking = match self.doubt {
            Some((since, cause)) => PaymentState::Verifying { since, cause },
            None => PaymentState::Confirming,
        };
        if self.record.copied {
            return asking;
        }
        if self.record.cancel_wanted || self.record.stage == Stage::Cancelling {
            return PaymentState::Cancelling;
        }
        match &self.record.stage {
            Stage::AwaitingCard => match self.card_request() {
                Some(request) => PaymentState::AwaitingCardApp { request },
                None => asking,
            },
            Stage::Watching => match &self.record.qr {
                _ if self.is_authorized() => PaymentState::Authorized,
                Some(qr) if self.shows_code() => PaymentState::AwaitingCustomer { qr: qr.clone() },
                Some(_) if self.hides_code => asking,
                _ => PaymentState::Processing,
            },
            Stage::Retrieving
            | Stage::Confirming
            | Stage::Cancelling
            | Stage::CardNotCharged { .. }
            | Stage::CardNotRecorded
            | Stage::Finished { .. } => asking,
        }
    }

    /// Whether the code can still be paid, as the gateway says.
    fn shows_code(&self) -> bool {
        !self.hides_code && self.status == Some(PaymentIntentStatus::RequiresAction)
    }

    /// Whether the customer is done, and the money reserved for the merchant, as the gateway says.
    pub(super) fn is_authorized(&self) -> bool {
        self.record.authorized && self.status == Some(PaymentIntentStatus::Processing)
    }

    /// Whether the gateway answers.
    fn connection(&self) -> ConnectionState {
        match self.connection_lost {
            Some((since, cause)) => ConnectionState::Lost { since, cause },
            None => ConnectionState::Connected,
        }
    }

    /// What the app may see.
    pub(crate) fn shown(&self, now: Moment) -> Shown {
        let summary = AttemptSummary {
            facts: self.record.facts(),
            state: self.state(),
            connection: self.connection(),
        };
        let is_on_show = matches!(summary.state, PaymentState::AwaitingCustomer { .. });
        Shown {
            code_end: self.code_end(now).filter(|_| is_on_show),
            summary,
            is_over: self.over,
        }
    }

    /// The monotonic time at which the code on show expires, by the gateway's clock.
    fn code_end(&self, now: Moment) -> Option<Duration> {
        let end = self.record.qr.as_ref()?.expires_at?;
        let time = self.clock.latest(now.monotonic)?;
        Some(now.monotonic + time_between(time, end))
    }

    fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    fn emit(&mut self, event: PaymentEventKind) {
        self.effects.push(Effect::Emit {
            event,
            replayed: false,
        });
    }

    /// Sends the request that this stage needs now.
    fn send_next(&mut self, now: Moment) {
        let Some(request) = self.next_request() else {
            self.due = None;
            return;
        };
        if matches!(request, Request::Confirm { .. }) {
            self.refused = None;
        }
        self.due = None;
        self.pace.started(now.monotonic);
        self.in_flight = Some(request.clone());
        self.effects.push(Effect::Send(request));
    }

    fn next_request(&self) -> Option<Request> {
        let payment_token = self.record.payment_token.clone();
        match self.record.stage {
            Stage::Finished { .. } if !self.is_unverified => None,
            // Another device has the keys too, and may have used them.
            _ if self.record.copied => Some(Request::Retrieve { payment_token }),
            Stage::Confirming if !self.must_verify => Some(Request::Confirm {
                idempotency_key: self.record.confirm_key.clone(),
                body: self.confirm_body(),
            }),
            Stage::Cancelling if !self.must_verify => Some(Request::Cancel {
                idempotency_key: self.record.cancel_key.clone(),
                payment_token,
            }),
            // What the gateway says for ever, it need not be asked again.
            Stage::CardNotRecorded if self.is_settled() => None,
            Stage::Retrieving
            | Stage::CardNotRecorded
            | Stage::Confirming
            | Stage::Watching
            | Stage::AwaitingCard
            | Stage::CardNotCharged { .. }
            | Stage::Cancelling
            | Stage::Finished { .. } => Some(Request::Retrieve { payment_token }),
        }
    }

    pub(crate) fn confirm_body(&self) -> ConfirmRequest {
        let record = &self.record;
        let body = |provider: Option<String>| ConfirmRequest {
            payment_token: record.payment_token.clone(),
            payment_method_type: record.method.method_type(),
            provider: provider.map(Provider::from),
            external_ref_id: None,
            customer_code: None,
        };
        match (&record.method, &record.approval) {
            (PaymentMethod::QrMpm { provider }, _) => body(Some(provider.clone())),
            (
                PaymentMethod::QrCpm {
                    provider,
                    customer_code,
                },
                _,
            ) => ConfirmRequest {
                customer_code: Some(customer_code.as_str().to_owned()),
                ..body(Some(provider.clone()))
            },
            (PaymentMethod::CreditCard, Some(approval)) => ConfirmRequest {
                external_ref_id: approval.approval_code.as_deref().map(str::to_owned),
                ..body(approval.card_brand.clone())
            },
            (PaymentMethod::CreditCard, None) | (PaymentMethod::Cash, _) => body(None),
        }
    }

    /// Plans the next request: at the usual pace while there is something to wait for, else slowly.
    fn wait(&mut self, now: Moment, outcome: Outcome) {
        let at_card_app = self.record.stage == Stage::AwaitingCard;
        let gives_up = self.record.stage == Stage::CardNotRecorded;
        // For the merchant nobody at the till waits.
        let is_done = gives_up || self.record.authorized;
        let slowly = at_card_app || is_done || self.is_past_deadline(now);
        let mut due = self
            .pace
            .next(now.monotonic, outcome, slowly, &mut *self.entropy);
        if at_card_app && self.record.unresolved.is_none() {
            due = due.min(self.deadline());
        }
        self.due = Some(due);
    }

    /// Ends the attempt without a payment.
    fn fail(&mut self, now: Moment, code: FailureCode, reason: String) {
        self.refuse(now, code, reason, None);
    }

    /// The same, with the word of whoever would not take the money.
    fn refuse(
        &mut self,
        now: Moment,
        code: FailureCode,
        reason: String,
        provider_reason: Option<String>,
    ) {
        let can_retry = !matches!(
            code,
            FailureCode::PaymentFailed
                | FailureCode::UnknownToken
                | FailureCode::PaymentIntentExpired
        );
        self.record.unsent = self.record.is_new();
        self.finish(
            now,
            End::Failed {
                code,
                reason,
                provider_reason,
                can_retry,
            },
        );
    }

    /// Ends the attempt, unless a card was charged for it that the gateway did not record.
    fn finish(&mut self, now: Moment, mut result: End) {
        if self.record.approval.is_some() && result != End::Succeeded {
            self.card_unrecorded(now, UncertaintyCause::CardChargedNotRecorded);
            return;
        }
        match &mut result {
            // What was paid is told with it.
            End::Succeeded if self.record.intent.is_none() => {
                return self.post_unsure(now, UncertaintyCause::InvalidResponse);
            }
            End::Succeeded if self.record.completed_at.is_none() => {
                self.record.completed_at = Some(self.shown_time(now));
            }
            End::Failed { can_retry, .. } => *can_retry &= !self.is_settled(),
            End::Succeeded | End::Cancelled { .. } => {}
        }
        self.doubt = None;
        self.due = None;
        let replayed = std::mem::take(&mut self.is_unverified);
        self.record.qr = None;
        self.record.method.forget_customer_code();
        self.record.stage = Stage::Finished {
            result: result.clone(),
        };
        // What the gateway says for ever, a restart hears from it again.
        self.effects.push(match self.is_settled() {
            true => Effect::Save,
            false => Effect::SaveOrForget,
        });
        // Once it is on disk: of what was never sent nobody else could say that it is withdrawn.
        self.answer_cancel(CancelOutcome::from(&result));
        self.effects.push(Effect::Emit {
            event: self.record.told(&result).into(),
            replayed,
        });
    }

    /// The card was charged, and this attempt cannot get the gateway to record it.
    fn card_unrecorded(&mut self, now: Moment, cause: UncertaintyCause) {
        self.doubt = None;
        self.record.stage = Stage::CardNotRecorded;
        self.announce_unresolved(cause);
        self.is_unverified = false;
        self.due = None;
        if !self.is_settled() {
            self.wait(now, Outcome::Answered);
        }
    }

    /// Whether the PaymentIntent has come to an end, as the gateway says.
    fn is_settled(&self) -> bool {
        let status = self.status.as_ref();
        status.is_some_and(PaymentIntentStatus::is_terminal)
    }

    /// Tells the app that the outcome is not known: once, and once more for a cause that weighs more.
    fn announce_unresolved(&mut self, cause: UncertaintyCause) {
        let outweighs = |known: UncertaintyCause| cause.weight() > known.weight();
        if !self.record.unresolved.is_none_or(outweighs) {
            return;
        }
        self.record.unresolved = Some(cause);
        self.queue_cancel();
        self.effects.push(Effect::Save);
        self.effects.push(Effect::Emit {
            event: PaymentResult::unresolved(cause).into(),
            replayed: self.is_unverified && self.record.stage == Stage::CardNotRecorded,
        });
    }

    fn answer_cancel(&mut self, outcome: CancelOutcome) {
        if std::mem::take(&mut self.record.cancel_wanted) {
            self.effects.push(Effect::AnswerCancel(outcome));
        }
    }

    /// Whoever waits for a cancel hears that it goes on without them: it is on disk.
    fn queue_cancel(&mut self) {
        if self.record.cancel_wanted {
            self.effects
                .push(Effect::AnswerCancel(CancelOutcome::Queued));
        }
    }

    fn is_card(&self) -> bool {
        self.record.method.method_type() == PaymentMethodType::CreditCard
    }
}
