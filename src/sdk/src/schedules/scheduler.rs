//! Which thread runs next: at random, from one seed per schedule.

use shuttle::scheduler::{Schedule, Scheduler, Task, TaskId};

use super::time;

/// Tries `count` schedules.
///
/// Plain chance finds short races and misses long ones, so some schedules leave a thread at work
/// for longer, and some give the threads ranks that change now and then.
pub(super) struct Schedules {
    first_seed: u64,
    tried: u64,
    count: u64,
    rng: fastrand::Rng,
    habit: Habit,
    /// One step in so many is the clock's while other threads could run; 0 is never.
    clock_in: u32,
    ranks: Vec<u32>,
}

#[derive(Clone, Copy)]
enum Habit {
    Random,
    /// Three times of four the same thread goes on.
    Stay,
    /// The thread of the highest rank goes on; one step in sixteen changes a rank.
    Ranks,
}

impl Schedules {
    pub(super) fn new(first_seed: u64, count: u64) -> Self {
        Self {
            first_seed,
            tried: 0,
            count,
            rng: fastrand::Rng::with_seed(0),
            habit: Habit::Random,
            clock_in: 0,
            ranks: Vec::new(),
        }
    }

    fn rank(&mut self, task: TaskId) -> u32 {
        let number = usize::from(task);
        while self.ranks.len() <= number {
            self.ranks.push(self.rng.u32(..));
        }
        self.ranks[number]
    }
}

impl Scheduler for Schedules {
    fn new_execution(&mut self) -> Option<Schedule> {
        if self.tried == self.count {
            return None;
        }
        let seed = self.first_seed + self.tried;
        self.tried += 1;
        self.rng = fastrand::Rng::with_seed(seed);
        self.ranks.clear();
        self.habit = [Habit::Random, Habit::Stay, Habit::Ranks][self.rng.usize(..3)];
        self.clock_in = [0, 0, 8, 64][self.rng.usize(..4)];
        time::reset(self.clock_in != 0);
        super::begins(seed);
        Some(Schedule::new(seed))
    }

    fn next_task(
        &mut self,
        runnable: &[&Task],
        current: Option<TaskId>,
        _: bool,
    ) -> Option<TaskId> {
        let is_clock = |task: &TaskId| usize::from(*task) == time::CLOCK;
        let others: Vec<TaskId> = runnable
            .iter()
            .map(|task| task.id())
            .filter(|task| !is_clock(task))
            .collect();
        let clock = runnable.iter().map(|task| task.id()).find(is_clock);
        let is_clocks_turn =
            self.clock_in != 0 && time::may_pass() && self.rng.u32(..self.clock_in) == 0;
        if let Some(clock) = clock
            && (others.is_empty() || is_clocks_turn)
        {
            return Some(clock);
        }
        let chosen = match self.habit {
            Habit::Stay if self.rng.u8(..4) != 0 => current.filter(|task| others.contains(task)),
            Habit::Ranks => {
                if let Some(current) = current
                    && self.rng.u8(..16) == 0
                {
                    self.rank(current);
                    self.ranks[usize::from(current)] = self.rng.u32(..);
                }
                others.iter().copied().max_by_key(|task| self.rank(*task))
            }
            _ => None,
        };
        Some(chosen.unwrap_or_else(|| others[self.rng.usize(..others.len())]))
    }

    fn next_u64(&mut self) -> u64 {
        self.rng.u64(..)
    }
}
