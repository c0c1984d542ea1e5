//! Request signing, against what PayPay published and what its own SDKs send.

#![allow(clippy::unwrap_used, reason = "tests")]

use paypay_opa::signing::{
    Authorization, AuthorizationError, CLOCK_WINDOW_SECONDS, Nonce, RequestToSign, VerifyError,
};
use paypay_opa::{Credentials, Secret};
use proptest::prelude::*;
use serde::Deserialize;

/// The signing functions of PayPay's SDKs made these, with only clock and nonce pinned.
const VECTORS: &str = include_str!("../../../tests/vectors/paypay_signing.json");

#[derive(Deserialize)]
struct Vector {
    name: String,
    api_key: String,
    secret: String,
    method: String,
    target: String,
    content_type: Option<String>,
    body: String,
    authorization: String,
}

impl Vector {
    fn request(&self) -> RequestToSign<'_> {
        RequestToSign {
            method: &self.method,
            path: &self.target,
            content_type: self.content_type.as_deref(),
            body: self.body.as_bytes(),
        }
    }
}

fn vectors() -> Vec<Vector> {
    let vectors: Vec<Vector> = serde_json::from_str(VECTORS).unwrap();
    assert_eq!(vectors.len(), 16);
    vectors
}

#[test]
fn every_vector_is_signed_byte_for_byte() {
    for vector in vectors() {
        let credentials = Credentials::new(&vector.api_key, &vector.secret).unwrap();
        let expected: Authorization = vector.authorization.parse().unwrap();
        let nonce = expected.nonce.clone();
        let signed = Authorization::sign(&credentials, nonce, expected.epoch, &vector.request());
        assert_eq!(signed.to_string(), vector.authorization, "{}", vector.name);
    }
}

#[test]
fn every_vector_verifies_and_none_does_when_anything_signed_differs() {
    for vector in vectors() {
        let name = &vector.name;
        let received: Authorization = vector.authorization.parse().unwrap();
        let secret = Secret::new(&vector.secret);
        let verify = |secret: &Secret, request: &RequestToSign<'_>| {
            received.verify(secret, received.epoch, CLOCK_WINDOW_SECONDS, request)
        };
        let request = vector.request();
        assert_eq!(received.api_key.as_str(), vector.api_key, "{name}");
        assert_eq!(verify(&secret, &request), Ok(()), "{name}");

        let other_secret = Secret::new("another");
        assert_eq!(
            verify(&other_secret, &request),
            Err(VerifyError::Mac),
            "{name}"
        );
        let path = format!("{}/", request.path.split('?').next().unwrap());
        let other_path = RequestToSign {
            path: &path,
            ..request
        };
        assert_eq!(
            verify(&secret, &other_path),
            Err(VerifyError::Mac),
            "{name}"
        );
        let other_method = RequestToSign {
            method: "PUT",
            ..request
        };
        assert_eq!(
            verify(&secret, &other_method),
            Err(VerifyError::Mac),
            "{name}"
        );
        let body = format!("{} ", vector.body);
        let other_body = RequestToSign {
            body: body.as_bytes(),
            ..request
        };
        assert_eq!(
            verify(&secret, &other_body),
            Err(VerifyError::Digest),
            "{name}"
        );
        if !vector.body.is_empty() {
            let other_type = RequestToSign {
                content_type: Some("text/plain"),
                ..request
            };
            assert_eq!(
                verify(&secret, &other_type),
                Err(VerifyError::Digest),
                "{name}"
            );
        }
        for field in ["nonce", "epoch", "mac", "digest"] {
            let changed = with_changed(&vector.authorization, field);
            let refused = changed.verify(&secret, received.epoch, CLOCK_WINDOW_SECONDS, &request);
            assert!(refused.is_err(), "{name}: {field}");
        }
    }
}

/// The header with one of its fields replaced by another that could stand there.
fn with_changed(header: &str, field: &str) -> Authorization {
    let mut fields: Vec<String> = header.split(':').map(str::to_owned).collect();
    match field {
        "mac" => fields[2].insert(0, 'A'),
        "nonce" => fields[3].push('x'),
        "epoch" => fields[4] = (fields[4].parse::<i64>().unwrap() + 1).to_string(),
        _ => fields[5].push('='),
    }
    fields.join(":").parse().unwrap()
}

#[test]
fn a_content_type_without_a_body_counts_for_nothing() {
    let vectors = vectors();
    let get = vectors.iter().find(|vector| vector.name == "P3").unwrap();
    let received: Authorization = get.authorization.parse().unwrap();
    for content_type in [None, Some("application/json;charset=UTF-8"), Some("empty")] {
        let request = RequestToSign {
            content_type,
            ..get.request()
        };
        let verified = received.verify(
            &Secret::new(&get.secret),
            received.epoch,
            CLOCK_WINDOW_SECONDS,
            &request,
        );
        assert_eq!(verified, Ok(()), "{content_type:?}");
    }
}

