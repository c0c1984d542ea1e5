//! The terminal under test: its process, its disk, and the app on top.

use std::collections::VecDeque;

use super::spelling::spell;
use super::world::{Heard, Process, Randomness, World, scanned};
use crate::card::{CardOutcome, CardResult};
use crate::events::PaymentEventKind;
use crate::flow::{Effect, Flow};
use crate::method::PaymentMethod;
use crate::polling::Pacing;
use crate::record::{AttemptRecord, End, Stage};
use crate::state::{FailureCode, UncertaintyCause};

/// How long after a refused write the staff hands a card result in again.
const AGAIN_AFTER: u64 = 5_000;
const DAY: u64 = 24 * 60 * 60 * 1000;

impl World {
    /// A process starts and takes up what is on disk.
    pub(super) fn boot(&mut self, first: bool) {
        let Some(record) = self.disk.clone() else {
            return;
        };
        self.log(|| format!("boot, stage {:?}", record.stage));
        let entropy = Box::new(Randomness(self.rng.fork()));
        self.process = None;
        let now = self.moment();
        let flow = Flow::new(record, Pacing::default(), entropy, now);
        self.process = Some(Process {
            flow,
            booted_at: self.now,
            reply: None,
            delivery: None,
            own_words: Vec::new(),
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

    pub(super) fn terminal_acts(&mut self) {
        let now = self.moment();
        let Some(process) = &mut self.process else {
            return;
        };
        if process
            .reply
            .as_ref()
            .is_some_and(|(at, _)| *at <= self.now)
        {
            if let Some((_, heard)) = process.reply.take() {
                self.hear_gateway(heard);
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
            self.hand_in(result);
        } else if self.due(self.plan.polls_now_at) {
            self.plan.polls_now_at = None;
            self.with_flow(|flow| flow.poll_now(now));
        } else {
            self.with_flow(|flow| flow.wake(now));
        }
    }

    fn hear_gateway(&mut self, heard: Heard) {
        // A slow provider is done by the time somebody has asked a few times.
        if self.rng.u8(..3) == 0 {
            self.gateway.settle();
        }
        let now = self.moment();
        if let Some(process) = self.process.as_mut().filter(|_| heard.is_own_word) {
            process.own_words.push(self.now);
        }
        let reply = heard.reply.clone();
        self.hearing = Some(heard);
        self.with_flow(|flow| flow.answered(now, &reply));
        self.hearing = None;
    }

    /// The card app's answer reaches the terminal, which keeps it or says that it could not.
    fn hand_in(&mut self, result: CardResult) {
        self.log(|| format!("card result: {result:?}"));
        self.card_app_answered_at = self.now;
        let text = spell(&result, &mut self.rng);
        let Ok(result) = CardResult::from_json(&text) else {
            self.violated(&format!("15: refused for its spelling: {text}"));
        };
        let now = self.moment();
        let is_copy = self.disk.as_ref().is_some_and(|disk| disk.copied);
        let again = result.clone();
        let failed_before = self.tally.failed_writes;
        self.with_flow(|flow| match flow.card_result(now, result) {
            Ok(_) if is_copy => panic!("14: a copy takes the word of another card app"),
            Ok(effects) => effects,
            Err(_) => Vec::new(),
        });
        if self.tally.failed_writes > failed_before {
            let arrival = self.now + AGAIN_AFTER;
            self.card_app.results.push((arrival, again));
        }
        let waits = |disk: &AttemptRecord| disk.stage == Stage::AwaitingCard;
        self.result_lost |= self.process.is_none() && self.disk.as_ref().is_some_and(waits);
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
        self.acknowledged = true;
        self.with_flow(|flow| flow.acknowledge().1);
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
                Effect::Save | Effect::SaveFirst | Effect::SaveOrForget if self.disk_refuses() => {
                    let now = self.moment();
                    match (effect, &mut self.process) {
                        (Effect::SaveFirst, Some(process)) => {
                            effects = process.flow.save_failed(now).into();
                        }
                        (Effect::SaveOrForget, _) => self.disk = None,
                        _ => {}
                    }
                }
                Effect::Save | Effect::SaveFirst | Effect::SaveOrForget => {
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

    /// A write fails, and leaves what was there before: the journal's own tests are about that.
    fn disk_refuses(&mut self) -> bool {
        let refuses = self.rng.u8(..100) < self.plan.disk_fault_percent;
        self.tally.failed_writes += u64::from(refuses);
        refuses
    }

    fn crash(&mut self) {
        self.log(|| "crash".to_owned());
        self.tally.crashes += 1;
        self.process = None;
        self.restart_at = self.now + self.rng.u64(..120_000);
        // Without a date in its answers, the gateway's clock is not known until then.
        self.end_at = self.end_at.max(self.restart_at + 2_400_000);
        match self.rng.u8(..100) {
            // Nobody switches the terminal on again before the next day.
            0..5 if !self.is_healed() => self.stay_off_for_a_day(),
            5 => self.move_to_another_device(),
            6 => self.forge(),
            _ => {}
        }
    }

    fn stay_off_for_a_day(&mut self) {
        self.tally.the_next_day += 1;
        self.restart_at = self.now + DAY + self.rng.u64(..DAY / 4);
        self.heal_at = self.restart_at + 300_000;
        self.end_at = self.heal_at + 3_600_000;
    }

    /// The journal is restored on another device, whose card app knows nothing.
    fn move_to_another_device(&mut self) {
        let Some(disk) = &mut self.disk else { return };
        self.tally.copies += 1;
        disk.copied = true;
        self.card_app.results.clear();
        if let Some(request) = disk.card_request() {
            let mut result = super::app::answer(&request, CardOutcome::Error);
            result.approval_code = None;
            let arrival = self.restart_at + 1_000;
            self.card_app.results.push((arrival, result));
        }
    }

    /// Somebody who can write to the disk wants the goods for nothing.
    fn forge(&mut self) {
        let Some(disk) = &mut self.disk else { return };
        self.tally.forgeries += 1;
        self.forged = true;
        disk.unresolved = None;
        disk.stage = Stage::Finished {
            result: End::Succeeded,
        };
    }

    /// The app hears an event.
    fn hear(&mut self, event: PaymentEventKind, replayed: bool) {
        self.log(|| {
            let replayed = if replayed { " (replayed)" } else { "" };
            format!("event {}{replayed}", event.name())
        });
        self.tally.replays += u64::from(replayed);
        match &event {
            PaymentEventKind::QrReady { .. } => {
                self.pays_at = self.plan.pays_after.map(|after| self.now + after);
            }
            PaymentEventKind::CardAppRequested { request } => {
                // What another till has put out since the answer was given, nobody here can know.
                if self.hearing.as_ref().is_none_or(|heard| heard.had_code) {
                    self.violated("6: the card app is launched while a code is payable");
                }
                let plan = self.plan.card;
                self.card_app.launch(self.now, request, plan, &mut self.rng);
            }
            PaymentEventKind::PaymentUnresolved { cause, .. } => {
                let is_unmatched = *cause == UncertaintyCause::CardChargeNotMatched;
                self.told_unrecorded |=
                    is_unmatched || *cause == UncertaintyCause::CardChargedNotRecorded;
                self.tally.unmatched_cards += u64::from(is_unmatched);
                self.tally.unresolved += 1;
                self.check_unresolved(*cause, replayed);
            }
            _ => {}
        }
        if event.is_final() {
            self.hear_the_end(event);
        }
    }

    fn hear_the_end(&mut self, event: PaymentEventKind) {
        self.check_final_event(&event);
        if self.told.is_none() {
            match &event {
                PaymentEventKind::PaymentSuccess { .. } => self.tally.succeeded += 1,
                PaymentEventKind::PaymentFailed { code, .. } => {
                    self.tally.failed += 1;
                    let is_refused = *code == FailureCode::CustomerCodeRefused;
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
