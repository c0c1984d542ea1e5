//! Failures on demand, as a client on a real connection meets them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

mod support;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::*;

const FAULTS: &str = "/_local/faults";

fn add(client: &Client, rule: Value) -> Value {
    client.post(FAULTS, None, &rule).ok()
}

/// Sends a request on a connection of its own; answers every byte that comes back.
fn raw(server: &Server, path: &str) -> Vec<u8> {
    let address = server.url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut bytes = Vec::new();
    // A connection that is cut may end in an error.
    let _ = stream.read_to_end(&mut bytes);
    bytes
}

#[test]
fn statuses_with_and_without_json() {
    let server = Server::ephemeral();
    let client = server.client();
    let intent = client.new_intent();
    let rule = json!({ "action": "status", "status": 429, "retry_after": 7, "count": 2 });
    add(&client, rule);
    for _ in 0..2 {
        let reply = client.get(&intent);
        assert_eq!(
            (reply.status, reply.header("retry-after")),
            (429, Some("7"))
        );
        reply.error(429, "invalid_request", None);
    }
    client.get(&intent).ok();
    for (body, start) in [("html", "<html>"), ("empty", "")] {
        add(
            &client,
            json!({ "action": "status", "status": 503, "body": body }),
        );
        let reply = client.get(&intent);
        assert_eq!(reply.status, 503);
        assert!(reply.text.starts_with(start) && (start.is_empty() == reply.text.is_empty()));
    }
    client.get(&intent).ok();
}

#[test]
fn dropped_before_the_write_nothing_has_happened_after_it_it_has() {
    let server = Server::ephemeral();
    let client = server.client();
    for (action, expected) in [
        ("drop_before_write", "requires_payment_method"),
        ("drop_after_write", "succeeded"),
        ("truncate", "succeeded"),
        ("garbage", "succeeded"),
    ] {
        let intent = client.new_intent();
        add(
            &client,
            json!({ "action": action, "method": "POST", "path": "/v1/payment_intents/*/confirm" }),
        );
        let headers = [
            ("Content-Type", "application/json"),
            ("Idempotency-Key", action),
        ];
        let (path, body) = (
            intent.path("confirm"),
            intent.with_token(cash()).to_string(),
        );
        let lost = client.try_send("POST", &path, &headers, body.as_bytes());
        assert!(lost.is_err(), "{action}: {lost:?}");
        assert_eq!(client.status(&intent), expected, "{action}");
        // The terminal repeats with the same key, and hears what it did not hear before.
        let again = client.confirm(&intent, Some(action), cash());
        assert_eq!(again.ok()["status"], "succeeded", "{action}");
        let replayed = again.header("idempotent-replayed").is_some();
        assert_eq!(replayed, expected == "succeeded", "{action}");
    }
}

#[test]
fn what_arrives_of_broken_answers() {
    let server = Server::ephemeral();
    let client = server.client();
    let whole = raw(&server, "/v1/nowhere");
    for action in ["drop_before_write", "drop_after_write"] {
        add(&client, json!({ "action": action }));
        assert!(raw(&server, "/v1/nowhere").is_empty(), "{action}");
    }
    add(&client, json!({ "action": "truncate" }));
    let cut = String::from_utf8(raw(&server, "/v1/nowhere")).unwrap();
    let (head, body) = cut.split_once("\r\n\r\n").unwrap();
    assert!(
        head.starts_with("HTTP/1.1 404") && body.starts_with("{\"error\""),
        "{cut}"
    );
    assert!(cut.len() < whole.len());
    add(&client, json!({ "action": "garbage" }));
    let garbage = raw(&server, "/v1/nowhere");
    assert!(!garbage.is_empty() && !garbage.starts_with(b"HTTP"));
    add(
        &client,
        json!({ "action": "drip", "bytes": 40, "delay_ms": 20 }),
    );
    let (start, dripped) = (Instant::now(), raw(&server, "/v1/nowhere"));
    assert!(
        dripped.ends_with(&whole[whole.len() - 60..]),
        "all of it arrives"
    );
    assert!(start.elapsed() >= Duration::from_millis(60));
}

#[test]
fn a_delay_delays() {
    let server = Server::ephemeral();
    let client = server.client();
    let intent = client.new_intent();
    add(&client, json!({ "action": "delay", "delay_ms": 150 }));
    let start = Instant::now();
    client.get(&intent).ok();
    assert!(start.elapsed() >= Duration::from_millis(150));
}

#[test]
fn the_plan_can_be_seen_and_taken_back() {
    let server = Server::ephemeral();
    let client = server.client();
    let intent = client.new_intent();
    let all = json!({ "action": "status", "status": 500, "path": "**", "count": 0 });
    let first = add(&client, all.clone());
    add(&client, all);
    for _ in 0..3 {
        client.get(&intent).error(500, "internal_error", None);
    }
    let list = client.send("GET", FAULTS, &[], b"").ok();
    assert_eq!(list["data"].as_array().unwrap().len(), 2);
    assert_eq!(list["data"][0], first);
    let path = format!("{FAULTS}/{}", first["id"].as_str().unwrap());
    client.send("DELETE", &path, &[], b"").ok();
    client
        .send("DELETE", &path, &[], b"")
        .error(404, "invalid_request", None);
    assert_eq!(client.get(&intent).status, 500);
    client.send("DELETE", FAULTS, &[], b"").ok();
    client.get(&intent).ok();
    client.post(FAULTS, None, &json!({ "action": "x" })).error(
        400,
        "invalid_request",
        Some("action"),
    );
}
