//! Every message of every kind of payment goes wrong in every way, between the real SDK and the
//! real gateway. After each payment the app must have heard what the gateway's books say.
//!
//! Mistakes made on purpose in the SDK, and what came of them (it varies a little):
//!
//! | mistake | wrong answers |
//! |---|---|
//! | a confirm whose answer was lost counts as failed | 210 |
//! | each send of a confirm takes a fresh Idempotency-Key | 168 |
//! | a cancel whose answer was lost counts as cancelled | 32 |
//! | the final event names the method that was asked for, not the one that was paid by | 108 |
//! | a request whose kept-alive connection had died is not sent again | 219 |

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

#[path = "faults/payment.rs"]
mod payment;
#[path = "faults/plan.rs"]
mod plan;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use mpac_pgw_tests::{Authority, Books, TestGateway};

use payment::{Shop, Story};
use plan::{Fault, Plan};

/// Nearly all of a payment's time is spent waiting for timeouts.
const TILLS: usize = 128;

/// How often a payment is taken until the fault meets its message.
const TRIES: usize = 5;

#[derive(Debug)]
struct Case {
    story: Story,
    fault: Fault,
    first: usize,
    count: usize,
}

#[test]
fn no_fault_of_the_network_makes_the_terminal_lie() {
    take_payments("faults", &Fault::FAILURES, None);
}

#[test]
fn connections_that_close_without_a_word_and_informational_answers_are_not_noticed() {
    take_payments("what HTTP allows", &Fault::ALLOWED, None);
}

#[test]
fn no_clock_but_the_gateways_decides_a_payment() {
    take_payments("clocks", &Fault::CLOCKS, None);
}

#[test]
fn an_answer_counts_however_its_json_is_written() {
    take_payments("spellings", &Fault::SPELLINGS, None);
}

#[test]
fn nor_does_any_of_it_over_tls() {
    let authority = || Some(Authority::new("root").unwrap());
    take_payments("faults over TLS", &Fault::FAILURES, authority());
    take_payments("what HTTP allows, over TLS", &Fault::ALLOWED, authority());
}

/// Has each of the faults meet each message of each story.
fn take_payments(what: &str, faults: &[Fault], authority: Option<Authority>) {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("gateway.db");
    let shop = Shop {
        gateway: TestGateway::start_at(&database, 0).unwrap(),
        books: Books::new(&database),
        authority,
    };
    let mut cases = cases(faults);
    if shop.authority.is_some() {
        // TLS takes its time, and what it changes shows at one message.
        cases.retain(|case| case.count == 1);
    }
    let next = AtomicUsize::new(0);
    let payments = AtomicUsize::new(0);
    let wrong = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..TILLS {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(why) = case.run(&shop, &payments) {
                        wrong.lock().unwrap().push(format!("{case:?}: {why:#}"));
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    println!(
        "{what}: {} kinds, {} payments, {} wrong answers",
        faults.len(),
        payments.into_inner(),
        wrong.len()
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

impl Case {
    fn run(&self, shop: &Shop, payments: &AtomicUsize) -> anyhow::Result<()> {
        for _ in 0..TRIES {
            payments.fetch_add(1, Ordering::Relaxed);
            let plan = Plan::new(self.fault, self.first, self.count);
            if payment::take(shop, self.story, plan)? {
                return Ok(());
            }
        }
        anyhow::bail!("the message that was to go wrong never came")
    }
}

/// Each fault once at each message, and at each message and the next; what nobody may notice also
/// at all of them.
fn cases(faults: &[Fault]) -> Vec<Case> {
    let mut cases = Vec::new();
    for (story, messages) in Story::ALL {
        for &fault in faults {
            let mut add = |first, count| {
                cases.push(Case {
                    story,
                    fault,
                    first,
                    count,
                });
            };
            for first in 1..=messages {
                add(first, 1);
                // The staff sees the first refused connection, and mends it.
                if fault != Fault::Refused {
                    add(first, 2);
                }
            }
            if fault.is_unnoticed() {
                add(1, usize::MAX);
            }
        }
    }
    cases
}
