use std::collections::HashMap;
use std::sync::Arc;

use mpac_pgw_protocol::signing::SecretKey;
use mpac_pgw_protocol::{IdempotencyKey, MerchantId, PaymentIntentId};

use crate::clock::Clock;
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
    /// Whoever changes an intent holds its lock, from the first look to the last write.
    pub(crate) intents: KeyedLocks<PaymentIntentId>,
    /// Whoever answers a request with an Idempotency-Key holds the key's lock.
    pub(crate) keys: KeyedLocks<(MerchantId, IdempotencyKey)>,
}
