//! One payment: everybody together, one step after the other.

use std::collections::VecDeque;
use std::time::Duration;

use fastrand::Rng;
use mpac_pgw_protocol::Timestamp;

use super::app::{CardApp, Plan};
use super::gateway::{Charge, Gateway, TOKEN, error};
use super::network::{Fault, Network};
use crate::clock::{Entropy, Moment};
use crate::config::PollingPolicy;
use crate::events::PaymentEventKind;
use crate::exchange::{HttpResponse, Reply, Request};
use crate::flow::{Effect, Flow};
use crate::method::PaymentMethod;
use crate::record::{AttemptRecord, Stage};
use crate::state::{CancelOutcome, FailureCode, UncertaintyCause};

const BASE: i64 = 1_765_189_800;
/// By then every PaymentIntent is over, and the network is healed.
const HEAL_AT: u64 = 3_600_000;
const END_AT: u64 = 5_400_000;
/// What the customer shows, for the terminal to scan.
pub(super) const CUSTOMERS_CODE: &str = "281012345678901234";
const REQUEST_TIMEOUT: u64 = 30_000;

/// What happened, summed up over many payments.
#[derive(Debug, Default, Clone)]
pub(super) struct Tally {
    succeeded: u64,
    failed: u64,
    cancelled: u64,
    unresolved: u64,
    crashes: u64,
    requests: u64,
    faults: u64,
    replays: u64,
    scanned_codes_paid: u64,
    scanned_codes_refused: u64,
}

impl Tally {
    pub(super) fn add(&mut self, other: &Self) {
        self.succeeded += other.succeeded;
        self.failed += other.failed;
        self.cancelled += other.cancelled;
        self.unresolved += other.unresolved;
        self.crashes += other.crashes;
        self.requests += other.requests;
        self.faults += other.faults;
        self.replays += other.replays;
        self.scanned_codes_paid += other.scanned_codes_paid;
        self.scanned_codes_refused += other.scanned_codes_refused;
    }

    /// A simulation in which something never happens proves nothing about it.
    pub(super) fn assert_everything_happened(&self) {
        let counts = [
            self.succeeded,
            self.failed,
            self.cancelled,
            self.unresolved,
            self.crashes,
            self.requests,
            self.faults,
            self.replays,
            self.scanned_codes_paid,
            self.scanned_codes_refused,
        ];
        assert!(counts.iter().all(|count| *count > 100), "{self:?}");
    }
}

struct Randomness(Rng);

impl Entropy for Randomness {
    fn random(&mut self) -> [u8; 16] {
        uuid::Uuid::from_u64_pair(self.0.u64(..), self.0.u64(..)).into_bytes()
    }
}

/// One process of the terminal.
pub(super) struct Process {
    pub(super) flow: Flow,
    /// Its monotonic clock began at this virtual time.
    booted_at: u64,
    /// A reply on its way, and when it arrives.
    reply: Option<(u64, Reply)>,
    /// The final event waits for the app, until then.
    delivery: Option<u64>,
}

pub(super) struct World {
    pub(super) seed: u64,
    pub(super) trace: bool,
    pub(super) now: u64,
    pub(super) rng: Rng,
    pub(super) plan: Plan,
    pub(super) gateway: Gateway,
    pub(super) network: Network,
    pub(super) card_app: CardApp,
    /// What is on disk.
    pub(super) disk: Option<AttemptRecord>,
    pub(super) process: Option<Process>,
    pub(super) restart_at: u64,
    /// Requests that are carried out though nobody waits for them any more.
    pub(super) stragglers: Vec<(u64, Request)>,
    /// When the customer pays the code on show.
    pub(super) pays_at: Option<u64>,
    /// What the app was told last, if it was final.
    pub(super) told: Option<PaymentEventKind>,
    /// The app has taken the final event.
    pub(super) accepted: bool,
    /// The process died while the card app's answer was being handed over.
    pub(super) result_lost: bool,
    pub(super) told_unrecorded: bool,
    pub(super) cancel_answer: Option<CancelOutcome>,
    pub(super) wall_skew: i64,
    pub(super) tally: Tally,
}

