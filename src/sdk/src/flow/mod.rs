//! One attempt to take a payment, as a pure state machine.
//!
//! An input and the time go in, effects come out; nothing here does I/O, reads a clock or starts
//! a thread. [`driver`](crate::driver) carries the effects out, in order.
//!
//! ```text
//!                    ┌─────────────── card ──▶ AwaitingCard ──approved──┐
//! Retrieving ──GET───┤                             │ declined           ▼
//!                    └── QR, cash ──────────────────┼───────────▶ Confirming ──409──▶ CardNotRecorded
//!                                                   │     POST confirm │   (card only)
//!                        Cancelling ◀── cancel() ───┼──────────────── Watching ── GET every 4–5 s
//!                                 │                 ▼                  │
//!                                 └───────────▶ Finished ◀─────────────┘
//! ```
//!
//! Two rules run through all of it. An unknown answer to a POST is followed by a GET, and only
//! then by the same POST with the same Idempotency-Key. And only a status from the gateway says
//! what became of the money.

mod answers;
mod inputs;
#[cfg(test)]
mod tests;

use std::time::Duration;

use mpac_pgw_protocol::{ApiError, PaymentIntentStatus, Provider, Timestamp};
use mpac_pgw_protocol::{ConfirmRequest, PaymentMethodType};

use crate::clock::{Entropy, Moment};
use crate::config::PollingPolicy;
use crate::events::PaymentEventKind;
use crate::exchange::Request;
use crate::method::PaymentMethod;
use crate::polling::{Outcome, Pace};
use crate::record::{AttemptRecord, Stage};
use crate::state::{CancelOutcome, PaymentResult, PaymentState, UncertaintyCause};

/// How long a PaymentIntent lives when the gateway has not said so yet (guide, *Best Practices*).
const DEFAULT_LIFETIME: Duration = Duration::from_secs(30 * 60);

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
    /// Send this, and answer with [`Flow::answered`].
    Send(Request),
    /// Tell the app.
    Emit {
        event: PaymentEventKind,
        replayed: bool,
    },
    /// Answer everyone who waits for a cancel.
    AnswerCancel(CancelOutcome),
    /// The attempt is over and accepted: remove the record.
    Forget,
}

/// The state machine of one attempt.
pub(crate) struct Flow {
    record: AttemptRecord,
    /// What to go back to when the change under way cannot be saved.
    undo: Option<AttemptRecord>,
    policy: PollingPolicy,
    entropy: Box<dyn Entropy>,
    pace: Pace,
    effects: Vec<Effect>,
    /// When this process took the attempt up.
    started: Moment,
    /// The gateway's clock, and the monotonic time it was read at.
    server_clock: Option<(Timestamp, Duration)>,
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
    refused: Option<(u16, ApiError)>,
    /// Why the outcome is not known at the moment.
    doubt: Option<(Timestamp, UncertaintyCause)>,
    connection_lost: bool,
    cancel_wanted: bool,
    over: bool,
}

