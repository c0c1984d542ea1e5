//! Names are looked up when a connection is to be made, and not for each request: that would be a thread
//! and a question to the network for every poll, and a payment under way on a good connection would
//! stand still with the name service.

use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{ConnectionDetails, NextTimeout};

/// Leaves looking names up to this crate's connector. A name that has no address is
/// `ureq::Error::HostNotFound`.
#[derive(Debug, Default)]
pub struct Names(());

impl Resolver for Names {
    fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        Ok(self.empty())
    }
}

/// The addresses of a host. Without one nothing was sent, which is told apart from a lost connection:
/// ureq reports both as an I/O error.
pub(crate) fn look_up(details: &ConnectionDetails<'_>) -> Result<ResolvedSocketAddrs, Error> {
    let resolver = DefaultResolver::default();
    let found = resolver.resolve(details.uri, details.config, details.timeout);
    found.map_err(|error| match error {
        Error::Io(_) => Error::HostNotFound,
        other => other,
    })
}
