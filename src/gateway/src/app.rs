use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use mpac_pgw_protocol::signing::SecretKey;
use mpac_pgw_protocol::{IdempotencyKey, MerchantId, PaymentIntentId};
use tokio::sync::{RwLock, watch};

use crate::clock::Clock;
use crate::dashboard::log::RequestLog;
use crate::faults::Faults;
use crate::locks::KeyedLocks;
use crate::provider::{QrProvider, SimpleWallet};
use crate::store::Store;

/// Everything that requests share.
pub(crate) struct App {
    pub(crate) clock: Clock,
    pub(crate) store: Store,
    pub(crate) provider: Arc<dyn QrProvider>,
    /// The customer's side of the provider.
    pub(crate) wallet: SimpleWallet,
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

impl App {
    /// With the simple wallet as provider, reached at `address`.
    pub(crate) fn new(
        clock: Clock,
        store: Store,
        merchants: HashMap<MerchantId, SecretKey>,
        address: SocketAddr,
    ) -> Self {
        let wallet = SimpleWallet::new(store.clone(), clock.clone());
        Self {
            clock,
            store,
            provider: Arc::new(wallet.clone()),
            wallet,
            merchants,
            loopback_only: address.ip().is_loopback(),
            url: url(address),
            faults: Faults::default(),
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
