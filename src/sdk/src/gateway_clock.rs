//! What the gateway's clock shows, as far as its own answers tell. Pure.
//!
//! The terminal's wall clock decides nothing: a till with an empty battery starts in 1970. What is
//! known of the gateway's clock are moments that it has certainly reached: the `Date` of an answer
//! in its own form, and the `created_at` of a PaymentIntent that exists. Such moments are old by
//! the time they arrive, so of two readings the later one is the more exact, and none ever moves
//! the clock back.

use std::time::Duration;

use mpac_pgw_protocol::Timestamp;

/// The gateway's clock, held against the monotonic clock of this machine.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct GatewayClock {
    /// A moment that the gateway's clock has reached, and the monotonic time it was known at.
    reading: Option<(Timestamp, Duration)>,
    /// What was read cannot be the gateway's clock: nothing is decided by it any more.
    is_refuted: bool,
}

impl GatewayClock {
    /// The gateway's clock had reached `moment` at the monotonic time `at`, which may be past.
    pub(crate) fn has_reached(&mut self, moment: Timestamp, at: Duration) {
        let is_ahead = |known: (Timestamp, Duration)| offset((moment, at)) > offset(known);
        if self.reading.is_none_or(is_ahead) {
            self.reading = Some((moment, at));
        }
    }

    /// The gateway has just said something that it would not say once its clock has reached
    /// `moment`. If the clock is thought to be there already, somebody else's was read.
    pub(crate) fn has_not_reached(&mut self, moment: Timestamp, now: Duration) {
        self.is_refuted |= self.at(now).is_some_and(|known| known >= moment);
    }

    /// What the clock shows, or somewhat less; `None` while nothing is known of it.
    pub(crate) fn now(&self, now: Duration) -> Option<Timestamp> {
        self.at(now).filter(|_| !self.is_refuted)
    }

    fn at(&self, now: Duration) -> Option<Timestamp> {
        let (moment, read_at) = self.reading?;
        let since = now.saturating_sub(read_at).as_secs();
        Some(moment.plus_seconds(i64::try_from(since).unwrap_or(i64::MAX)))
    }
}

/// How far the gateway's clock is ahead of the monotonic one, in milliseconds.
fn offset((moment, at): (Timestamp, Duration)) -> i128 {
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

    proptest! {
        #[test]
        fn no_answer_moves_the_clock_back(
            readings in prop::collection::vec((-100_000_i64..100_000, 0_u64..5_000), 1..20),
        ) {
            let mut clock = GatewayClock::default();
            let mut now = 0;
            let mut shown = None;
            for (date, later) in readings {
                now += later;
                clock.has_reached(at(date), after(now));
                let shows = clock.now(after(now));
                prop_assert!(shows >= Some(at(date)));
                prop_assert!(shows >= shown);
                shown = shows;
            }
        }
    }
}
