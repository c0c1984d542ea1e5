//! Time and randomness, as the flow gets them: from outside.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use mpac_pgw_protocol::Timestamp;

/// A moment on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    /// Time since an arbitrary start that never jumps. Everything is measured with it.
    pub(crate) monotonic: Duration,
    /// What the wall clock shows. It may be wrong, so it is only shown, never relied upon.
    pub(crate) wall: Timestamp,
}

/// Tells the time.
pub(crate) trait Clock: Send + Sync {
    /// The moment it is now.
    fn now(&self) -> Moment;
}

/// The clock of the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Moment {
        let since_epoch = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let seconds = i64::try_from(since_epoch.as_secs()).unwrap_or(i64::MAX);
        Moment {
            monotonic: since_boot(),
            wall: Timestamp::from_unix_seconds(seconds),
        }
    }
}

/// The time since the device was started, time asleep included: a terminal sleeps between two
/// customers, and `Instant` stops meanwhile on Android and iOS.
#[cfg(unix)]
fn since_boot() -> Duration {
    use rustix::time::{ClockId, clock_gettime};
    // Apple's monotonic clock counts time asleep; Linux has another one that does.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    const SINCE_BOOT: ClockId = ClockId::Boottime;
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    const SINCE_BOOT: ClockId = ClockId::Monotonic;
    Duration::try_from(clock_gettime(SINCE_BOOT)).unwrap_or_default()
}

#[cfg(not(unix))]
fn since_boot() -> Duration {
    use std::sync::OnceLock;
    use std::time::Instant;
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}

/// The operating system gives no random numbers. Nothing else makes a key or a nonce: one that is
/// not random may be another's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the operating system gives no random numbers")]
pub(crate) struct EntropyError;

/// Gives random bytes.
pub(crate) trait Entropy: Send {
    /// 16 unpredictable bytes.
    fn random(&mut self) -> Result<[u8; 16], EntropyError>;
}

/// The random numbers of the operating system.
#[derive(Debug, Default)]
pub(crate) struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn random(&mut self) -> Result<[u8; 16], EntropyError> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(|_| EntropyError)?;
        Ok(bytes)
    }
}

/// A random UUID, for attempt ids and idempotency keys.
pub(crate) fn random_uuid(entropy: &mut dyn Entropy) -> Result<String, EntropyError> {
    let builder = uuid::Builder::from_random_bytes(entropy.random()?);
    Ok(builder.into_uuid().to_string())
}

/// A random duration from `low` to `high`, both included; the middle without random numbers.
pub(crate) fn random_between(entropy: &mut dyn Entropy, low: Duration, high: Duration) -> Duration {
    let span = u64::try_from(high.saturating_sub(low).as_millis()).unwrap_or(u64::MAX);
    let Ok(bytes) = entropy.random() else {
        return low + Duration::from_millis(span / 2);
    };
    let (random, _) = uuid::Uuid::from_bytes(bytes).as_u64_pair();
    // The bias of a modulus over 2^64 is far below anything that could matter here.
    low + Duration::from_millis(random % span.saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As in a chroot without `/dev/urandom`.
    struct NoEntropy;

    impl Entropy for NoEntropy {
        fn random(&mut self) -> Result<[u8; 16], EntropyError> {
            Err(EntropyError)
        }
    }

    #[test]
    fn without_random_numbers_no_key_is_made_and_the_pace_is_kept() {
        assert_eq!(random_uuid(&mut NoEntropy), Err(EntropyError));
        let [low, high] = [4, 5].map(Duration::from_secs);
        let between = random_between(&mut NoEntropy, low, high);
        assert_eq!(between, Duration::from_millis(4500));
    }

    #[test]
    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn the_clock_is_the_one_that_counts_time_asleep() {
        let uptime = || {
            let text = std::fs::read_to_string("/proc/uptime").unwrap();
            let seconds: f64 = text.split_whitespace().next().unwrap().parse().unwrap();
            Duration::from_secs_f64(seconds)
        };
        // The kernel writes hundredths of a second.
        let tick = Duration::from_millis(10);
        let before = uptime();
        let now = SystemClock.now().monotonic;
        assert!((before..=uptime() + tick).contains(&now));
    }
}
