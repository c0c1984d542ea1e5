//! The page to look at: what it is made of, what it is told while it is open, and the requests it
//! can show. What it shows of payments, and what its buttons do, is in `api::local`.

pub(crate) mod files;
pub(crate) mod log;
pub(crate) mod mask;
pub(crate) mod recording;
pub(crate) mod stream;

/// Where the page is.
pub(crate) const PATH: &str = "/_local/dashboard";
