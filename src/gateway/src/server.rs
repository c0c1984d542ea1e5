use std::collections::HashMap;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use axum::http::Uri;
use mpac_pgw_protocol::signing::SecretKey;
use mpac_pgw_protocol::{ApiError, MerchantId, PaymentIntent, PaymentIntentId};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::watch;

use crate::app::{self, App};
use crate::clock::Clock;
use crate::config::{GatewayConfig, PayPayAccount};
use crate::domain::intent::Reader;
use crate::faults::Faults;
use crate::payments::pay::CustomerAction;
use crate::provider::PayPay;
use crate::stand_in::{self, StandIn};
use crate::store::{Store, StoreOpenError};
use crate::wire::{Peer, WireListener};
use crate::{api, payments, webhooks};

/// Requests that are being answered get this long when the gateway is told to stop.
const GRACE: Duration = Duration::from_secs(5);

/// A running gateway, with threads of its own. Dropping it stops it.
///
/// ```
/// use mpac_gateway::{Gateway, GatewayConfig};
///
/// let gateway = Gateway::start(GatewayConfig::default())?;
/// assert!(gateway.url().starts_with("http://127.0.0.1:"));
/// gateway.shutdown();
/// # Ok::<(), mpac_gateway::StartError>(())
/// ```
pub struct Gateway {
    app: Arc<App>,
    address: SocketAddr,
    handle: Handle,
    thread: Option<JoinHandle<()>>,
}

impl Gateway {
    /// Starts a gateway. When this returns, it listens.
    ///
    /// # Errors
    /// [`StartError`] says what is in the way, and what to do. Nothing has been changed then.
    pub fn start(config: GatewayConfig) -> Result<Self, StartError> {
        let merchants = unique(&config)?;
        if let Some(url) = config
            .paypay
            .public_url
            .as_deref()
            .filter(|url| !is_base(url))
        {
            return Err(StartError::PayPayPublicUrl(url.to_owned()));
        }
        // The ports first: a gateway that cannot listen must not touch the database.
        let listener = listen(config.listen)?;
        let address = listener.local_addr().map_err(StartError::Runtime)?;
        let paypay = match &config.paypay.account {
            Some(account) => Counterpart::Itself(account),
            None => Counterpart::stand_in(config.paypay_listen())?,
        };
        let store = Store::open(&config.store, &config.paypay.name(), &config.clock)?;
        let faults = Faults::default();
        let (provider, stand_in, paypay_listener) = match paypay {
            Counterpart::Itself(account) => (PayPay::of(account), None, None),
            Counterpart::StandIn(listener) => {
                let parts = parts(&config, address, &listener, &store, &faults)?;
                let stand_in = StandIn::new(parts);
                let provider = PayPay::of_stand_in(&stand_in)?;
                (provider, Some(stand_in), Some(listener))
            }
        };
        let app = Arc::new(App::new(app::Parts {
            clock: config.clock,
            store,
            merchants,
            address,
            faults,
            provider: Arc::new(provider),
            stand_in,
        }));
        let runtime = Builder::new_multi_thread()
            .thread_name("mpac-gateway")
            .enable_all()
            .build()
            .map_err(StartError::Runtime)?;
        let handle = runtime.handle().clone();
        let (listener, paypay_listener) = {
            let _inside = runtime.enter();
            let adopt = tokio::net::TcpListener::from_std;
            let paypay_listener = paypay_listener.map(adopt).transpose();
            let adopted = adopt(listener).and_then(|one| Ok((one, paypay_listener?)));
            adopted.map_err(StartError::Runtime)?
        };
        let at_paypay = app.stand_in.clone().zip(paypay_listener);
        let stopped = app.stop.subscribe();
        let serving = Arc::clone(&app);
        let thread = thread::Builder::new()
            .name("mpac-gateway-main".to_owned())
            .spawn(move || serve(runtime, serving, listener, at_paypay, stopped))
            .map_err(StartError::Runtime)?;
        Ok(Self {
            app,
            address,
            handle,
            thread: Some(thread),
        })
    }

