//! What can happen next, and what comes of it.

use std::collections::VecDeque;

use super::world::{GRACE, LIFETIME, Once, Outage, Word, World, is_write, scanned};
use crate::card::CardOutcome;
use crate::exchange::{HttpResponse, Reply, Request, http_date};
use crate::flow::Effect;
use crate::method::PaymentMethod;
use crate::record::Stage;
use crate::simulation::app::{OtherTill, WalletPlan, answer};
use crate::simulation::gateway::{AMOUNT, Status, error};
use crate::state::{PaymentResult, PaymentState, UncertaintyCause};

/// One thing that happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// The process starts: for the first time, or on what is on disk.
    Boot,
    /// It dies. The request under way may arrive later all the same.
    Crash {
        goes_on: bool,
    },
    /// The flow has waited long enough.
    Wake,
    /// The request under way comes to its end. A wallet that is asked decides now.
    Exchange(Fault, Option<WalletPlan>),
    /// A request arrives that nobody waits for.
    Straggler(u8, Option<WalletPlan>),
    /// The app takes the final event.
    Accept,
    Cancel,
    Switch(Switch),
    PollNow,
    Acknowledge,
    /// The app launches the card app, which has never heard of the payment.
    Launch,
    /// The app hands in what the card app has answered, now or before.
    HandIn(CardOutcome),
    /// The card app has charged the card, and answers nobody.
    CardCharges,
    CustomerPays {
        slowly: bool,
    },
    /// The provider comes to an end with a payment.
    Settle,
    ProviderFails,
    BackEndWithdraws,
    OtherTill(OtherTill),
    Time(Landmark),
}

impl Step {
    /// Whether the terminal has no part in it.
    fn is_elsewhere(self) -> bool {
        matches!(
            self,
            Self::Straggler(..)
                | Self::CustomerPays { .. }
                | Self::Settle
                | Self::ProviderFails
                | Self::BackEndWithdraws
                | Self::OtherTill(_)
        )
    }
}

/// What happens to a request and its reply. Each costs one fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    None,
    LostRequest,
    LostReply,
    /// Given up by the terminal, and carried out later, or never.
    Late,
    /// Carried out, and perhaps once more later.
    Duplicated,
    ErrorBefore,
    ErrorAfter,
    Busy,
    /// A proxy's page, with the clock a day ahead.
    PageAhead,
    /// A captive portal's page, with the clock a day behind.
    PageBehind,
    /// A page that says 404.
    NoSuchPath,
    /// Carried out; the answer names another amount.
    Contradiction,
    /// Carried out; the terminal sleeps over the answer until the next landmark.
    Asleep,
    Outage(Outage),
}

const GET_FAULTS: [Fault; 10] = [
    Fault::LostRequest,
    Fault::ErrorBefore,
    Fault::Busy,
    Fault::PageAhead,
    Fault::PageBehind,
    Fault::NoSuchPath,
    Fault::Contradiction,
    Fault::Asleep,
    Fault::Outage(Outage::Gateway),
    Fault::Outage(Outage::Portal),
];

const POST_FAULTS: [Fault; 12] = [
    Fault::LostRequest,
    Fault::LostReply,
    Fault::Late,
    Fault::Duplicated,
    Fault::ErrorBefore,
    Fault::ErrorAfter,
    Fault::Busy,
    Fault::PageAhead,
    Fault::Contradiction,
    Fault::Asleep,
    Fault::Outage(Outage::Gateway),
    Fault::Outage(Outage::Portal),
];

const WALLETS: [WalletPlan; 6] = [
    WalletPlan::Charges,
    WalletPlan::Reserves,
    WalletPlan::Refuses,
    WalletPlan::IsNotAsked,
    WalletPlan::ChargesUnheard,
    WalletPlan::RefusesUnheard,
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Switch {
    Cash,
    ScannedCode,
    OtherWallet,
}

/// What the clock goes on to, all at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Landmark {
    CodeExpires,
    IntentExpires,
    Deadline,
    /// The gateway has forgotten its Idempotency-Keys.
    NextDay,
}

/// What happens to the process while it carries effects out. Each costs one fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mishap {
    CrashBefore(u8),
    WriteFails(u8),
    /// This write and all later ones.
    DiskFull(u8),
}

/// A step with its mishaps: the way from one state to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Move {
    pub(super) step: Step,
    pub(super) mishaps: [Option<Mishap>; 3],
}

