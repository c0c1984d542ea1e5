//! Bad input gets a clear error in the guide's shape, and changes nothing.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

mod support;

use serde_json::{Value, json};
use support::*;

/// A gateway on a file, whose contents can be compared.
struct Bench {
    folder: tempfile::TempDir,
    server: Server,
    client: Client,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::on_file(&folder.path().join("gateway.db"));
        let client = server.client();
        Self {
            folder,
            server,
            client,
        }
    }

    fn contents(&self) -> impl PartialEq + std::fmt::Debug + use<> {
        contents(&self.folder.path().join("gateway.db"))
    }

    /// Runs a table of requests, each of which must be refused without a trace.
    fn refuse<T>(&self, rows: impl IntoIterator<Item = T>, mut check: impl FnMut(T) -> String) {
        for row in rows {
            let before = self.contents();
            let name = check(row);
            assert_eq!(self.contents(), before, "something has changed: {name}");
        }
    }
}

const INVALID: &str = "invalid_request";
const UNAUTHENTICATED: &str = "authentication_error";

#[test]
fn create() {
    let bench = Bench::new();
    let long_ref = "あ".repeat(65);
    let rows = [
        ("amount", json!(0)),
        ("amount", json!(-1)),
        ("amount", json!(1.5)),
        ("amount", json!(100_000_000_000_i64)),
        ("amount", json!(1e300)),
        ("amount", json!("1500")),
        ("amount", json!(null)),
        ("currency", json!("jpy")),
        ("currency", json!("ZZZ")),
        ("currency", json!("")),
        ("currency", json!(392)),
        ("payment_method_types", json!([])),
        ("payment_method_types", json!(["cheque"])),
        ("payment_method_types", json!(["cash", "cash"])),
        ("payment_method_types", json!([["cash"]])),
        ("payment_method_types", json!("cash")),
        ("payment_method_types", json!(null)),
        ("capture_method", json!("sometimes")),
        ("capture_method", json!(true)),
        ("merchant_ref_id", json!("")),
        ("merchant_ref_id", json!(long_ref)),
        ("merchant_ref_id", json!("a\u{0}b")),
        ("merchant_ref_id", json!(7)),
        ("merchant_ref_id", json!(null)),
        ("merchant_store_id", json!("")),
        ("merchant_terminal_id", json!({})),
    ];
    bench.refuse(rows, |(param, value)| {
        let mut order = order();
        order[param] = value;
        let message = bench.client.create(&order).error(400, INVALID, Some(param));
        assert!(message.contains(param), "{message}");
        order.to_string()
    });
}

#[test]
fn numbers_that_json_writes_in_other_ways() {
    let bench = Bench::new();
    bench.refuse(
        [
            "1500.5",
            "1e-3",
            "1e30",
            "-0",
            "0.0",
            "99999999999999999999",
        ],
        |amount| {
            let body = format!(
                r#"{{"merchant_ref_id":"r","amount":{amount},"payment_method_types":["cash"]}}"#
            );
            bench
                .client
                .post_signed(CREATE, None, body.as_bytes())
                .error(400, INVALID, Some("amount"));
            body
        },
    );
}

