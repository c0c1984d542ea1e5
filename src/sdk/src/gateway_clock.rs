//! What the gateway's clock shows, as far as its own answers tell. Pure.
//!
//! The terminal's wall clock decides nothing: a till with an empty battery starts in 1970. What is
//! known of the gateway's clock are moments that it has reached: the `Date` of an answer in its own
//! form, and the `created_at` of a PaymentIntent that exists. Such moments are old by the time they
//! arrive, so of two readings the later one is the more exact, and none ever moves the clock back.
//! For the same reason one `Date` that was written wrongly would count for ever: a `Date` counts
//! once another one is at least as far.

use std::time::Duration;

use mpac_pgw_protocol::Timestamp;

/// A moment that the gateway's clock has reached, and the monotonic time it was known at.
type Reading = (Timestamp, Duration);

/// The gateway's clock, held against the monotonic clock of this machine.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct GatewayClock {
    /// What it has certainly reached.
    reached: Option<Reading>,
    /// The furthest `Date`: no other one bears it out.
    claimed: Option<Reading>,
    /// What was read cannot be the gateway's clock: nothing is decided by it any more.
    is_refuted: bool,
}

impl GatewayClock {
    /// The gateway's clock had reached `moment` at the monotonic time `at`, which may be past.
    pub(crate) fn has_reached(&mut self, moment: Timestamp, at: Duration) {
        self.reached = further(self.reached, (moment, at));
    }

    /// An answer of the gateway is dated so.
    pub(crate) fn read(&mut self, date: Timestamp, now: Duration) {
        let furthest = further(self.claimed, (date, now));
        let borne_out = match self.claimed {
            Some(claimed) if furthest == Some(claimed) => Some((date, now)),
            claimed => claimed,
        };
        self.claimed = furthest;
        if let Some((moment, at)) = borne_out {
            self.has_reached(moment, at);
        }
    }

    /// The gateway has just said something that it would not say once its clock has reached
    /// `moment`. If the clock is thought to be there already, somebody else's was read.
    pub(crate) fn has_not_reached(&mut self, moment: Timestamp, now: Duration) {
        let is_there = |reading: &Reading| at(*reading, now) >= moment;
        self.claimed = self.claimed.filter(|claimed| !is_there(claimed));
        self.is_refuted |= self.reached.as_ref().is_some_and(is_there);
    }

    /// What the clock shows, or somewhat less; `None` while nothing is known of it.
    pub(crate) fn now(&self, now: Duration) -> Option<Timestamp> {
        let reached = self.reached.filter(|_| !self.is_refuted);
        reached.map(|reading| at(reading, now))
    }

    /// What the clock may show, by the word of a single answer, too. For what is better left undone
    /// when in doubt.
    pub(crate) fn latest(&self, now: Duration) -> Option<Timestamp> {
        let claimed = self.claimed.filter(|_| !self.is_refuted);
        self.now(now).max(claimed.map(|reading| at(reading, now)))
    }
}

/// What the clock shows at `now`, by this reading.
fn at((moment, read_at): Reading, now: Duration) -> Timestamp {
    let since = now.saturating_sub(read_at).as_secs();
    moment.plus_seconds(i64::try_from(since).unwrap_or(i64::MAX))
}

/// The one that puts the clock further ahead.
fn further(known: Option<Reading>, other: Reading) -> Option<Reading> {
    known
        .filter(|known| offset(*known) >= offset(other))
        .or(Some(other))
}

/// How far the gateway's clock is ahead of the monotonic one, in milliseconds.
fn offset((moment, at): Reading) -> i128 {
    i128::from(moment.unix_seconds()) * 1000 - i128::try_from(at.as_millis()).unwrap_or(i128::MAX)
}

/// The time from one moment to a later one.
pub(crate) fn time_between(earlier: Timestamp, later: Timestamp) -> Duration {
    let seconds = later.unix_seconds().saturating_sub(earlier.unix_seconds());
    Duration::from_secs(u64::try_from(seconds).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOON: i64 = 1_765_195_200;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(NOON + seconds)
    }

    fn after(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn nothing_is_known_before_the_gateway_has_said_something() {
        assert_eq!(GatewayClock::default().now(after(3600)), None);
    }

    #[test]
    fn a_moment_that_was_reached_earlier_counts_from_then() {
        let mut clock = GatewayClock::default();
        clock.has_reached(at(0), after(100));
        clock.has_reached(at(0), after(40));
        assert_eq!(clock.now(after(100)), Some(at(60)));
        clock.has_reached(at(30), after(90));
        assert_eq!(clock.now(after(100)), Some(at(60)));
    }

    #[test]
    fn a_fresh_code_refutes_a_clock_at_which_it_has_expired() {
        let mut clock = GatewayClock::default();
        clock.has_reached(at(600), after(1));
        clock.has_not_reached(at(601), after(1));
        assert_eq!(clock.now(after(1)), Some(at(600)));
        clock.has_not_reached(at(300), after(1));
        assert_eq!(clock.now(after(1)), None);
        clock.has_reached(at(700), after(2));
        assert_eq!(clock.now(after(2)), None, "nor by what it says next");
    }

    #[test]
    fn a_date_counts_once_another_is_at_least_as_far() {
        let mut clock = GatewayClock::default();
        clock.read(at(900), after(1));
        assert_eq!(clock.now(after(1)), None);
        assert_eq!(clock.latest(after(2)), Some(at(901)));
        clock.read(at(4), after(5));
        assert_eq!(clock.now(after(5)), Some(at(4)));
        assert_eq!(clock.latest(after(5)), Some(at(904)));
        // Something that it would not say so late.
        clock.has_not_reached(at(600), after(6));
        assert_eq!(clock.latest(after(6)), Some(at(5)));
        clock.read(at(10), after(10));
        clock.read(at(700), after(11));
        assert_eq!(clock.now(after(11)), Some(at(11)));
        clock.read(at(701), after(12));
        assert_eq!(clock.now(after(12)), Some(at(701)), "two may be right");
    }

    proptest! {
        #[test]
        fn one_wrong_date_among_right_ones_decides_nothing(
            right in prop::collection::vec(1_u64..5_000, 1..20), wrong in 0..20_usize, by in -1_000_000_i64..1_000_000,
        ) {
            let mut clock = GatewayClock::default();
            let mut now = 0;
            for (index, later) in right.iter().enumerate() {
                now += later;
                let shows = i64::try_from(now).unwrap();
                if index == wrong {
                    clock.read(at(shows + by), after(now));
                }
                clock.read(at(shows), after(now));
                prop_assert!(clock.now(after(now)) <= Some(at(shows)));
            }
        }

        #[test]
        fn no_answer_moves_the_clock_back(
            readings in prop::collection::vec((-100_000_i64..100_000, 0_u64..5_000), 1..20),
        ) {
            let mut clock = GatewayClock::default();
            let mut now = 0;
            let mut shown = None;
            for (date, later) in readings {
                now += later;
                clock.read(at(date), after(now));
                let shows = clock.now(after(now));
                prop_assert!(clock.latest(after(now)) >= Some(at(date)));
                prop_assert!(shows >= shown);
                shown = shows;
            }
        }
    }
}
