//! The state: everything that can make a difference to what comes next.

use std::cell::Cell;
use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;
use std::sync::OnceLock;
use std::time::Duration;

use mpac_pgw_protocol::Timestamp;

use super::fingerprint::kind_of_cause;
use super::invariants::{Rule, Rules};
use crate::card::{CardOutcome, CardRequest};
use crate::clock::{Entropy, EntropyError, Moment, random_uuid};
use crate::events::PaymentEventKind;
use crate::exchange::Request;
use crate::flow::{Effect, Flow};
use crate::method::PaymentMethod;
use crate::polling::Pacing;
use crate::record::AttemptRecord;
use crate::simulation::app::WalletPlan;
use crate::simulation::gateway::{Gateway, Status, TOKEN};
use crate::state::{CancelOutcome, UncertaintyCause};

/// The gateway's clock at the start.
const BASE: i64 = 1_765_189_800;
/// How long a PaymentIntent lives.
pub(super) const LIFETIME: i64 = 1800;
/// What the gateway may take to name a final status after that.
pub(super) const GRACE: i64 = 300;

/// No time between two requests: the clock only advances when it makes a difference.
pub(super) fn policy() -> Pacing {
    Pacing {
        min_interval: Duration::ZERO,
        max_interval: Duration::ZERO,
        backoff_after: Duration::from_secs(60),
        backoff_interval: Duration::ZERO,
        unresolved_interval: Duration::ZERO,
        expiry_grace: Duration::from_secs(GRACE.unsigned_abs()),
    }
}

/// What else may happen: each of these multiplies the states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Extra {
    All,
    /// The app switches to another method.
    Switch,
    /// Another till shows a code for the same order.
    OtherCode,
    /// The code on show expires.
    CodeExpires,
}

/// What stays the same on every path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Setup {
    pub(super) method: &'static str,
    pub(super) extra: Extra,
    /// The gateway's answers have a `Date`.
    pub(super) has_dates: bool,
    /// How many seconds the terminal's wall clock is ahead.
    pub(super) skew: i64,
    /// The gateway says which card a payment was made with.
    pub(super) names_the_card: bool,
    pub(super) faults: u8,
}

/// An answer of the gateway itself, and how things stood when it was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Word {
    pub(super) status: Status,
    /// By a card of this attempt.
    pub(super) is_ours: bool,
    /// It is about another amount.
    pub(super) contradicts: bool,
    pub(super) at: i64,
}

/// One process of the terminal.
pub(super) struct Process {
    pub(super) flow: Flow,
    /// Its monotonic clock began then, in milliseconds.
    booted_at: u64,
    /// The request under way, and when it was sent.
    pub(super) request: Option<(Request, i64)>,
    /// The final event waits for the app.
    pub(super) delivery: bool,
    /// Nothing can be written any more.
    pub(super) disk_full: bool,
    /// How often it has heard the gateway's clock: none, once, or often enough.
    pub(super) dates: u8,
}

impl Clone for Process {
    fn clone(&self) -> Self {
        Self {
            flow: self.flow.fork(Box::new(NextKey)),
            booted_at: self.booted_at,
            request: self.request.clone(),
            delivery: self.delivery,
            disk_full: self.disk_full,
            dates: self.dates,
        }
    }
}

/// MPACCreditCard, and what the app knows of it.
#[derive(Clone, Default)]
pub(super) struct Card {
    pub(super) request: Option<Rc<CardRequest>>,
    pub(super) launches: u8,
    pub(super) charges: u8,
    pub(super) answer: Option<CardOutcome>,
    /// The SDK has taken the answer.
    pub(super) is_taken: bool,
}

/// What happens at most once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub(super) enum Once {
    Booted = 1,
    Switch = 2,
    OtherCode = 4,
    WalletChosen = 8,
    CodeExpired = 16,
}

/// An outage that nobody mends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Outage {
    /// The gateway answers 503 to everything, with its own `Date`.
    Gateway,
    /// A captive portal answers everything, with a clock of its own.
    Portal,
}

