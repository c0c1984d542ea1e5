//! The gateway's address: which one is accepted, and when two of them are the same gateway.

use std::net::{IpAddr, Ipv6Addr};

use ureq::http::Uri;
use ureq::http::uri::Authority;

use crate::error::TerminalError;

/// Checks the gateway's address and answers its normal form.
pub(super) fn check(url: &str, allow_cleartext: bool) -> Result<String, TerminalError> {
    let refuse = |reason: &str| TerminalError::configuration("gateway_url", reason);
    if url.contains('#') {
        return Err(refuse("must not have a fragment"));
    }
    let address = Address::read(url).map_err(refuse)?;
    if address.scheme == "http" && !allow_cleartext && !is_loopback(&address.host) {
        return Err(refuse(
            "must begin with https://; http:// is for this very machine, or where cleartext is allowed",
        ));
    }
    Ok(address.normal_form())
}

/// Whether two addresses are the same gateway's, however each is spelled. Those of a journal come
/// from any earlier version of the SDK.
pub(crate) fn same_gateway(a: &str, b: &str) -> bool {
    let normal_form = |url| Some(Address::read(url).ok()?.normal_form());
    a == b || normal_form(a).is_some_and(|a| Some(a) == normal_form(b))
}

/// An address, each part in its normal form (RFC 3986, 6.2).
struct Address {
    scheme: &'static str,
    host: String,
    /// `None` for the scheme's own.
    port: Option<u16>,
    /// Empty, or from the first slash on and without a last one.
    path: String,
}

impl Address {
    /// The error is the reason to refuse it. What copying puts around an address is no part of it. A
    /// fragment is left out: it is never sent.
    fn read(url: &str) -> Result<Self, &'static str> {
        let is_padding = |c: char| c.is_whitespace() || matches!(c, '\0' | '\u{feff}');
        let uri: Uri = url
            .trim_matches(is_padding)
            .parse()
            .map_err(|_| "must be a URL in ASCII, such as https://api.pgw.example")?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err("must begin with https:// and name a host");
        };
        let (scheme, default_port) = match scheme {
            "https" => ("https", 443),
            "http" => ("http", 80),
            _ => return Err("must begin with https://"),
        };
        if authority.as_str().contains('@') {
            return Err("must not hold a user name or a password");
        }
        if uri.query().is_some_and(|query| !query.is_empty()) {
            return Err("must not have a query string");
        }
        if !is_well_encoded(uri.path()) {
            return Err("must have two hexadecimal digits after each %");
        }
        Ok(Self {
            scheme,
            host: host(authority)?,
            port: port(authority)?.filter(|port| *port != default_port),
            path: path(uri.path()),
        })
    }

    fn normal_form(&self) -> String {
        let Self {
            scheme, host, path, ..
        } = self;
        match self.port {
            Some(port) => format!("{scheme}://{host}:{port}{path}"),
            None => format!("{scheme}://{host}{path}"),
        }
    }
}

fn host(authority: &Authority) -> Result<String, &'static str> {
    let host = authority.host().to_ascii_lowercase();
    let in_brackets = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    if let Some(address) = in_brackets {
        let address: Ipv6Addr = address
            .parse()
            .map_err(|_| "must have an IPv6 address between its brackets")?;
        return Ok(format!("[{address}]"));
    }
    // The dot at the end of a full name.
    let name = host.strip_suffix('.').unwrap_or(&host);
    if name.is_empty() || name.ends_with('.') {
        return Err("must name a host");
    }
    Ok(name.to_owned())
}

pub(super) fn port(authority: &Authority) -> Result<Option<u16>, &'static str> {
    let text = authority.as_str();
    let (_, place) = text.rsplit_once('@').unwrap_or(("", text));
    let after_host = place.strip_prefix(authority.host());
    match after_host.and_then(|rest| rest.strip_prefix(':')) {
        None | Some("") => Ok(None),
        Some(port) => match port.parse() {
            Ok(port @ 1..) => Ok(Some(port)),
            _ => Err("must have a port from 1 to 65535, or none"),
        },
    }
}

fn path(path: &str) -> String {
    let path = percent_encoding(path);
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/').skip(1) {
        match segment {
            "." => {}
            ".." => drop(segments.pop()),
            segment => segments.push(segment),
        }
    }
    let path: String = segments.iter().flat_map(|segment| ["/", segment]).collect();
    path.trim_end_matches('/').to_owned()
}

/// Only what needs it is percent-encoded, and in capitals.
fn percent_encoding(path: &str) -> String {
    let mut normal = String::with_capacity(path.len());
    let mut bytes = path.as_bytes().iter();
    while let Some(&byte) = bytes.next() {
        let encoded = match bytes.as_slice() {
            [high, low, ..] if byte == b'%' => value(*high, *low),
            _ => None,
        };
        if encoded.is_some() {
            bytes.nth(1);
        }
        match (encoded, byte) {
            (Some(byte), _) if is_unreserved(byte) => normal.push(char::from(byte)),
            (Some(byte), _) | (None, byte @ 0x80..) => normal += &format!("%{byte:02X}"),
            (None, byte) => normal.push(char::from(byte)),
        }
    }
    normal
}

