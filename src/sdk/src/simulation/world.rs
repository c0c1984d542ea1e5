//! One payment: everybody together, one step after the other.

use std::time::Duration;

use fastrand::Rng;
use mpac_pgw_protocol::Timestamp;

use super::app::{CardApp, OtherTill, Plan};
use super::gateway::{Charge, Gateway, TOKEN};
use super::network::Network;
use super::tally::Tally;
use crate::clock::{Entropy, EntropyError, Moment};
use crate::events::PaymentEventKind;
use crate::exchange::{Reply, Request};
use crate::flow::Flow;
use crate::method::PaymentMethod;
use crate::record::AttemptRecord;
use crate::state::CancelOutcome;

const BASE: i64 = 1_765_189_800;
/// By then every PaymentIntent is over, and the network is healed.
const HEAL_AT: u64 = 3_600_000;
const END_AT: u64 = 5_400_000;
/// What the customer shows, for the terminal to scan.
pub(super) const CUSTOMERS_CODE: &str = "281012345678901234";

pub(super) struct Randomness(pub(super) Rng);

impl Entropy for Randomness {
    fn random(&mut self) -> Result<[u8; 16], EntropyError> {
        Ok(uuid::Uuid::from_u64_pair(self.0.u64(..), self.0.u64(..)).into_bytes())
    }
}

/// One process of the terminal.
pub(super) struct Process {
    pub(super) flow: Flow,
    /// When it was started.
    pub(super) booted_at: u64,
    /// A reply on its way, and when it arrives.
    pub(super) reply: Option<(u64, Heard)>,
    /// The final event waits for the app, until then.
    pub(super) delivery: Option<u64>,
    /// When it heard the gateway itself.
    pub(super) own_words: Vec<u64>,
}

/// A reply, and what is known about it that the terminal cannot know.
#[derive(Clone)]
pub(super) struct Heard {
    pub(super) reply: Reply,
    /// Nobody has touched it on the way.
    pub(super) is_own_word: bool,
    /// The order was paid when it was given.
    pub(super) is_paid: bool,
    /// A code could be paid then.
    pub(super) had_code: bool,
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
    pub(super) acknowledged: bool,
    /// The process died while the card app's answer was being handed over.
    pub(super) result_lost: bool,
    pub(super) told_unrecorded: bool,
    pub(super) cancel_answer: Option<CancelOutcome>,
    pub(super) unresolved_events: u32,
    pub(super) card_app_answered_at: u64,
    /// What the terminal is just taking in.
    pub(super) hearing: Option<Heard>,
    /// Somebody has written to the disk.
    pub(super) forged: bool,
    pub(super) heal_at: u64,
    pub(super) end_at: u64,
    pub(super) wall_skew: i64,
    pub(super) tally: Tally,
}

