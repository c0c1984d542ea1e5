//! The world around the terminals of one schedule, and what must never happen in it.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use shuttle::rand::Rng;

use super::gateway::{AMOUNT, Intent, Line, REQUEST_TIMEOUT};
use super::time::{self, VirtualClock};
use crate::attempt::PaymentAttempt;
use crate::card::{CARD_CONTRACT_VERSION, CardOutcome, CardResult};
use crate::card_signature::CardAppKeys;
use crate::clock::{Entropy, EntropyError};
use crate::config::Settings;
use crate::error::TerminalError;
use crate::events::{PaymentEvent, PaymentListener};
use crate::exchange::Request;
use crate::journal::Found;
use crate::method::PaymentMethod;
use crate::polling::Pacing;
use crate::record::{AttemptRecord, Stage};
use crate::registry::PATIENCE;
use crate::secret::Secret;
use crate::services::{Services, Store};
use crate::state::{CancelOutcome, PaymentState};
use crate::terminal::PaymentTerminal;

pub(super) fn one_in(n: u32) -> bool {
    super::rng().gen_range(0..n) == 0
}

pub(super) fn pick<T: Copy>(choices: &[T]) -> T {
    choices[super::rng().gen_range(0..choices.len())]
}

pub(super) fn token(n: u32) -> String {
    format!("pi_0{n}_secret_{n}")
}

pub(super) fn qr() -> PaymentMethod {
    PaymentMethod::QrMpm {
        provider: "PAYPAY".to_owned(),
    }
}

/// Everything outside of the SDK, for one schedule.
pub(super) struct World(Mutex<State>);

#[derive(Default)]
struct State {
    trace: Option<Vec<String>>,
    wrong: Vec<String>,
    intents: BTreeMap<String, Intent>,
    files: BTreeMap<String, AttemptRecord>,
    /// The terminal that has the journal.
    owner: Option<usize>,
    terminals: usize,
    /// One write in so many fails; 0 is none.
    disk_fails_in: u32,
    disk_has_failed: bool,
    healed: bool,
    in_flight: BTreeMap<usize, usize>,
    /// Which attempt each Idempotency-Key on disk belongs to.
    keys: BTreeMap<String, String>,
    started: BTreeSet<String>,
    shut: BTreeSet<usize>,
    being_told: BTreeSet<(usize, String)>,
    /// Listeners that call back may be at it for longer than a shutdown waits.
    listeners_call_back: bool,
    finals: BTreeMap<String, Final>,
    /// How many calls of `recover_pending` are under way.
    recovering: usize,
    /// By which terminal.
    acknowledged: BTreeMap<String, usize>,
    card_results_taken: BTreeMap<String, CardOutcome>,
    cancelled: BTreeSet<String>,
}

struct Final {
    name: String,
    terminal: usize,
    /// The app has had the attempt taken up again since.
    taken_up: bool,
}

impl World {
    pub(super) fn new(traced: bool) -> Arc<Self> {
        Arc::new(Self(Mutex::new(State {
            trace: traced.then(Vec::new),
            ..State::default()
        })))
    }