#[derive(Clone)]
pub(super) struct World {
    pub(super) setup: Setup,
    /// The gateway's clock, in seconds since the start. It stands still while nobody would notice.
    pub(super) seconds: i64,
    /// What the terminal has waited meanwhile, in milliseconds.
    pub(super) waited: u64,
    pub(super) faults: u8,
    pub(super) once: u16,
    pub(super) outage: Option<Outage>,
    pub(super) gateway: Gateway,
    pub(super) card: Card,
    pub(super) disk: Option<Rc<AttemptRecord>>,
    pub(super) process: Option<Process>,
    /// Requests that may still arrive though nobody waits for them any more.
    pub(super) stragglers: Vec<Request>,
    /// The final event that the app was told.
    pub(super) told: Option<PaymentEventKind>,
    /// The app has taken the final event, or settled the attempt by hand.
    pub(super) acknowledged: bool,
    pub(super) announced: u32,
    pub(super) cancel_answer: Option<CancelOutcome>,
    pub(super) has_posted: bool,
    /// A write has failed: what was told is told again after a crash.
    pub(super) lost_write: bool,
    /// Others have acted, and nothing but a clock that goes on can notice.
    pub(super) is_asleep: bool,
    // Of the step under way only:
    pub(super) word: Option<Word>,
    pub(super) is_handing_in: bool,
    pub(super) is_waking: bool,
    /// A request has come to an end that began then.
    pub(super) round_ended: Option<i64>,
    pub(super) broken: Rules,
}

impl World {
    pub(super) fn new(setup: Setup) -> Self {
        let method = match setup.method {
            "qr_mpm" => PaymentMethod::QrMpm {
                provider: "PAYPAY".to_owned(),
            },
            "qr_cpm" => scanned(),
            "credit_card" => PaymentMethod::CreditCard,
            _ => PaymentMethod::Cash,
        };
        let created_at = Timestamp::from_unix_seconds(BASE);
        let token = TOKEN.parse().unwrap();
        let mut record = AttemptRecord::new(token, method, created_at, &mut NextKey).unwrap();
        record.confirm_key = key(0).to_owned();
        record.cancel_key = key(1).to_owned();
        let mut gateway = Gateway::new(BASE, WalletPlan::Charges);
        gateway.names_the_card = setup.names_the_card;
        Self {
            setup,
            gateway,
            seconds: 0,
            waited: 0,
            faults: setup.faults,
            once: 0,
            outage: None,
            card: Card::default(),
            disk: Some(Rc::new(record)),
            process: None,
            stragglers: Vec::new(),
            told: None,
            acknowledged: false,
            announced: 0,
            cancel_answer: None,
            has_posted: false,
            lost_write: false,
            is_asleep: false,
            word: None,
            is_handing_in: false,
            is_waking: false,
            round_ended: None,
            broken: Rules::default(),
        }
    }

    pub(super) fn has_happened(&self, what: Once) -> bool {
        self.once & what as u16 != 0
    }

    /// Whether it may happen on these paths, and has not yet.
    pub(super) fn may_happen(&self, what: Once) -> bool {
        let extra = match what {
            Once::Switch => Extra::Switch,
            Once::OtherCode => Extra::OtherCode,
            Once::CodeExpired => Extra::CodeExpires,
            Once::Booted | Once::WalletChosen => Extra::All,
        };
        let is_part = self.setup.extra == Extra::All || self.setup.extra == extra;
        is_part && !self.has_happened(what)
    }

    pub(super) fn happens(&mut self, what: Once) {
        self.once |= what as u16;
    }

    /// The gateway's clock.
    pub(super) fn server_seconds(&self) -> i64 {
        BASE + self.seconds
    }

    fn milliseconds(&self) -> u64 {
        self.seconds.unsigned_abs() * 1000 + self.waited
    }

    pub(super) fn moment(&self) -> Moment {
        let booted_at = self.process.as_ref().map(|process| process.booted_at);
        let since = self.milliseconds() - booted_at.unwrap_or_else(|| self.milliseconds());
        Moment {
            monotonic: Duration::from_millis(since),
            wall: Timestamp::from_unix_seconds(self.server_seconds() + self.setup.skew),
        }
    }

    /// A process takes up what is on disk.
    pub(super) fn boot(&mut self) {
        let Some(record) = self.disk.as_deref().cloned() else {
            return;
        };
        // What could not be written may be told again.
        if std::mem::take(&mut self.lost_write) {
            self.announced = 0;
        }
        let flow = Flow::new(record, policy(), Box::new(NextKey), self.moment());
        self.process = Some(Process {
            flow,
            booted_at: self.milliseconds(),
            request: None,
            delivery: false,
            disk_full: false,
            dates: 0,
        });
    }

