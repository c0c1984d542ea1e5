//! `/_local`: the test bench. It needs no credentials, and so answers this machine only.

pub(super) mod about;
pub(super) mod books;
pub(super) mod clock;
pub(super) mod deliveries;
pub(super) mod faults;
pub(super) mod pay;
pub(super) mod payments;
pub(super) mod requests;
pub(super) mod till;

use axum::extract::Request;
use axum::http::header::{HOST, ORIGIN};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::incoming;
use crate::failure::Failure;

/// Lets through what programs and pages of this machine ask, and no page of another site that a
/// browser on this machine happens to show.
pub(super) async fn guard(request: Request, next: Next) -> Response {
    if !is_local(request.uri()) {
        return next.run(request).await;
    }
    let peer = incoming::peer(request.extensions());
    let why = if !peer.is_some_and(incoming::is_this_machine) {
        "/_local is open only to programs on the machine that the gateway runs on"
    } else if is_of_another_site(request.headers()) {
        "/_local is closed to web pages of other sites: open it under http://127.0.0.1 or \
         http://localhost"
    } else {
        return next.run(request).await;
    };
    Failure::forbidden(why).into_response()
}

pub(super) fn is_local(uri: &Uri) -> bool {
    uri.path() == "/_local" || uri.path().starts_with("/_local/")
}

/// A page that had its own name resolve to this machine has that name as `Host`; any other page
/// has itself as `Origin`.
fn is_of_another_site(headers: &HeaderMap) -> bool {
    let text = |name| {
        headers
            .get(name)
            .map(|value| value.to_str().unwrap_or_default())
    };
    let host = text(HOST);
    let authority = host.and_then(|host| host.parse::<Authority>().ok());
    let named_otherwise = host.is_some() && !authority.is_some_and(|name| is_own_name(name.host()));
    let origin = text(ORIGIN).map(|origin| origin.strip_prefix("http://").unwrap_or(origin));
    named_otherwise || (origin.is_some() && origin != host)
}

fn is_own_name(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || address.parse::<std::net::IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_other_sites_are_told_apart() {
        let table = [
            (None, None, false),
            (Some("127.0.0.1:4242"), None, false),
            (Some("[::1]:4242"), None, false),
            (Some("localhost:4242"), Some("http://localhost:4242"), false),
            (Some("rebound.example:4242"), None, true),
            (Some("127.0.0.1:4242"), Some("http://evil.example"), true),
            (Some("127.0.0.1:4242"), Some("http://127.0.0.1:8080"), true),
            (Some("127.0.0.1:4242"), Some("null"), true),
        ];
        for (host, origin, expected) in table {
            let mut headers = HeaderMap::new();
            let pairs = [(HOST, host), (ORIGIN, origin)];
            for (name, value) in pairs.into_iter().filter_map(|(n, v)| Some((n, v?))) {
                headers.insert(name, value.parse().unwrap());
            }
            assert_eq!(
                is_of_another_site(&headers),
                expected,
                "{host:?} {origin:?}"
            );
        }
    }
}