    /// Never held while other threads run.
    fn with<T>(&self, use_state: impl FnOnce(&mut State) -> T) -> T {
        use_state(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn say(&self, what: impl FnOnce() -> String) {
        self.with(|state| {
            if let Some(trace) = &mut state.trace {
                let line = format!("{:>10.3?} {}", time::now(), what());
                println!("{line}");
                trace.push(line);
            }
        });
    }

    pub(super) fn wrong(&self, what: String) {
        self.say(|| format!("WRONG: {what}"));
        self.with(|state| state.wrong.push(what));
    }

    /// Ends the schedule.
    pub(super) fn verdict(&self) {
        let wrong = self.with(|state| std::mem::take(&mut state.wrong));
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    pub(super) fn intent<T>(&self, id: &str, use_it: impl FnOnce(&mut Intent) -> T) -> T {
        self.with(|state| use_it(state.intents.entry(id.to_owned()).or_default()))
    }

    pub(super) fn disk_fails_in(&self, n: u32) {
        self.with(|state| state.disk_fails_in = n);
    }

    /// From now on nothing fails any more.
    pub(super) fn heal(&self) {
        self.with(|state| {
            state.healed = true;
            state.disk_fails_in = 0;
        });
    }

    pub(super) fn is_healed(&self) -> bool {
        self.with(|state| state.healed)
    }

    pub(super) fn listeners_call_back(&self) {
        self.with(|state| state.listeners_call_back = true);
    }

    /// Whether the app has heard how the attempt ended.
    pub(super) fn is_told(&self, attempt_id: &str) -> bool {
        self.with(|state| state.finals.contains_key(attempt_id))
    }

    pub(super) fn is_acknowledged(&self, attempt_id: &str) -> bool {
        self.with(|state| state.acknowledged.contains_key(attempt_id))
    }

    pub(super) fn record_of(&self, attempt_id: &str) -> Option<AttemptRecord> {
        self.with(|state| state.files.get(attempt_id).cloned())
    }

    /// An attempt that an earlier process has left.
    pub(super) fn leave(&self, n: u32, method: PaymentMethod, stage: Stage) -> AttemptRecord {
        let token = token(n).parse().expect("a token");
        let mut record = AttemptRecord::new(token, method, time::wall(), &mut Chance).unwrap();
        record.stage = stage;
        if record.stage != Stage::Retrieving {
            record.intent = Some(crate::record::IntentFacts {
                amount: serde_json::from_value(AMOUNT.into()).expect("an amount"),
                currency: serde_json::from_value("JPY".into()).expect("a currency"),
                payment_method_types: Vec::new(),
                expires_at: time::wall().plus_seconds(1800),
                created_at: None,
                merchant_store_id: None,
                merchant_terminal_id: None,
            });
        }
        self.with(|state| {
            state.keys_of(&record);
            state.started.insert(record.attempt_id.clone());
            state
                .files
                .insert(record.attempt_id.clone(), record.clone());
        });
        record
    }

    pub(super) fn edit(&self, attempt_id: &str, edit: impl FnOnce(&mut AttemptRecord)) {
        self.with(|state| state.files.get_mut(attempt_id).map(edit));
    }

    /// A new process, as far as the journal knows.
    pub(super) fn open(self: &Arc<Self>) -> Arc<Site> {
        while let Some(owner) = self.with(|state| state.owner) {
            if !time::is_hasty() {
                self.wrong(format!(
                    "terminal {owner} was shut down, and still has the journal"
                ));
            }
            // A disk that is slower than a shutdown waits: `TerminalError::DirectoryInUse`.
            time::sleep(Duration::from_secs(1));
        }
        let (number, pending) = self.with(|state| {
            state.terminals += 1;
            state.owner = Some(state.terminals);
            let pending: Vec<_> = state.files.values().cloned().collect();
            (state.terminals, pending)
        });
        self.say(|| format!("terminal {number}: opened with {} attempts", pending.len()));
        let world = self.clone();
        let terminal = number;
        let services = Services::new(
            Box::new(VirtualClock),
            || Box::new(Chance),
            Box::new(Line { world, terminal }),
            Box::new(Disk {
                world: self.clone(),
                terminal,
            }),
        );
        let found = Found {
            attempts: pending,
            ..Found::default()
        };
        let settings = Settings {
            connect_timeout: REQUEST_TIMEOUT,
            request_timeout: REQUEST_TIMEOUT,
            pacing: Pacing::default(),
            card_app_keys: CardAppKeys::default(),
        };
        Arc::new(Site {
            world: self.clone(),
            number,
            terminal: Arc::new(PaymentTerminal::with(settings, services, found)),
        })
    }

    /// A call, which has to return in time.
    pub(super) fn call<T>(&self, name: &str, bound: Duration, call: impl FnOnce() -> T) -> T {
        self.say(|| format!("{name} called"));
        let began = time::now();
        let answer = call();
        let took = time::now() - began;
        if !time::is_hasty() && took > bound {
            self.wrong(format!("{name} took {took:?}"));
        }
        answer
    }

    // What the SDK does to the world.

    pub(super) fn sent(&self, terminal: usize, request: &Request) {
        let (Request::Confirm {
            idempotency_key: key,
            ..
        }
        | Request::Cancel {
            idempotency_key: key,
            ..
        }) = request
        else {
            self.with(|state| *state.in_flight.entry(terminal).or_default() += 1);
            return self.not_after_shut_down(terminal, "sent a request");
        };
        let is_on_disk = self.with(|state| {
            *state.in_flight.entry(terminal).or_default() += 1;
            let record = state
                .keys
                .get(key)
                .and_then(|attempt| state.files.get(attempt));
            record.is_some_and(|record| record.confirm_key == *key || record.cancel_key == *key)
        });
        if !is_on_disk {
            self.wrong("a key was sent that is not on disk".to_owned());
        }
        self.not_after_shut_down(terminal, "sent a POST");
    }

    pub(super) fn answered(&self, terminal: usize) {
        self.with(|state| *state.in_flight.entry(terminal).or_default() -= 1);
    }

    fn not_after_shut_down(&self, terminal: usize, what: &str) {
        if self.with(|state| state.shut.contains(&terminal)) {
            self.wrong(format!(
                "terminal {terminal} {what} after shut_down had returned"
            ));
        }
    }

    fn tell(&self, terminal: usize, event: &PaymentEvent) {
        let attempt = &event.attempt_id;
        self.say(|| {
            let again = if event.replayed { " again" } else { "" };
            format!("terminal {terminal}: tells {}{again}", event.name)
        });
        // A machine may be busy for longer than a shutdown waits between the delivery's look and the
        // listener's first line.
        if !time::is_hasty() {
            self.not_after_shut_down(terminal, &format!("told {}", event.name));
        }
        if !self.with(|state| state.being_told.insert((terminal, attempt.clone()))) {
            self.wrong(format!("{} was told while another event was", event.name));
        }
        // What the disk has not taken, the next terminal hears for the first time.
        let disk_has_failed = self.with(|state| state.disk_has_failed);
        let is_again = |last: &Final| last.terminal != terminal || last.taken_up;
        let is_marked = event.replayed || disk_has_failed;
        let wrong = self.with(|state| match state.finals.get(attempt) {
            Some(last) if !event.kind.is_final() && last.terminal == terminal && !last.taken_up => {
                Some("after a final event")
            }
            Some(last) if event.kind.is_final() && last.name != event.name => {
                Some("against an earlier final event")
            }
            Some(last) if event.kind.is_final() && !is_again(last) => Some("twice"),
            Some(_) if event.kind.is_final() && !is_marked => Some("again, as if it were new"),
            _ => match state.acknowledged.get(attempt) {
                Some(by) if *by != terminal => Some("after it was acknowledged"),
                _ => None,
            },
        });
        if let Some(wrong) = wrong {
            self.wrong(format!("{} was told {wrong}", event.name));
        }
        let intent = event.payment_intent_id.to_string();
        let is_paid = self.intent(&intent, |intent| !intent.charges.is_empty());
        if event.name == "payment_success" && !is_paid {
            self.wrong("payment_success was told, and nothing was paid".to_owned());
        }
        if event.kind.is_final() {
            self.with(|state| {
                let told = Final {
                    name: event.name.clone(),
                    terminal,
                    taken_up: state.recovering > 0,
                };
                state.finals.insert(attempt.clone(), told);
            });
        }
    }

    fn told(&self, terminal: usize, event: &PaymentEvent) {
        let told = (terminal, event.attempt_id.clone());
        self.with(|state| state.being_told.remove(&told));
    }

    /// From now on the terminal must be silent.
    pub(super) fn is_shut(&self, terminal: usize) {
        self.say(|| format!("terminal {terminal}: shut_down returned"));
        self.with(|state| state.shut.insert(terminal));
    }

    // The end of a schedule.

    /// Waits until the terminals that were shut down have nothing left running.
    pub(super) fn wait_for_threads(&self) {
        // Twice the time of a request is more than anything may take.
        let mut idle = 0;
        for _ in 0..(2 * REQUEST_TIMEOUT.as_secs()) {
            if time::threads() == 0 {
                return;
            }
            let busy =
                self.with(|state| state.in_flight.values().sum::<usize>() + state.being_told.len());
            idle = if busy == 0 { idle + 1 } else { 0 };
            if idle > 1 && !time::is_hasty() {
                break;
            }
            time::sleep(Duration::from_secs(1));
        }
        if !time::is_hasty() {
            self.wrong(format!(
                "{} threads have outlived their terminal",
                time::threads()
            ));
        }
        // A busy machine may take its time, but not for ever.
        while time::threads() != 0 {
            time::sleep(Duration::from_secs(1));
        }
    }

    /// Whatever was begun was acknowledged, or is on disk.
    pub(super) fn check_nothing_is_lost(&self) {
        let wrong = self.with(|state| {
            let mut wrong = Vec::new();
            for attempt in state.files.keys() {
                if !state.started.contains(attempt) {
                    wrong.push("an attempt is on disk that was reported as not started".to_owned());
                }
                if state.acknowledged.contains_key(attempt) {
                    wrong.push("an attempt is on disk that was acknowledged".to_owned());
                }
            }
            for attempt in &state.started {
                let last = state.finals.get(attempt);
                let is_kept = state.files.contains_key(attempt);
                let posted = state.intents.values().flat_map(|intent| &intent.posts);
                let is_posted = { posted }.any(|key| state.keys.get(key) == Some(attempt));
                // Nothing was started of it, and the disk takes no word of that.
                let is_void = state.disk_has_failed && !is_posted;
                let is_settled = state.acknowledged.contains_key(attempt);
                if !is_kept && !is_settled && !is_void {
                    wrong.push("an attempt is lost".to_owned());
                }
                let charged = state.intents.values().any(|intent| {
                    let ours = |key: &String| state.keys.get(key) == Some(attempt);
                    intent.charges.iter().any(ours)
                });
                if charged && last.is_some_and(|last| last.name != "payment_success") {
                    wrong.push("a payment was charged that was told as not paid".to_owned());
                }
                if state.cancelled.contains(attempt) && charged {
                    wrong.push("a payment was charged that cancel had withdrawn".to_owned());
                }
                if let Some(outcome) = state.card_results_taken.get(attempt) {
                    let record = state.files.get(attempt);
                    let is_waiting =
                        record.is_some_and(|record| record.stage == Stage::AwaitingCard);
                    if is_waiting {
                        wrong.push(format!("a card result was taken and lost: {outcome:?}"));
                    }
                }
            }
            for intent in state.intents.values() {
                if intent.charges.len() > 1 {
                    wrong.push("charged twice".to_owned());
                }
                for key in &intent.posts {
                    let attempt = state.keys.get(key);
                    if !attempt.is_some_and(|attempt| state.started.contains(attempt)) {
                        wrong.push("a POST of an attempt reported as not started".to_owned());
                    }
                }
            }
            wrong
        });
        wrong.into_iter().for_each(|wrong| self.wrong(wrong));
    }

    /// How many attempts on disk the gateway's word could still end.
    pub(super) fn undecided_attempts(&self) -> usize {
        let is_undecided = |record: &&AttemptRecord| record.stage != Stage::CardNotRecorded;
        self.with(|state| state.files.values().filter(is_undecided).count())
    }
}

impl State {
    fn keys_of(&mut self, record: &AttemptRecord) {
        for key in [&record.confirm_key, &record.cancel_key] {
            self.keys.insert(key.clone(), record.attempt_id.clone());
        }
    }
}

/// The journal of one terminal. A write takes a while, and fails where the world says so.
struct Disk {
    world: Arc<World>,
    terminal: usize,
}

impl Disk {
    fn change(&self, what: &str, change: impl FnOnce(&mut State)) -> io::Result<()> {
        time::step();
        let fails_in = self.world.with(|state| state.disk_fails_in);
        if fails_in != 0 && one_in(fails_in) {
            self.world
                .say(|| format!("terminal {}: {what} fails", self.terminal));
            self.world.with(|state| state.disk_has_failed = true);
            if one_in(4) {
                // Without the hook, which would take it for a failure of the test.
                std::panic::resume_unwind(Box::new("the vault panics"));
            }
            return Err(io::Error::from(io::ErrorKind::StorageFull));
        }
        time::step();
        if self.world.with(|state| state.owner) != Some(self.terminal) {
            self.world
                .wrong(format!("{what} after the journal was released"));
        }
        self.world
            .say(|| format!("terminal {}: {what}", self.terminal));
        self.world.with(change);
        Ok(())
    }
}

impl Store for Disk {
    fn write(&self, _: &str, record: &AttemptRecord) -> io::Result<()> {
        self.change(&format!("write of {:?}", record.stage), |state| {
            state.keys_of(record);
            state
                .files
                .insert(record.attempt_id.clone(), record.clone());
        })
    }

    fn forget(&self, record: &AttemptRecord) -> io::Result<()> {
        self.change("removal", |state| {
            drop(state.files.remove(&record.attempt_id))
        })
    }

    fn release(&self) {
        let world = &self.world;
        world.say(|| format!("terminal {}: the journal is released", self.terminal));
        if world.with(|state| state.owner.take()) != Some(self.terminal) {
            world.wrong("the journal was released twice".to_owned());
        }
    }
}

/// Random bytes from the schedule's own seed.
struct Chance;

impl Entropy for Chance {
    fn random(&mut self) -> Result<[u8; 16], EntropyError> {
        Ok(super::rng().r#gen::<u128>().to_ne_bytes())
    }
}

/// A terminal, and the app around it.
pub(super) struct Site {
    pub(super) world: Arc<World>,
    pub(super) number: usize,
    pub(super) terminal: Arc<PaymentTerminal>,
}

impl Site {
    pub(super) fn confirm(
        &self,
        n: u32,
        method: PaymentMethod,
        till: Arc<Till>,
    ) -> Option<Arc<PaymentAttempt>> {
        let confirmed = self.world.call("confirm_payment", Duration::ZERO, || {
            self.terminal.confirm_payment(token(n), method, till)
        });
        match confirmed {
            Ok(attempt) => {
                self.world.with(|state| state.started.insert(attempt.id()));
                Some(attempt)
            }
            Err(
                TerminalError::ShutDown
                | TerminalError::Storage { .. }
                | TerminalError::AttemptInProgress { .. },
            ) => None,
            Err(error) => {
                self.world.wrong(format!("confirm_payment: {error}"));
                None
            }
        }
    }

    pub(super) fn recover(&self, till: Arc<Till>) -> Vec<Arc<PaymentAttempt>> {
        self.world.with(|state| {
            let (finals, acknowledged) = (&mut state.finals, &state.acknowledged);
            let left = finals
                .iter_mut()
                .filter(|(id, _)| !acknowledged.contains_key(*id));
            left.for_each(|(_, last)| last.taken_up = true);
            state.recovering += 1;
        });
        let recovered = self.world.call("recover_pending", Duration::ZERO, || {
            self.terminal.recover_pending(till)
        });
        self.world.with(|state| state.recovering -= 1);
        recovered.unwrap_or_default()
    }

    pub(super) fn cancel(&self, attempt: &PaymentAttempt) -> CancelOutcome {
        let outcome = self
            .world
            .call("cancel", 2 * REQUEST_TIMEOUT, || attempt.cancel());
        self.world.say(|| format!("cancel returned {outcome:?}"));
        if outcome == CancelOutcome::Cancelled {
            self.world
                .with(|state| state.cancelled.insert(attempt.id()));
        }
        outcome
    }

    pub(super) fn switch(&self, attempt: &PaymentAttempt, method: PaymentMethod) {
        let _ = self
            .world
            .call("switch_method", CHAIN, || attempt.switch_method(method));
    }

    pub(super) fn acknowledge(&self, attempt: &PaymentAttempt) -> bool {
        let seen = attempt.state();
        let is_gone = self
            .world
            .call("acknowledge", CHAIN, || attempt.acknowledge_as(&seen));
        self.world.say(|| format!("acknowledge returned {is_gone}"));
        if is_gone {
            let state = attempt.state();
            if state != seen {
                self.world
                    .wrong(format!("{state:?} was let go of as {seen:?}"));
            }
            self.world
                .with(|state| state.acknowledged.insert(attempt.id(), self.number));
        }
        is_gone
    }

    /// As an app does that has stored the outcomes.
    pub(super) fn acknowledge_finished(&self, attempts: &[Arc<PaymentAttempt>]) {
        for attempt in attempts {
            if let PaymentState::Finished { result } = attempt.state()
                && result.is_final()
            {
                self.acknowledge(attempt);
            }
        }
    }

    /// The card app answers an attempt that waits for it.
    pub(super) fn hand_in(&self, attempt_id: &str, outcome: CardOutcome) -> bool {
        let record = self.world.record_of(attempt_id);
        let waiting = record.filter(|record| record.stage == Stage::AwaitingCard);
        let Some(request) = waiting.and_then(|record| record.card_request()) else {
            return false;
        };
        let approved = |text: &str| (outcome == CardOutcome::Approved).then(|| text.to_owned());
        let result = CardResult {
            version: CARD_CONTRACT_VERSION,
            attempt_id: request.attempt_id,
            nonce: request.nonce,
            outcome,
            amount: request.amount,
            currency: request.currency,
            approval_code: approved("A12345").map(Secret::from),
            card_brand: approved("VISA"),
            masked_pan: None,
            reason: None,
            processed_at: None,
            signed_text: None,
        };
        let taken = self.world.call("complete_card_payment", CHAIN, || {
            self.terminal.complete_card_payment(result)
        });
        self.world
            .say(|| format!("complete_card_payment returned {taken:?}"));
        if taken.is_ok() {
            let attempt_id = attempt_id.to_owned();
            self.world
                .with(|state| state.card_results_taken.insert(attempt_id, outcome));
        }
        taken.is_ok()
    }

    pub(super) fn shut_down(&self) {
        self.world
            .call("shut_down", PATIENCE, || self.terminal.shut_down());
        let is_telling = self.world.with(|state| {
            let mut told = state.being_told.iter();
            !state.listeners_call_back && told.any(|(terminal, _)| *terminal == self.number)
        });
        if is_telling && !time::is_hasty() {
            self.world
                .wrong("shut_down has returned, and a listener is being called".to_owned());
        }
        self.is_shut();
    }

    pub(super) fn is_shut(&self) {
        self.world.is_shut(self.number);
    }

    /// Shuts down, and waits until nothing runs any more. What was called or promised stays true.
    pub(super) fn end(&self, attempts: &[Arc<PaymentAttempt>]) {
        self.shut_down();
        self.check_that_it_is_shut();
        let before: Vec<PaymentState> = attempts.iter().map(|attempt| attempt.state()).collect();
        self.check_that_handles_return(attempts);
        self.world.wait_for_threads();
        for (attempt, before) in attempts.iter().zip(before) {
            let after = attempt.state();
            if after != before {
                self.world.wrong(format!(
                    "the state changed after shut_down: {before:?}, {after:?}"
                ));
            }
        }
        self.check_that_handles_return(attempts);
        self.world.check_nothing_is_lost();
    }

    /// Whatever request the attempt's thread still waits for.
    fn check_that_handles_return(&self, attempts: &[Arc<PaymentAttempt>]) {
        let world = &self.world;
        let none = Duration::ZERO;
        for attempt in attempts {
            world.call("cancel", none, || {
                let _ = attempt.cancel();
            });
            world.call("switch_method", none, || {
                drop(attempt.switch_method(PaymentMethod::Cash))
            });
            if world.call("acknowledge", none, || attempt.acknowledge()) {
                world.wrong("settled after shut_down".to_owned());
            }
            world.call("poll_now", none, || attempt.poll_now());
        }
    }

    fn check_that_it_is_shut(&self) {
        let world = &self.world;
        let till = || Till::new(self);
        let none = Duration::ZERO;
        let calls = [
            world.call("confirm_payment", none, || {
                self.terminal
                    .confirm_payment(token(9), PaymentMethod::Cash, till())
                    .err()
            }),
            world.call("recover_pending", none, || {
                self.terminal.recover_pending(till()).err()
            }),
            world.call("retrieve_payment_intent", none, || {
                self.terminal.retrieve_payment_intent(token(9)).err()
            }),
        ];
        if calls
            .iter()
            .any(|error| *error != Some(TerminalError::ShutDown))
        {
            world.wrong(format!("after shut_down calls answer {calls:?}"));
        }
    }
}

/// A call that waits for the attempt's thread waits for its request, and for those that follow
/// from the answer at once.
const CHAIN: Duration = REQUEST_TIMEOUT.saturating_mul(3);

type Act = Box<dyn Fn(&PaymentEvent) + Send + Sync>;

/// An app's listener.
pub(super) struct Till {
    world: Arc<World>,
    terminal: usize,
    act: Option<Act>,
}

impl Till {
    pub(super) fn new(site: &Site) -> Arc<Self> {
        Self::with(site, None)
    }

    pub(super) fn with(site: &Site, act: Option<Act>) -> Arc<Self> {
        Arc::new(Self {
            world: site.world.clone(),
            terminal: site.number,
            act,
        })
    }
}

impl PaymentListener for Till {
    fn on_event(&self, event: PaymentEvent) {
        self.world.tell(self.terminal, &event);
        time::step();
        // It may panic.
        let _told = Told(self, &event);
        if let Some(act) = &self.act {
            act(&event);
        }
    }
}

struct Told<'a>(&'a Till, &'a PaymentEvent);

impl Drop for Told<'_> {
    fn drop(&mut self) {
        let Self(till, event) = self;
        till.world.told(till.terminal, event);
    }
}
