//! Where a request comes from: from another machine, or from a page of another site, which a browser
//! on this machine or in the shop's network happens to show.

use axum::extract::Request;
use axum::http::HeaderMap;
use axum::http::header::{HOST, ORIGIN};
use axum::http::uri::Authority;

use crate::wire::Peer;

/// A page that had its own name resolve to this machine has that name as `Host`; any other page
/// has itself as `Origin`. Beside addresses and `localhost`, `name` is our own.
pub(crate) fn is_of_another_site(headers: &HeaderMap, name: Option<&str>) -> bool {
    let text = |name| {
        headers
            .get(name)
            .map(|value| value.to_str().unwrap_or_default())
    };
    let host = text(HOST);
    let authority = host.and_then(|host| host.parse::<Authority>().ok());
    let is_ours =
        |host: &str| is_own_name(host) || name.is_some_and(|name| name.eq_ignore_ascii_case(host));
    let named_otherwise = host.is_some() && !authority.is_some_and(|name| is_ours(name.host()));
    let without_scheme = |origin: &'_ str| {
        let schemes = ["http://", "https://"];
        let stripped = schemes
            .iter()
            .find_map(|scheme| origin.strip_prefix(scheme));
        stripped.unwrap_or(origin).to_owned()
    };
    let origin = text(ORIGIN).map(without_scheme);
    named_otherwise || (origin.is_some() && origin.as_deref() != host)
}

fn is_own_name(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || address.parse::<std::net::IpAddr>().is_ok()
}

/// Whether a request was sent on this machine, as far as can be told.
pub(crate) fn is_of_this_machine(request: &Request) -> bool {
    let is_near = Peer::of(request.extensions()).is_some_and(Peer::is_this_machine);
    is_near && !is_passed_on(request.headers())
}

/// Whether a request says that it was passed on, by a proxy or a tunnel: its sender may be anywhere,
/// though the connection comes from this machine.
fn is_passed_on(headers: &HeaderMap) -> bool {
    const SIGNS: [&str; 4] = ["forwarded", "x-forwarded-for", "x-forwarded-host", "via"];
    SIGNS.iter().any(|name| headers.contains_key(*name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_tunnel_passes_on_is_not_of_this_machine() {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, "127.0.0.1:4242".parse().unwrap());
        assert!(!is_passed_on(&headers));
        headers.insert("X-Forwarded-For", "203.0.113.8".parse().unwrap());
        assert!(is_passed_on(&headers));
    }

    #[test]
    fn pages_of_other_sites_are_told_apart() {
        let table = [
            (None, None, false),
            (Some("127.0.0.1:4242"), None, false),
            (Some("[::1]:4242"), None, false),
            (Some("localhost:4242"), Some("http://localhost:4242"), false),
            (
                Some("localhost:4243"),
                Some("https://localhost:4243"),
                false,
            ),
            (
                Some("shop.example:4243"),
                Some("http://shop.example:4243"),
                false,
            ),
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
            let found = is_of_another_site(&headers, Some("shop.example"));
            assert_eq!(found, expected, "{host:?} {origin:?}");
        }
    }
}
