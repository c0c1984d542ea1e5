//! Where the SDK's own messages go: to logcat, or to a sink of the app's own. No message holds a token,
//! a key or card data.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{self, ThreadId};

/// How much to log, or how much a message matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
#[non_exhaustive]
pub enum LogLevel {
    /// Nothing.
    Off,
    /// Only what went wrong here.
    Error,
    /// Also what needs attention, such as a gateway that does not answer.
    Warn,
    /// Also every event of every attempt.
    Info,
    /// Also what the HTTP library says.
    Debug,
}

/// Takes the SDK's messages.
///
/// Called on a thread of the SDK, one message at a time and in order; it may call the SDK. What it
/// logs itself meanwhile is not logged. A slow one delays nothing, but loses messages: those of more
/// than 1,000 that wait. One that throws harms nothing.
#[uniffi::export(foreign)]
pub trait LogSink: Send + Sync {
    /// Takes one message: no secret is in it.
    fn log(&self, level: LogLevel, message: String);
}

/// How much is logged from now on. Until this is called, or [`set_log_sink`], it is nothing in a Rust
/// program, and [`LogLevel::Warn`] in an app.
///
/// In a Rust program whose `log` crate has a logger already, neither has an effect: that logger gets
/// the messages.
#[uniffi::export]
pub fn set_log_level(level: LogLevel) {
    install(match level {
        LogLevel::Off => log::LevelFilter::Off,
        LogLevel::Error => log::LevelFilter::Error,
        LogLevel::Warn => log::LevelFilter::Warn,
        LogLevel::Info => log::LevelFilter::Info,
        LogLevel::Debug => log::LevelFilter::Debug,
    });
}

/// Sends the messages to `sink` from now on; without one, to logcat on Android, and nowhere on other
/// systems.
#[uniffi::export]
pub fn set_log_sink(sink: Option<Arc<dyn LogSink>>) {
    let old = std::mem::replace(&mut lock().sink, sink);
    // Where the app's own code may run, not while holding the lock.
    drop(old);
    if IS_OURS.get().is_none() {
        install(log::LevelFilter::Warn);
    }
}

/// On a phone nobody else's logger can be in this library: what goes wrong is in the platform's log
/// from the start.
pub(crate) fn start() {
    if platform::HAS_LOG && IS_OURS.get().is_none() {
        install(log::LevelFilter::Warn);
    }
}

/// Whether the messages come here, once that was tried.
static IS_OURS: OnceLock<bool> = OnceLock::new();

fn install(level: log::LevelFilter) {
    if *IS_OURS.get_or_init(|| log::set_logger(&Router).is_ok()) {
        log::set_max_level(level);
    }
}

/// How many messages wait for a sink at most.
const MAX_WAITING: usize = 1000;

/// Gives the messages to the sink, or to the platform.
struct Router;

static WAITING: Mutex<Waiting> = Mutex::new(Waiting {
    sink: None,
    messages: VecDeque::new(),
    teller: None,
});

struct Waiting {
    sink: Option<Arc<dyn LogSink>>,
    messages: VecDeque<(LogLevel, String)>,
    /// The thread that hands them over, while there are any.
    teller: Option<ThreadId>,
}

fn lock() -> MutexGuard<'static, Waiting> {
    WAITING.lock().unwrap_or_else(PoisonError::into_inner)
}

impl log::Log for Router {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.level() <= log::Level::Debug
    }

    fn log(&self, record: &log::Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let mut waiting = lock();
        if waiting.sink.is_none() {
            drop(waiting);
            platform::write(record);
            return;
        }
        let is_of_the_sink = waiting.teller == Some(thread::current().id());
        if is_of_the_sink || waiting.messages.len() == MAX_WAITING {
            return;
        }
        let level = match record.level() {
            log::Level::Error => LogLevel::Error,
            log::Level::Warn => LogLevel::Warn,
            log::Level::Info => LogLevel::Info,
            log::Level::Debug | log::Level::Trace => LogLevel::Debug,
        };
        let message = record.args().to_string();
        waiting.messages.push_back((level, message));
        if waiting.teller.is_none() {
            let teller = thread::Builder::new().name("mpac-pgw-log".to_owned());
            // Where threads are short, the next message tries again.
            let teller = teller.spawn(tell).ok();
            waiting.teller = teller.map(|teller| teller.thread().id());
        }
    }

    fn flush(&self) {}
}

/// Hands over all that waits. Not while a payment waits for it, and not with any lock of the SDK.
fn tell() {
    loop {
        let mut waiting = lock();
        let Some((level, message)) = waiting.messages.pop_front() else {
            waiting.teller = None;
            return;
        };
        let sink = waiting.sink.clone();
        drop(waiting);
        // What the app's own code throws is a panic here. The sink may be the last of its kind, too.
        let hand_over = AssertUnwindSafe(move || {
            if let Some(sink) = sink {
                sink.log(level, message);
            }
        });
        let _ = catch_unwind(hand_over);
    }
}

#[cfg(target_os = "android")]
mod platform {
    use std::sync::OnceLock;

    use android_logger::{AndroidLogger, Config};
    use log::Log;

    pub(super) const HAS_LOG: bool = true;

    pub(super) fn write(record: &log::Record<'_>) {
        static LOGCAT: OnceLock<AndroidLogger> = OnceLock::new();
        let logcat = LOGCAT.get_or_init(|| {
            // How much is decided by the `log` crate.
            let config = Config::default().with_max_level(log::LevelFilter::Trace);
            AndroidLogger::new(config.with_tag("mpac-pgw"))
        });
        logcat.log(record);
    }
}

/// On Apple's systems the app's layer hands messages to `os.Logger`, as any sink.
#[cfg(not(target_os = "android"))]
mod platform {
    pub(super) const HAS_LOG: bool = false;

    pub(super) fn write(_: &log::Record<'_>) {}
}

#[cfg(test)]
mod tests {
    use log::{Level, Log, Metadata};

    use super::Router;

    /// At that level the HTTP library shows addresses whole, with the payment token in them.
    #[test]
    fn nothing_is_logged_in_more_detail_than_debug() {
        let enabled = |level| Router.enabled(&Metadata::builder().level(level).build());
        assert!(enabled(Level::Debug) && !enabled(Level::Trace));
    }
}
