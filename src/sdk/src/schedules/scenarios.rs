//! What apps do at the same time.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use shuttle::thread::{JoinHandle, spawn};

use super::explore;
use super::sync::thread::cannot_start;
use super::time::sleep;
use super::world::{Site, Till, World, one_in, pick, qr};
use crate::attempt::PaymentAttempt;
use crate::card::CardOutcome;
use crate::method::PaymentMethod;
use crate::record::Stage;
use crate::state::{PaymentState, UncertaintyCause};

type Attempt = Option<Arc<PaymentAttempt>>;

fn scanned() -> PaymentMethod {
    PaymentMethod::QrCpm {
        provider: "PAYPAY".to_owned(),
        customer_code: "281012345678901234".into(),
    }
}

fn any_method() -> PaymentMethod {
    match pick(&[0, 1, 2, 3]) {
        0 => qr(),
        1 => scanned(),
        2 => PaymentMethod::CreditCard,
        _ => PaymentMethod::Cash,
    }
}

/// Some time of a payment passes.
fn some_time() {
    sleep(Duration::from_millis(pick(&[
        0, 0, 100, 1000, 5000, 40_000,
    ])));
}

fn beside<T: Send + 'static>(
    site: &Arc<Site>,
    act: impl FnOnce(&Arc<Site>) -> T + Send + 'static,
) -> JoinHandle<T> {
    let site = site.clone();
    spawn(move || act(&site))
}

fn confirm(site: &Arc<Site>, n: u32, method: PaymentMethod) -> Attempt {
    site.confirm(n, method, Till::new(site))
}

/// The next process takes everything to its end, and is shut down too.
fn next_terminal_settles(world: &Arc<World>) {
    world.heal();
    let site = world.open();
    let attempts = site.recover(Till::new(&site));
    for n in 1..=3 {
        world.intent(&format!("pi_0{n}"), super::gateway::Intent::withdraw);
    }
    for _ in 0..4 {
        for attempt in &attempts {
            site.hand_in(&attempt.id(), CardOutcome::Declined);
        }
        sleep(Duration::from_secs(20));
        site.acknowledge_finished(&attempts);
        if world.undecided_attempts() == 0 {
            break;
        }
    }
    if !super::time::is_hasty() && world.undecided_attempts() != 0 {
        world.wrong("the next terminal has not come to an end".to_owned());
    }
    site.end(&attempts);
}

#[test]
fn shut_down_at_any_point_of_a_payment() {
    explore("confirm, shut_down", |world| {
        let site = world.open();
        let confirming = beside(&site, |site| confirm(site, 1, any_method()));
        some_time();
        site.shut_down();
        let attempt = confirming.join().unwrap();
        site.end(attempt.as_slice());
        next_terminal_settles(world);
    });
}

#[test]
fn cancel_and_shut_down_at_any_point_of_a_payment() {
    explore("confirm, cancel, shut_down", |world| {
        let site = world.open();
        let attempt = confirm(&site, 1, any_method());
        some_time();
        let cancelling: Vec<_> = attempt
            .iter()
            .map(|attempt| {
                let attempt = attempt.clone();
                beside(&site, move |site| site.cancel(&attempt))
            })
            .collect();
        some_time();
        site.shut_down();
        for cancelling in cancelling {
            cancelling.join().unwrap();
        }
        site.end(attempt.as_slice());
        next_terminal_settles(world);
    });
}

#[test]
fn one_attempt_at_a_time_for_one_payment_intent() {
    explore("confirm, confirm", |world| {
        let site = world.open();
        let other = beside(&site, |site| confirm(site, 1, qr()));
        let mine = confirm(&site, 1, any_method());
        let both: Vec<_> = mine.into_iter().chain(other.join().unwrap()).collect();
        let is_over = |attempt: &Arc<PaymentAttempt>| {
            matches!(attempt.state(), PaymentState::Finished { .. })
        };
        if both.len() > 1 && !both.iter().any(is_over) {
            world.wrong("two attempts for one PaymentIntent".to_owned());
        }
        some_time();
        site.end(&both);
        next_terminal_settles(world);
    });
}