impl Flow {
    pub(crate) fn new(
        record: AttemptRecord,
        policy: PollingPolicy,
        entropy: Box<dyn Entropy>,
        now: Moment,
    ) -> Self {
        Self {
            record,
            undo: None,
            pace: Pace::new(policy.clone()),
            policy,
            entropy,
            effects: Vec::new(),
            started: now,
            server_clock: None,
            status: None,
            in_flight: None,
            due: None,
            must_verify: false,
            confirm_sent: false,
            refused: None,
            doubt: None,
            connection_lost: false,
            cancel_wanted: false,
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

    /// What the app may show.
    pub(crate) fn state(&self) -> PaymentState {
        match (&self.record.stage, self.record.unresolved) {
            (Stage::Finished { .. }, _) | (_, None) => {}
            (_, Some(cause)) => {
                return PaymentState::Finished {
                    result: PaymentResult::unresolved(cause),
                };
            }
        }
        match &self.record.stage {
            Stage::Finished { result } => PaymentState::Finished {
                result: result.clone(),
            },
            Stage::CardNotRecorded => PaymentState::Finished {
                result: PaymentResult::unresolved(UncertaintyCause::CardChargedNotRecorded),
            },
            Stage::AwaitingCard => match self.record.card_request() {
                Some(request) => PaymentState::AwaitingCardApp { request },
                None => PaymentState::Confirming,
            },
            Stage::Watching => match &self.record.qr {
                Some(qr) if self.shows_code() => PaymentState::AwaitingCustomer { qr: qr.clone() },
                _ => PaymentState::Processing,
            },
            Stage::Retrieving | Stage::Confirming | Stage::Cancelling => match self.doubt {
                Some((since, cause)) => PaymentState::Verifying { since, cause },
                None => PaymentState::Confirming,
            },
        }
    }

    /// Whether the code can still be paid, as far as is known: after a restart nothing is, yet.
    fn shows_code(&self) -> bool {
        matches!(
            self.status,
            None | Some(PaymentIntentStatus::RequiresAction)
        )
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

    /// The gateway's clock now; this machine's while the gateway's is not known.
    fn server_now(&self, now: Moment) -> Timestamp {
        match self.server_clock {
            Some((read, at)) => {
                let since = now.monotonic.saturating_sub(at).as_secs();
                read.plus_seconds(i64::try_from(since).unwrap_or(i64::MAX))
            }
            None => now.wall,
        }
    }

    /// The monotonic time after which a missing final status makes the attempt unresolved.
    fn deadline(&self, now: Moment) -> Duration {
        let lifetime = match (&self.record.intent, self.server_clock) {
            (Some(intent), Some((read, at))) => {
                let left = intent.expires_at.unix_seconds() - read.unix_seconds();
                at + Duration::from_secs(u64::try_from(left).unwrap_or(0))
            }
            // Without the gateway's clock the wall clock must do, but a wrong one may not make
            // the wait endless.
            (Some(intent), None) => {
                let left = intent.expires_at.unix_seconds() - now.wall.unix_seconds();
                let left = Duration::from_secs(u64::try_from(left).unwrap_or(0));
                (now.monotonic + left).min(self.started.monotonic + DEFAULT_LIFETIME)
            }
            (None, _) => self.started.monotonic + DEFAULT_LIFETIME,
        };
        lifetime + self.policy.expiry_grace
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
            Stage::Confirming if !self.must_verify => Some(Request::Confirm {
                idempotency_key: self.record.confirm_key.clone(),
                body: self.confirm_body(),
            }),
            Stage::Cancelling if !self.must_verify => Some(Request::Cancel {
                idempotency_key: self.record.cancel_key.clone(),
                payment_token,
            }),
            Stage::Retrieving | Stage::Confirming | Stage::Watching | Stage::Cancelling => {
                Some(Request::Retrieve { payment_token })
            }
            Stage::AwaitingCard | Stage::CardNotRecorded | Stage::Finished { .. } => None,
        }
    }

    fn confirm_body(&self) -> ConfirmRequest {
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
                customer_code: Some(customer_code.clone()),
                ..body(Some(provider.clone()))
            },
            (PaymentMethod::CreditCard, Some(approval)) => ConfirmRequest {
                external_ref_id: approval.approval_code.clone(),
                ..body(approval.card_brand.clone())
            },
            (PaymentMethod::CreditCard, None) | (PaymentMethod::Cash, _) => body(None),
        }
    }

    /// Plans the next request at the usual pace.
    fn wait(&mut self, now: Moment, outcome: Outcome) {
        let unresolved = self.record.unresolved.is_some();
        let due = self
            .pace
            .next(now.monotonic, outcome, unresolved, &mut *self.entropy);
        self.due = Some(due);
    }

    /// Ends the attempt, unless a card was charged for it that the gateway did not record.
    fn finish(&mut self, result: PaymentResult) {
        if self.record.approval.is_some() && result != PaymentResult::Succeeded {
            self.card_not_recorded();
            return;
        }
        self.answer_cancel(CancelOutcome::from(&result));
        self.doubt = None;
        self.due = None;
        self.record.qr = None;
        self.record.method.forget_customer_code();
        self.record.stage = Stage::Finished {
            result: result.clone(),
        };
        self.effects.push(Effect::Save);
        self.emit(result.into());
    }

    fn card_not_recorded(&mut self) {
        self.doubt = None;
        self.due = None;
        self.record.stage = Stage::CardNotRecorded;
        self.announce_unresolved(UncertaintyCause::CardChargedNotRecorded);
    }

    /// Tells the app, once for each cause, that the outcome is not known.
    fn announce_unresolved(&mut self, cause: UncertaintyCause) {
        if self.record.unresolved == Some(cause) {
            return;
        }
        self.record.unresolved = Some(cause);
        self.answer_cancel(CancelOutcome::Unknown);
        self.effects.push(Effect::Save);
        self.emit(PaymentResult::unresolved(cause).into());
    }

    fn answer_cancel(&mut self, outcome: CancelOutcome) {
        if std::mem::take(&mut self.cancel_wanted) {
            self.effects.push(Effect::AnswerCancel(outcome));
        }
    }

    fn is_card(&self) -> bool {
        self.record.method.method_type() == PaymentMethodType::CreditCard
    }
}
