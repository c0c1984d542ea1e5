//! Lengths of time that cross to Kotlin and Swift.

use std::time::Duration;

/// A length of time, in whole milliseconds. `Duration` is what Kotlin and Swift call it.
///
/// ```
/// use std::time::Duration;
/// use mpac_pgw_sdk::{Period, PollingPolicy};
///
/// let polling = PollingPolicy {
///     min_interval: Some(Duration::from_secs(2).into()),
///     ..PollingPolicy::default()
/// };
/// assert_eq!(polling.min_interval, Some(Period::from_millis(2000)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Period(i64);

impl Period {
    /// So many milliseconds. A negative number is in range for no setting.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// In milliseconds.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }
}

/// To the millisecond below; a longer one than there is becomes the longest.
impl From<Duration> for Period {
    fn from(duration: Duration) -> Self {
        Self(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX))
    }
}
