//! Carries out the effects of one attempt's flow: a thread that sends, saves and tells.

use std::collections::VecDeque;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use crate::card::CardResult;
use crate::clock::Moment;
use crate::delivery::Delivery;
use crate::error::TerminalError;
use crate::events::{PaymentEvent, PaymentEventKind, PaymentListener};
use crate::exchange::{Reply, Request};
use crate::flow::{Effect, Flow};
use crate::method::PaymentMethod;
use crate::record::AttemptRecord;
use crate::saved::{Meanwhile, Saved};
use crate::services::{Services, Turn};
use crate::shared::SharedState;
use crate::state::{CancelOutcome, PaymentState, SwitchOutcome};
use crate::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use crate::sync::thread;

/// When to try again where no thread can be started to tell the app.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// What the rest of the SDK asks of the thread.
pub(crate) enum Command {
    /// Until this one the thread only waits. Whatever else is asked of one that waits for its turn has
    /// it begin at once; [`Command::Stop`] ends it without a trace.
    Begin(Begin),
    /// The record of a new attempt is on disk. Any other instead ends the thread without a trace.
    Saved,
    Cancel(Sender<CancelOutcome>),
    PollNow,
    CardResult(Box<CardResult>, Sender<Result<(), TerminalError>>),
    SwitchMethod(PaymentMethod, Sender<Result<SwitchOutcome, TerminalError>>),
    /// What is not final is taken only as it was shown.
    Acknowledge(Option<PaymentState>, Sender<bool>),
    /// The app was told all that there was to tell.
    Told,
    Stop,
}

/// How an attempt begins.
pub(crate) enum Begin {
    /// As a new one, whose record is just being written: [`Command::Saved`] follows.
    Start,
    /// As one that was found in the journal.
    Resume(Turn),
}

/// The way to a running attempt.
#[derive(Clone)]
pub(crate) struct DriverHandle {
    pub(crate) commands: Sender<Command>,
    pub(crate) state: SharedState,
    pub(crate) saved: Saved,
}

/// Starts the thread of one attempt, which waits for [`Command::Begin`]. `on_end` runs when it ends,
/// with the record when the attempt is not over, and with whether it was withdrawn meanwhile.
pub(crate) fn start(
    services: Arc<Services>,
    flow: Flow,
    listener: Arc<dyn PaymentListener>,
    on_end: impl FnOnce(Option<AttemptRecord>, bool) + Send + 'static,
) -> io::Result<DriverHandle> {
    let (commands, inbox) = mpsc::channel();
    let state = SharedState::new(flow.shown(services.clock.now()));
    let saved = Saved::new(flow.record().clone());
    let mut driver = Driver {
        services,
        saved: saved.clone(),
        flow,
        events: Delivery::new(listener, state.clone(), commands.clone()),
        state: state.clone(),
        cancel_waiters: Vec::new(),
        is_forgotten: false,
        has_given_up: false,
        turn: None,
        early: None,
    };
    thread::Builder::new()
        .name("mpac-pgw-attempt".to_owned())
        .spawn(move || {
            let Some(effects) = driver.begin(&inbox) else {
                return;
            };
            // A panic ends this attempt for now, and nothing else.
            let run = AssertUnwindSafe(|| driver.run(effects, &inbox));
            if catch_unwind(run).is_err() {
                log::error!("the thread of an attempt has panicked");
            }
            if driver.flow.final_result().is_some() && !driver.is_forgotten {
                let id = &driver.flow.record().attempt_id;
                log::info!("attempt {id}: the outcome is kept until it is acknowledged");
            }
            let is_withdrawn = driver.saved.is_withdrawn();
            on_end(driver.left(), is_withdrawn);
        })?;
    Ok(DriverHandle {
        commands,
        state,
        saved,
    })
}

struct Driver {
    services: Arc<Services>,
    flow: Flow,
    saved: Saved,
    events: Delivery,
    state: SharedState,
    cancel_waiters: Vec<Sender<CancelOutcome>>,
    /// The record has left the journal.
    is_forgotten: bool,
    /// Nothing can be written or removed, so nothing true can be told either.
    has_given_up: bool,
    /// Given back once the gateway was asked about an attempt that was found in the journal.
    turn: Option<Turn>,
    /// What was asked before its turn had come.
    early: Option<Command>,
}