impl Move {
    fn with(mut self, mishap: Mishap) -> Self {
        if let Some(free) = self.mishaps.iter_mut().find(|slot| slot.is_none()) {
            *free = Some(mishap);
        }
        self
    }
}

impl World {
    /// All that can happen next, with what comes of it.
    pub(super) fn successors(&self, out: &mut Vec<(Move, Box<Self>)>) {
        for step in self.steps() {
            let mut next = self.clone();
            let effects = next.take(step);
            let step = Move {
                step,
                mishaps: [None; 3],
            };
            next.unfold(effects.into(), 0, step, out);
        }
    }

    /// Carries effects out in order, with and without a mishap at each.
    fn unfold(
        mut self,
        mut todo: VecDeque<Effect>,
        mut done: u8,
        step: Move,
        out: &mut Vec<(Move, Box<Self>)>,
    ) {
        while let Some(effect) = todo.pop_front() {
            if self.faults > 0 && self.process.is_some() {
                // Before the first effect it is as if the input had never come, but for a result
                // that the app has given away.
                if done > 0 || self.is_handing_in {
                    let mut crashed = self.clone();
                    crashed.faults -= 1;
                    crashed.crash();
                    crashed.finish(step.with(Mishap::CrashBefore(done)), out);
                }
                let is_full = self.process.as_ref().is_some_and(|it| it.disk_full);
                if is_write(&effect) && !is_full {
                    let full = (effect != Effect::Forget).then_some(Mishap::DiskFull(done));
                    for mishap in [Some(Mishap::WriteFails(done)), full].into_iter().flatten() {
                        let mut failed = self.clone();
                        failed.faults -= 1;
                        if let Some(process) = &mut failed.process {
                            process.disk_full = matches!(mishap, Mishap::DiskFull(_));
                        }
                        let rest = failed.fail_write(effect.clone(), todo.clone());
                        failed.unfold(rest, done + 1, step.with(mishap), out);
                    }
                }
            }
            todo = self.carry_out(effect, todo);
            done += 1;
        }
        self.finish(step, out);
    }

    fn finish(mut self, step: Move, out: &mut Vec<(Move, Box<Self>)>) {
        self.check_state();
        self.tidy();
        out.push((step, Box::new(self)));
    }

    /// What can happen next.
    ///
    /// What others do to the gateway makes a difference only to the next request that arrives, to a
    /// clock that goes on, or to an end that was told: it happens right before these.
    pub(super) fn steps(&self) -> Vec<Step> {
        if !self.has_happened(Once::Booted) {
            return vec![Step::Boot];
        }
        let mut steps = Vec::with_capacity(32);
        if !self.is_asleep {
            self.process_steps(&mut steps);
        }
        let wire = self.process.as_ref().and_then(|it| it.request.as_ref());
        let is_gone = self.process.is_none() && self.disk.is_none();
        let next = self.next_landmark().filter(|_| wire.is_none() && !is_gone);
        let is_over = self.told.is_some() || is_gone;
        let is_noticed = wire.is_some() || next.is_some();
        if is_over || (is_noticed && self.outage.is_none()) {
            self.world_steps(&mut steps);
        }
        if let Some(next) = next {
            let expires = self
                .gateway
                .code()
                .is_some_and(|(end, _)| end > self.server_seconds());
            if expires && self.may_happen(Once::CodeExpired) && self.seconds < LIFETIME {
                steps.push(Step::Time(Landmark::CodeExpires));
            }
            steps.push(Step::Time(next));
        }
        steps
    }

    fn process_steps(&self, steps: &mut Vec<Step>) {
        let Some(process) = &self.process else {
            if self.disk.is_some() {
                steps.push(Step::Boot);
            }
            return;
        };
        if let Some((request, _)) = &process.request {
            let is_get = matches!(request, Request::Retrieve { .. });
            for wallet in self.wallets(request) {
                steps.push(Step::Exchange(Fault::None, wallet));
                if self.faults > 0 && self.outage.is_none() {
                    let faults: &[Fault] = if is_get { &GET_FAULTS } else { &POST_FAULTS };
                    // What the very first answer says, nothing can contradict.
                    let knows_amount = process.flow.record().intent.is_some();
                    let faults = faults
                        .iter()
                        .filter(|fault| knows_amount || **fault != Fault::Contradiction);
                    steps.extend(faults.map(|fault| Step::Exchange(*fault, wallet)));
                }
            }
            if self.faults > 0 && !is_get {
                steps.push(Step::Crash { goes_on: true });
            }
        }
        if self.faults > 0 {
            steps.push(Step::Crash { goes_on: false });
        }
        if self.is_due() {
            steps.push(Step::Wake);
        }
        if process.delivery {
            steps.push(Step::Accept);
        }
        let state = process.flow.state();
        let unresolved = matches!(
            &state,
            PaymentState::Finished {
                result: PaymentResult::Unresolved { .. }
            }
        );
        if unresolved {
            steps.push(Step::Acknowledge);
        }
        if self.told.is_none() {
            steps.extend([Step::Cancel, Step::PollNow]);
            let can_switch = matches!(state, PaymentState::AwaitingCustomer { .. });
            if can_switch && self.may_happen(Once::Switch) {
                let all = [Switch::Cash, Switch::ScannedCode, Switch::OtherWallet];
                steps.extend(all.map(Step::Switch));
            }
        }
        self.card_steps(&state, steps);
    }

