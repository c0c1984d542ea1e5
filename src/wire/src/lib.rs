//! Connections for ureq, as a payment needs them. Some things are unlike ureq's own:
//!
//! * **A connection that dies without a word is told apart.** Servers and middleboxes close
//!   kept-alive connections without saying so. A request that was just on its way then dies before a
//!   byte of its answer has come: [`died_unannounced`] tells, and the caller may send it again, once,
//!   on a fresh connection ([`FRESH`]), if that is safe.
//! * **The first address that answers is taken.** An address that swallows packets, as IPv6 does in
//!   many a shop's network, delays the first connection by a quarter of a second, and later ones not
//!   at all.
//! * **Why there is no secure connection is told**: [`tls_fault`]. Authorities of the caller's own can
//!   be believed beside the public ones, or alone: [`Trust`].
//! * **A name is looked up when a connection is made**, not for each request, and one without an address
//!   is told apart: [`Names`].
//!
//! HTTP/1.1, over TCP or TLS, also through a proxy (CONNECT).

mod addresses;
mod names;
mod tls;
mod watch;

use std::time::Duration;

use ureq::unversioned::transport::{ConnectProxyConnector, Connector};

pub use names::Names;
pub use tls::{NoCertificate, TlsFault, Trust, tls_fault};
pub use watch::died_unannounced;

/// The idle age that no pooled connection has: `max_idle_age(FRESH)` has a request sent on a new
/// connection. What is in the pool is closed, for it is as likely to be dead.
pub const FRESH: Duration = Duration::ZERO;

/// What makes the connections of one `ureq::Agent`. `has_proxy`: whether its configuration names one.
pub fn connector(trust: Trust, has_proxy: bool) -> impl Connector {
    ConnectProxyConnector::default()
        .chain(addresses::FirstThatAnswers::default())
        .chain(tls::Tls::new(trust))
        .chain(watch::Watch { has_proxy })
}

/// Whether a proxy wants to know who asks: it answered 407.
#[must_use]
pub fn proxy_wants_password(error: &ureq::Error) -> bool {
    // ureq keeps the status in a text only.
    matches!(error, ureq::Error::ConnectProxyFailed(reason) if reason.contains(" 407"))
}