impl DriverHandle {
    /// Whether the thread is there to get it.
    pub(crate) fn send(&self, command: Command) -> bool {
        let is_there = !self.state.is_closed() && !self.saved.is_withdrawn();
        is_there && self.commands.send(command).is_ok()
    }
}

impl Driver {
    /// What there is to do at first, once the record is on disk.
    fn begin(&mut self, inbox: &Receiver<Command>) -> Option<Vec<Effect>> {
        let command = inbox.recv().ok()?;
        let now = self.services.clock.now();
        match command {
            Command::Begin(Begin::Start) => {}
            Command::Begin(Begin::Resume(turn)) => {
                self.turn = Some(turn);
                return Some(self.flow.resume(now));
            }
            Command::Stop => return None,
            early => {
                self.early = Some(early);
                return Some(self.flow.resume(now));
            }
        }
        let mut effects = self.flow.start(now);
        // It only asks how the PaymentIntent stands, which need not wait for the disk. What comes of
        // the answer does.
        if let [Effect::Send(request @ Request::Retrieve { .. })] = &effects[..]
            && self.may_ask(request)
        {
            let send = AssertUnwindSafe(|| self.services.gateway.send(request));
            if let Ok(reply) = catch_unwind(send) {
                effects = self.answered(&reply);
            }
        }
        matches!(inbox.recv(), Ok(Command::Saved)).then_some(effects)
    }

    fn run(&mut self, effects: Vec<Effect>, inbox: &Receiver<Command>) {
        self.carry_out(effects);
        self.turn = None;
        // Of a withdrawn attempt there is nothing to write or to tell any more.
        if let Some(command) = self.early.take()
            && !self.saved.is_withdrawn()
        {
            let effects = self.obey(command);
            self.carry_out(effects);
        }
        loop {
            let is_telling = self.events.begin();
            if self.is_done() && self.events.is_idle() {
                break;
            }
            let now = self.services.clock.now().monotonic;
            let retry_at = (!is_telling).then(|| now + RETRY_AFTER);
            let command = match self.flow.wake_at().into_iter().chain(retry_at).min() {
                None => inbox.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(due) => inbox.recv_timeout(due.saturating_sub(now)),
            };
            let effects = match command {
                Ok(Command::Stop) | Err(RecvTimeoutError::Disconnected) => break,
                // It only waits until all is told.
                _ if self.saved.is_withdrawn() => Vec::new(),
                Ok(command) => self.obey(command),
                Err(RecvTimeoutError::Timeout) => self.flow.wake(self.services.clock.now()),
            };
            self.carry_out(effects);
        }
    }

    /// What is to be taken up again.
    fn left(self) -> Option<AttemptRecord> {
        let is_left = !self.is_forgotten && !self.saved.is_withdrawn();
        let is_heard = self.flow.final_result().is_some();
        is_left.then(|| AttemptRecord {
            heard: is_heard,
            ..self.saved.record()
        })
    }

    /// Whether nothing is left to do: an outcome waits in the journal, and needs no thread.
    fn is_done(&self) -> bool {
        let is_finished = self.flow.final_result().is_some();
        let is_over = self.flow.is_over() || self.has_given_up || self.saved.is_withdrawn();
        is_finished || is_over || self.services.is_released()
    }

    fn obey(&mut self, command: Command) -> Vec<Effect> {
        let now = self.services.clock.now();
        match command {
            Command::Cancel(waiter) => {
                self.cancel_waiters.push(waiter);
                // Here it is.
                let _ = self.saved.answered();
                self.state.show_cancelling(false);
                self.flow.cancel(now)
            }
            Command::PollNow => self.flow.poll_now(now),
            Command::CardResult(result, answer) => {
                let (told, effects) = self.take_card_result(now, *result);
                // Nobody may be waiting for it any more.
                let _ = answer.send(told);
                effects
            }
            Command::SwitchMethod(method, answer) => {
                let (outcome, effects) = self.flow.switch_method(now, method);
                let (saved, effects) = match outcome {
                    SwitchOutcome::Switching => self.save_before_telling(now, effects),
                    SwitchOutcome::NotSwitchable => (Ok(()), effects),
                };
                // Nobody may be waiting for it any more.
                let _ = answer.send(saved.map(|()| outcome));
                effects
            }
            Command::Acknowledge(seen, answer) => {
                if seen.is_some_and(|seen| self.flow.shown(now).summary.state != seen) {
                    let _ = answer.send(false);
                    return Vec::new();
                }
                let (has_outcome, effects) = self.flow.acknowledge();
                self.carry_out(effects);
                let _ = answer.send(has_outcome && self.is_forgotten);
                Vec::new()
            }
            Command::Begin(_) | Command::Saved | Command::Told | Command::Stop => Vec::new(),
        }
    }