#[test]
fn recover_beside_new_payments_and_card_results() {
    explore("recover_pending, confirm, complete_card_payment", |world| {
        let card = world.leave(1, PaymentMethod::CreditCard, Stage::AwaitingCard);
        world.leave(2, qr(), Stage::Watching);
        let site = world.open();
        let id = card.attempt_id.clone();
        let handing_in = beside(&site, move |site| site.hand_in(&id, CardOutcome::Approved));
        let confirming = beside(&site, |site| {
            let same = confirm(site, 1, PaymentMethod::Cash);
            (same, confirm(site, 3, any_method()))
        });
        let recovering = beside(&site, |site| site.recover(Till::new(site)));
        let mut attempts = site.recover(Till::new(&site));
        attempts.extend(recovering.join().unwrap());
        let (same, new) = confirming.join().unwrap();
        let was_over = handing_in.join().unwrap();
        if same.is_some() && !was_over {
            world.wrong("a second attempt beside one that waits for the card app".to_owned());
        }
        attempts.extend(same.into_iter().chain(new));
        some_time();
        site.end(&attempts);
        next_terminal_settles(world);
    });
}

#[test]
fn a_card_result_while_the_thread_ends() {
    explore("complete_card_payment, shut_down", |world| {
        let left =
            one_in(2).then(|| world.leave(1, PaymentMethod::CreditCard, Stage::AwaitingCard));
        let site = world.open();
        let mut attempts = match &left {
            Some(_) => site.recover(Till::new(&site)),
            None => Vec::from_iter(confirm(&site, 1, PaymentMethod::CreditCard)),
        };
        sleep(Duration::from_millis(pick(&[0, 500, 3000])));
        let id = match &left {
            Some(record) => record.attempt_id.clone(),
            None => attempts[0].id(),
        };
        let outcome = pick(&[
            CardOutcome::Approved,
            CardOutcome::Declined,
            CardOutcome::Cancelled,
        ]);
        let handing_in: Vec<_> = (0..2)
            .map(|_| {
                let id = id.clone();
                beside(&site, move |site| site.hand_in(&id, outcome))
            })
            .collect();
        if one_in(2) {
            some_time();
        }
        site.shut_down();
        let taken = handing_in
            .into_iter()
            .filter(|_| true)
            .map(|thread| thread.join().unwrap());
        let taken = taken.filter(|taken| *taken).count();
        if taken > 1 {
            world.wrong("a card result was taken twice".to_owned());
        }
        site.end(&attempts);
        attempts.clear();
        next_terminal_settles(world);
    });
}

#[test]
fn an_outcome_is_kept_until_it_is_acknowledged() {
    explore("listener panics, acknowledge, shut_down", |world| {
        let site = world.open();
        let panics = one_in(2);
        let act = move |event: &crate::events::PaymentEvent| {
            if panics && event.kind.is_final() {
                // Without the hook, which would take it for a failure of the test.
                std::panic::resume_unwind(Box::new("the listener panics"));
            }
        };
        let attempt = site.confirm(1, any_method(), Till::with(&site, Some(Box::new(act))));
        some_time();
        some_time();
        let mut attempts = Vec::from_iter(attempt);
        let acknowledging = attempts.first().filter(|_| one_in(2)).map(|attempt| {
            let attempt = attempt.clone();
            beside(&site, move |site| site.acknowledge(&attempt))
        });
        if one_in(3) {
            let is_idle = super::time::threads() == 0 && acknowledging.is_none();
            let recovered = site.recover(Till::new(&site));
            let is_left = |attempt: &Arc<PaymentAttempt>| !world.is_acknowledged(&attempt.id());
            if is_idle && recovered.is_empty() && attempts.iter().any(is_left) {
                world.wrong("recover_pending has not found what was not acknowledged".to_owned());
            }
            attempts.extend(recovered);
            some_time();
        }
        if one_in(2) {
            site.acknowledge_finished(&attempts);
        }
        if let Some(thread) = acknowledging {
            thread.join().unwrap();
        }
        site.end(&attempts);
        next_terminal_settles(world);
    });
}

