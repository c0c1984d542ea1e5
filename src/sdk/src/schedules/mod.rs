//! The driver, the registry, the delivery and the shutdown under schedules that a seed chooses.

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