#[test]
fn a_whole_number_is_one_however_json_writes_it() {
    let server = Server::ephemeral();
    for (n, amount) in ["1500", "1500.0", "1.5e3", "15E2"].into_iter().enumerate() {
        let body = format!(
            r#"{{"merchant_ref_id":"r{n}","amount":{amount},"payment_method_types":["cash"]}}"#
        );
        let created = server.client().post_signed(CREATE, None, body.as_bytes());
        assert!(
            created.text.contains(r#""amount":1500,"#),
            "{}",
            created.text
        );
    }
}

#[test]
fn the_limits_themselves_are_fine() {
    let server = Server::ephemeral();
    let client = server.client();
    let mut order = order();
    order["merchant_ref_id"] = json!("あ".repeat(64));
    order["amount"] = json!(99_999_999_999_i64);
    order["currency"] = json!("USD");
    order["payment_method_types"] = json!(["qr_mpm", "qr_cpm", "credit_card", "cash"]);
    order["capture_method"] = json!("manual");
    order["something_else"] = json!({ "is": "ignored" });
    let created = client.create(&order).ok();
    assert_eq!(created["amount"], 99_999_999_999_i64);
    assert_eq!(created.get("something_else"), None);
}

#[test]
fn bodies_that_are_no_json_object() {
    let bench = Bench::new();
    let deep = "[".repeat(60_000);
    let rows: [&[u8]; 9] = [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\"amount\"",
        b"amount=1500",
        b"{\"amount\":01}",
        b"\xff\xfe\x00",
        deep.as_bytes(),
    ];
    let intent = bench.client.new_intent();
    bench.refuse(rows, |body| {
        bench
            .client
            .post_signed(CREATE, None, body)
            .error(400, INVALID, None);
        let headers = [("Content-Type", "application/json")];
        let confirm = bench
            .client
            .send("POST", &intent.path("confirm"), &headers, body);
        confirm.error(400, INVALID, None);
        String::from_utf8_lossy(body).chars().take(40).collect()
    });
}

#[test]
fn content_types_and_sizes() {
    let bench = Bench::new();
    let client = &bench.client;
    let body = order().to_string();
    let signed = client.sign("POST", CREATE, body.as_bytes());
    let types = [
        None,
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
        Some("application/jsonp"),
        Some("multipart/form-data; boundary=x"),
        Some(""),
    ];
    bench.refuse(types, |content_type| {
        let mut headers = vec![("Authorization", signed.as_str())];
        headers.extend(content_type.map(|value| ("Content-Type", value)));
        let reply = client.send("POST", CREATE, &headers, body.as_bytes());
        let message = reply.error(415, INVALID, None);
        assert!(message.contains("application/json"), "{message}");
        format!("{content_type:?}")
    });
    for content_type in ["application/json; charset=utf-8", "Application/JSON"] {
        let body = order().to_string();
        let signed = client.sign("POST", CREATE, body.as_bytes());
        let headers = [
            ("Authorization", signed.as_str()),
            ("Content-Type", content_type),
        ];
        client.send("POST", CREATE, &headers, body.as_bytes()).ok();
    }

    let mut order = order();
    order["padding"] = json!("x".repeat(70_000));
    bench.refuse([order.to_string()], |body| {
        let message = client
            .post_signed(CREATE, None, body.as_bytes())
            .error(413, INVALID, None);
        assert!(message.contains("64 KiB"), "{message}");
        "too large".into()
    });
}

#[test]
fn signatures() {
    let bench = Bench::new();
    let client = &bench.client;
    let body = order().to_string();
    let body = body.as_bytes();
    let now = unix_now();
    let good = client.sign_at(now, "POST", CREATE, body);
    let (credentials, signature) = good.rsplit_once(':').unwrap();
    let table: Vec<(Option<String>, &str)> = vec![
        (None, "must be signed"),
        (Some(String::new()), "HMAC-SHA256 <merchant_id>"),
        (Some("Bearer sk_test".into()), "scheme"),
        (Some("HMAC-SHA256".into()), "HMAC-SHA256 <merchant_id>"),
        (
            Some(format!("HMAC-SHA256 test_merchant:{signature}")),
            "HMAC-SHA256 <merchant_id>",
        ),
        (
            Some(good.replace("test_merchant", "nobody")),
            "there is no merchant nobody",
        ),
        (
            Some(good.replace("test_merchant", "no:body")),
            "HMAC-SHA256 <merchant_id>",
        ),
        (
            Some(good.replace("test_merchant", "no body")),
            "merchant id",
        ),
        (Some(good.replace(&now.to_string(), "soon")), "Unix seconds"),
        (Some(format!("{credentials}:abc")), "64 lower-case"),
        (
            Some(format!("{credentials}:{}", signature.to_uppercase())),
            "64 lower-case",
        ),
        (
            Some(format!("{credentials}:{}", "0".repeat(64))),
            "does not match",
        ),
        (
            Some(client.sign_at(now - 302, "POST", CREATE, body)),
            "behind the gateway's clock",
        ),
        (
            Some(client.sign_at(now + 310, "POST", CREATE, body)),
            "ahead of the gateway's clock",
        ),
        (
            Some(client.sign_at(now * 1000, "POST", CREATE, body)),
            "not milliseconds",
        ),
        (
            Some(client.sign_at(i64::MIN, "POST", CREATE, body)),
            "behind",
        ),
        (
            Some(client.sign_at(now, "post", CREATE, body)),
            "lower case",
        ),
        (
            Some(client.sign_at(now, "POST", "/v1/payment_intents/", body)),
            "`/` at its end",
        ),
        (
            Some(client.sign_at(now, "POST", CREATE, b"")),
            "as if it were empty",
        ),
        (
            Some(client.sign_at(now, "POST", CREATE, b"{}")),
            "line by line",
        ),
    ];
    bench.refuse(table, |(authorization, expected)| {
        let mut headers = vec![("Content-Type", "application/json")];
        headers.extend(
            authorization
                .as_deref()
                .map(|value| ("Authorization", value)),
        );
        let reply = client.send("POST", CREATE, &headers, body);
        let message = reply.error(401, UNAUTHENTICATED, None);
        assert!(message.contains(expected), "{expected}: {message}");
        assert!(!message.contains("sk_test_local"), "{message}");
        assert_eq!(reply.header("www-authenticate"), Some("HMAC-SHA256"));
        expected.into()
    });
    let just_in_time = client.sign_at(now - 290, "POST", CREATE, body);
    let headers = [
        ("Authorization", just_in_time.as_str()),
        ("Content-Type", "application/json"),
    ];
    client.send("POST", CREATE, &headers, body).ok();
}

#[test]
fn a_mismatch_shows_the_string_that_was_signed_and_the_skew() {
    let server = Server::ephemeral();
    let client = server.client();
    let timestamp = unix_now() - 100;
    let path = "/v1/payment_intents/pi_1?payment_token=pi_1_secret_canary";
    let signed = client.sign_at(timestamp, "GET", "/somewhere/else", b"");
    let reply = client.send("GET", path, &[("Authorization", &signed)], b"");
    let message = reply.error(401, UNAUTHENTICATED, None);
    let empty_hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let canonical =
        format!("GET\\n/v1/payment_intents/pi_1?payment_token=…\\n{timestamp}\\n{empty_hash}");
    assert!(message.contains(&canonical), "{message}");
    assert!(message.contains("clock skew -10"), "{message}");
    assert!(!message.contains("canary"), "{message}");
}

#[test]
fn confirm() {
    let bench = Bench::new();
    let client = &bench.client;
    let intent = client.new_intent();
    let cash_only = {
        let mut order = order();
        order["payment_method_types"] = json!(["cash"]);
        Intent::from(&client.create(&order).ok())
    };
    let cpm = {
        let mut order = order();
        order["payment_method_types"] = json!(["qr_cpm"]);
        Intent::from(&client.create(&order).ok())
    };
    let method = "payment_method_type";
    let card_without = |field: &str| {
        let mut card = card();
        card.as_object_mut().unwrap().remove(field);
        card
    };
    let rows: Vec<(&Intent, Value, &str)> = vec![
        (&intent, json!({}), method),
        (&intent, json!({ "payment_method_type": null }), method),
        (&intent, json!({ "payment_method_type": ["cash"] }), method),
        (&intent, json!({ "payment_method_type": "cheque" }), method),
        (&cash_only, qr(), method),
        (&cash_only, card(), method),
        (
            &cpm,
            json!({ "payment_method_type": "qr_cpm", "customer_code": "1" }),
            "provider",
        ),
        (
            &cpm,
            json!({ "payment_method_type": "qr_cpm", "provider": "PAYPAY" }),
            "customer_code",
        ),
        (
            &cpm,
            json!({ "payment_method_type": "qr_cpm", "provider": "PAYPAY", "customer_code": 28 }),
            "customer_code",
        ),
        (
            &intent,
            json!({ "payment_method_type": "qr_mpm" }),
            "provider",
        ),
        (
            &intent,
            json!({ "payment_method_type": "qr_mpm", "provider": "LINEPAY" }),
            "provider",
        ),
        (
            &intent,
            json!({ "payment_method_type": "qr_mpm", "provider": "paypay" }),
            "provider",
        ),
        (
            &intent,
            json!({ "payment_method_type": "qr_mpm", "provider": 1 }),
            "provider",
        ),
        (
            &intent,
            json!({ "payment_method_type": "cash", "provider": "PAYPAY" }),
            "provider",
        ),
        (&intent, card_without("provider"), "provider"),
        (&intent, card_without("external_ref_id"), "external_ref_id"),
    ];
    bench.refuse(rows, |(intent, body, param)| {
        client
            .confirm(intent, Some("k"), body.clone())
            .error(400, INVALID, Some(param));
        body.to_string()
    });
    // The key has not been used up by requests that were refused.
    client.confirm(&intent, Some("k"), cash()).ok();
}

#[test]
fn payment_tokens() {
    let bench = Bench::new();
    let client = &bench.client;
    let (intent, other) = (client.new_intent(), client.new_intent());
    let mut wrong = intent.token.clone();
    let last = if wrong.pop() == Some('a') { 'b' } else { 'a' };
    wrong.push(last);
    let too_long = format!("{}{}", intent.token, "a".repeat(300));
    let token = Some("payment_token");
    let rows: Vec<(Value, u16, &str)> = vec![
        (json!(null), 401, UNAUTHENTICATED),
        (json!(7), 400, INVALID),
        (json!(""), 400, INVALID),
        (json!(intent.id), 400, INVALID),
        (json!(format!(" {}", intent.token)), 400, INVALID),
        (json!(too_long), 400, INVALID),
        (json!(wrong), 401, UNAUTHENTICATED),
        (json!(other.token), 401, UNAUTHENTICATED),
    ];
    bench.refuse(rows, |(value, status, code)| {
        let mut body = cash();
        body["payment_token"] = value.clone();
        for call in ["confirm", "cancel"] {
            let reply = client.post(&intent.path(call), None, &body);
            let message = reply.error(status, code, token);
            assert!(!message.contains("_secret_") || message.contains("pi_…_secret_…"));
        }
        if let Some(text) = value.as_str() {
            let encoded = text.replace(' ', "%20");
            let path = format!("{CREATE}/{}?payment_token={encoded}", intent.id);
            client
                .send("GET", &path, &[], b"")
                .error(status, code, token);
        }
        value.to_string()
    });
    let twice = format!(
        "{CREATE}/{}?payment_token={t}&payment_token={t}",
        intent.id,
        t = intent.token
    );
    client
        .send("GET", &twice, &[], b"")
        .error(400, INVALID, token);
    let neither = client.send("GET", &format!("{CREATE}/{}", intent.id), &[], b"");
    let message = neither.error(401, UNAUTHENTICATED, None);
    assert!(message.contains("payment_token"), "{message}");
}

#[test]
fn unknown_and_foreign_intents() {
    let bench_server = Server::start(&[
        "--ephemeral",
        "--merchant",
        "test_merchant:sk_test_local_gateway_only",
        "--merchant",
        "other:sk_other",
    ]);
    let client = bench_server.client();
    let intent = client.new_intent();
    let ids = [
        "pi_01HXYNOBODYHASTHISIDATALL1",
        "pi_",
        "x",
        "pi_%00",
        "%ff",
        "pi_a%2Fb",
    ];
    for id in ids {
        let path = format!("{CREATE}/{id}");
        client
            .get_signed(&path)
            .error(404, "payment_not_found", None);
        for call in ["confirm", "cancel"] {
            let body = intent.with_token(cash());
            let reply = client.post(&format!("{path}/{call}"), None, &body);
            reply.error(404, "payment_not_found", None);
        }
        let pay = format!("/_local/payment_intents/{id}/pay");
        client
            .post(&pay, None, &json!({}))
            .error(404, "payment_not_found", None);
    }
    let other = client.of_merchant("other:sk_other");
    let path = format!("{CREATE}/{}", intent.id);
    other
        .get_signed(&path)
        .error(404, "payment_not_found", None);
    let cancel = other.post_signed(&intent.path("cancel"), None, b"");
    cancel.error(404, "payment_not_found", None);
    assert_eq!(client.status(&intent), "requires_payment_method");

    // A signed cancel may carry a token too, but not a wrong one.
    let stranger = client.new_intent();
    let body = intent.with_token(json!({})).to_string();
    let reply = client.post_signed(&stranger.path("cancel"), None, body.as_bytes());
    reply.error(401, UNAUTHENTICATED, Some("payment_token"));
    let signed_badly = [
        ("Authorization", "HMAC-SHA256 nonsense"),
        ("Content-Type", "application/json"),
    ];
    let body = intent.with_token(json!({})).to_string();
    let reply = client.send(
        "POST",
        &intent.path("cancel"),
        &signed_badly,
        body.as_bytes(),
    );
    reply.error(401, UNAUTHENTICATED, None);
    assert_eq!(client.status(&intent), "requires_payment_method");
}

#[test]
fn paths_and_methods() {
    let server = Server::ephemeral();
    let client = server.client();
    let intent = client.new_intent();
    let unknown = [
        "/v0",
        "/v1",
        "/v1/payment_intents/",
        "/v2/payment_intents",
        "/v1/refund",
        "/qr/x",
    ];
    for path in unknown {
        client.send("GET", path, &[], b"").error(404, INVALID, None);
        client.send("POST", path, &[], b"").error(
            if path == "/qr/x" { 405 } else { 404 },
            INVALID,
            None,
        );
    }
    let table = [
        ("PUT", CREATE.to_owned(), "GET,HEAD,POST"),
        ("DELETE", CREATE.to_owned(), "GET,HEAD,POST"),
        ("GET", intent.path("confirm"), "POST"),
        ("GET", intent.path("cancel"), "POST"),
        ("POST", format!("{CREATE}/{}", intent.id), "GET,HEAD"),
        ("PATCH", format!("{CREATE}/{}", intent.id), "GET,HEAD"),
        (
            "GET",
            format!("/_local/payment_intents/{}/pay", intent.id),
            "POST",
        ),
    ];
    for (method, path, allow) in table {
        let reply = client.send(method, &path, &[], b"");
        reply.error(405, INVALID, None);
        assert_eq!(reply.header("allow"), Some(allow), "{method} {path}");
    }
    let head = format!("{CREATE}/{}?payment_token={}", intent.id, intent.token);
    let head = client.send("HEAD", &head, &[], b"");
    assert_eq!((head.status, head.text.as_str()), (200, ""));
}

#[test]
fn idempotency_keys() {
    let bench = Bench::new();
    let long = "k".repeat(256);
    bench.refuse(["", "a b", "\u{e9}", &long], |key| {
        let body = order().to_string();
        let reply = bench.client.post_signed(CREATE, Some(key), body.as_bytes());
        reply.error(400, INVALID, Some("Idempotency-Key"));
        key.into()
    });
    let body = order().to_string();
    let signed = bench.client.sign("POST", CREATE, body.as_bytes());
    let headers = [
        ("Authorization", signed.as_str()),
        ("Content-Type", "application/json"),
        ("Idempotency-Key", "a"),
        ("Idempotency-Key", "b"),
    ];
    let reply = bench.client.send("POST", CREATE, &headers, body.as_bytes());
    reply.error(400, INVALID, Some("Idempotency-Key"));
}

#[test]
fn the_customer() {
    let bench = Bench::new();
    let intent = bench.client.new_intent();
    bench.client.confirm(&intent, None, qr()).ok();
    let rows = [
        (json!({ "outcome": "maybe" }), Some("outcome")),
        (json!({ "outcome": 1 }), Some("outcome")),
        (json!({ "notify": "yes" }), Some("notify")),
        (json!([]), None),
    ];
    bench.refuse(rows, |(body, param)| {
        bench
            .client
            .pay(&intent, body.clone())
            .error(400, INVALID, param);
        body.to_string()
    });
}

/// Requests that no HTTP client would send.
#[test]
fn broken_http_never_harms() {
    use std::io::Write;
    use std::net::{Shutdown, TcpStream};

    let bench = Bench::new();
    let address = bench.server.url.strip_prefix("http://").unwrap();
    let long_header = format!(
        "GET / HTTP/1.1\r\nHost: x\r\nX: {}\r\n\r\n",
        "x".repeat(1 << 20)
    );
    let rows: [&[u8]; 8] = [
        b"\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET\r\n\r\n",
        b"GET /v1/payment_intents HTTP/9.9\r\n\r\n",
        b"POST /v1/payment_intents HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{}",
        b"POST /v1/payment_intents HTTP/1.1\r\nHost: x\r\nContent-Length: ten\r\n\r\n{}",
        b"POST /v1/payment_intents HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        long_header.as_bytes(),
    ];
    bench.refuse(rows, |request| {
        let mut stream = TcpStream::connect(address).unwrap();
        // The gateway may have hung up before it has read everything.
        let _ = stream.write_all(request);
        let _ = stream.shutdown(Shutdown::Write);
        let answer = read_all(stream);
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 4"),
            "{answer}"
        );
        String::from_utf8_lossy(request).chars().take(60).collect()
    });
    bench.client.new_intent();
}