    /// Where it is reached, without a `/` at the end: `http://127.0.0.1:4242`.
    #[must_use]
    pub fn url(&self) -> String {
        self.app.url.clone()
    }

    /// Address and port it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where the PayPay stand-in is reached, without a `/` at the end: `http://127.0.0.1:4243`.
    /// `None` when the gateway speaks to PayPay itself.
    #[must_use]
    pub fn paypay_url(&self) -> Option<String> {
        let stand_in = self.app.stand_in.as_ref()?;
        Some(stand_in.url().to_owned())
    }

    /// The gateway's clock, to move it.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.app.clock
    }

    /// The customer scans the QR code of this PaymentIntent and pays, as `mpac-gateway pay` does.
    ///
    /// Blocks; not for threads of an async runtime.
    ///
    /// # Errors
    /// The error that the HTTP API answers: no such intent, no code to pay, too late.
    pub fn pay(&self, id: &PaymentIntentId) -> Result<PaymentIntent, ApiError> {
        let pay = payments::pay::pay(&self.app, id, CustomerAction::default());
        let paid = self.handle.block_on(pay).map_err(|failure| failure.error)?;
        Ok(paid.guide_view(Reader::Terminal))
    }

    /// Stops taking requests, finishes those that are running, closes the database.
    pub fn shutdown(self) {
        drop(self);
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.app.stop.send_replace(true);
        if let Some(thread) = self.thread.take() {
            // A panic in there has been reported, and there is nothing to save.
            let _ = thread.join();
        }
    }
}

impl std::fmt::Debug for Gateway {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gateway")
            .field("url", &self.app.url)
            .field("paypay_url", &self.paypay_url())
            .finish_non_exhaustive()
    }
}

fn serve(
    runtime: Runtime,
    app: Arc<App>,
    listener: tokio::net::TcpListener,
    at_paypay: Option<(StandIn, tokio::net::TcpListener)>,
    stopped: watch::Receiver<bool>,
) {
    let until = |mut stopped: watch::Receiver<bool>| async move {
        // An error means that the gateway was dropped, which is a reason to stop as well.
        let _ = stopped.wait_for(|stop| *stop).await;
    };
    runtime.block_on(async {
        // PayPay goes on until the gateway is done: answers may still be waiting for it.
        let at_paypay =
            at_paypay.map(|(stand_in, port)| tokio::spawn(stand_in::serve(stand_in, port)));
        let sweep = tokio::spawn(payments::sweep::run(Arc::clone(&app)));
        let webhooks = tokio::spawn(webhooks::run(Arc::clone(&app)));
        let service = api::router(app).into_make_service_with_connect_info::<Peer>();
        let server = axum::serve(WireListener(listener), service)
            .with_graceful_shutdown(until(stopped.clone()));
        let grace_is_over = async {
            until(stopped).await;
            tokio::time::sleep(GRACE).await;
        };
        tokio::select! {
            result = server => if let Err(error) = result { log::error!("server: {error}") },
            () = grace_is_over => log::warn!("stopped with requests still open"),
        }
        sweep.abort();
        webhooks.abort();
        if let Some(at_paypay) = at_paypay {
            at_paypay.abort();
        }
    });
    runtime.shutdown_timeout(GRACE);
}

/// Who is at the other end of QR payments.
enum Counterpart<'a> {
    Itself(&'a PayPayAccount),
    /// Served here, on this port.
    StandIn(TcpListener),
}

impl Counterpart<'_> {
    fn stand_in(address: SocketAddr) -> Result<Self, StartError> {
        let ip = address.ip();
        // The gateway speaks to it without TLS, which is for this very machine.
        if !ip.is_loopback() && !ip.is_unspecified() {
            return Err(StartError::PayPayAddress { address });
        }
        listen(address)
            .map(Self::StandIn)
            .map_err(StartError::of_paypay)
    }
}

fn parts(
    config: &GatewayConfig,
    gateway: SocketAddr,
    listener: &TcpListener,
    store: &Store,
    faults: &Faults,
) -> Result<stand_in::Parts, StartError> {
    let mut settings = config.paypay.settings.clone();
    settings
        .webhook_url
        .get_or_insert_with(|| format!("{}{}", app::url(gateway), api::PAYPAY_WEBHOOKS));
    Ok(stand_in::Parts {
        clock: config.clock.clone(),
        store: store.clone(),
        faults: faults.clone(),
        settings,
        url: app::url(listener.local_addr().map_err(StartError::Runtime)?),
        public_url: config.paypay.public_url.clone(),
    })
}