    pub(super) fn crash(&mut self) {
        self.process = None;
    }

    /// Has the flow do something.
    pub(super) fn with_flow<T: Default>(&mut self, act: impl FnOnce(&mut Flow) -> T) -> T {
        self.reserve_key();
        let flow = self.process.as_mut().map(|process| &mut process.flow);
        flow.map(act).unwrap_or_default()
    }

    /// Carries one effect out. What is to do after it, besides `todo`, is the answer.
    pub(super) fn carry_out(&mut self, effect: Effect, todo: VecDeque<Effect>) -> VecDeque<Effect> {
        let Some(process) = &mut self.process else {
            return VecDeque::new();
        };
        if is_write(&effect) && process.disk_full && effect != Effect::Forget {
            return self.fail_write(effect, todo);
        }
        match effect {
            Effect::Save | Effect::SaveFirst | Effect::SaveOrForget => {
                self.disk = Some(Rc::new(process.flow.record().clone()));
                self.card.is_taken |= self.is_handing_in;
            }
            Effect::Send(request) => self.send(request),
            Effect::Emit { event, replayed } => self.hear(event, replayed),
            Effect::AnswerCancel(CancelOutcome::Queued) => self.check_queued(),
            Effect::AnswerCancel(outcome) => self.cancel_answer = Some(outcome),
            Effect::Forget => {
                self.disk = None;
                self.process = None;
                return VecDeque::new();
            }
        }
        todo
    }

    /// An effect that writes fails, and leaves what was there before.
    pub(super) fn fail_write(
        &mut self,
        effect: Effect,
        todo: VecDeque<Effect>,
    ) -> VecDeque<Effect> {
        let now = self.moment();
        self.lost_write = true;
        match effect {
            Effect::SaveFirst => self.with_flow(|flow| flow.save_failed(now)).into(),
            // A file can be removed from a disk that is full.
            Effect::SaveOrForget => {
                self.disk = None;
                todo
            }
            Effect::Forget => {
                self.process = None;
                VecDeque::new()
            }
            _ => todo,
        }
    }

    fn send(&mut self, request: Request) {
        self.check_request(&request);
        self.has_posted |= matches!(request, Request::Confirm { .. });
        let sent_at = self.seconds;
        if let Some(process) = &mut self.process
            && process.request.replace((request, sent_at)).is_some()
        {
            self.broken.add(Rule::OneRequest);
        }
    }

    fn hear(&mut self, event: PaymentEventKind, replayed: bool) {
        self.check_event(&event, replayed);
        if let PaymentEventKind::CardAppRequested { request } = &event {
            if self.gateway.has_payable_code(self.server_seconds()) {
                self.broken.add(Rule::NoCardBesideACode);
            }
            self.launch(request.clone());
        }
        if event.is_final() {
            self.told = Some(event);
            if let Some(process) = &mut self.process {
                process.delivery = true;
            }
        }
    }

    pub(super) fn launch(&mut self, request: CardRequest) {
        self.card.request = Some(Rc::new(request));
        self.card.launches += 1;
    }

    /// Forgets what cannot make a difference any more, so that fewer states are told apart.
    pub(super) fn tidy(&mut self) {
        self.gateway.tick(self.server_seconds());
        if !self.gateway.is_open() && !self.gateway.can_settle() {
            self.stragglers.clear();
            self.gateway.come_to_rest();
            for what in [Once::OtherCode, Once::WalletChosen, Once::CodeExpired] {
                self.happens(what);
            }
        }
        if self.process.is_none() && self.disk.is_none() {
            self.waited = 0;
            self.announced = 0;
            self.has_posted = true;
        }
        let keys = self.keys();
        let needed: Vec<bool> = (0..KEYS).map(|n| keys.contains(&key(n))).collect();
        self.gateway
            .keep_answers(|stored| (0..KEYS).any(|n| needed[n] && key(n) == stored));
        self.word = None;
        self.is_handing_in = false;
        self.is_waking = false;
        self.round_ended = None;
    }

    /// The Idempotency-Keys that may still be used.
    fn keys(&self) -> Vec<&str> {
        let mut keys = Vec::with_capacity(8);
        if let Some(disk) = &self.disk {
            keys.extend([&*disk.confirm_key, &*disk.cancel_key]);
        }
        if let Some(process) = &self.process {
            keys.extend(process.flow.keys());
            let request = process.request.as_ref();
            keys.extend(request.and_then(|(request, _)| request_key(request)));
        }
        keys.extend(self.stragglers.iter().filter_map(request_key));
        keys
    }

