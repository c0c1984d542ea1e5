use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use mpac_pgw_protocol::Timestamp;
use tokio::sync::Notify;
use tokio::sync::futures::Notified;

/// The gateway's one source of time: the system clock plus an offset that only grows, until a
/// reset of the whole gateway. A database keeps what `/_local/clock` adds to it: a gateway that is
/// started again goes on at the time where it was.
///
/// Every expiry, signature check and `Date` header reads it, so moving it forward moves the whole
/// gateway. Clones share the offset.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    offset_ms: AtomicI64,
    advanced: Notify,
}

impl Clock {
    /// The system's time, until it is advanced.
    #[must_use]
    pub fn system() -> Self {
        Self::default()
    }

    /// Moves the clock forward. Whatever falls due is handled as if the time had passed. No
    /// database keeps it.
    pub fn advance(&self, by: Duration) {
        let by = milliseconds(by);
        let add = |offset: i64| Some(offset.saturating_add(by));
        let order = Ordering::SeqCst;
        // The closure never answers None.
        let _ = self.shared.offset_ms.fetch_update(order, order, add);
        self.shared.advanced.notify_waiters();
    }

    /// Moves the clock forward to where it is at least this far ahead of the machine's.
    pub(crate) fn catch_up(&self, ahead: Duration) {
        let offset_ms = &self.shared.offset_ms;
        offset_ms.fetch_max(milliseconds(ahead), Ordering::SeqCst);
        self.shared.advanced.notify_waiters();
    }

    /// Now, to the second.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        Timestamp::from_unix_seconds(self.now_ms().div_euclid(1000))
    }

    /// The machine's own time, which no advance moves: for what is between two machines.
    pub(crate) fn machine_now(&self) -> Timestamp {
        Timestamp::from_unix_seconds(system_ms().div_euclid(1000))
    }

    /// How far it is ahead of the machine's, in seconds.
    #[must_use]
    pub fn ahead_seconds(&self) -> i64 {
        self.shared.offset_ms.load(Ordering::SeqCst) / 1000
    }

    /// Takes back every advance: for a gateway that has nothing left to expire.
    pub(crate) fn reset(&self) {
        self.shared.offset_ms.store(0, Ordering::SeqCst);
        self.shared.advanced.notify_waiters();
    }

    pub(crate) fn now_ms(&self) -> i64 {
        system_ms().saturating_add(self.shared.offset_ms.load(Ordering::SeqCst))
    }

    /// Ready once the clock has been advanced.
    pub(crate) fn advanced(&self) -> Notified<'_> {
        self.shared.advanced.notified()
    }
}

fn system_ms() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, milliseconds)
}

/// Too long a time is the longest there is.
pub(crate) fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_advance_together() {
        let clock = Clock::system();
        let before = clock.now();
        clock.clone().advance(Duration::from_secs(1800));
        let moved = clock.now().unix_seconds() - before.unix_seconds();
        assert!((1800..1802).contains(&moved), "{moved}");
    }

    #[test]
    fn an_absurd_advance_saturates() {
        let clock = Clock::system();
        clock.advance(Duration::MAX);
        assert_eq!(clock.now().to_string(), "9999-12-31T23:59:59Z");
    }
}
