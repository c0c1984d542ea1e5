//! When to ask again.

use std::time::Duration;

use crate::clock::{Entropy, random_between};

/// The longest `Retry-After` that is honoured.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(60);

/// The shortest time between two requests, however often the app asks.
const MIN_GAP: Duration = Duration::from_secs(1);

/// A [`PollingPolicy`](crate::PollingPolicy) with every default filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pacing {
    pub(crate) min_interval: Duration,
    pub(crate) max_interval: Duration,
    pub(crate) backoff_after: Duration,
    pub(crate) backoff_interval: Duration,
    pub(crate) unresolved_interval: Duration,
    pub(crate) expiry_grace: Duration,
}

impl Default for Pacing {
    fn default() -> Self {
        Self {
            min_interval: Duration::from_secs(4),
            max_interval: Duration::from_secs(5),
            backoff_after: Duration::from_secs(60),
            backoff_interval: Duration::from_secs(15),
            unresolved_interval: Duration::from_secs(60),
            expiry_grace: Duration::from_secs(30),
        }
    }
}

/// How the last request went, as far as the pace goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The gateway answered, if only that it is busy.
    Answered,
    /// It did not answer, or with a server error.
    NoAnswer,
}

/// Keeps the pace of one attempt's requests. All times are monotonic.
#[derive(Debug)]
#[cfg_attr(test, derive(Clone))]
pub(crate) struct Pace {
    policy: Pacing,
    last_start: Duration,
    failing_since: Option<Duration>,
    backoff: Duration,
    /// A busy or failing gateway wants to be left alone until then.
    busy_until: Duration,
}

impl Pace {
    pub(crate) fn new(policy: Pacing) -> Self {
        Self {
            backoff: policy.max_interval,
            policy,
            last_start: Duration::ZERO,
            failing_since: None,
            busy_until: Duration::ZERO,
        }
    }

    /// The soonest that anybody may ask again.
    pub(crate) fn earliest(&self) -> Duration {
        self.not_before(self.last_start + MIN_GAP)
    }

    /// A time at which the gateway is not to be left alone any more.
    pub(crate) fn not_before(&self, time: Duration) -> Duration {
        self.busy_until.max(time)
    }

    pub(crate) fn leave_alone(&mut self, now: Duration, retry_after: Option<Duration>) {
        if let Some(wait) = retry_after {
            self.busy_until = now + wait.min(MAX_RETRY_AFTER);
        }
    }

    pub(crate) fn started(&mut self, now: Duration) {
        self.last_start = now;
    }

    /// When the next request is due. Measured from the start of the last one, so that a slow
    /// answer does not slow the pace.
    pub(crate) fn next(
        &mut self,
        now: Duration,
        outcome: Outcome,
        slowly: bool,
        entropy: &mut dyn Entropy,
    ) -> Duration {
        let failing_for = match outcome {
            Outcome::NoAnswer => now.saturating_sub(*self.failing_since.get_or_insert(now)),
            Outcome::Answered => {
                self.failing_since = None;
                Duration::ZERO
            }
        };
        let (low, high) = if slowly {
            let interval = self.policy.unresolved_interval;
            (interval * 4 / 5, interval)
        } else if self.failing_since.is_some() && failing_for >= self.policy.backoff_after {
            self.backoff = (self.backoff * 3 / 2).min(self.policy.backoff_interval);
            (self.backoff * 4 / 5, self.backoff)
        } else {
            self.backoff = self.policy.max_interval;
            (self.policy.min_interval, self.policy.max_interval)
        };
        self.not_before(self.last_start + random_between(entropy, low, high))
    }
}