    /// The next key that is made is the first that is not in use: keys only differ or do not.
    fn reserve_key(&self) {
        let keys = self.keys();
        let free = (0..KEYS).find(|n| !keys.contains(&key(*n)));
        NEXT_KEY.set(free.expect("there are keys enough"));
    }

    pub(super) fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        let h = &mut hasher;
        (
            self.setup,
            self.seconds,
            self.faults,
            self.once,
            self.outage,
        )
            .hash(h);
        self.gateway.fingerprint(h);
        let card = &self.card;
        (card.launches, card.charges, card.answer.map(|it| it as u8)).hash(h);
        card.is_taken.hash(h);
        match &self.disk {
            Some(disk) => disk.fingerprint(h),
            None => 0_u8.hash(h),
        }
        if let Some(process) = &self.process {
            let time = Timestamp::from_unix_seconds(self.server_seconds());
            process.flow.fingerprint(self.moment(), time, h);
            (process.delivery, process.disk_full, process.dates).hash(h);
            if let Some((request, _)) = &process.request {
                hash_request(request, h);
            }
        }
        for request in &self.stragglers {
            hash_request(request, h);
        }
        self.told.as_ref().map(PaymentEventKind::name).hash(h);
        (
            self.acknowledged,
            self.announced,
            self.has_posted,
            self.lost_write,
        )
            .hash(h);
        (self.cancel_answer == Some(CancelOutcome::Cancelled)).hash(h);
        self.is_asleep.hash(h);
        hasher.finish()
    }

    /// Whether the terminal is between two requests, or off, and not at its end.
    pub(super) fn is_idle(&self) -> bool {
        let is_asking = self.process.as_ref().is_some_and(|it| it.request.is_some());
        !is_asking && self.disk.is_some() && self.told.is_none()
    }

    /// The app has heard that this is over.
    pub(super) fn is_cured(&mut self, cause: UncertaintyCause) {
        self.announced &= !bit_of_cause(cause);
    }

    /// The app hears of a cause. Tells whether it does for the first time.
    pub(super) fn announce(&mut self, cause: UncertaintyCause) -> bool {
        let bit = bit_of_cause(cause);
        let is_new = self.announced & bit == 0;
        self.announced |= bit;
        is_new
    }
}

fn bit_of_cause(cause: UncertaintyCause) -> u32 {
    1 << (kind_of_cause(cause) % 32)
}

pub(super) fn is_write(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::Save | Effect::SaveFirst | Effect::SaveOrForget | Effect::Forget
    )
}

fn hash_request(request: &Request, hasher: &mut impl Hasher) {
    request_key(request).hash(hasher);
    if let Request::Confirm { body, .. } = request {
        body.payment_method_type.hash(hasher);
    }
}

fn request_key(request: &Request) -> Option<&str> {
    match request {
        Request::Retrieve { .. } => None,
        Request::Confirm {
            idempotency_key, ..
        }
        | Request::Cancel {
            idempotency_key, ..
        } => Some(idempotency_key),
    }
}

/// A code that the customer shows, and the terminal has scanned.
pub(super) fn scanned() -> PaymentMethod {
    PaymentMethod::QrCpm {
        provider: "PAYPAY".to_owned(),
        customer_code: CUSTOMERS_CODE.into(),
    }
}

pub(super) const CUSTOMERS_CODE: &str = "281012345678901234";

const KEYS: usize = 10;

thread_local! {
    static NEXT_KEY: Cell<usize> = const { Cell::new(0) };
}

/// Randomness without chance. When it matters, which is for a key, the world has said what comes.
pub(super) struct NextKey;

impl Entropy for NextKey {
    fn random(&mut self) -> Result<[u8; 16], EntropyError> {
        Ok([u8::try_from(NEXT_KEY.get()).unwrap_or_default(); 16])
    }
}

fn key(n: usize) -> &'static str {
    static ALL: OnceLock<Vec<String>> = OnceLock::new();
    let all = ALL.get_or_init(|| {
        let before = NEXT_KEY.get();
        let all = (0..KEYS).map(|n| {
            NEXT_KEY.set(n);
            random_uuid(&mut NextKey).unwrap()
        });
        let all = all.collect();
        NEXT_KEY.set(before);
        all
    });
    &all[n]
}
