//! The whole flow against a model of the gateway, the card app, the customer and the network, on
//! a virtual clock, with faults and crashes from a seed.
//!
//! One seed is one payment. After every step the invariants are checked against the ledgers of
//! the gateway and of the card app, which no fault can falsify:
//!
//! 1. at most one charge per attempt, and at most one for the PaymentIntent, but for a charged
//!    card that the gateway would not record (and that is then said);
//! 2. a final event never contradicts the ledger, neither when it is emitted nor ever after;
//! 3. an attempt ends in a final event, or is still in the journal; with the network healed it
//!    ends;
//! 4. no POST arrives whose Idempotency-Key is not in the journal;
//! 5. never two requests in flight for one attempt;
//! 6. never a code payable while the card app has the payment.
//!
//! A failure prints its seed; `MPAC_SIMULATION_SEED=… cargo test -p mpac-pgw-sdk simulation`
//! replays it with a trace. `cargo xtask simulate --seeds N` runs more.
//!
//! Each invariant has been seen to catch a mistake, made on purpose:
//!
//! | mistake | caught by |
//! |---|---|
//! | `next_request` ignores `must_verify` and a fresh key is taken for each confirm | 4, 1 |
//! | `resume` launches the card app again from `AwaitingCard` | 1 |
//! | a lost connection past the deadline finishes as `PaymentFailed` | 2 |
//! | 409 on recording a card finishes as `PaymentFailed` | 2 |
//! | `final_event_accepted` is assumed at once, before the listener returns | 3 |
//! | `SaveFirst` in `confirm_anew` is left out | 4 |
//! | `poll_now` does not look at `in_flight` | 5 |
//! | `open_attempt` launches the card app while a code is out | 6 |

mod app;
mod gateway;
mod network;
mod world;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use self::world::{Tally, World};

/// How many payments the normal test run takes.
const PAYMENTS: u64 = 100_000;

#[test]
fn no_payment_is_lost_doubled_or_lied_about() {
    if let Some(seed) = variable("MPAC_SIMULATION_SEED") {
        let tally = World::new(seed).traced().run();
        println!("seed {seed}: {tally:?}");
        return;
    }
    let payments = variable("MPAC_SIMULATION_SEEDS").unwrap_or(PAYMENTS);
    let began = Instant::now();
    let next = AtomicU64::new(0);
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let tallies: Vec<Tally> = std::thread::scope(|scope| {
        let work = || {
            let mut tally = Tally::default();
            loop {
                let seed = next.fetch_add(1, Ordering::Relaxed);
                if seed >= payments {
                    return tally;
                }
                tally.add(&World::new(seed).run());
            }
        };
        let threads: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        // A panic in a worker has printed its seed already.
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    let mut total = Tally::default();
    tallies.iter().for_each(|tally| total.add(tally));
    println!(
        "simulated {payments} payments in {:?}: {total:?}",
        began.elapsed()
    );
    if payments >= PAYMENTS {
        total.assert_everything_happened();
    }
}

fn variable(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{name} must be a whole number")),
    )
}