fn unique(config: &GatewayConfig) -> Result<HashMap<MerchantId, SecretKey>, StartError> {
    let mut merchants = HashMap::new();
    for merchant in &config.merchants {
        let before = merchants.insert(merchant.id.clone(), merchant.secret.clone());
        if before.is_some() {
            return Err(StartError::DuplicateMerchant(merchant.id.clone()));
        }
    }
    if merchants.is_empty() {
        Err(StartError::NoMerchant)
    } else {
        Ok(merchants)
    }
}

fn is_base(url: &str) -> bool {
    let uri: Option<Uri> = url.parse().ok();
    uri.is_some_and(|uri| {
        let is_web = matches!(uri.scheme_str(), Some("http" | "https"));
        is_web && uri.host().is_some() && uri.query().is_none()
    })
}

fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    let bind = || {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        Ok(listener)
    };
    bind().map_err(|reason: io::Error| match reason.kind() {
        io::ErrorKind::AddrInUse => StartError::PortInUse { address },
        _ => StartError::Listen { address, reason },
    })
}

impl StartError {
    /// The same, about the PayPay stand-in's address.
    fn of_paypay(self) -> Self {
        match self {
            Self::PortInUse { address } => Self::PayPayPortInUse { address },
            Self::Listen { address, reason } => Self::PayPayListen { address, reason },
            other => other,
        }
    }
}

/// Why a gateway did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// Another program listens there.
    #[error(
        "{address} is in use by another program, maybe another mpac-gateway: stop it, or listen \
         elsewhere, for example with --listen 127.0.0.1:0 for a free port"
    )]
    PortInUse {
        /// The address that was asked for.
        address: SocketAddr,
    },
    /// The system does not let us listen there.
    #[error("cannot listen on {address}: {reason}; choose another address with --listen")]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system says.
        reason: io::Error,
    },
    /// Another program listens where the PayPay stand-in should.
    #[error(
        "{address}, where the PayPay stand-in listens, is in use by another program: stop it, or \
         have the stand-in listen elsewhere, for example with --paypay-listen 127.0.0.1:0 for a \
         free port"
    )]
    PayPayPortInUse {
        /// The address that was asked for.
        address: SocketAddr,
    },
    /// The system does not let the PayPay stand-in listen there.
    #[error(
        "the PayPay stand-in cannot listen on {address}: {reason}; choose another address with \
         --paypay-listen"
    )]
    PayPayListen {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system says.
        reason: io::Error,
    },
    /// The PayPay stand-in would be reached over a network, without TLS.
    #[error(
        "the PayPay stand-in cannot listen on {address}: have it listen on loopback, or on every \
         address, as with --paypay-listen 0.0.0.0:4243, so that the gateway reaches it within this \
         machine"
    )]
    PayPayAddress {
        /// The address that was asked for.
        address: SocketAddr,
    },
    /// The PayPay stand-in's address is not one that a client can use.
    #[error("the PayPay stand-in cannot be reached: {0}")]
    PayPayUrl(#[from] paypay_opa::EnvironmentError),
    /// The addresses in PayPay's codes would lead nowhere.
    #[error(
        "--paypay-public-url must be the start of an address, such as http://192.168.1.5:4243, not \
         {0}"
    )]
    PayPayPublicUrl(String),
    /// The database cannot be used.
    #[error(transparent)]
    Store(#[from] StoreOpenError),
    /// The same merchant twice.
    #[error("merchant {0} is given twice: each merchant has one key")]
    DuplicateMerchant(MerchantId),
    /// Without a merchant, nobody could create a payment.
    #[error("no merchant is given: add one with --merchant ID:SECRET")]
    NoMerchant,
    /// The system has no threads or sockets left.
    #[error("cannot start: {0}")]
    Runtime(io::Error),
}
