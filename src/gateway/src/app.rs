use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use mpac_pgw_protocol::signing::SecretKey;
use mpac_pgw_protocol::{IdempotencyKey, MerchantId, PaymentIntentId};
use tokio::sync::{RwLock, watch};

use crate::clock::Clock;
use crate::dashboard::log::RequestLog;
use crate::faults::Faults;
use crate::locks::KeyedLocks;
use crate::provider::QrProvider;
use crate::stand_in::StandIn;
use crate::store::Store;

/// Everything that requests share.
pub(crate) struct App {
    pub(crate) clock: Clock,
    pub(crate) store: Store,
    pub(crate) provider: Arc<dyn QrProvider>,
    /// PayPay's stand-in, with its customers; `None` when the gateway speaks to PayPay itself.
    pub(crate) stand_in: Option<StandIn>,
    /// Whether the provider has said that something happened, but not to which payment.
    pub(crate) prompted: AtomicBool,
    pub(crate) merchants: HashMap<MerchantId, SecretKey>,
    /// Whether only this machine can reach the gateway, so that errors may explain themselves.
    pub(crate) loopback_only: bool,
    /// Where the gateway is reached, when a request does not say it.
    pub(crate) url: String,
    pub(crate) faults: Faults,
    /// The last requests, to be looked at.
    pub(crate) requests: RequestLog,
    /// Whether the gateway is to stop: whoever waits for something that may never come, stops too.
    pub(crate) stop: watch::Sender<bool>,
    /// Whoever answers a request holds it for reading; a reset, which empties the database under
    /// everyone's feet, for writing.
    pub(crate) gate: RwLock<()>,
    /// Whoever changes an intent holds its lock, from the first look to the last write.
    pub(crate) intents: KeyedLocks<PaymentIntentId>,
    /// Whoever answers a request with an Idempotency-Key holds the key's lock.
    pub(crate) keys: KeyedLocks<(MerchantId, IdempotencyKey)>,
}

/// What an [`App`] is made of.
pub(crate) struct Parts {
    pub(crate) clock: Clock,
    pub(crate) store: Store,
    pub(crate) merchants: HashMap<MerchantId, SecretKey>,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    pub(crate) faults: Faults,
    pub(crate) provider: Arc<dyn QrProvider>,
    pub(crate) stand_in: Option<StandIn>,
}

impl App {
    pub(crate) fn new(parts: Parts) -> Self {
        Self {
            clock: parts.clock,
            store: parts.store,
            provider: parts.provider,
            stand_in: parts.stand_in,
            prompted: AtomicBool::new(false),
            merchants: parts.merchants,
            loopback_only: parts.address.ip().is_loopback(),
            url: url(parts.address),
            faults: parts.faults,
            requests: RequestLog::default(),
            stop: watch::Sender::new(false),
            gate: RwLock::default(),
            intents: KeyedLocks::default(),
            keys: KeyedLocks::default(),
        }
    }
}

/// How an address is reached from this machine.
pub(crate) fn url(address: SocketAddr) -> String {
    // Nobody can connect to "any address"; this machine can to itself.
    let ip = match address.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    format!("http://{}", SocketAddr::new(ip, address.port()))
}

#[cfg(test)]
impl Parts {
    /// An ephemeral gateway, and a PayPay stand-in at this address, which nobody serves yet.
    pub(crate) fn for_tests(paypay: SocketAddr) -> Self {
        let clock = Clock::system();
        let store = Store::open(
            &crate::config::StoreLocation::Ephemeral,
            crate::store::counterpart::STAND_IN,
            &clock,
        )
        .unwrap();
        let faults = Faults::default();
        let stand_in = StandIn::new(crate::stand_in::Parts {
            clock: clock.clone(),
            store: store.clone(),
            faults: faults.clone(),
            settings: crate::stand_in::PayPaySettings::default(),
            url: url(paypay),
            public_url: None,
        });
        Self {
            clock,
            store,
            merchants: HashMap::new(),
            address: "127.0.0.1:4242".parse().unwrap(),
            faults,
            provider: Arc::new(crate::provider::PayPay::of_stand_in(&stand_in).unwrap()),
            stand_in: Some(stand_in),
        }
    }
}