/// Whether each `%` begins an encoded byte.
pub(super) fn is_well_encoded(text: &str) -> bool {
    let mut after = text.split('%').skip(1).map(str::as_bytes);
    after.all(|after| matches!(after, [high, low, ..] if value(*high, *low).is_some()))
}

/// Of two hexadecimal digits.
fn value(high: u8, low: u8) -> Option<u8> {
    let digit = |digit: u8| char::from(digit).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || address
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_may_be_reached_without_tls() {
        let table = [
            ("https://api.pgw.example", false, true),
            ("https://api.pgw.example/base/", false, true),
            ("http://127.0.0.1:4242", false, true),
            ("http://localhost:4242", false, true),
            ("HTTP://LocalHost.:4242", false, true),
            ("http://[::1]:4242", false, true),
            ("http://[0:0::1]:4242", false, true),
            ("http://192.168.0.10", false, false),
            ("http://192.168.0.10", true, true),
            ("http://localhost.evil.example", false, false),
            ("http://127.0.0.1.evil.example", false, false),
            ("ftp://127.0.0.1", true, false),
            ("https://user:password@api.pgw.example", false, false),
            ("https://api.pgw.example/?a=b", false, false),
            ("https://api.pgw.example?a", false, false),
            ("https://api.pgw. example", false, false),
            (" ", false, false),
            ("https://api.pgw.example:99999", false, false),
            ("https://api.pgw.example:0", false, false),
            ("https://api.pgw.example/%zz", false, false),
            ("https://api.pgw.example/100%", false, false),
            ("https://api.pgw.example/#fragment", false, false),
            ("https://日本.example", false, false),
            ("https://api.pgw.example..", false, false),
            ("https://.", false, false),
            ("https://[api.pgw.example]", false, false),
            ("api.pgw.example", false, false),
            ("", false, false),
        ];
        for (url, allow_cleartext, accepted) in table {
            let answer = check(url, allow_cleartext);
            assert_eq!(answer.is_ok(), accepted, "{url}: {answer:?}");
        }
    }

    #[test]
    fn a_gateway_is_the_same_however_its_address_is_spelled() {
        let table = [
            (
                "https://api.pgw.example",
                &[
                    "HTTPS://api.pgw.example",
                    "https://API.PGW.Example",
                    "https://api.pgw.example.",
                    "https://api.pgw.example/",
                    "https://api.pgw.example///",
                    "https://api.pgw.example:443",
                    "https://api.pgw.example:0443/",
                    "https://api.pgw.example:",
                    "https://api.pgw.example#fragment",
                    "https://api.pgw.example/#fragment",
                    "https://api.pgw.example?",
                    "https://api.pgw.example/?#",
                    "https://api.pgw.example?#fragment",
                    " https://api.pgw.example\r\n",
                    "\t\u{3000}https://api.pgw.example/\u{a0}",
                    "\u{feff}https://api.pgw.example\0",
                    "https://api.pgw.example/.",
                    "https://api.pgw.example/a/..",
                    "hTTpS://aPi.pgw.example.:443/#",
                ][..],
            ),
            (
                "https://api.pgw.example/til%C3%A4/~a%2Fb",
                &[
                    "https://api.pgw.example/til%c3%a4/~a%2fb/",
                    "https://api.pgw.example/tilä/%7Ea%2Fb",
                    "https://api.pgw.example/%74il%C3%a4/%7ea%2Fb#x",
                    "https://api.pgw.example/x/%2E%2e/til%C3%A4/./~a%2Fb",
                ],
            ),
            (
                "http://127.0.0.1:4242",
                &["HTTP://127.0.0.1:4242/", "http://127.0.0.1.:4242"],
            ),
            (
                "http://[::1]",
                &[
                    "http://[::1]:80/",
                    "http://[0:0:0:0:0:0:0:1]",
                    "HTTP://[0::0001]:80",
                ],
            ),
            (
                "http://[fe80::abcd]:8080",
                &["http://[FE80:0::ABCD]:8080/#"],
            ),
        ];
        for (normal, spellings) in table {
            assert_eq!(check(normal, true).unwrap(), normal);
            for url in spellings {
                // The journal of an earlier version may hold a fragment.
                if !url.contains('#') {
                    assert_eq!(check(url, true).unwrap(), normal, "{url}");
                }
                assert!(
                    same_gateway(url, normal) && same_gateway(normal, url),
                    "{url}"
                );
            }
        }
    }

    #[test]
    fn another_gateway_is_another() {
        let table = [
            ("https://api.pgw.example", "http://api.pgw.example"),
            ("https://api.pgw.example", "https://api.pgw.example:80"),
            ("http://api.pgw.example", "http://api.pgw.example:443"),
            ("https://api.pgw.example", "https://www.api.pgw.example"),
            ("https://api.pgw.example/a", "https://api.pgw.example/A"),
            ("https://api.pgw.example/a", "https://api.pgw.example/a/b"),
            (
                "https://api.pgw.example/a/b",
                "https://api.pgw.example/a%2Fb",
            ),
            ("http://127.0.0.1:4242", "http://[::1]:4242"),
            ("http://127.0.0.1:4242", "http://127.0.0.1:4243"),
            ("https://api.pgw.example", ""),
        ];
        for (a, b) in table {
            assert!(!same_gateway(a, b), "{a} and {b}");
        }
        // What no version can have written is at least itself.
        assert!(same_gateway("", ""));
    }
}
