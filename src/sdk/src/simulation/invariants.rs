//! What must hold, whatever happens.

use mpac_pgw_protocol::PaymentMethodType;

use super::app::CardPlan;
use super::gateway::{LIFETIME, Status};
use super::network::Dates;
use super::spelling::card_number;
use super::world::{CUSTOMERS_CODE, World};
use crate::events::PaymentEventKind;
use crate::exchange::Request;
use crate::method::PaymentMethod;
use crate::record::{AttemptRecord, Stage};
use crate::state::{CancelOutcome, FailureCode, PaymentResult, PaymentState, UncertaintyCause};

/// After the deadline: the grace, a request under way, and the longest pause before the next.
const SLACK: u64 = 180_000;

impl World {
    /// What must hold after every step.
    pub(super) fn check(&self) {
        if self.gateway.ledger.len() > 1 {
            self.violated("1: two charges at the gateway");
        }
        if self.card_app.launches > 1 || self.card_app.charges > 1 {
            self.violated("1: the card app was launched twice");
        }
        let paid = self.gateway.ledger.iter().any(|charge| charge.ours);
        if self.has_recorded_card() && self.card_app.charges == 0 {
            self.violated("7: a card payment is recorded that no card paid");
        }
        match &self.told {
            Some(PaymentEventKind::PaymentSuccess { .. })
                if self.gateway.status != Status::Succeeded =>
            {
                self.violated("2: told success, but it is not paid");
            }
            Some(
                PaymentEventKind::PaymentFailed { .. } | PaymentEventKind::PaymentCancelled { .. },
            ) if paid || self.card_app.charges > 0 => {
                self.violated("2: told failed or cancelled, but it is paid");
            }
            _ => {}
        }
        if self.cancel_answer == Some(CancelOutcome::Cancelled) && paid {
            self.violated("2: cancel answered Cancelled, but it is paid");
        }
        let codes = u64::from(self.gateway.codes);
        // Nothing shows that a clock is wrong by less than the life of a code.
        let at_least = match self.network.dates {
            Dates::Rewritten(_) => 60_000,
            Dates::Right | Dates::Missing | Dates::WrongOnce { .. } => 240_000,
        };
        // A code that comes with a repeated answer may be old, and is replaced by the clock alone.
        let repeated = match self.network.dates {
            Dates::Rewritten(_) => self.tally.faults,
            Dates::Right | Dates::Missing | Dates::WrongOnce { .. } => 0,
        };
        let most = 3 + self.now / at_least + self.tally.crashes + repeated;
        if codes > most && !self.gateway.forgets_keys {
            self.violated("11: codes are withdrawn that have not expired");
        }
        self.check_deadline();
        let approval = self.disk.as_ref().and_then(|disk| disk.approval.as_ref());
        if approval.is_some_and(|approval| approval.to_json().contains(&card_number())) {
            self.violated("15: a card's number is on disk");
        }
        let is_as_written = !self.forged && self.tally.failed_writes == 0;
        if is_as_written && self.disk.as_ref().is_some_and(keeps_customer_code_too_long) {
            self.violated("8: the customer's code is kept though no confirm will hold it");
        }
    }

    /// Whether the gateway has recorded the charge of this attempt's card.
    fn has_recorded_card(&self) -> bool {
        let mut ledger = self.gateway.ledger.iter();
        ledger.any(|charge| charge.ours && charge.method == "credit_card")
    }

    /// By then an outcome is known, or is said to be unknown.
    fn check_deadline(&self) {
        let Some(process) = &self.process else { return };
        let learned_at = match self.network.dates {
            Dates::Right => process.own_words.get(1),
            // Of three, two are right.
            Dates::WrongOnce { .. } => process.own_words.get(2),
            Dates::Missing | Dates::Rewritten(_) => None,
        };
        let (since, left) = match learned_at {
            Some(&at) => {
                let left = self.gateway.expires_at() - self.server_seconds(at);
                (at, u64::try_from(left).unwrap_or(0))
            }
            _ => (process.booted_at, LIFETIME.unsigned_abs()),
        };
        let woken = self.plan.sleeps.map_or(0, |(_, until)| until);
        let latest = (since + left * 1000)
            .max(woken)
            .max(self.card_app_answered_at);
        let latest = latest + SLACK;
        let is_over = matches!(
            process.flow.state(),
            PaymentState::Finished { .. } | PaymentState::Authorized
        );
        if self.now > latest && !is_over {
            self.violated("9: the deadline has passed, and nothing was said");
        }
    }

    /// The app is told that the outcome is not known.
    pub(super) fn check_unresolved(&mut self, cause: UncertaintyCause, replayed: bool) {
        if cause == UncertaintyCause::CardChargedNotRecorded && self.gateway.says_paid_by_card() {
            self.violated("10: a refund is advised, and the gateway says paid by card");
        }
        let is_timed_wrongly = matches!(self.network.dates, Dates::Rewritten(_)) || self.forged;
        let is_early = self.server_seconds(self.now) < self.gateway.expires_at();
        if cause.weight() == 0 && is_early && !is_timed_wrongly && !replayed {
            self.violated("9: said to be unknown before the PaymentIntent's end");
        }
        if cause.weight() == 0 && !replayed {
            self.unresolved_events += 1;
            // A card result, a refused write and a contradiction each may begin it anew.
            let anew = self.card_app.launches > 0
                || self.tally.failed_writes > 0
                || self.tally.contradictions > 0
                || self.tally.crashes > 0;
            if self.unresolved_events > 1 && !anew {
                self.violated("9: told more than once that the outcome is not known");
            }
        }
    }

