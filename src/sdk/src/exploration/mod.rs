//! Every path of the flow, not only random ones.
//!
//! The flow is pure, so all that can happen to an attempt can be tried: from each state, each thing
//! that the app, the gateway, the network, the clock, the disk or a crash could do next. States that
//! have the same future are visited once (`fingerprint`), the nearest first, so that a violation is
//! printed with the shortest way to it. In each state the [`Rule`](invariants::Rule)s hold; where nothing is left to
//! happen by itself, the attempt has to be over or unresolved for a reason. A search of its own
//! reads better here than `stateright`: a step has many effects, and each may go wrong.
//!
//! What is modelled:
//!
//! * two faults on every path, anywhere (`--exhaustive`: three): a request or a reply lost, a request
//!   that arrives late or twice, a server error before or after it was carried out, 429, a proxy's or
//!   a captive portal's page with a clock of its own, an answer about another amount, an answer that
//!   the terminal has slept over, an outage that nobody mends, a crash between any two effects, a
//!   write that fails, a disk that stays full;
//! * at no cost: the customer pays, at once or slowly; the provider fails or settles; the back end
//!   withdraws; another till takes the order in cash, by card or by a code; the wallet charges,
//!   reserves, refuses, is not asked, or is not heard; the card app answers in every way, again, or
//!   never, and after a crash is launched for the first time; the app cancels, polls, switches once,
//!   acknowledges;
//! * a clock that stands still until it makes a difference, and then goes on to the code's expiry
//!   (once), the PaymentIntent's, the deadline, or the next day, when the keys are forgotten. The
//!   wall clock is a day fast;
//! * a `qr_mpm` is met with one [`Extra`] at a time (`--exhaustive`: with all of them together, too,
//!   and two faults).
//!
//! What is not: how long the pauses between two requests are (the simulation and `flow::tests` are
//! about them), the steps of a write (the journal's tests), threads, forged results and journals,
//! copies of a journal, an amount that is wrong from the very first answer, and a gateway that breaks
//! its word. What others do to the gateway is tried before the next request arrives and before the
//! clock goes on: in between nobody could tell.
//!
//! Mistakes made on purpose, and the rules that they break with one fault:
//!
//! | mistake | rule |
//! |---|---|
//! | each restart gives the grace anew | `DeadlineHolds` |
//! | the wall clock stands in for a missing `Date` | `NotBeforeTheDeadline` |
//! | the card app's word ends the attempt; a declined card ends it whatever the gateway says | `GatewaysWord` |
//! | a refund is advised where the gateway says paid by a card that is not matched | `NoRefundOfWhatIsPaid` |
//! | a charge to give back is not asked about again; a card result is taken before it is written | `ItEnds` |
//! | contradictions are lifted past the deadline; what is not known is announced again and again | `AnnouncedOnce` |
//! | a contradiction is not told | `NoBeliefInContradictions` |
//! | `save_failed` keeps the change | `KeyOnDisk`, `NoCodeWithdrawn` |
//! | `save_failed` forgets the request under way | `OneRequest` |
//! | a code is replaced whenever the terminal wakes | `NoCodeWithdrawn` |
//! | `watch` keeps the customer's code | `CustomersCode` |
//! | a 502 counts as the wallet's refusal | `TruthOfTheEnd` |
//! | an unheard cancel counts as cancelled | `TruthOfTheCancel` |
//! | the card app is launched while a code is out | `NoCardBesideACode` |
//! | a cancel withdraws a card's payment | `OneCharge` |
//! | any 404 ends the attempt | `NothingAfterTheEnd` |
//! | a failure found on disk keeps its `can_retry` | `RetryWorks` |
//! | a cancel is queued before it is written | `TruthOfTheCancel` |
//! | reserved money is waited for in silence after a restart | `ItEnds` |

mod actions;
mod fingerprint;
mod invariants;
mod search;
mod world;

use std::sync::Mutex;
use std::time::Instant;

use self::search::{Found, search};
use self::world::{Extra, Setup};

const DAY: i64 = 86_400;

/// What is searched, the longest first.
fn setups(faults: u8) -> Vec<Setup> {
    let setup = |method, extra, faults| Setup {
        method,
        extra,
        has_dates: true,
        skew: DAY,
        names_the_card: false,
        faults,
    };
    let fewer = faults.saturating_sub(1);
    let mut setups = vec![
        setup("credit_card", Extra::All, faults),
        setup("qr_mpm", Extra::Switch, faults),
        setup("qr_cpm", Extra::All, faults),
        setup("qr_mpm", Extra::OtherCode, faults),
        setup("qr_mpm", Extra::CodeExpires, faults),
        setup("cash", Extra::All, faults),
    ];
    setups.push(Setup {
        names_the_card: true,
        ..setup("credit_card", Extra::All, fewer)
    });
    if faults > 2 {
        setups.insert(0, setup("qr_mpm", Extra::All, fewer));
    }
    for method in ["credit_card", "qr_cpm", "cash"] {
        setups.push(Setup {
            has_dates: false,
            ..setup(method, Extra::All, fewer)
        });
    }
    setups.push(Setup {
        has_dates: false,
        ..setup("qr_mpm", Extra::CodeExpires, fewer)
    });
    setups
}

#[test]
fn every_path_keeps_the_promises() {
    let faults = variable("MPAC_EXPLORATION_FAULTS").map_or(2, |text| text.parse().unwrap());
    let only = variable("MPAC_EXPLORATION_METHOD");
    let is_asked_for = |setup: &Setup| only.as_ref().is_none_or(|only| only == setup.method);
    let mut setups: Vec<_> = setups(faults).into_iter().filter(is_asked_for).collect();
    setups.reverse();
    let began = Instant::now();
    let queue = Mutex::new(setups);
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let found: Vec<Found> = std::thread::scope(|scope| {
        let work = || {
            let mut found = Vec::new();
            loop {
                let next = queue.lock().unwrap().pop();
                let Some(setup) = next else { return found };
                let began = Instant::now();
                let one = search(setup);
                println!("{one} in {:.1?}", began.elapsed());
                for (rule, path) in &one.violations {
                    println!("{rule:?} is broken: {path:?}");
                }
                found.push(one);
            }
        };
        let threads: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        let found = threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap());
        found.collect()
    });
    let states: usize = found.iter().map(|one| one.states).sum();
    let moves: u64 = found.iter().map(|one| one.moves).sum();
    let depth = found.iter().map(|one| one.depth).max().unwrap_or_default();
    println!(
        "explored {states} states by {moves} moves, up to {depth} deep, in {:.1?}",
        began.elapsed()
    );
    let mut broken = Vec::new();
    for one in &found {
        for (rule, path) in &one.violations {
            println!("{rule:?} is broken:");
            search::narrate(one.setup, path);
            broken.push((one.setup.method, *rule));
        }
    }
    assert!(broken.is_empty(), "{broken:?}");
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
