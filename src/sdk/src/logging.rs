//! Where the SDK's own messages go: to the `log` facade, and from there to logcat or the unified
//! log. No message holds a token, a key or card data.

/// How much to log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
#[non_exhaustive]
pub enum LogLevel {
    /// Only what needs attention.
    Warn,
    /// Also every event of every attempt.
    Info,
    /// Also what the HTTP library says.
    Debug,
}

/// Sends the SDK's messages to the platform's log: logcat on Android, the unified log on iOS and
/// macOS (in builds with the crate's feature `oslog`). Elsewhere, and when the process already has a
/// logger, it does nothing. Call it once.
#[uniffi::export]
pub fn enable_platform_logging(level: LogLevel) {
    platform::enable(match level {
        LogLevel::Warn => log::LevelFilter::Warn,
        LogLevel::Info => log::LevelFilter::Info,
        LogLevel::Debug => log::LevelFilter::Debug,
    });
}

#[cfg(target_os = "android")]
mod platform {
    pub(super) fn enable(level: log::LevelFilter) {
        android_logger::init_once(
            android_logger::Config::default()
                .with_max_level(level)
                .with_tag("mpac-pgw"),
        );
    }
}

#[cfg(all(feature = "oslog", any(target_os = "ios", target_os = "macos")))]
mod platform {
    pub(super) fn enable(level: log::LevelFilter) {
        // An error means that the app has a logger already, which then gets the messages.
        let _ = oslog::OsLogger::new("com.mpac.pgw")
            .level_filter(level)
            .init();
    }
}

#[cfg(not(any(
    target_os = "android",
    all(feature = "oslog", any(target_os = "ios", target_os = "macos"))
)))]
mod platform {
    pub(super) fn enable(_: log::LevelFilter) {}
}