impl World {
    pub(super) fn new(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let plan = Plan::new(&mut rng);
        let mut network = Network::new(&mut rng);
        if rng.u8(..4) == 0 {
            network.gone = plan.sleeps.map(|(from, until)| (from, until + 2_400_000));
        }
        let mut gateway = Gateway::new(BASE, plan.wallet);
        gateway.forgets_keys = rng.u8(..50) == 0;
        let mut pays_at = None;
        gateway.names_the_card = rng.bool();
        if rng.u8(..10) == 0 && gateway.other_till(BASE, OtherTill::ShowsCode) {
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
        let record = AttemptRecord::new(token, method, created_at, &mut entropy).unwrap();
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
            acknowledged: false,
            result_lost: false,
            told_unrecorded: false,
            cancel_answer: None,
            unresolved_events: 0,
            card_app_answered_at: 0,
            hearing: None,
            forged: false,
            heal_at: HEAL_AT,
            end_at: END_AT,
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
        while self.now < self.end_at && (self.disk.is_some() || self.now < self.heal_at) {
            let Some(next) = self.next_time() else { break };
            self.now = next.max(self.now);
            if self.is_healed() {
                self.network.healed = true;
                self.plan.crash_percent = 0;
                self.plan.disk_fault_percent = 0;
            }
            self.step();
            self.check();
        }
        self.check_end();
        let is_scanned = |charge: &Charge| charge.method == "qr_cpm";
        self.tally.scanned_codes_paid = u64::from(self.gateway.ledger.iter().any(is_scanned));
        self.tally
    }

    pub(super) fn is_healed(&self) -> bool {
        self.now >= self.heal_at
    }

    pub(super) fn log(&self, what: impl FnOnce() -> String) {
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

    pub(super) fn server_seconds(&self, at: u64) -> i64 {
        BASE + i64::try_from(at / 1000).unwrap()
    }

    pub(super) fn moment(&self) -> Moment {
        let booted_at = self
            .process
            .as_ref()
            .map_or(self.now, |process| process.booted_at);
        Moment {
            monotonic: Duration::from_millis(self.now - booted_at),
            wall: Timestamp::from_unix_seconds(self.server_seconds(self.now) + self.wall_skew),
        }
    }

    /// The time of whatever happens next.
    fn next_time(&self) -> Option<u64> {
        let mut times: Vec<u64> = Vec::with_capacity(12);
        match &self.process {
            None if self.disk.is_some() => times.push(self.restart_at),
            None => {}
            Some(process) => {
                let wakes =
                    |due: Duration| process.booted_at + u64::try_from(due.as_millis()).unwrap() + 1;
                let mut own = Vec::with_capacity(8);
                own.extend(process.reply.as_ref().map(|(at, _)| *at));
                own.extend(process.delivery);
                own.extend(process.flow.wake_at().map(wakes));
                own.extend(self.card_app.results.iter().map(|(at, _)| *at));
                own.extend(self.plan.cancels_at);
                own.extend(self.plan.switches_at);
                own.extend(self.plan.polls_now_at);
                times.extend(own.into_iter().min().map(|at| self.once_awake(at)));
            }
        }
        times.extend(self.stragglers.iter().map(|(at, _)| *at));
        times.extend(self.pays_at);
        times.extend(self.plan.back_end_withdraws_at);
        times.extend(self.plan.other_till.map(|(at, _)| at));
        times.into_iter().min()
    }

    /// When something that is due while the terminal sleeps happens.
    fn once_awake(&self, at: u64) -> u64 {
        let at = at.max(self.now);
        match self.plan.sleeps {
            Some((from, until)) if (from..until).contains(&at) => until,
            _ => at,
        }
    }

    pub(super) fn due(&self, at: Option<u64>) -> bool {
        at.is_some_and(|at| at <= self.now)
    }

    /// One thing happens.
    fn step(&mut self) {
        let server_now = self.server_seconds(self.now);
        self.gateway.tick(server_now);
        if self.due(self.plan.back_end_withdraws_at) {
            self.plan.back_end_withdraws_at = None;
            self.gateway.withdraw(server_now);
        } else if let Some((_, what)) = self.plan.other_till.filter(|(at, _)| *at <= self.now) {
            self.plan.other_till = None;
            self.log(|| format!("another till: {what:?}"));
            if self.gateway.other_till(server_now, what) {
                self.pays_at = self.plan.pays_after.map(|after| self.now + after);
            }
        } else if self.due(self.pays_at) {
            self.customer_acts(server_now);
        } else if let Some(index) = self.stragglers.iter().position(|(at, _)| *at <= self.now) {
            let (_, request) = self.stragglers.swap_remove(index);
            self.log(|| format!("late: {request:?}"));
            self.gateway.handle(server_now, &request);
        } else if self.process.is_none() {
            self.boot(false);
        } else if self.once_awake(self.now) == self.now {
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
}

/// A code that the customer shows, and the terminal has scanned.
pub(super) fn scanned() -> PaymentMethod {
    PaymentMethod::QrCpm {
        provider: "PAYPAY".to_owned(),
        customer_code: CUSTOMERS_CODE.into(),
    }
}
