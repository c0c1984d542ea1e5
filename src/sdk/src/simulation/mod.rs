//! The whole flow against a model of the gateway, the card app, the customer and the network, on
//! a virtual clock, with faults and crashes from a seed.
//!
//! One seed is one payment. After every step the invariants are checked against the ledgers of
//! the gateway and of the card app, which no fault can falsify:
//!
//! 1. at most one charge per attempt, and at most one for the PaymentIntent, but for a charged
//!    card that the gateway would not record (and that is then said); no success is told over a
//!    card that was charged for nothing;
//! 2. a final event never contradicts the ledger, neither when it is emitted nor ever after; nobody
//!    is invited to try again with an order that the gateway has as paid;
//! 3. an attempt ends in a final event, or is still in the journal; with the network healed it
//!    ends;
//! 4. no POST arrives whose Idempotency-Key is not in the journal;
//! 5. never two requests in flight for one attempt;
//! 6. the card app is never launched while a code is payable, as far as the gateway has said;
//! 7. no result is taken that the card app did not give;
//! 8. the code that a customer showed is on disk as long as a confirm may have to hold it, and no
//!    longer;
//! 9. past the PaymentIntent's end and the grace, and not before, an outcome is known or is said to
//!    be unknown: once;
//! 10. a refund is never advised while the gateway says that the order was paid by card;
//! 11. no code is withdrawn that has not expired;
//! 12. a final event is an answer to the gateway's own word;
//! 13. a result from disk is told only where the gateway agrees;
//! 14. the copy of a journal does nothing but ask;
//! 15. no result of the card app is refused for its spelling, and no card's number gets to the disk.
//!
//! What is modelled, because the world does it:
//!
//! * the network: lost requests and replies, requests that arrive twice or late, long outages;
//! * middleboxes: pages in the gateway's place, before or after the request got through, dated by
//!   a clock of their own; a `Date` that is missing, or wrong by minutes, hours or days, once or
//!   always;
//! * answers of another amount, currency or id, which say `succeeded`;
//! * clocks: a wall clock that is up to a day wrong, a terminal that sleeps through its timers;
//! * Idempotency-Keys that are gone after 24 hours, with the terminal off until the next day, and
//!   a gateway that forgets them at once;
//! * the disk: writes that are refused, and leave what was there; a forged success; a journal that
//!   is restored on another device;
//! * other tills that take the same order in cash, by card or by a code, also while the card app
//!   has it; a back end that withdraws it;
//! * the card app: silent, charged and silent, twice, forged, in every spelling, with a card's number
//!   where none belongs;
//! * crashes between any two effects; a shutdown is one between two inputs.
//!
//! What is not: threads (the `schedules` are about them), the bytes of the wire and the steps of a
//! write (tests of their own), a copy beside a device that goes on, two attempts for one
//! PaymentIntent on one terminal, and a gateway that breaks its word.
//!
//! A failure prints its seed; `MPAC_SIMULATION_SEED=… cargo test -p mpac-pgw-sdk simulation`
//! replays it with a trace. `cargo xtask simulate --seeds N` runs more.
//!
//! Each invariant has been seen to catch a mistake, made on purpose:
//!
//! | mistake | caught by |
//! |---|---|
//! | `send_next` takes a fresh key for each confirm | 4 |
//! | `confirm_anew` leaves `SaveFirst` out | 4 |
//! | `launch_card_app` leaves `SaveFirst` out, or `resume` launches the card app again | 1 |
//! | `wait_for_gateway` finishes as failed when the deadline passes | 2 |
//! | `finish` forgets that the card was charged | 2 |
//! | a 5xx on confirm finishes as failed, an unheard cancel as cancelled | 2 |
//! | `confirm_refused` forgets the code that is still on show | 2 |
//! | `finish` takes the outcome for acknowledged at once | 3 |
//! | `announce_unresolved` forgets the attempt | 3 |
//! | `card_result` does not save the approval | 3 |
//! | `poll_now` does not look at `in_flight` | 5 |
//! | `open_attempt` launches the card app while a code is out | 6 |
//! | `check` of a card result does not compare the nonce | 7 |
//! | `customer_code_refused` finishes as failed after a switch | 2 |
//! | a 502 on the confirm of a scanned code counts as the wallet's refusal | 2 |
//! | the gateway does not keep the wallet's refusal under its key | 2 |
//! | `watch` keeps the customer's code, or `post_unsure` forgets it | 8 |
//! | `has_reached` lets an answer set the gateway's clock back | 9 |
//! | `server_time` believes a page in the gateway's place, or the wall clock where there is no `Date` | 11 |
//! | `finish` leaves the record where the end of a refused attempt could not be written | 2 |
//! | `save_failed` keeps a card result that could not be written | 10 |
//! | `wants_new_code` replaces a code whenever the clock says so | 11 |
//! | `GatewayClock::read` believes one `Date` at once | 9, 11 |
//! | an answer about another amount, currency or PaymentIntent is believed | 12 |
//! | a result from disk, or the card app's word, is told at once | 12 |
//! | `verify` agrees with every result | 2 |
//! | a refund is advised where the gateway says paid by a card that is not matched | 10 |
//! | a charge to give back is not asked about again | 3 |
//! | any success is taken for the card's charge | 1 |
//! | what is not known is announced again and again | 9 |
//! | a copy may send a POST | 14 |
//! | only a plain whole number is read; a card's number stays in `reason` or `masked_pan` | 15 |
//!
//! Mistakes that it has not seen, and unit tests of the flow have: a refund that is advised while the
//! gateway is at work, or told after a restart before asking; a declined card that ends beside
//! another till's code; contradictions that are lifted again and again; a key that is relied upon
//! after its 24 hours; an unmatched approval code that is made up.

pub(crate) mod app;
pub(crate) mod gateway;
mod invariants;
mod network;
mod process;
mod spelling;
mod tally;
mod wire;
mod world;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use self::tally::Tally;
use self::world::World;

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
