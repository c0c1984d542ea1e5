//! What an app decides when it opens a terminal.

use std::time::Duration;

use crate::error::TerminalError;

/// How to open a [`PaymentTerminal`](crate::PaymentTerminal).
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct TerminalConfig {
    /// The gateway, such as `https://api.pgw.example`. HTTPS only, except to this very machine
    /// or with [`allow_cleartext`](Self::allow_cleartext).
    pub gateway_url: String,
    /// A folder of the app's own, for the journal. Created when missing. One terminal at a time.
    ///
    /// Other users' right to write to it is taken away. Where that cannot be done, it is refused:
    /// on Android's external storage and on memory cards that know no rights. So is one that others
    /// share: `/tmp`, or any other with the sticky bit or with files of others in it.
    pub data_directory: String,
    /// Allows `http://` to other machines: for a gateway on the shop's own network only.
    #[uniffi(default = false)]
    pub allow_cleartext: bool,
    /// When to ask the gateway again.
    pub polling: PollingPolicy,
    /// How long to wait for an answer to one request: 1 to 120 s.
    pub request_timeout: Duration,
    /// Takes over, once, a journal from before the app had a vault: what lies there unsealed is
    /// read, and sealed. Set it in the version of the app that brings the vault, and no longer than
    /// until every terminal has been opened with it: while it is set, a file that somebody else
    /// has put there counts too. Without it such files stay, and are
    /// [`damaged_records`](crate::PaymentTerminal::damaged_records). It needs a vault to be of use.
    #[uniffi(default = false)]
    pub seal_existing_journal: bool,
    /// What tells this device from others, for as long as the app is installed: on Android
    /// `Settings.Secure.ANDROID_ID`, on iOS an id that is kept in the Keychain for this device
    /// only. A journal that comes from another device, through a backup perhaps, is then
    /// recognised for sure, and its payments are only asked about: the other device may be taking
    /// them. Without it, the file system and on Linux `/etc/machine-id` have to tell.
    #[uniffi(default = None)]
    pub device_id: Option<String>,
}

impl TerminalConfig {
    /// The configuration with every default.
    pub fn new(gateway_url: impl Into<String>, data_directory: impl Into<String>) -> Self {
        Self {
            gateway_url: gateway_url.into(),
            data_directory: data_directory.into(),
            allow_cleartext: false,
            polling: PollingPolicy::default(),
            request_timeout: DEFAULT_REQUEST_TIMEOUT,
            seal_existing_journal: false,
            device_id: None,
        }
    }

    pub(crate) fn check(&self) -> Result<(), TerminalError> {
        let second = Duration::from_secs(1);
        let bounds = [
            (
                "request_timeout",
                self.request_timeout,
                second,
                120 * second,
            ),
            (
                "polling.min_interval",
                self.polling.min_interval,
                second,
                60 * second,
            ),
            (
                "polling.max_interval",
                self.polling.max_interval,
                self.polling.min_interval,
                60 * second,
            ),
            (
                "polling.backoff_after",
                self.polling.backoff_after,
                Duration::ZERO,
                600 * second,
            ),
            (
                "polling.backoff_interval",
                self.polling.backoff_interval,
                self.polling.max_interval,
                300 * second,
            ),
            (
                "polling.unresolved_interval",
                self.polling.unresolved_interval,
                self.polling.max_interval,
                3600 * second,
            ),
            (
                "polling.expiry_grace",
                self.polling.expiry_grace,
                Duration::ZERO,
                600 * second,
            ),
        ];
        for (field, value, low, high) in bounds {
            if value < low || value > high {
                return Err(TerminalError::InvalidConfiguration {
                    field: field.to_owned(),
                    reason: format!("must be from {low:?} to {high:?}, not {value:?}"),
                });
            }
        }
        let refuse = |field: &str, reason: &str| {
            Err(TerminalError::InvalidConfiguration {
                field: field.to_owned(),
                reason: reason.to_owned(),
            })
        };
        if self.data_directory.is_empty() {
            let reason = "must name a folder that the app may write to";
            return refuse("data_directory", reason);
        }
        if self.data_directory.contains(char::REPLACEMENT_CHARACTER) {
            // It stands for bytes that are no text, and are lost: this is another folder's name.
            let reason = "holds the character U+FFFD, which stands for what could not be read of \
                          the name; use a folder whose name is all Unicode";
            return refuse("data_directory", reason);
        }
        if self.device_id.as_deref().is_some_and(str::is_empty) {
            return refuse("device_id", "must not be empty; leave it out instead");
        }
        Ok(())
    }
}

/// The default of [`TerminalConfig::request_timeout`]: 30 s.
pub const DEFAULT_REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// When to ask the gateway again. The defaults are the guide's 4 to 5 s.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PollingPolicy {
    /// Shortest time from the start of one request to the start of the next: 1 to 60 s.
    pub min_interval: Duration,
    /// Longest such time: `min_interval` to 60 s. The actual one is random between the two, so
    /// that a shop's terminals don't march in step.
    pub max_interval: Duration,
    /// For how long the pace is kept while the gateway does not answer: 0 to 600 s.
    pub backoff_after: Duration,
    /// The slowest pace after that: `max_interval` to 300 s.
    pub backoff_interval: Duration,
    /// The pace for unresolved attempts: `max_interval` to 3600 s.
    pub unresolved_interval: Duration,
    /// How long after the PaymentIntent's `expires_at` the gateway may take to name a final
    /// status before the attempt is unresolved: 0 to 600 s.
    pub expiry_grace: Duration,
}

impl Default for PollingPolicy {
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

/// The default policy, for the bindings.
#[uniffi::export]
#[must_use]
pub fn default_polling_policy() -> PollingPolicy {
    PollingPolicy::default()
}