impl World {
    pub(super) fn new(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let plan = Plan::new(&mut rng);
        let network = Network::new(&mut rng);
        let mut gateway = Gateway::new(BASE, plan.wallet);
        gateway.forgets_keys = rng.u8(..50) == 0;
        let mut pays_at = None;
        if rng.u8(..10) == 0 {
            gateway.open_elsewhere(BASE);
            pays_at = plan.pays_after;
        }
        let method = match rng.u8(..4) {
            0 => PaymentMethod::CreditCard,
            1 => PaymentMethod::Cash,
            2 => scanned(),
            _ => PaymentMethod::QrMpm {
                provider: "PAYPAY".to_owned(),
            },
        };
        let mut entropy = Randomness(rng.fork());
        let created_at = Timestamp::from_unix_seconds(BASE);
        let token = TOKEN.parse().unwrap();
        let record = AttemptRecord::new(token, method, created_at, &mut entropy);
        let wall_skew = rng.i64(-100_000..100_000);
        Self {
            seed,
            trace: false,
            now: 0,
            plan,
            gateway,
            network,
            card_app: CardApp::default(),
            disk: Some(record),
            process: None,
            restart_at: 0,
            stragglers: Vec::new(),
            pays_at,
            told: None,
            accepted: false,
            result_lost: false,
            told_unrecorded: false,
            cancel_answer: None,
            wall_skew,
            tally: Tally::default(),
            rng,
        }
    }

    pub(super) fn traced(mut self) -> Self {
        self.trace = true;
        self
    }

    pub(super) fn run(mut self) -> Tally {
        self.boot(true);
        while self.now < END_AT && (self.disk.is_some() || self.now < HEAL_AT) {
            let Some(next) = self.next_time() else { break };
            self.now = next.max(self.now);
            if self.now >= HEAL_AT {
                self.network.healed = true;
                self.plan.crash_percent = 0;
            }
            self.step();
            self.check();
        }
        self.check_end();
        let is_scanned = |charge: &Charge| charge.method == "qr_cpm";
        self.tally.scanned_codes_paid = u64::from(self.gateway.ledger.iter().any(is_scanned));
        self.tally
    }

    fn log(&self, what: impl FnOnce() -> String) {
        if self.trace {
            println!("{:>9.3} s  {}", self.now as f64 / 1000.0, what());
        }
    }

    pub(super) fn violated(&self, what: &str) -> ! {
        panic!(
            "seed {}: {what} at {} ms (gateway {:?}, ledger {:?}, card charges {}, told {:?})",
            self.seed,
            self.now,
            self.gateway.status,
            self.gateway.ledger,
            self.card_app.charges,
            self.told
        )
    }

    fn server_seconds(&self, at: u64) -> i64 {
        BASE + i64::try_from(at / 1000).unwrap()
    }

    fn moment(&self) -> Moment {
        let booted_at = self
            .process
            .as_ref()
            .map_or(self.now, |process| process.booted_at);
        Moment {
            monotonic: Duration::from_millis(self.now - booted_at),
            wall: Timestamp::from_unix_seconds(self.server_seconds(self.now) + self.wall_skew),
        }
    }

    /// A process starts and takes up what is on disk.
    fn boot(&mut self, first: bool) {
        let Some(record) = self.disk.clone() else {
            return;
        };
        self.log(|| format!("boot, stage {:?}", record.stage));
        let entropy = Box::new(Randomness(self.rng.fork()));
        let now = self.moment();
        let flow = Flow::new(record, PollingPolicy::default(), entropy, now);
        self.process = Some(Process {
            flow,
            booted_at: self.now,
            reply: None,
            delivery: None,
        });
        let now = self.moment();
        self.with_flow(|flow| {
            if first {
                flow.start(now)
            } else {
                flow.resume(now)
            }
        });
    }

    /// The time of whatever happens next.
    fn next_time(&self) -> Option<u64> {
        let mut times: Vec<u64> = Vec::with_capacity(12);
        match &self.process {
            None if self.disk.is_some() => times.push(self.restart_at),
            None => {}
            Some(process) => {
                times.extend(process.reply.as_ref().map(|(at, _)| *at));
                times.extend(process.delivery);
                times.extend(
                    process
                        .flow
                        .wake_at()
                        .map(|due| process.booted_at + u64::try_from(due.as_millis()).unwrap() + 1),
                );
                times.extend(self.card_app.results.iter().map(|(at, _)| *at));
                times.extend(self.plan.cancels_at);
                times.extend(self.plan.switches_at);
                times.extend(self.plan.polls_now_at);
            }
        }
        times.extend(self.stragglers.iter().map(|(at, _)| *at));
        times.extend(self.pays_at);
        times.extend(self.plan.back_end_withdraws_at);
        times.into_iter().min()
    }

    fn due(&self, at: Option<u64>) -> bool {
        at.is_some_and(|at| at <= self.now)
    }