    fn card_steps(&self, state: &PaymentState, steps: &mut Vec<Step>) {
        let card = &self.card;
        if card.request.is_some() {
            let all = [
                CardOutcome::Approved,
                CardOutcome::Declined,
                CardOutcome::Cancelled,
                CardOutcome::Error,
            ];
            let possible = |outcome: &CardOutcome| match card.answer {
                Some(answer) => answer == *outcome,
                None => card.charges == 0,
            };
            steps.extend(all.into_iter().filter(possible).map(Step::HandIn));
        }
        let waits = matches!(state, PaymentState::AwaitingCardApp { .. });
        if waits && card.launches == 0 && self.seconds < LIFETIME {
            steps.push(Step::Launch);
        }
    }

    fn world_steps(&self, steps: &mut Vec<Step>) {
        let now = self.server_seconds();
        for (index, request) in (0..).zip(&self.stragglers) {
            let wallets = self.wallets(request);
            steps.extend(wallets.into_iter().map(|it| Step::Straggler(index, it)));
        }
        if self.gateway.has_payable_code(now) {
            steps.push(Step::CustomerPays { slowly: false });
            steps.push(Step::CustomerPays { slowly: true });
        }
        if self.gateway.can_settle() {
            steps.push(Step::Settle);
        }
        if self.gateway.status == Status::RequiresAction {
            steps.push(Step::ProviderFails);
        }
        if self.gateway.is_open() {
            steps.push(Step::BackEndWithdraws);
            steps.push(Step::OtherTill(OtherTill::TakesCash));
            if self.setup.method == "credit_card" {
                steps.push(Step::OtherTill(OtherTill::TakesCard));
            }
            // A gateway that may have been paid asks the wallet before it shows another code.
            if self.may_happen(Once::OtherCode) && !self.gateway.can_settle() {
                steps.push(Step::OtherTill(OtherTill::ShowsCode));
            }
        }
        let card = &self.card;
        let can_charge = card.request.is_some() && card.answer.is_none() && card.charges == 0;
        if self.told.is_some() && can_charge {
            steps.push(Step::CardCharges);
        }
    }

    fn next_landmark(&self) -> Option<Landmark> {
        match self.seconds {
            ..LIFETIME => Some(Landmark::IntentExpires),
            // Only for a card does it matter that the gateway forgets its keys later than that.
            LIFETIME..=DEADLINE if self.setup.method == "credit_card" => Some(Landmark::Deadline),
            LIFETIME..NEXT_DAY => Some(Landmark::NextDay),
            _ => None,
        }
    }

    /// What the wallet may do, if it is this request that has it asked for the first time.
    fn wallets(&self, request: &Request) -> Vec<Option<WalletPlan>> {
        let asks = matches!(request, Request::Confirm { body, .. } if body.customer_code.is_some());
        if asks && self.gateway.is_open() && !self.has_happened(Once::WalletChosen) {
            WALLETS.map(Some).to_vec()
        } else {
            vec![None]
        }
    }

    /// Whether the flow waits for no more than the moment that the clock may stand still for.
    pub(super) fn is_due(&self) -> bool {
        let due = self.process.as_ref().and_then(|it| it.flow.wake_at());
        due.is_some_and(|due| due.saturating_sub(self.moment().monotonic).as_secs() <= SHORT_WAIT)
    }

