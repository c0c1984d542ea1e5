//! Carries out the effects of one attempt's flow: a thread that sends, saves and tells.

use std::collections::VecDeque;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::card::CardResult;
use crate::clock::Moment;
use crate::delivery;
use crate::error::TerminalError;
use crate::events::{PaymentEvent, PaymentEventKind, PaymentListener};
use crate::flow::{Effect, Flow};
use crate::method::PaymentMethod;
use crate::record::AttemptRecord;
use crate::registry;
use crate::services::Services;
use crate::shared::SharedState;
use crate::state::{CancelOutcome, SwitchOutcome};
use crate::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use crate::sync::thread;

/// What the rest of the SDK asks of the thread.
pub(crate) enum Command {
    /// The first one: until then the thread only waits, and any other ends it without a trace.
    Begin(Begin),
    Cancel(Sender<CancelOutcome>),
    PollNow,
    CardResult(Box<CardResult>, Sender<Result<(), TerminalError>>),
    SwitchMethod(PaymentMethod, Sender<Result<SwitchOutcome, TerminalError>>),
    Acknowledge(Sender<bool>),
    /// The listener took the final event, or finally failed to.
    FinalEvent {
        accepted: bool,
    },
    Stop,
}

/// How an attempt begins.
pub(crate) enum Begin {
    Start,
    Resume,
}

/// The way to a running attempt.
#[derive(Clone)]
pub(crate) struct DriverHandle {
    pub(crate) commands: Sender<Command>,
    pub(crate) state: SharedState,
}

/// Starts the thread of one attempt, which waits for [`Command::Begin`]. `on_end` runs when it ends,
/// with the record when the attempt is not over.
pub(crate) fn start(
    services: Arc<Services>,
    flow: Flow,
    listener: Arc<dyn PaymentListener>,
    on_end: impl FnOnce(Option<AttemptRecord>) + Send + 'static,
) -> io::Result<DriverHandle> {
    let (commands, inbox) = mpsc::channel();
    let state = SharedState::new(flow.state());
    let events = delivery::start(listener, state.clone(), commands.clone())?;
    let mut driver = Driver {
        services,
        saved: flow.record().clone(),
        flow,
        events,
        state: state.clone(),
        cancel_waiters: Vec::new(),
        is_forgotten: false,
        has_given_up: false,
    };
    let ended = state.clone();
    thread::Builder::new()
        .name("mpac-pgw-attempt".to_owned())
        .spawn(move || {
            let Ok(Command::Begin(begin)) = inbox.recv() else {
                return;
            };
            // A panic ends this attempt for now, and nothing else.
            let run = AssertUnwindSafe(|| driver.run(begin, &inbox));
            if catch_unwind(run).is_err() {
                log::error!("the thread of an attempt has panicked");
            }
            on_end(driver.left());
            ended.end();
        })?;
    Ok(DriverHandle { commands, state })
}

struct Driver {
    services: Arc<Services>,
    flow: Flow,
    /// The record as it was last written: what a restart would find.
    saved: AttemptRecord,
    events: Sender<PaymentEvent>,
    state: SharedState,
    cancel_waiters: Vec<Sender<CancelOutcome>>,
    /// The record has left the journal.
    is_forgotten: bool,
    /// Nothing can be written or removed, so nothing true can be told either.
    has_given_up: bool,
}

impl DriverHandle {
    /// Whether the thread is there to get it.
    pub(crate) fn send(&self, command: Command) -> bool {
        !self.state.is_closed() && self.commands.send(command).is_ok()
    }
}

impl Driver {
    fn run(&mut self, begin: Begin, inbox: &Receiver<Command>) {
        let now = self.services.clock.now();
        let effects = match begin {
            Begin::Start => self.flow.start(now),
            Begin::Resume => self.flow.resume(now),
        };
        self.carry_out(effects);
        let mut stopping = false;
        // A finished attempt stays until its event is accepted, also while it is being stopped.
        while !self.is_done(stopping) {
            let now = self.services.clock.now();
            let command = match self.flow.wake_at() {
                _ if stopping => inbox.recv_timeout(registry::PATIENCE),
                None => inbox.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(due) => inbox.recv_timeout(due.saturating_sub(now.monotonic)),
            };
            let effects = match command {
                Ok(Command::Stop) => {
                    stopping = true;
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => break,
                Ok(Command::FinalEvent { accepted: false }) => break,
                Ok(command) => self.obey(command),
                Err(RecvTimeoutError::Timeout) if stopping => break,
                Err(RecvTimeoutError::Timeout) => self.flow.wake(self.services.clock.now()),
            };
            self.carry_out(effects);
        }
    }

    /// What is to be taken up again.
    fn left(self) -> Option<AttemptRecord> {
        (!self.flow.is_over()).then_some(self.saved)
    }

    fn is_done(&self, stopping: bool) -> bool {
        let is_finished = self.flow.final_result().is_some();
        let is_released = self.services.is_released();
        self.flow.is_over() || self.has_given_up || is_released || (stopping && !is_finished)
    }

    fn obey(&mut self, command: Command) -> Vec<Effect> {
        let now = self.services.clock.now();
        match command {
            Command::Cancel(waiter) => {
                self.cancel_waiters.push(waiter);
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
            Command::Acknowledge(answer) => {
                let (was_unresolved, effects) = self.flow.acknowledge();
                self.carry_out(effects);
                let _ = answer.send(was_unresolved && self.is_forgotten);
                Vec::new()
            }
            Command::FinalEvent { .. } => self.flow.final_event_accepted(),
            Command::Begin(_) | Command::Stop => Vec::new(),
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
        self.publish();
        let mut queue = VecDeque::from(effects);
        while let Some(effect) = queue.pop_front() {
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
                    let reply = self.services.gateway.send(&request);
                    let now = self.services.clock.now();
                    queue.extend(self.flow.answered(now, &reply));
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
            self.publish();
        }
    }

    fn save(&mut self) -> io::Result<()> {
        let record = self.flow.record();
        self.services.save(record)?;
        self.saved = record.clone();
        Ok(())
    }

    /// What is on disk would be gone on with after a restart, whatever the app has heard.
    fn forget_saved(&mut self) -> io::Result<()> {
        self.services.forget(&self.saved)?;
        self.saved = self.flow.record().clone();
        Ok(())
    }

    fn publish(&self) {
        self.state.set(self.flow.state(), self.flow.is_over());
    }

    fn emit(&self, kind: PaymentEventKind, replayed: bool) {
        let record = self.flow.record();
        log::info!("attempt {}: {}", record.attempt_id, kind.name());
        let event = PaymentEvent {
            attempt_id: record.attempt_id.clone(),
            payment_intent_id: record.payment_intent_id().clone(),
            method: record.method_type(),
            name: kind.name().to_owned(),
            replayed,
            kind,
        };
        // The delivery thread lives as long as this sender.
        let _ = self.events.send(event);
    }
}