    /// One thing happens.
    fn step(&mut self) {
        let server_now = self.server_seconds(self.now);
        self.gateway.tick(server_now);
        if self.due(self.plan.back_end_withdraws_at) {
            self.plan.back_end_withdraws_at = None;
            self.gateway.withdraw(server_now);
        } else if self.due(self.pays_at) {
            self.customer_acts(server_now);
        } else if let Some(index) = self.stragglers.iter().position(|(at, _)| *at <= self.now) {
            let (_, request) = self.stragglers.swap_remove(index);
            self.log(|| format!("late: {request:?}"));
            self.gateway.handle(server_now, &request);
        } else if self.process.is_none() {
            self.boot(false);
        } else {
            self.terminal_acts();
        }
    }

    fn customer_acts(&mut self, server_now: i64) {
        self.pays_at = None;
        if self.plan.provider_gives_up {
            self.gateway.fail(server_now);
            return;
        }
        if self.gateway.pay(server_now, self.plan.pays_slowly) {
            self.log(|| "the customer pays".to_owned());
        }
    }

    fn terminal_acts(&mut self) {
        let now = self.moment();
        let Some(process) = &mut self.process else {
            return;
        };
        if process
            .reply
            .as_ref()
            .is_some_and(|(at, _)| *at <= self.now)
        {
            if let Some((_, reply)) = process.reply.take() {
                // A slow provider is done by the time somebody has asked a few times.
                if self.rng.u8(..3) == 0 {
                    self.gateway.settle();
                }
                self.with_flow(|flow| flow.answered(now, &reply));
            }
        } else if process.delivery.is_some_and(|at| at <= self.now) {
            self.deliver();
        } else if self.due(self.plan.cancels_at) {
            self.plan.cancels_at = None;
            self.log(|| "the staff cancels".to_owned());
            self.with_flow(|flow| flow.cancel(now));
        } else if self.due(self.plan.switches_at) {
            self.plan.switches_at = None;
            let method = match self.rng.u8(..3) {
                0 => PaymentMethod::Cash,
                1 => scanned(),
                _ => PaymentMethod::QrMpm {
                    provider: "LINEPAY".to_owned(),
                },
            };
            self.log(|| format!("the staff switches to {method:?}"));
            self.with_flow(|flow| flow.switch_method(now, method).1);
        } else if let Some(index) = self
            .card_app
            .results
            .iter()
            .position(|(at, _)| *at <= self.now)
        {
            let (_, result) = self.card_app.results.swap_remove(index);
            self.log(|| format!("card result: {result:?}"));
            self.with_flow(|flow| flow.card_result(now, result).unwrap_or_default());
            let waits = |disk: &AttemptRecord| disk.stage == Stage::AwaitingCard;
            self.result_lost |= self.process.is_none() && self.disk.as_ref().is_some_and(waits);
        } else if self.due(self.plan.polls_now_at) {
            self.plan.polls_now_at = None;
            self.with_flow(|flow| flow.poll_now(now));
        } else {
            self.with_flow(|flow| flow.wake(now));
        }
    }

    /// The app hears the final event, and may throw.
    fn deliver(&mut self) {
        if self.plan.exceptions > 0 {
            self.plan.exceptions -= 1;
            if let Some(process) = &mut self.process {
                process.delivery = Some(self.now + 1_000);
            }
            return;
        }
        if let Some(process) = &mut self.process {
            process.delivery = None;
        }
        self.accepted = true;
        self.with_flow(Flow::final_event_accepted);
    }

    fn with_flow(&mut self, act: impl FnOnce(&mut Flow) -> Vec<Effect>) {
        let Some(process) = &mut self.process else {
            return;
        };
        let effects = act(&mut process.flow);
        self.carry_out(effects.into());
    }

    fn carry_out(&mut self, mut effects: VecDeque<Effect>) {
        while let Some(effect) = effects.pop_front() {
            if self.rng.u8(..100) < self.plan.crash_percent {
                return self.crash();
            }
            match effect {
                Effect::Save | Effect::SaveFirst => {
                    let saved = self
                        .process
                        .as_ref()
                        .map(|process| process.flow.record().clone());
                    self.disk = saved;
                }
                Effect::Send(request) => self.send(request),
                Effect::Emit { event, replayed } => self.hear(event, replayed),
                Effect::AnswerCancel(outcome) => self.cancel_answer = Some(outcome),
                Effect::Forget => {
                    self.disk = None;
                    self.process = None;
                    return;
                }
            }
        }
        if self.rng.u8(..100) < self.plan.crash_percent {
            self.crash();
        }
    }

    fn crash(&mut self) {
        self.log(|| "crash".to_owned());
        self.tally.crashes += 1;
        self.process = None;
        self.restart_at = self.now + self.rng.u64(..120_000);
    }

