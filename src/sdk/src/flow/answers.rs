//! What a reply does to an attempt: which request it answers, and what is left open.

use std::time::Duration;

use mpac_pgw_protocol::{ApiError, PaymentIntentStatus};

use crate::clock::Moment;
use crate::events::PaymentEventKind;
use crate::exchange::{self, Answer, Reply, Request};
use crate::polling::Outcome;
use crate::record::{End, Stage};
use crate::state::{CancelledBy, FailureCode, UncertaintyCause};

use super::{Effect, FIRST_LOOK_AFTER, Flow};

impl Flow {
    /// The reply to the request under way.
    pub(crate) fn answered(&mut self, now: Moment, reply: &Reply) -> Vec<Effect> {
        let Some(request) = self.in_flight.take() else {
            return Vec::new();
        };
        self.undo = None;
        let answer = exchange::read(&request, reply);
        self.pace
            .leave_alone(now.monotonic, exchange::retry_after(reply));
        self.read_clock(now, &answer, exchange::server_time(&answer, reply));
        let answer = match answer {
            // What may be under way is not ended by somebody who knows nothing of it.
            Answer::NoSuchPath if !self.record.is_new() => {
                Answer::Unsure(UncertaintyCause::InvalidResponse)
            }
            answer => answer,
        };
        let lost = match answer {
            Answer::Unsure(cause) => Some(cause),
            _ => None,
        };
        self.heard(now, lost);
        let is_unheard = matches!(answer, Answer::Unsure(_) | Answer::Busy);
        let busy_since = self.busy_since.take().unwrap_or(now.monotonic);
        match (request, answer) {
            (_, answer) if self.contradicts(&answer) => self.contradicted(now),
            (_, Answer::NoSuchPath) => {
                let reason = "404: there is no gateway at the configured address";
                self.fail(now, FailureCode::GatewayMisconfigured, reason.to_owned());
            }
            (_, Answer::Busy)
                if self.record.is_new() && self.was_busy_for_long(now, busy_since) =>
            {
                let reason = "429: the gateway is too busy";
                self.fail(now, FailureCode::RateLimited, reason.to_owned());
            }
            (_, Answer::Busy) => {
                self.busy_since = Some(busy_since);
                self.wait_for_gateway(now, UncertaintyCause::RateLimited, Outcome::Answered);
            }
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
            (Request::Confirm { .. } | Request::Cancel { .. }, Answer::Refused { error, .. }) => {
                // A refusal may also mean that an earlier send got through: look first.
                self.refused = Some(error);
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
        if is_unheard {
            self.queue_cancel();
        }
        self.take_effects()
    }

    fn was_busy_for_long(&self, now: Moment, since: Duration) -> bool {
        now.monotonic >= since + self.policy.backoff_after
    }

    /// Whether the answer is about another amount of money than is known.
    fn contradicts(&self, answer: &Answer) -> bool {
        let said = match answer {
            Answer::Intent(intent) => (intent.amount, intent.currency),
            Answer::Confirmed(confirmation) => (confirmation.amount, confirmation.currency),
            Answer::Unsure(cause) => return *cause == UncertaintyCause::ContradictoryAnswer,
            Answer::Refused { .. } | Answer::Busy | Answer::NoSuchPath => return false,
        };
        let known = self.record.intent.as_ref();
        known.is_some_and(|known| (known.amount, known.currency) != said)
    }

    /// Neither a success nor a failure. The next answer may be right again.
    pub(super) fn contradicted(&mut self, now: Moment) {
        let cause = UncertaintyCause::ContradictoryAnswer;
        self.confirm_sent |= self.record.stage == Stage::Confirming;
        // As long as nothing was asked of the gateway, there is nothing to resolve.
        if self.record.stage != Stage::Retrieving {
            self.announce_unresolved(cause);
        }
        self.post_unsure(now, cause);
    }

    /// A POST that may or may not have been carried out.
    pub(super) fn post_unsure(&mut self, now: Moment, cause: UncertaintyCause) {
        let first = self.doubt.is_none();
        self.must_verify = true;
        let since = self.shown_time(now);
        self.doubt.get_or_insert((since, cause));
        self.wait_for_gateway(now, cause, Outcome::NoAnswer);
        if first && !self.is_past_deadline(now) {
            self.due = Some(self.pace.not_before(now.monotonic + FIRST_LOOK_AFTER));
        }
    }

    /// Nothing new is known: ask again, and past the deadline say that nothing is known.
    pub(super) fn wait_for_gateway(
        &mut self,
        now: Moment,
        cause: UncertaintyCause,
        outcome: Outcome,
    ) {
        // The merchant may capture reserved money days later.
        let is_patient = self.authorized_told && cause.weight() == 0;
        if self.is_past_deadline(now) && !is_patient {
            self.announce_unresolved(match self.record.stage {
                Stage::AwaitingCard => UncertaintyCause::CardAppSilent,
                _ => cause,
            });
        }
        self.wait(now, outcome);
    }

    fn look_up_refused(&mut self, now: Moment, error: &ApiError) {
        let code = exchange::failure_code(error);
        match self.record.final_result() {
            None if self.record.is_new() => self.fail(now, code, error.to_string()),
            // The gateway knows nothing that would speak against it, and no such token either.
            Some(result @ End::Failed { .. }) => {
                let mut result = result.clone();
                if let End::Failed { can_retry, .. } = &mut result {
                    *can_retry = false;
                }
                self.finish(now, result);
            }
            // A payment that was there does not vanish: something else is wrong.
            _ => self.wait_for_gateway(now, UncertaintyCause::InvalidResponse, Outcome::Answered),
        }
    }

    /// The gateway says that the POST was not carried out: the same again, with the same key.
    pub(super) fn repeat_post(&mut self, now: Moment) {
        if self.is_past_deadline(now) {
            self.announce_unresolved(UncertaintyCause::NoFinalStatus);
        }
        self.must_verify = false;
        self.send_next(now);
    }

    pub(super) fn watch(&mut self, now: Moment) {
        if self.record.stage != Stage::Watching {
            self.record.stage = Stage::Watching;
            self.record.method.forget_customer_code();
            self.effects.push(Effect::Save);
        }
        self.must_verify = false;
        self.doubt = None;
        self.wait_for_gateway(now, UncertaintyCause::NoFinalStatus, Outcome::Answered);
    }

    pub(super) fn cancelled_by(&self, now: Moment) -> CancelledBy {
        let time = self.clock.latest(now.monotonic);
        let end = self.record.intent.as_ref().map(|intent| intent.expires_at);
        match self.record.stage {
            Stage::Cancelling => CancelledBy::Terminal,
            _ if end.is_some_and(|end| time >= Some(end)) => CancelledBy::Expiry,
            _ => CancelledBy::Gateway,
        }
    }

    /// Remembers the status, and tells the app when it is another one.
    pub(super) fn saw(&mut self, status: &PaymentIntentStatus) {
        let is_news = match &self.status {
            Some(last) => last != status,
            None => *status != PaymentIntentStatus::RequiresPaymentMethod,
        };
        // The first look after a restart: an earlier process may have seen it too.
        let replayed = self.confirm_sent && self.status.is_none();
        self.status = Some(status.clone());
        // The result that was found on disk says it all.
        if is_news && !self.is_unverified {
            self.effects.push(Effect::Emit {
                event: PaymentEventKind::StatusChanged {
                    status: status.clone(),
                },
                replayed,
            });
        }
    }
}

/// What the gateway's word that it failed comes to, with the reason that it gives.
pub(super) fn payment_failed(provider_reason: Option<String>) -> End {
    End::Failed {
        code: FailureCode::PaymentFailed,
        reason: "the gateway reports the payment as failed".to_owned(),
        provider_reason,
        can_retry: false,
    }
}

/// Whether the gateway still waits for a payment method or for the customer.
pub(super) fn is_waiting(status: &PaymentIntentStatus) -> bool {
    matches!(
        status,
        PaymentIntentStatus::RequiresPaymentMethod | PaymentIntentStatus::RequiresAction
    )
}