#[test]
fn a_listener_that_calls_back() {
    explore("calls from within a listener", |world| {
        world.listeners_call_back();
        let site = world.open();
        let attempt: Arc<Mutex<Attempt>> = Arc::default();
        let threads: Arc<Mutex<Vec<JoinHandle<()>>>> = Arc::default();
        let act = {
            let (attempt, site, threads) = (attempt.clone(), site.clone(), threads.clone());
            let what = pick(&[0, 1, 2, 3, 4, 5, 6]);
            Box::new(move |_: &crate::events::PaymentEvent| {
                let attempt = attempt
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .clone();
                match (attempt, what) {
                    (_, 0) => {
                        let shut_down = || site.terminal.shut_down();
                        site.world.call("shut_down", Duration::ZERO, shut_down);
                        site.is_shut();
                    }
                    (Some(attempt), 1) => drop(site.cancel(&attempt)),
                    (Some(attempt), 2) => drop(site.acknowledge(&attempt)),
                    (Some(attempt), 3) => site.switch(&attempt, PaymentMethod::Cash),
                    (Some(attempt), 4) => attempt.poll_now(),
                    (_, 5) => drop(site.recover(Till::new(&site))),
                    (_, 6) => {
                        let shutting_down = beside(&site, |site| site.shut_down());
                        drop(site.recover(Till::new(&site)));
                        let mut threads = threads.lock().unwrap_or_else(PoisonError::into_inner);
                        threads.push(shutting_down);
                    }
                    _ => {}
                }
            })
        };
        let confirmed = site.confirm(1, any_method(), Till::with(&site, Some(act)));
        *attempt.lock().unwrap_or_else(PoisonError::into_inner) = confirmed.clone();
        some_time();
        some_time();
        site.end(confirmed.as_slice());
        let threads = std::mem::take(&mut *threads.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in threads {
            thread.join().unwrap();
        }
        next_terminal_settles(world);
    });
}

#[test]
fn the_staff_settles_while_the_gateway_answers() {
    explore("acknowledge, final event", |world| {
        let record = world.leave(1, qr(), Stage::Watching);
        world.edit(&record.attempt_id, |record| {
            record.unresolved = Some(UncertaintyCause::NoFinalStatus);
        });
        if one_in(2) {
            let id = record.payment_intent_id().to_string();
            world.intent(&id, |intent| intent.pay_code(&record.confirm_key));
        }
        let site = world.open();
        let attempts = site.recover(Till::new(&site));
        let acknowledging = {
            let attempt = attempts[0].clone();
            beside(&site, move |site| {
                sleep(Duration::from_millis(pick(&[0, 0, 1500])));
                site.acknowledge(&attempt)
            })
        };
        if one_in(2) {
            some_time();
        }
        if one_in(2) {
            site.shut_down();
        }
        acknowledging.join().unwrap();
        site.end(&attempts);
        next_terminal_settles(world);
    });
}

#[test]
fn a_switch_while_the_gateway_answers() {
    explore("switch_method, poll, shut_down", |world| {
        let site = world.open();
        let Some(attempt) = confirm(&site, 1, qr()) else {
            return;
        };
        sleep(Duration::from_millis(pick(&[500, 4000, 6000])));
        let switching = {
            let attempt = attempt.clone();
            beside(&site, move |site| {
                for method in [PaymentMethod::Cash, qr()] {
                    site.switch(&attempt, method);
                }
            })
        };
        attempt.poll_now();
        some_time();
        site.shut_down();
        switching.join().unwrap();
        site.end(&[attempt]);
        next_terminal_settles(world);
    });
}

#[test]
fn the_last_reference_is_dropped_by_a_listener() {
    explore("drop on the delivery thread", |world| {
        let site = world.open();
        let number = site.number;
        let last = Mutex::new(Some(site.terminal.clone()));
        let act = {
            let world = world.clone();
            Box::new(move |_: &crate::events::PaymentEvent| {
                let last = last.lock().unwrap_or_else(PoisonError::into_inner).take();
                if let Some(last) = last {
                    let began = super::time::now();
                    let is_last = Arc::strong_count(&last) == 1;
                    world.call("drop", Duration::ZERO, || drop(last));
                    if is_last {
                        world.say(|| format!("dropped from {began:?}"));
                        world.is_shut(number);
                    }
                }
            })
        };
        let attempt = site.confirm(1, any_method(), Till::with(&site, Some(act)));
        some_time();
        drop(site);
        sleep(Duration::from_secs(70));
        drop(attempt);
        world.wait_for_threads();
        world.check_nothing_is_lost();
        next_terminal_settles(world);
    });
}

#[test]
fn a_disk_that_fails_while_a_payment_is_shut_down() {
    explore("writes fail, shut_down", |world| {
        world.disk_fails_in(pick(&[1, 2, 4]));
        let site = world.open();
        let attempt = confirm(&site, 1, any_method());
        some_time();
        if let (Some(attempt), true) = (&attempt, one_in(2)) {
            match pick(&[0, 1, 2]) {
                0 => site.switch(attempt, PaymentMethod::Cash),
                1 => drop(site.cancel(attempt)),
                _ => drop(site.hand_in(&attempt.id(), CardOutcome::Approved)),
            }
        }
        some_time();
        site.end(attempt.as_slice());
        next_terminal_settles(world);
    });
}

#[test]
fn a_new_terminal_while_the_old_one_ends() {
    explore("shut_down, open, recover_pending", |world| {
        let old = world.open();
        let attempt = confirm(&old, 1, any_method());
        let another = confirm(&old, 2, any_method());
        some_time();
        old.shut_down();
        let new = world.open();
        let mut attempts = new.recover(Till::new(&new));
        attempts.extend(confirm(&new, 1, PaymentMethod::Cash));
        some_time();
        new.shut_down();
        old.end(&Vec::from_iter(attempt.into_iter().chain(another)));
        new.end(&attempts);
        next_terminal_settles(world);
    });
}

#[test]
fn no_thread_can_be_started() {
    explore("threads cannot be started", |world| {
        let site = world.open();
        cannot_start(true);
        if one_in(2) {
            world.disk_fails_in(2);
        }
        let confirming = beside(&site, |site| confirm(site, 1, any_method()));
        let mut attempts = Vec::from_iter(confirm(&site, 2, any_method()));
        attempts.extend(confirming.join().unwrap());
        some_time();
        cannot_start(false);
        let is_over = |attempt: &&Arc<PaymentAttempt>| {
            let state = attempt.state();
            matches!(state, PaymentState::Finished { result } if result.is_final())
        };
        let over: Vec<_> = attempts.iter().filter(is_over).cloned().collect();
        sleep(Duration::from_secs(2));
        let is_untold = |attempt: &Arc<PaymentAttempt>| !world.is_told(&attempt.id());
        if over.iter().any(is_untold) && !super::time::is_hasty() {
            world.wrong("an outcome was never told".to_owned());
        }
        site.end(&attempts);
        next_terminal_settles(world);
    });
}

#[test]
fn what_is_not_brought_back_for_want_of_threads_waits_for_the_next_call() {
    explore("recover_pending, threads cannot be started", |world| {
        (1..=3).for_each(|n| drop(world.leave(n, qr(), Stage::Watching)));
        let site = world.open();
        cannot_start(true);
        let mut attempts = site.recover(Till::new(&site));
        cannot_start(false);
        attempts.extend(site.recover(Till::new(&site)));
        let ids: BTreeSet<String> = attempts.iter().map(|attempt| attempt.id()).collect();
        if ids.len() != 3 {
            world.wrong("an attempt goes on without a handle".to_owned());
        }
        some_time();
        site.end(&attempts);
        next_terminal_settles(world);
    });
}

#[test]
fn calls_in_progress_and_after_shut_down_return() {
    explore("every call, shut_down", |world| {
        let site = world.open();
        let mut attempts = Vec::from_iter(confirm(&site, 1, qr()));
        let retrieving = beside(&site, |site| {
            let bound = super::gateway::REQUEST_TIMEOUT;
            let token = super::world::token(2);
            drop(site.world.call("retrieve", bound, || {
                site.terminal.retrieve_payment_intent(token)
            }));
        });
        let calling: Vec<_> = attempts
            .iter()
            .map(|attempt| {
                let attempt = attempt.clone();
                beside(&site, move |site| {
                    some_time();
                    site.cancel(&attempt);
                    site.switch(&attempt, PaymentMethod::Cash);
                    site.acknowledge(&attempt);
                })
            })
            .collect();
        let confirming = beside(&site, |site| confirm(site, 3, PaymentMethod::Cash));
        some_time();
        let twice = beside(&site, |site| site.shut_down());
        site.shut_down();
        twice.join().unwrap();
        retrieving.join().unwrap();
        for calling in calling {
            calling.join().unwrap();
        }
        attempts.extend(confirming.join().unwrap());
        site.end(&attempts);
        next_terminal_settles(world);
    });
}
