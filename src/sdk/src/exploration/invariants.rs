//! What must hold, whatever happens.

use mpac_pgw_protocol::PaymentMethodType;

use super::world::{CUSTOMERS_CODE, GRACE, LIFETIME, NextKey, Word, World, policy};
use crate::events::PaymentEventKind;
use crate::exchange::Request;
use crate::flow::Flow;
use crate::method::PaymentMethod;
use crate::record::{AttemptRecord, Stage};
use crate::simulation::gateway::{Status, TOKEN};
use crate::state::{
    CancelOutcome, CancelledBy, FailureCode, PaymentResult, PaymentState, UncertaintyCause,
};

/// An invariant. The numbers are those of the simulation, then on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// 1: at most one charge, and the card app is launched once.
    OneCharge,
    /// 2: a final event never contradicts the ledger, neither when it is told nor ever after.
    TruthOfTheEnd,
    /// 2: nor does the answer to a cancel.
    TruthOfTheCancel,
    /// 3: an attempt ends, or says why it cannot, once nothing goes wrong any more.
    ItEnds,
    /// 4: no POST is sent whose Idempotency-Key is not on disk.
    KeyOnDisk,
    /// 5: never two requests in flight.
    OneRequest,
    /// 6: the card app is never launched while a code is payable.
    NoCardBesideACode,
    /// 7: no card payment is recorded that no card has paid.
    NoCardFromNowhere,
    /// 8: the customer's code is kept as long as a confirm may have to hold it, and no longer.
    CustomersCode,
    /// 9: no final event without the gateway's word.
    GatewaysWord,
    /// 10: no refund is advised while the gateway says paid by this card.
    NoRefundOfWhatIsPaid,
    /// 11: nothing is sent once the attempt is over, nor had been when nothing could be written.
    NothingAfterTheEnd,
    /// 12: past the deadline and one round, the attempt is over or unresolved.
    DeadlineHolds,
    /// 13: it is not unresolved for want of time while there is time.
    NotBeforeTheDeadline,
    /// 14: no code is withdrawn that can still be paid, unless somebody wants it to be.
    NoCodeWithdrawn,
    /// 15: an answer about another amount is neither a success nor a failure.
    NoBeliefInContradictions,
    /// 16: each cause is announced once, unless it was cured in between.
    AnnouncedOnce,
    /// 17: another attempt with the same token is promised exactly when the gateway would take it.
    RetryWorks,
}

impl Rule {
    pub(super) const ALL: [Self; 18] = [
        Self::OneCharge,
        Self::TruthOfTheEnd,
        Self::TruthOfTheCancel,
        Self::ItEnds,
        Self::KeyOnDisk,
        Self::OneRequest,
        Self::NoCardBesideACode,
        Self::NoCardFromNowhere,
        Self::CustomersCode,
        Self::GatewaysWord,
        Self::NoRefundOfWhatIsPaid,
        Self::NothingAfterTheEnd,
        Self::DeadlineHolds,
        Self::NotBeforeTheDeadline,
        Self::NoCodeWithdrawn,
        Self::NoBeliefInContradictions,
        Self::AnnouncedOnce,
        Self::RetryWorks,
    ];
}

/// A set of rules.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Rules(u32);

impl Rules {
    pub(super) fn add(&mut self, rule: Rule) {
        self.0 |= 1 << rule as u32;
    }

