//! Time that passes only when a thread called the clock says so.
//!
//! Every time-out is a timer here. The clock is one more thread of the schedule: whenever it runs,
//! it moves the time on to the next timer and rings that. Who chooses the schedule also chooses how
//! often that is: only when nothing else can run, or at any moment, as on a machine that is busy
//! with other things.
//!
//! All threads of a schedule are run by one thread of the operating system, one after the other,
//! so what belongs to a schedule is thread-local, and borrowed for no longer than a moment.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use super::sync::{mpsc, thread};
use crate::clock::{Clock, Moment};
use mpac_pgw_protocol::Timestamp;

/// The number of the clock among the threads of a schedule: the first that is started.
pub(super) const CLOCK: usize = 1;

pub(super) const WALL: i64 = 1_765_189_800;

#[derive(Default)]
struct Time {
    now: Duration,
    timers: Vec<Timer>,
    last_id: u64,
    stopped: bool,
    hasty: bool,
    /// How many threads of the SDK are running.
    threads: usize,
}

#[derive(Clone)]
struct Timer {
    id: u64,
    due: Duration,
    /// Kept until it is cancelled: a sleeper that was not yet asleep is woken again.
    rung: bool,
    ring: Rc<dyn Fn()>,
}

thread_local! {
    static TIME: RefCell<Time> = RefCell::default();
}

fn with<T>(use_time: impl FnOnce(&mut Time) -> T) -> T {
    TIME.with(|time| use_time(&mut time.borrow_mut()))
}

/// A new schedule begins. `hasty` says whether time-outs may fire while threads are still at work.
pub(super) fn reset(hasty: bool) {
    let old = with(|time| {
        std::mem::replace(
            time,
            Time {
                hasty,
                ..Time::default()
            },
        )
    });
    // Outside of the borrow: a timer may hold the end of a channel. What a failed schedule has
    // left behind cannot be dropped without it.
    std::mem::forget(old);
}

pub(super) fn is_hasty() -> bool {
    with(|time| time.hasty)
}

pub(super) fn now() -> Duration {
    with(|time| time.now)
}

/// Has `ring` called once the time has come, and again until it is cancelled.
pub(super) fn set_timer(after: Duration, ring: impl Fn() + 'static) -> u64 {
    with(|time| {
        time.last_id += 1;
        time.timers.push(Timer {
            id: time.last_id,
            due: time.now + after,
            rung: false,
            ring: Rc::new(ring),
        });
        time.last_id
    })
}

pub(super) fn cancel_timer(id: u64) {
    let cancelled = with(|time| {
        let position = time.timers.iter().position(|timer| timer.id == id)?;
        Some(time.timers.swap_remove(position))
    });
    drop(cancelled);
}

/// Whether the clock has something to do.
pub(super) fn may_pass() -> bool {
    with(|time| time.stopped || !time.timers.is_empty())
}

pub(super) fn stop() {
    with(|time| time.stopped = true);
}

/// The clock's thread.
pub(super) fn run_clock() {
    assert_eq!(usize::from(shuttle::current::me()), CLOCK);
    loop {
        shuttle::thread::yield_now();
        if with(|time| time.stopped) {
            return;
        }
        let next = with(|time| {
            let next = time.timers.iter_mut().filter(|timer| !timer.rung);
            let next = next.min_by_key(|timer| (timer.due, timer.id))?;
            next.rung = true;
            time.now = time.now.max(next.due);
            Some(next.clone())
        });
        if let Some(timer) = next {
            (timer.ring)();
            continue;
        }
        let rung: Vec<Timer> = with(|time| time.timers.clone());
        assert!(
            !rung.is_empty(),
            "every thread waits for another, and none of them for the time"
        );
        rung.iter().for_each(|timer| (timer.ring)());
    }
}

pub(crate) fn sleep(duration: Duration) {
    let (_keep, never) = mpsc::channel::<()>();
    let _ = never.recv_timeout(duration);
}

/// Counts a thread of the SDK for as long as it runs.
pub(super) struct Alive(());

impl Alive {
    pub(super) fn new() -> Self {
        with(|time| time.threads += 1);
        Self(())
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        with(|time| time.threads -= 1);
    }
}

pub(super) fn threads() -> usize {
    with(|time| time.threads)
}

/// The terminal's clock.
pub(super) struct VirtualClock;

impl Clock for VirtualClock {
    fn now(&self) -> Moment {
        let monotonic = now();
        Moment {
            monotonic,
            wall: wall(),
        }
    }
}

pub(super) fn wall() -> Timestamp {
    Timestamp::from_unix_seconds(WALL + i64::try_from(now().as_secs()).unwrap_or(i64::MAX))
}

/// Lets other threads run in between: reading a file, or a listener at work.
pub(super) fn step() {
    thread::step();
}