    /// The card app's answer, once it is on disk.
    fn take_card_result(
        &mut self,
        now: Moment,
        result: CardResult,
    ) -> (Result<(), TerminalError>, Vec<Effect>) {
        match self.flow.card_result(now, result) {
            Ok(effects) => self.save_before_telling(now, effects),
            Err(refusal) => (Err(refusal.into()), Vec::new()),
        }
    }

    /// The change is on disk before the app hears that it was made, or it was not made.
    fn save_before_telling(
        &mut self,
        now: Moment,
        mut effects: Vec<Effect>,
    ) -> (Result<(), TerminalError>, Vec<Effect>) {
        match self.save() {
            Ok(()) => {
                effects.retain(|effect| *effect != Effect::SaveFirst);
                (Ok(()), effects)
            }
            Err(_) if self.services.is_released() => (Err(TerminalError::ShutDown), Vec::new()),
            Err(error) => (Err(error.into()), self.flow.save_failed(now)),
        }
    }

    /// Carries out effects in order, with those that follow from them. Once the journal is
    /// released nothing is saved, sent or told any more: the next terminal goes on from the disk.
    fn carry_out(&mut self, effects: Vec<Effect>) {
        let mut queue = VecDeque::from(effects);
        loop {
            // An end that the disk may neither keep nor let go of is not shown before it has.
            if !queue.contains(&Effect::SaveOrForget) {
                self.publish();
            }
            let Some(effect) = queue.pop_front() else {
                return;
            };
            if self.services.is_released() {
                return;
            }
            match effect {
                Effect::SaveFirst => {
                    if self.save().is_err() && !self.services.is_released() {
                        queue = self.flow.save_failed(self.services.clock.now()).into();
                    }
                }
                // Logged; what follows matters more.
                Effect::Save => drop(self.save()),
                Effect::SaveOrForget => {
                    let failed = self.save().is_err() && !self.services.is_released();
                    if failed && self.forget_saved().is_err() {
                        self.has_given_up = true;
                        return;
                    }
                }
                Effect::Send(request) => {
                    if !self.may_ask(&request) {
                        return;
                    }
                    let reply = self.services.gateway.send(&request);
                    queue.extend(self.answered(&reply));
                }
                Effect::Emit { event, replayed } => self.emit(event, replayed),
                Effect::AnswerCancel(outcome) => {
                    for waiter in self.cancel_waiters.drain(..) {
                        let _ = waiter.send(outcome);
                    }
                }
                // A failure is logged; the attempt comes back after a restart.
                Effect::Forget => {
                    self.is_forgotten = self.services.forget(self.flow.record()).is_ok();
                }
            }
        }
    }

    /// Whether the gateway may still be asked; then [`Self::answered`] has to follow.
    fn may_ask(&self, request: &Request) -> bool {
        self.saved.asks(request, &self.events);
        let may_ask = !self.saved.is_withdrawn() && !self.services.is_released();
        if !may_ask {
            // It holds the listener for as long as the terminal is there.
            let _ = self.saved.answered();
        }
        may_ask
    }

    /// What follows from a reply: nothing, when the attempt was ended meanwhile.
    fn answered(&mut self, reply: &Reply) -> Vec<Effect> {
        match self.saved.answered() {
            Meanwhile::Nothing => {}
            Meanwhile::CancelWanted => self.flow.cancel_after_this(),
            Meanwhile::Withdrawn => return Vec::new(),
        }
        self.flow.answered(self.services.clock.now(), reply)
    }

    fn save(&mut self) -> io::Result<()> {
        self.saved.save(self.flow.record(), &self.services)
    }

    /// What is on disk would be gone on with after a restart, whatever the app has heard.
    fn forget_saved(&mut self) -> io::Result<()> {
        self.services.forget(self.flow.record())?;
        self.saved.is_gone(self.flow.record());
        Ok(())
    }

    fn publish(&self) {
        if !self.has_given_up && !self.saved.is_withdrawn() {
            self.state.set(self.flow.shown(self.services.clock.now()));
        }
    }

    fn emit(&self, kind: PaymentEventKind, replayed: bool) {
        let event = PaymentEvent::new(self.flow.record(), kind, replayed);
        self.events.tell(event);
    }
}