    pub(super) fn has(self, rule: Rule) -> bool {
        self.0 & (1 << rule as u32) != 0
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.0 |= other.0;
    }

    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl World {
    fn demand(&mut self, holds: bool, rule: Rule) {
        if !holds {
            self.broken.add(rule);
        }
    }

    /// What must hold in every state.
    pub(super) fn check_state(&mut self) {
        let ledger = &self.gateway.ledger;
        let card = &self.card;
        let once = ledger.len() <= 1 && card.launches <= 1 && card.charges <= 1;
        let paid = ledger.iter().any(|charge| charge.ours);
        let mut ours = ledger.iter().filter(|charge| charge.ours);
        let recorded = ours.any(|charge| charge.method == "credit_card");
        let charged = card.charges > 0;
        let is_true = match &self.told {
            Some(PaymentEventKind::PaymentSuccess { .. }) => {
                self.gateway.status == Status::Succeeded
            }
            Some(_) => !paid && !charged,
            None => true,
        };
        let lied = self.cancel_answer == Some(CancelOutcome::Cancelled) && paid;
        let kept = self
            .disk
            .as_deref()
            .is_some_and(keeps_customer_code_too_long);
        self.demand(once, Rule::OneCharge);
        self.demand(charged || !recorded, Rule::NoCardFromNowhere);
        self.demand(is_true, Rule::TruthOfTheEnd);
        self.demand(!lied, Rule::TruthOfTheCancel);
        self.demand(!kept, Rule::CustomersCode);
        let unresolved = self.process.as_ref().map(|it| it.flow.record().unresolved);
        if unresolved == Some(None) {
            self.is_cured(UncertaintyCause::ContradictoryAnswer);
        }
        // Reserved money is nothing that is not known.
        let is_reserved = |disk: &AttemptRecord| disk.authorized && disk.unresolved.is_none();
        if self.disk.as_deref().is_some_and(is_reserved) {
            self.is_cured(UncertaintyCause::NoFinalStatus);
        }
        if let Some(sent_at) = self.round_ended {
            self.check_deadline(sent_at);
        }
    }

    /// Before a request is sent.
    pub(super) fn check_request(&mut self, request: &Request) {
        let disk = self.disk.as_deref();
        let (key, saved) = match request {
            Request::Retrieve { .. } => return,
            Request::Confirm {
                idempotency_key, ..
            } => (idempotency_key, disk.map(|disk| &disk.confirm_key)),
            Request::Cancel {
                idempotency_key, ..
            } => (idempotency_key, disk.map(|disk| &disk.cancel_key)),
        };
        let is_on_disk = saved == Some(key);
        let switches = disk.is_some_and(|disk| disk.switched_from.is_some());
        self.demand(is_on_disk, Rule::KeyOnDisk);
        // After a success whose write has failed, the same request with the same key does no harm.
        let is_over = self.told.as_ref().is_some_and(|told| !is_success(told));
        self.demand(!is_over, Rule::NothingAfterTheEnd);
        if let Request::Confirm { body, .. } = request
            && body.payment_method_type == PaymentMethodType::QrCpm
        {
            let is_whole = body.customer_code.as_deref() == Some(CUSTOMERS_CODE);
            self.demand(is_whole, Rule::CustomersCode);
        }
        let is_code = matches!(request, Request::Confirm { body, .. }
            if body.payment_method_type == PaymentMethodType::QrMpm);
        let is_payable = self.gateway.has_payable_code(self.server_seconds())
            && self.gateway.code().is_some_and(|(_, ours)| ours);
        if is_code && self.is_waking && !switches && !self.gateway.has_answered(key) {
            self.demand(!is_payable, Rule::NoCodeWithdrawn);
        }
    }

    /// Before an event is told.
    pub(super) fn check_event(&mut self, event: &PaymentEventKind, replayed: bool) {
        if let PaymentEventKind::PaymentUnresolved { cause, .. } = event {
            self.check_unresolved(*cause, replayed);
        }
        if !event.is_final() {
            return;
        }
        // The order may have been paid by others since it was told first.
        let ours = self.gateway.ledger.iter().any(|charge| charge.ours);
        let is_paid_since = is_success(event) && !ours;
        // By whom it was cancelled may be forgotten with a write.
        // And whether another try can work may have changed.
        let is_same = |told: &PaymentEventKind| {
            let both_paid = is_success(told) && is_success(event);
            both_paid || both_cancelled(told, event) || both_failed(told, event)
        };
        let agrees = self.told.as_ref().is_none_or(is_same);
        // That it was paid elsewhere was not written, and nobody is asked about what was never sent.
        let record = self.process.as_ref().map(|it| it.flow.record());
        let forgets_elsewhere = self.lost_write && !ours && record.is_some_and(|it| it.unsent);
        let is_true = agrees || is_paid_since || forgets_elsewhere;
        self.demand(is_true, Rule::TruthOfTheEnd);
        if let PaymentEventKind::PaymentFailed { can_retry, .. } = event
            && (self.word.is_some() || !replayed)
        {
            self.check_retry(*can_retry);
        }
        if replayed {
            return;
        }
        let needs_no_word = match event {
            PaymentEventKind::PaymentFailed { code, .. } => matches!(
                code,
                FailureCode::StorageUnavailable
                    | FailureCode::GatewayMisconfigured
                    | FailureCode::RateLimited
            ),
            PaymentEventKind::PaymentCancelled { by } => {
                *by == CancelledBy::Terminal && !self.has_posted
            }
            _ => false,
        };
        if needs_no_word {
            self.demand(!self.has_posted, Rule::NothingAfterTheEnd);
            return;
        }
        let Some(word) = self.word else {
            return self.broken.add(Rule::GatewaysWord);
        };
        self.demand(!word.contradicts, Rule::NoBeliefInContradictions);
        let is_covered = match event {
            PaymentEventKind::PaymentSuccess { .. } => word.status == Status::Succeeded,
            PaymentEventKind::PaymentFailed {
                code: FailureCode::PaymentFailed,
                ..
            } => word.status == Status::Failed,
            PaymentEventKind::PaymentFailed { can_retry, .. } => match word.status {
                Status::Processing => !can_retry,
                status => status != Status::Succeeded,
            },
            PaymentEventKind::PaymentCancelled {
                by: CancelledBy::CardApp,
            } => !matches!(word.status, Status::Processing | Status::Succeeded),
            _ => word.status == Status::Cancelled,
        };
        self.demand(is_covered, Rule::GatewaysWord);
    }

    /// A cancel that goes on without anybody waiting for it.
    pub(super) fn check_queued(&mut self) {
        let disk = self.disk.as_deref();
        // What was found to be over needs no cancel: its end is told.
        let is_on_disk = disk.is_some_and(|disk| {
            let is_over = disk.final_result().is_some();
            disk.cancel_wanted || disk.stage == Stage::Cancelling || is_over
        });
        self.demand(is_on_disk || self.lost_write, Rule::TruthOfTheCancel);
    }

    /// Tries it: the next customer pays in cash, with the same token.
    fn check_retry(&mut self, can_retry: bool) {
        let is_stale = |word: &Word| word.at != self.seconds || word.contradicts;
        let holds = match &self.word {
            Some(word) if is_stale(word) => true,
            Some(_) => {
                let record = AttemptRecord::new(
                    TOKEN.parse().unwrap(),
                    PaymentMethod::Cash,
                    self.moment().wall,
                    &mut NextKey,
                );
                let flow = Flow::new(record.unwrap(), policy(), Box::new(NextKey), self.moment());
                let confirm = Request::Confirm {
                    idempotency_key: "another attempt".to_owned(),
                    body: flow.confirm_body(),
                };
                let mut gateway = self.gateway.clone();
                let (status, _) = gateway.handle(self.server_seconds(), &confirm);
                (status == 200) == can_retry
            }
            // Nobody has said that it cannot.
            None => can_retry,
        };
        self.demand(holds, Rule::RetryWorks);
    }

    fn check_unresolved(&mut self, cause: UncertaintyCause, replayed: bool) {
        let is_new = self.announce(cause);
        self.demand(is_new || replayed, Rule::AnnouncedOnce);
        match cause {
            UncertaintyCause::CardChargedNotRecorded => {
                let by_card = self.gateway.says_paid_by_card();
                self.demand(!by_card, Rule::NoRefundOfWhatIsPaid);
                self.demand(self.card.charges > 0, Rule::NoCardFromNowhere);
            }
            UncertaintyCause::CardChargeNotMatched => {
                self.demand(self.card.charges > 0, Rule::NoCardFromNowhere);
            }
            _ => {
                let is_late = self.seconds >= LIFETIME;
                let is_contradiction = self.word.is_some_and(|word| word.contradicts);
                let is_early = !is_late && !is_contradiction && !replayed;
                self.demand(!is_early, Rule::NotBeforeTheDeadline);
            }
        }
    }

    /// After a request has come to an end that began at `sent_at`.
    fn check_deadline(&mut self, sent_at: i64) {
        let is_late = sent_at > LIFETIME + GRACE;
        let Some(process) = &self.process else {
            return;
        };
        let is_settled = matches!(
            process.flow.state(),
            PaymentState::Finished { .. } | PaymentState::Authorized
        );
        // A look may have to be followed by a POST, and that by a look.
        let is_under_way = process.request.is_some();
        let holds = is_settled || is_under_way || !is_late || process.dates < 2;
        self.demand(holds, Rule::DeadlineHolds);
    }

    /// What must hold when it is all over and nothing goes wrong any more.
    pub(super) fn check_end(&mut self) {
        if self.disk.is_none() {
            // Where nothing can be written, nothing is kept of an attempt without a payment.
            self.demand(self.acknowledged || self.lost_write, Rule::ItEnds);
            return;
        }
        let state = self.process.as_ref().map(|process| process.flow.state());
        let is_full = self.process.as_ref().is_some_and(|it| it.disk_full);
        let holds = match state {
            Some(PaymentState::Finished {
                result: PaymentResult::Unresolved { cause, .. },
            }) => match cause {
                _ if self.outage.is_some() || self.gateway.status == Status::Processing => true,
                UncertaintyCause::CardChargedNotRecorded
                | UncertaintyCause::CardChargeNotMatched => self.card.charges == 1,
                UncertaintyCause::CardAppSilent => self.card.answer.is_none() || is_full,
                _ => false,
            },
            // Nothing can be written: the event is told, and the record stays.
            Some(PaymentState::Finished { .. }) => self.told.is_some(),
            // The merchant has not captured it yet.
            Some(PaymentState::Authorized) => {
                self.gateway.status == Status::Processing || self.outage.is_some()
            }
            _ => false,
        };
        self.demand(holds, Rule::ItEnds);
    }
}

fn keeps_customer_code_too_long(record: &AttemptRecord) -> bool {
    let PaymentMethod::QrCpm { customer_code, .. } = &record.method else {
        return false;
    };
    let may_send_it = matches!(record.stage, Stage::Retrieving | Stage::Confirming);
    !may_send_it && !customer_code.is_empty()
}

fn is_success(event: &PaymentEventKind) -> bool {
    matches!(event, PaymentEventKind::PaymentSuccess { .. })
}

fn both_failed(one: &PaymentEventKind, other: &PaymentEventKind) -> bool {
    let code = |event: &PaymentEventKind| match event {
        PaymentEventKind::PaymentFailed { code, .. } => Some(*code),
        _ => None,
    };
    code(one).is_some() && code(one) == code(other)
}

fn both_cancelled(one: &PaymentEventKind, other: &PaymentEventKind) -> bool {
    let is_cancelled = |event| matches!(event, &PaymentEventKind::PaymentCancelled { .. });
    is_cancelled(one) && is_cancelled(other)
}