    fn send(&mut self, request: Request) {
        self.tally.requests += 1;
        self.check_key(&request);
        let fault = self.network.fault(self.now, &mut self.rng);
        if fault != Fault::None {
            self.tally.faults += 1;
        }
        self.log(|| format!("{request:?}: {fault:?}"));
        let server_now = self.server_seconds(self.now);
        let answer = |world: &mut Self| world.gateway.handle(server_now, &request);
        let lost = Err(UncertaintyCause::ConnectionLost);
        let (delay, reply) = match fault {
            Fault::None => (50, response(server_now, answer(self))),
            Fault::Refused => (5, lost),
            Fault::LostRequest => (REQUEST_TIMEOUT, lost),
            Fault::LostReply => {
                answer(self);
                (REQUEST_TIMEOUT, lost)
            }
            Fault::CarriedOutLate => {
                let late = self.now + self.rng.u64(..120_000);
                self.stragglers.push((late, request));
                (REQUEST_TIMEOUT, lost)
            }
            Fault::Duplicated => {
                answer(self);
                (50, response(server_now, answer(self)))
            }
            Fault::ErrorBefore => (50, response(server_now, (503, error("internal_error")))),
            Fault::ErrorAfter => {
                answer(self);
                (50, response(server_now, (502, error("provider_error"))))
            }
            Fault::Busy => (50, response(server_now, (429, error("invalid_request")))),
            Fault::Truncated => {
                let mut cut = response(server_now, answer(self));
                if let Ok(response) = &mut cut {
                    response
                        .body
                        .truncate(self.rng.usize(..response.body.len()));
                }
                (50, cut)
            }
            Fault::Garbage => {
                let mut page = response(server_now, (200, serde_json::Value::Null));
                if let Ok(response) = &mut page {
                    response.body = b"<html>Welcome to the Wi-Fi</html>".to_vec();
                    response.date = None;
                }
                (50, page)
            }
        };
        let arrival = self.now + self.rng.u64(1..=delay);
        let process = self.process.as_mut();
        if process.is_some_and(|process| process.reply.replace((arrival, reply)).is_some()) {
            self.violated("5: two requests in flight");
        }
    }

    /// The app hears an event.
    fn hear(&mut self, event: PaymentEventKind, replayed: bool) {
        self.log(|| {
            format!(
                "event {}{}",
                event.name(),
                if replayed { " (replayed)" } else { "" }
            )
        });
        self.tally.replays += u64::from(replayed);
        match &event {
            PaymentEventKind::QrReady { .. } => {
                self.pays_at = self.plan.pays_after.map(|after| self.now + after);
            }
            PaymentEventKind::CardAppRequested { request } => {
                if self.gateway.has_payable_code(self.server_seconds(self.now)) {
                    self.violated("6: the card app is launched while a code is payable");
                }
                let plan = self.plan.card;
                self.card_app.launch(self.now, request, plan, &mut self.rng);
            }
            PaymentEventKind::PaymentUnresolved { cause, .. } => {
                self.told_unrecorded |= *cause == UncertaintyCause::CardChargedNotRecorded;
                self.tally.unresolved += 1;
            }
            _ => {}
        }
        if event.is_final() {
            if let Some(told) = self.told.as_ref().filter(|told| **told != event) {
                let told = told.name();
                self.violated(&format!("2: told {told} before, {} now", event.name()));
            }
            if self.told.is_none() {
                match event {
                    PaymentEventKind::PaymentSuccess => self.tally.succeeded += 1,
                    PaymentEventKind::PaymentFailed { code, .. } => {
                        self.tally.failed += 1;
                        let is_refused = code == FailureCode::CustomerCodeRefused;
                        self.tally.scanned_codes_refused += u64::from(is_refused);
                    }
                    _ => self.tally.cancelled += 1,
                }
            }
            self.told = Some(event);
            if let Some(process) = &mut self.process {
                process.delivery = Some(self.now + 10);
            }
        }
    }
}

/// A code that the customer shows, and the terminal has scanned.
fn scanned() -> PaymentMethod {
    PaymentMethod::QrCpm {
        provider: "PAYPAY".to_owned(),
        customer_code: CUSTOMERS_CODE.to_owned(),
    }
}

fn response(server_now: i64, (status, body): (u16, serde_json::Value)) -> Reply {
    let date = time::OffsetDateTime::from_unix_timestamp(server_now).unwrap();
    let rfc2822 = time::format_description::well_known::Rfc2822;
    Ok(HttpResponse {
        status,
        date: Some(date.format(&rfc2822).unwrap()),
        retry_after: (status == 429).then(|| "7".to_owned()),
        body: body.to_string().into_bytes(),
    })
}
