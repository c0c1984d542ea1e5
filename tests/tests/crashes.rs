//! A till is killed with SIGKILL at every write of its journal, at every request and reply, at
//! every event and at every step of the card app; and again while it recovers. A till that is
//! started on the same folder must find everything, and charge nobody twice.
//!
//! The till (`src/bin/crashing-terminal.rs`) integrates the SDK as every app should. After
//! `recover_pending` it looks at each attempt: one in `AwaitingCardApp` may or may not have reached
//! the card app before the crash. So it shows the card app the request of that state, the same
//! one; the card app finds the attempt's id in its books and answers with the result of then, or
//! has never heard of it and charges the card now. A card app that cannot be asked leaves it to
//! the staff: in time, the attempt is unresolved with `CheckCardApp` as the next step.
//!
//! Mistakes made on purpose in the SDK, and how many payments went wrong (it varies a little):
//!
//! | mistake | payments |
//! |---|---|
//! | each send of a confirm takes a fresh Idempotency-Key | 138 |
//! | the card app is launched again after a restart | 31 |
//! | a card result is taken without being journaled | 29 |
//! | the card app is launched before the journal says so | 29 |
//! | a torn write is never cleaned up | 24 |
//! | the final event counts as acknowledged once it is sent off | 20 |

#[path = "crashes/life.rs"]
mod life;
#[path = "crashes/payment.rs"]
mod payment;

use std::sync::{Mutex, PoisonError};

use mpac_pgw_tests::{Books, TestGateway};

use life::{Place, Point};
use payment::{Shop, Story};

#[derive(Default)]
struct Findings {
    points: usize,
    points_of_recovery: usize,
    lost: Vec<String>,
    doubled: Vec<String>,
}

#[test]
fn no_crash_loses_a_payment_or_charges_twice() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("gateway.db");
    let shop = Shop {
        gateway: TestGateway::start_at(&database, 0).unwrap(),
        books: Books::new(&database),
    };
    let findings = Mutex::new(Findings::default());
    std::thread::scope(|scope| {
        for story in Story::ALL {
            for place in Place::ALL {
                let (shop, findings) = (&shop, &findings);
                scope.spawn(move || die_everywhere(shop, story, place, findings));
            }
        }
    });
    let found = findings.into_inner().unwrap();
    println!(
        "crashes: {} kill points, {} more while recovering, {} lost, {} double charges",
        found.points,
        found.points_of_recovery,
        found.lost.len(),
        found.doubled.len()
    );
    let wrong = [found.doubled, found.lost].concat();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Dies at a place for the first time, the second, … until a till gets by. Each time, the next
/// till dies there too, for the first time, the second, ….
fn die_everywhere(shop: &Shop, story: Story, place: Place, findings: &Mutex<Findings>) {
    let at = |number| Point { place, number };
    for first in 1.. {
        if !survives(shop, story, &[at(first)], findings) {
            return;
        }
        for second in 1.. {
            if !survives(shop, story, &[at(first), at(second)], findings) {
                break;
            }
        }
    }
}

/// Whether all the crashes came to pass.
fn survives(shop: &Shop, story: Story, ends: &[Point], findings: &Mutex<Findings>) -> bool {
    let taken = payment::take(shop, story, ends);
    let mut findings = findings.lock().unwrap_or_else(PoisonError::into_inner);
    let outcome = match taken {
        Ok(outcome) => outcome,
        Err(error) => {
            let wrong = format!("{} {ends:?}: {error:#}", story.name);
            findings.lost.push(wrong);
            return false;
        }
    };
    let all = outcome.crashes == ends.len();
    match ends {
        _ if !all => {}
        [_] => findings.points += 1,
        _ => findings.points_of_recovery += 1,
    }
    if outcome.charges > 1 {
        let wrong = format!("{} {ends:?}: {} charges", story.name, outcome.charges);
        findings.doubled.push(wrong);
    } else if let Err(error) = outcome.wrong {
        findings
            .lost
            .push(format!("{} {ends:?}: {error:#}", story.name));
    }
    all
}