#[test]
fn a_content_type_is_taken_as_sent_but_for_spaces_around_it() {
    let credentials = Credentials::new("key", "secret").unwrap();
    let request = |content_type| RequestToSign {
        method: "POST",
        path: "/v2/codes",
        content_type: Some(content_type),
        body: b"{}",
    };
    let sent = "application/json;charset=UTF-8;";
    let header = Authorization::sign(&credentials, Nonce::random(), 0, &request(sent));
    let verify = |content_type| header.verify(&credentials.secret, 0, 1, &request(content_type));
    assert_eq!(verify(" application/json;charset=UTF-8;\t"), Ok(()));
    for other in [
        "application/json;charset=UTF-8",
        "application/json; charset=UTF-8;",
        "application/json;charset=utf-8;",
    ] {
        assert_eq!(verify(other), Err(VerifyError::Digest), "{other}");
    }
}

#[test]
fn the_clock_may_differ_by_less_than_the_window() {
    let credentials = Credentials::new("key", "secret").unwrap();
    let request = RequestToSign {
        method: "GET",
        path: "/v2/payments/a",
        content_type: None,
        body: b"",
    };
    let now = 1_700_000_000;
    let table = [
        (now, Ok(())),
        (now - 119, Ok(())),
        (now + 119, Ok(())),
        (now - 120, Err(VerifyError::Stale { behind_by: 120 })),
        (now + 120, Err(VerifyError::Future { ahead_by: 120 })),
        (
            i64::MIN,
            Err(VerifyError::Stale {
                behind_by: i64::MAX,
            }),
        ),
        (
            i64::MAX,
            Err(VerifyError::Future {
                ahead_by: i64::MAX - now,
            }),
        ),
        // Milliseconds, as two examples of the guide have them.
        (
            now * 1000,
            Err(VerifyError::Future {
                ahead_by: now * 999,
            }),
        ),
    ];
    for (epoch, expected) in table {
        let header = Authorization::sign(&credentials, Nonce::random(), epoch, &request);
        let verified = header.verify(&credentials.secret, now, CLOCK_WINDOW_SECONDS, &request);
        assert_eq!(verified, expected, "{epoch}");
    }
}

#[test]
fn headers_are_read_or_refused_with_a_reason() {
    let fields = |found| AuthorizationError::Fields { found };
    let table = [
        ("", AuthorizationError::Scheme),
        ("Bearer abc", AuthorizationError::Scheme),
        ("hmac OPA-Auth", AuthorizationError::Scheme),
        ("hmac  OPA-Auth:k:m:n:1:d", AuthorizationError::Scheme),
        ("hmac OPA-Auth:", fields(1)),
        ("hmac OPA-Auth:k:m:n:1", fields(4)),
        ("hmac OPA-Auth:k:m:n:1:d:e", fields(6)),
        ("hmac OPA-Auth: k:m:n:1:d", AuthorizationError::ApiKey),
        ("hmac OPA-Auth::m:n:1:d", AuthorizationError::ApiKey),
        ("hmac OPA-Auth:k:m::1:d", AuthorizationError::Nonce),
        ("hmac OPA-Auth:k:m:ケ:1:d", AuthorizationError::Nonce),
        ("hmac OPA-Auth:k:m:n:soon:d", AuthorizationError::Epoch),
        ("hmac OPA-Auth:k:m:n:1.5:d", AuthorizationError::Epoch),
    ];
    for (header, expected) in table {
        assert_eq!(header.parse::<Authorization>(), Err(expected), "{header}");
    }
}

#[test]
fn nothing_that_is_printed_for_a_log_holds_a_secret() {
    let credentials = Credentials::new("a_key", "a_secret").unwrap();
    let request = RequestToSign {
        method: "POST",
        path: "/v2/codes?who=them",
        content_type: Some("application/json"),
        body: b"a_body",
    };
    let header = Authorization::sign(&credentials, "a_nonce".parse().unwrap(), 7, &request);
    let mac = header.to_string().split(':').nth(2).unwrap().to_owned();
    let printed = format!("{credentials:?} {request:?} {header:?}");
    for secret in ["a_secret", "a_body", "them", &mac] {
        assert!(!printed.contains(secret), "{secret} in {printed}");
    }
}

#[test]
fn keys_that_would_break_the_header_are_refused() {
    for key in ["", "a:b", "a b", "a\nb", "ケ"] {
        assert!(Credentials::new(key, "secret").is_err(), "{key:?}");
    }
    assert!(Credentials::new("key", "").is_err());
}

proptest! {
    #[test]
    fn whatever_is_signed_verifies(
        secret in "\\PC{1,80}", path in "/[!-~]{0,80}", method in "GET|POST|DELETE",
        content_type in proptest::option::of("[!-~]{1,40}"),
        body in proptest::collection::vec(any::<u8>(), 0..200), now in 0i64..=4_000_000_000,
    ) {
        let credentials = Credentials::new("key", &secret).unwrap();
        let request = RequestToSign {
            method: &method,
            path: &path,
            content_type: content_type.as_deref(),
            body: &body,
        };
        let header = Authorization::sign(&credentials, Nonce::random(), now, &request).to_string();
        let received: Authorization = header.parse().unwrap();
        prop_assert_eq!(received.verify(&credentials.secret, now, 1, &request), Ok(()));
    }

    #[test]
    fn no_header_makes_the_reader_panic(header in "(hmac OPA-Auth:)?\\PC{0,80}") {
        if let Ok(read) = header.parse::<Authorization>() {
            // Numbers may be written in more than one way: `+1`, `01`.
            prop_assert_eq!(read.to_string().parse::<Authorization>(), Ok(read));
        }
    }
}
