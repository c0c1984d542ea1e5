//! What an app decides when it opens a terminal.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use crate::card_signature::CardAppKeys;
use crate::error::TerminalError;
use crate::period::Period;
use crate::polling::Pacing;
use crate::secret::Secret;

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
    pub data_directory: PathBuf,
    /// Allows `http://` to other machines: for a gateway on the shop's own network only.
    #[uniffi(default = false)]
    pub allow_cleartext: bool,
    /// When to ask the gateway again.
    #[uniffi(default)]
    pub polling: PollingPolicy,
    /// How long to wait for an answer to one request: 1 to 120 s; 30 s if left out.
    #[uniffi(default = None)]
    pub request_timeout: Option<Period>,
    /// How long to wait for a connection to the gateway, with TLS and the proxy's part of it: 1 to
    /// 120 s; 10 s if left out. Never longer than for the answer.
    #[uniffi(default = None)]
    pub connect_timeout: Option<Period>,
    /// Certificate authorities to believe beside the public ones, each in DER or as PEM text, which
    /// may hold several: for a gateway whose certificate the company's own authority has signed, or
    /// where a firewall looks into the traffic.
    ///
    /// The public ones are Mozilla's list as of the build of this SDK. No date is checked on an
    /// authority itself, so none of the list ends while a terminal is in the field. What may change
    /// is the gateway: its next certificate may come from an authority that is younger than the list.
    /// Browsers know new ones for a year or two before they are much used, and let go of them 15
    /// years after their keys were made. So update the SDK at least every two years, or name the
    /// gateway's authority here.
    #[uniffi(default = [])]
    pub extra_root_certificates: Vec<Vec<u8>>,
    /// The only certificate authorities to believe, in the same forms; not together with
    /// [`extra_root_certificates`](Self::extra_root_certificates). Pin two, one of them in reserve:
    /// once the gateway's certificate comes from neither, no payment goes through until the app is
    /// updated. None ends by that.
    #[uniffi(default = [])]
    pub pinned_root_certificates: Vec<Vec<u8>>,
    /// The proxy to go through: `http://proxy.example:8080`, or `https://` where it speaks TLS
    /// itself; with `user:password@` before the host, both percent-encoded, where it wants to know
    /// who asks. It is asked to connect (`CONNECT`), so that it sees nothing of an HTTPS gateway's
    /// payments. Without one the gateway is connected to directly, whatever the system is set to.
    #[uniffi(default = None)]
    pub proxy_url: Option<Secret>,
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
    /// The card app's public keys on P-256, each an X.509 SubjectPublicKeyInfo, as PEM or as the base64
    /// of its DER. With one, the card app is asked in contract version 2, and only results count that it
    /// has signed by one of them. Without, anybody who has seen the request can make up a result: on
    /// iOS that is any app that has claimed the card app's URL scheme. Name a second key while the card
    /// app changes its own.
    #[uniffi(default = [])]
    pub card_app_public_keys: Vec<String>,
}

impl TerminalConfig {
    /// The configuration with every default.
    pub fn new(gateway_url: impl Into<String>, data_directory: impl Into<PathBuf>) -> Self {
        Self {
            gateway_url: gateway_url.into(),
            data_directory: data_directory.into(),
            allow_cleartext: false,
            polling: PollingPolicy::default(),
            request_timeout: None,
            connect_timeout: None,
            extra_root_certificates: Vec::new(),
            pinned_root_certificates: Vec::new(),
            proxy_url: None,
            seal_existing_journal: false,
            device_id: None,
            card_app_public_keys: Vec::new(),
        }
    }

    /// The settings, with every default filled in.
    pub(crate) fn check(&self) -> Result<Settings, TerminalError> {
        if self.data_directory.as_os_str().is_empty() {
            let reason = "must name a folder that the app may write to";
            return Err(TerminalError::configuration("data_directory", reason));
        }
        let name = self.data_directory.to_str();
        if name.is_none_or(|name| name.contains(char::REPLACEMENT_CHARACTER)) {
            // It stands for bytes that are no text, and are lost: this is another folder's name.
            let reason = "holds the character U+FFFD, which stands for what could not be read of \
                          the name; use a folder whose name is all Unicode";
            return Err(TerminalError::configuration("data_directory", reason));
        }
        if self.device_id.as_deref().is_some_and(str::is_empty) {
            let reason = "must not be empty; leave it out instead";
            return Err(TerminalError::configuration("device_id", reason));
        }
        let timeout = |field, asked, default| {
            let second = Duration::from_secs(1);
            within(field, asked, default, second..=120 * second)
        };
        let request_timeout = timeout(
            "request_timeout",
            self.request_timeout,
            DEFAULT_REQUEST_TIMEOUT,
        )?;
        let connect_timeout = timeout(
            "connect_timeout",
            self.connect_timeout,
            DEFAULT_CONNECT_TIMEOUT,
        )?;
        Ok(Settings {
            connect_timeout: connect_timeout.min(request_timeout),
            request_timeout,
            pacing: self.polling.check()?,
            card_app_keys: CardAppKeys::read(&self.card_app_public_keys)?,
        })
    }
}