    /// Has a step happen, and tells what the flow wants done.
    pub(super) fn take(&mut self, step: Step) -> Vec<Effect> {
        let now = self.moment();
        self.is_asleep |= step.is_elsewhere() && self.is_idle();
        match step {
            Step::Boot => {
                let is_first = !self.has_happened(Once::Booted);
                self.happens(Once::Booted);
                self.boot();
                let now = self.moment();
                return self.with_flow(|flow| match is_first {
                    true => flow.start(now),
                    false => flow.resume(now),
                });
            }
            Step::Crash { goes_on } => {
                self.faults -= 1;
                let request = self.process.take().and_then(|process| process.request);
                self.stragglers
                    .extend(request.filter(|_| goes_on).map(|(request, _)| request));
            }
            Step::Wake => return self.wake(),
            Step::Exchange(fault, wallet) => return self.exchange(fault, wallet),
            Step::Straggler(index, wallet) => {
                self.choose(wallet);
                let request = self.stragglers.remove(usize::from(index));
                self.gateway.handle(self.server_seconds(), &request);
            }
            Step::Accept => {
                self.acknowledged = true;
                if let Some(process) = &mut self.process {
                    process.delivery = false;
                }
                return self.with_flow(|flow| flow.acknowledge().1);
            }
            Step::Cancel => {
                return self.with_flow(|flow| flow.cancel(now));
            }
            Step::Switch(to) => {
                self.happens(Once::Switch);
                let method = match to {
                    Switch::Cash => PaymentMethod::Cash,
                    Switch::ScannedCode => scanned(),
                    Switch::OtherWallet => PaymentMethod::QrMpm {
                        provider: "LINEPAY".to_owned(),
                    },
                };
                return self.with_flow(|flow| flow.switch_method(now, method).1);
            }
            Step::PollNow => {
                return self.with_flow(|flow| flow.poll_now(now));
            }
            Step::Acknowledge => {
                self.acknowledged = true;
                return self.with_flow(|flow| flow.acknowledge().1);
            }
            Step::Launch => {
                let record = self.process.as_ref().map(|it| it.flow.record());
                if let Some(request) = record.and_then(|record| record.card_request()) {
                    self.launch(request);
                }
            }
            Step::HandIn(outcome) => return self.hand_in(outcome),
            Step::CardCharges => self.card.charges += 1,
            Step::CustomerPays { slowly } => {
                self.gateway.pay(self.server_seconds(), slowly);
            }
            Step::Settle => self.gateway.settle(),
            Step::ProviderFails => self.gateway.fail(self.server_seconds()),
            Step::BackEndWithdraws => self.gateway.withdraw(self.server_seconds()),
            Step::OtherTill(what) => {
                if what == OtherTill::ShowsCode {
                    self.happens(Once::OtherCode);
                }
                self.gateway.other_till(self.server_seconds(), what);
            }
            Step::Time(landmark) => self.pass(landmark),
        }
        Vec::new()
    }

    fn wake(&mut self) -> Vec<Effect> {
        let due = self.process.as_ref().and_then(|it| it.flow.wake_at());
        let wait = due
            .unwrap_or_default()
            .saturating_sub(self.moment().monotonic);
        self.waited += u64::try_from(wait.as_millis()).unwrap_or_default();
        // Elsewhere a wake repeats what somebody has asked for.
        let disk = self.disk.as_ref();
        self.is_waking = disk.is_some_and(|disk| disk.stage == Stage::Watching);
        let now = self.moment();
        self.with_flow(|flow| flow.wake(now))
    }

    fn hand_in(&mut self, outcome: CardOutcome) -> Vec<Effect> {
        let now = self.moment();
        let Some(request) = &self.card.request else {
            return Vec::new();
        };
        let result = answer(request, outcome);
        if self.card.answer.is_none() {
            self.card.answer = Some(outcome);
            self.card.charges += u8::from(outcome == CardOutcome::Approved);
        }
        self.is_handing_in = true;
        self.with_flow(|flow| flow.card_result(now, result).unwrap_or_default())
    }

    fn choose(&mut self, wallet: Option<WalletPlan>) {
        if let Some(wallet) = wallet {
            self.happens(Once::WalletChosen);
            self.gateway.choose_wallet(wallet);
        }
    }

    fn exchange(&mut self, fault: Fault, wallet: Option<WalletPlan>) -> Vec<Effect> {
        let request = self.process.as_mut().and_then(|it| it.request.take());
        let Some((request, sent_at)) = request else {
            return Vec::new();
        };
        self.choose(wallet);
        self.faults -= u8::from(fault != Fault::None);
        if let Fault::Outage(outage) = fault {
            self.outage = Some(outage);
        }
        let (reply, word) = match self.outage {
            Some(Outage::Gateway) => (self.response((503, error("internal_error"))), None),
            Some(Outage::Portal) => (page(200, self.server_seconds() - DAY), None),
            None => self.meet(&request, fault),
        };
        self.word = word;
        self.round_ended = Some(sent_at);
        let is_fresh = word.is_none_or(|word| word.at == self.seconds);
        let is_dated = word.is_some() && self.setup.has_dates;
        if let Some(process) = &mut self.process {
            // A word that was slept over belies the dates before it.
            process.dates = match is_fresh {
                true => (process.dates + u8::from(is_dated)).min(2),
                false => 0,
            };
        }
        let now = self.moment();
        self.with_flow(|flow| flow.answered(now, &reply))
    }