    /// The app is told how it ended.
    pub(super) fn check_final_event(&self, event: &PaymentEventKind) {
        let retries = matches!(
            event,
            PaymentEventKind::PaymentFailed {
                can_retry: true,
                ..
            }
        );
        let record = self.process.as_ref().map(|process| process.flow.record());
        let is_unsent = record.is_some_and(|record| record.unsent);
        let is_before_all = is_unsent
            || matches!(
                event,
                PaymentEventKind::PaymentFailed {
                    code: FailureCode::StorageUnavailable,
                    ..
                }
            );
        if is_unsent && self.gateway.codes > 0 {
            self.violated("12: said to be unsent, and a code was asked for");
        }
        match &self.hearing {
            Some(heard) if heard.is_own_word => {
                if retries && heard.is_paid {
                    self.violated("2: told failed with another try for a paid order");
                }
            }
            _ if is_before_all => {}
            _ => self.violated("12: a final event without the gateway's word"),
        }
        let is_copy = self.disk.as_ref().is_some_and(|disk| disk.copied);
        let is_paid = matches!(event, PaymentEventKind::PaymentSuccess { .. });
        let charged = self.card_app.charges > 0 && !is_copy && !self.forged;
        if is_paid && charged && !self.has_recorded_card() {
            self.violated("1: told success, and the card was charged for nothing");
        }
        // The order may have been paid by another till since it was told first.
        let paid_elsewhere = is_paid && !self.gateway.ledger.iter().any(|charge| charge.ours);
        // By whom it was cancelled may be forgotten with a write.
        let forgets = self.tally.failed_writes > 0 && event.name() == "payment_cancelled";
        let is_same = |told: &PaymentEventKind| {
            // And whether another try can work may have changed.
            let may_differ = forgets || event.name() != "payment_cancelled";
            told == event || paid_elsewhere || (may_differ && told.name() == event.name())
        };
        // That the order was paid elsewhere was not written, and nobody is asked about what was never
        // sent.
        let forgets_elsewhere = is_unsent
            && self.tally.failed_writes > 0
            && !self.gateway.ledger.iter().any(|charge| charge.ours);
        let told = self.told.as_ref().filter(|_| !forgets_elsewhere);
        if let Some(told) = told.filter(|told| !is_same(told)) {
            let told = told.name();
            self.violated(&format!("2: told {told} before, {} now", event.name()));
        }
    }

    /// What must hold when all is over and the network was good for half an hour.
    pub(super) fn check_end(&self) {
        // What was on disk is gone.
        if self.forged {
            return;
        }
        let Some(disk) = &self.disk else {
            // Where the disk refuses to keep that nothing was paid, it keeps nothing.
            let ours = self.gateway.ledger.iter().any(|charge| charge.ours);
            let is_paid = ours || self.card_app.charges > 0;
            if !self.acknowledged && (is_paid || self.tally.failed_writes == 0) {
                self.violated("3: the journal is empty, and the app has acknowledged nothing");
            }
            return;
        };
        // Only the card app can leave a payment open for ever.
        let state = self.process.as_ref().map(|process| process.flow.state());
        let unresolved = match state {
            Some(PaymentState::Finished {
                result: PaymentResult::Unresolved { cause, .. },
            }) => cause,
            _ => self.violated(&format!("3: neither over nor unresolved: {:?}", disk.stage)),
        };
        let charged = self.card_app.charges == 1;
        let explained = match unresolved {
            UncertaintyCause::CardChargedNotRecorded | UncertaintyCause::CardChargeNotMatched => {
                charged && self.told_unrecorded
            }
            UncertaintyCause::CardAppSilent => {
                let answers = matches!(self.plan.card, CardPlan::Answers(_));
                let launched = self.card_app.launches > 0;
                !answers || !launched || self.result_lost || disk.copied
            }
            _ => false,
        };
        if !explained {
            self.violated(&format!("3: still unresolved: {unresolved:?}"));
        }
    }

    /// Before a request is sent.
    pub(super) fn check_key(&self, request: &Request) {
        let (key, saved) = match (request, &self.disk) {
            (Request::Retrieve { .. }, _) => return,
            (_, None) => self.violated("4: a POST without a record on disk"),
            (
                Request::Confirm {
                    idempotency_key, ..
                },
                Some(disk),
            ) => (idempotency_key, &disk.confirm_key),
            (
                Request::Cancel {
                    idempotency_key, ..
                },
                Some(disk),
            ) => (idempotency_key, &disk.cancel_key),
        };
        if self.disk.as_ref().is_some_and(|disk| disk.copied) {
            self.violated("14: a copy does more than ask");
        }
        if key != saved {
            self.violated("4: a POST whose key is not in the journal");
        }
        if let Request::Confirm { body, .. } = request
            && body.payment_method_type == PaymentMethodType::QrCpm
            && body.customer_code.as_deref() != Some(CUSTOMERS_CODE)
        {
            self.violated("8: the customer's code is missing, and a confirm has to hold it");
        }
    }
}

fn keeps_customer_code_too_long(record: &AttemptRecord) -> bool {
    let PaymentMethod::QrCpm { customer_code, .. } = &record.method else {
        return false;
    };
    let may_send_it = matches!(record.stage, Stage::Retrieving | Stage::Confirming);
    !may_send_it && !customer_code.is_empty()
}
