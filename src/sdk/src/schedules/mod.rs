//! The threads of a terminal under schedules that a seed chooses: driver, delivery, registry, handles
//! and shutdown, with apps that call all of it at the same time.
//!
//! `crate::sync` is shuttle's here, with time-outs on a virtual clock (`time`, `sync`). One seed is
//! one schedule. Half of them let the time pass only when no thread can run, so that every call can be
//! held to the time it may take; in the others a time-out may fire at any moment, as on a machine that
//! is busy with other things. After each one:
//!
//! 1. no call has hung, nor taken longer than its documentation says; after `shut_down` all return at
//!    once, and no thread of the SDK is left but for a request under way;
//! 2. no event was told twice, nor beside another of its attempt, nor against an earlier final one;
//! 3. what was begun was acknowledged, or is in the journal, and how it ended is told; a card result
//!    that was taken
//!    is in it, an attempt that was settled is not, and the next terminal brings all to an end;
//! 4. once `shut_down` has returned, nothing is told, sent, written or changed any more;
//! 5. nothing is on disk, or at the gateway, that was reported as not started; no POST has a key that
//!    is not on disk, and no PaymentIntent is charged twice.
//!
//! Modelled: a gateway with answers late, lost, refused and carried out unheard; a disk whose changes
//! take a while, and fail with nothing changed; a vault that panics; threads that cannot be started;
//! listeners that panic, call back, or drop the terminal. Not modelled: a process that dies (the
//! simulation and the kills do that), a disk that keeps half of a change, memory weaker than
//! sequentially consistent.
//!
//! Not a promise, and so not checked where a time-out may fire at any moment: a listener that was just
//! being called may hear its event after the shutdown has stopped waiting for it.
//!
//! `cargo xtask test rust` builds and runs them, with `--cfg shuttle` in a target folder of their own.
//! A failure prints its seed; with `MPAC_SCHEDULE_SEED=…` it is replayed with a trace, and
//! `MPAC_SCHEDULES=…` tries more. Each invariant has been seen to catch a mistake, made on purpose:
//!
//! | mistake | caught by |
//! |---|---|
//! | `shut_down` releases the journal before it stops the threads | 2 |
//! | `release` does not wait for a change under way, or `change` looks at it too late | 4 |
//! | `carry_out` does not look at `is_released` | 4 |
//! | `confirm_payment` lets go of the registry after its look for another attempt | 5 |
//! | `confirm_payment` begins although the write failed | 5 |
//! | `confirm_payment` leaves the threads waiting when the write failed | 1 |
//! | a failed `SaveFirst` leaves the record of before on disk | 2 |
//! | a card result is answered before it is written | 3 |
//! | `acknowledge` answers true whatever became of the removal | 3 |
//! | `acknowledge` takes an attempt that was just taken up again for gone | 3 |
//! | a thread ends while the app is being told; two threads tell it | 2, 4 |
//! | a listener's panic ends the delivery | a panic |
//! | a thread that ends leaves nothing to `recover_pending` | 3 |
//! | `may_tell` does not look at the shutdown | 4 |
//! | `set` changes a state that is closed | 4 |
//! | `shut_down` does not wait for a listener | 4 |
//! | `wait_for_teller` waits for the very listener that calls it | 1 |
//! | a thread that could not be started to tell the app is not tried again | 3 |
//! | an end is shown that the disk could neither keep nor let go of | 3 |
//! | `shut_down` sends no `Stop` | 1 |
//! | `shut_down` waits with the registry locked, or `complete_card_payment` does | 1 |
//! | a handle does not look whether its terminal is closed | 1 |

mod gateway;
mod scenarios;
mod scheduler;
pub(crate) mod sync;
pub(crate) mod time;
mod world;

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

use self::scheduler::Schedules;
use self::world::World;

/// How many schedules of each scenario the normal test run takes.
const SCHEDULES: u64 = 20_000;
/// Far more than any schedule needs: one that is not over by then hangs.
const STEPS: usize = 30_000;
const STACK: usize = 256 * 1024;

thread_local! {
    static SEED: Cell<u64> = const { Cell::new(0) };
}

fn begins(seed: u64) {
    SEED.set(seed);
}

fn rng() -> shuttle::rand::rngs::ThreadRng {
    shuttle::rand::thread_rng()
}

/// Plays a scenario under many schedules.
fn explore(name: &str, scenario: impl Fn(&Arc<World>) + Send + Sync + 'static) {
    let seed = variable("MPAC_SCHEDULE_SEED");
    let count = variable("MPAC_SCHEDULES").unwrap_or(SCHEDULES);
    let schedules = match seed {
        Some(seed) => Schedules::new(seed, 1),
        None => Schedules::new(0, count),
    };
    let mut config = shuttle::Config::new();
    config.failure_persistence = shuttle::FailurePersistence::None;
    config.max_steps = shuttle::MaxSteps::FailAfter(STEPS);
    config.stack_size = STACK;
    config
        .ungraceful_shutdown_config
        .immediately_return_on_panic = true;
    let run = move || {
        shuttle::Runner::new(schedules, config).run(move || {
            sync::thread::cannot_start(false);
            let world = World::new(seed.is_some());
            let clock = shuttle::thread::spawn(time::run_clock);
            scenario(&world);
            time::stop();
            clock.join().unwrap();
            world.verdict();
        })
    };
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(tried) => println!("{name}: {tried} schedules"),
        Err(panic) => {
            println!("{name}: MPAC_SCHEDULE_SEED={} replays this", SEED.get());
            resume_unwind(panic);
        }
    }
}

fn variable(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{name} must be a whole number")),
    )
}
