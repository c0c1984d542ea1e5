//! Connections for ureq, as a payment needs them. Two things are unlike ureq's own:
//!
//! * **A connection that dies without a word is told apart.** Servers and middleboxes close
//!   kept-alive connections without saying so. A request that was just on its way then dies before a
//!   byte of its answer has come: [`died_unannounced`] tells, and the caller may send it again, once,
//!   on a fresh connection ([`FRESH`]), if that is safe.
//! * **The first address that answers is taken.** An address that swallows packets, as IPv6 does in
//!   many a shop's network, delays the first connection by a quarter of a second, and later ones not
//!   at all.
//!
//! HTTP/1.1, over TCP or TLS, without proxies.

mod addresses;
mod watch;

use std::time::Duration;

use ureq::unversioned::transport::{Connector, RustlsConnector};

pub use watch::died_unannounced;

/// The idle age that no pooled connection has: `max_idle_age(FRESH)` has a request sent on a new
/// connection. What is in the pool is closed, for it is as likely to be dead.
pub const FRESH: Duration = Duration::ZERO;

/// What makes the connections of one `ureq::Agent`.
pub fn connector() -> impl Connector {
    addresses::FirstThatAnswers::default()
        .chain(RustlsConnector::default())
        .chain(watch::Watch)
}