/// What [`TerminalConfig::check`] has found to be right.
pub(crate) struct Settings {
    pub(crate) connect_timeout: Duration,
    pub(crate) request_timeout: Duration,
    pub(crate) pacing: Pacing,
    pub(crate) card_app_keys: CardAppKeys,
}

fn within(
    field: &str,
    asked: Option<Period>,
    default: Duration,
    bounds: RangeInclusive<Duration>,
) -> Result<Duration, TerminalError> {
    let Some(asked) = asked else {
        return Ok(default);
    };
    match u64::try_from(asked.as_millis()).map(Duration::from_millis) {
        Ok(value) if bounds.contains(&value) => Ok(value),
        _ => {
            let (low, high) = bounds.into_inner();
            let [low, high, asked] = [low.into(), high.into(), asked].map(Period::as_millis);
            Err(TerminalError::configuration(
                field,
                format!("must be from {low} to {high} ms, not {asked} ms"),
            ))
        }
    }
}

const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const DEFAULT_REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// When to ask the gateway again. What is left out is the guide's 4 to 5 s (guide, *Polling*).
#[derive(Debug, Clone, Default, PartialEq, Eq, uniffi::Record)]
pub struct PollingPolicy {
    /// Shortest time from the start of one request to the start of the next: 1 to 60 s; 4 s if left
    /// out.
    #[uniffi(default = None)]
    pub min_interval: Option<Period>,
    /// Longest such time: [`min_interval`](Self::min_interval) to 60 s; 5 s if left out. The actual
    /// one is random between the two, so that a shop's terminals don't march in step.
    #[uniffi(default = None)]
    pub max_interval: Option<Period>,
    /// For how long the pace is kept while the gateway does not answer: 0 to 600 s; 60 s if left out.
    #[uniffi(default = None)]
    pub backoff_after: Option<Period>,
    /// The slowest pace after that: [`max_interval`](Self::max_interval) to 300 s; 15 s if left out.
    #[uniffi(default = None)]
    pub backoff_interval: Option<Period>,
    /// The pace for unresolved attempts: [`max_interval`](Self::max_interval) to 3600 s; 60 s if left
    /// out.
    #[uniffi(default = None)]
    pub unresolved_interval: Option<Period>,
    /// How long after the end of the PaymentIntent the gateway may take to name a final
    /// status before the attempt is unresolved: 0 to 600 s; 30 s if left out.
    #[uniffi(default = None)]
    pub expiry_grace: Option<Period>,
}

impl PollingPolicy {
    fn check(&self) -> Result<Pacing, TerminalError> {
        let s = Duration::from_secs;
        let guide = Pacing::default();
        let min_interval = within(
            "polling.min_interval",
            self.min_interval,
            guide.min_interval,
            s(1)..=s(60),
        )?;
        let max_interval = within(
            "polling.max_interval",
            self.max_interval,
            guide.max_interval.max(min_interval),
            min_interval..=s(60),
        )?;
        Ok(Pacing {
            min_interval,
            max_interval,
            backoff_after: within(
                "polling.backoff_after",
                self.backoff_after,
                guide.backoff_after,
                s(0)..=s(600),
            )?,
            backoff_interval: within(
                "polling.backoff_interval",
                self.backoff_interval,
                guide.backoff_interval.max(max_interval),
                max_interval..=s(300),
            )?,
            unresolved_interval: within(
                "polling.unresolved_interval",
                self.unresolved_interval,
                guide.unresolved_interval.max(max_interval),
                max_interval..=s(3600),
            )?,
            expiry_grace: within(
                "polling.expiry_grace",
                self.expiry_grace,
                guide.expiry_grace,
                s(0)..=s(600),
            )?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_that_cannot_be_is_refused_in_one_unit() {
        let mut config = TerminalConfig::new("https://api.pgw.example", "unused");
        config.polling.backoff_after = Some(Period::from_millis(-1000));
        let error = config.check().err().unwrap().to_string();
        let expected = "must be from 0 to 600000 ms, not -1000 ms";
        assert!(error.ends_with(expected), "{error}");
    }
}