    /// What a fault does to a request and its reply.
    fn meet(&mut self, request: &Request, fault: Fault) -> (Reply, Option<Word>) {
        let lost = Err(UncertaintyCause::ConnectionLost);
        let now = self.server_seconds();
        match fault {
            Fault::None | Fault::Outage(_) => self.answer(request, false),
            Fault::LostRequest => (lost, None),
            Fault::LostReply => {
                drop(self.answer(request, false));
                (lost, None)
            }
            Fault::Late => {
                self.stragglers.push(request.clone());
                (lost, None)
            }
            Fault::Duplicated => {
                let answer = self.answer(request, false);
                self.stragglers.push(request.clone());
                answer
            }
            Fault::ErrorBefore => (self.response((503, error("internal_error"))), None),
            Fault::ErrorAfter => {
                drop(self.answer(request, false));
                (self.response((502, error("provider_error"))), None)
            }
            Fault::Busy => (self.response((429, error("invalid_request"))), None),
            Fault::PageAhead => (page(502, now + DAY), None),
            Fault::PageBehind => (page(200, now - DAY), None),
            Fault::NoSuchPath => (page(404, now), None),
            Fault::Contradiction => self.answer(request, true),
            Fault::Asleep => {
                let answer = self.answer(request, false);
                if let Some(next) = self.next_landmark() {
                    self.pass(next);
                }
                answer
            }
        }
    }

    /// The gateway carries a request out and answers.
    fn answer(&mut self, request: &Request, contradicts: bool) -> (Reply, Option<Word>) {
        let mut answer = self.gateway.handle(self.server_seconds(), request);
        let is_about_money = answer.1.get("amount").is_some();
        if contradicts && is_about_money {
            answer.1["amount"] = (AMOUNT + 1).into();
        }
        let mut ledger = self.gateway.ledger.iter();
        let word = Word {
            status: self.gateway.status,
            is_ours: ledger.any(|charge| charge.ours),
            contradicts: contradicts && is_about_money,
            at: self.seconds,
        };
        // A server error says nothing, also when it is the gateway's own.
        let word = (answer.0 < 500).then_some(word);
        (self.response(answer), word)
    }

    fn response(&self, (status, body): (u16, serde_json::Value)) -> Reply {
        let date = self
            .setup
            .has_dates
            .then(|| http_date(self.server_seconds()));
        Ok(HttpResponse {
            status,
            date,
            retry_after: (status == 429).then(|| "7".to_owned()),
            body: body.to_string().into_bytes(),
        })
    }

    fn pass(&mut self, landmark: Landmark) {
        let code_end = self
            .gateway
            .code()
            .map(|(end, _)| end - self.server_seconds());
        let to = match landmark {
            Landmark::CodeExpires => {
                self.happens(Once::CodeExpired);
                self.seconds + code_end.unwrap_or_default() + MARGIN
            }
            Landmark::IntentExpires => LIFETIME + MARGIN,
            Landmark::Deadline => AFTER_DEADLINE,
            Landmark::NextDay => NEXT_DAY,
        };
        self.seconds = to;
        self.waited = 0;
        if landmark == Landmark::NextDay {
            self.stragglers.clear();
            self.gateway.keep_answers(|_| false);
        }
        self.gateway.tick(self.server_seconds());
        self.is_asleep = false;
    }
}

const DAY: i64 = 86_400;
/// More than all the short waits between two landmarks.
const MARGIN: i64 = 60;
const SHORT_WAIT: u64 = 61;
const DEADLINE: i64 = LIFETIME + GRACE;
const AFTER_DEADLINE: i64 = DEADLINE + MARGIN;
pub(super) const NEXT_DAY: i64 = DAY + DEADLINE;

fn page(status: u16, date: i64) -> Reply {
    Ok(HttpResponse {
        status,
        date: Some(http_date(date)),
        retry_after: None,
        body: b"<html>Welcome to the Wi-Fi</html>".to_vec(),
    })
}
