//! One clock for everything that expires, moved over HTTP and from the shell.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

mod support;

use serde_json::json;
use support::*;

const CLOCK: &str = "/_local/clock";

fn now(server: &Server) -> mpac_pgw_protocol::Timestamp {
    let clock = server.client().send("GET", CLOCK, &[], b"").ok();
    clock["now"].as_str().unwrap().parse().unwrap()
}

#[test]
fn moving_the_clock_expires_intents_codes_and_keys() {
    let server = Server::ephemeral();
    let client = server.client();
    let body = order().to_string();
    let created = client.post_signed(CREATE, Some("key_1"), body.as_bytes());
    let intent = Intent::from(&created.ok());
    client.confirm(&intent, None, qr()).ok();

    client.advance(5 * 60);
    let message = client.pay(&intent, json!({})).conflict();
    assert!(message.contains("has expired"), "{message}");
    assert_eq!(client.status(&intent), "requires_action");

    // A back end signs by its own clock all along.
    client.advance(25 * 60);
    assert_eq!(client.status(&intent), "cancelled");

    let again = client.post_signed(CREATE, Some("key_1"), body.as_bytes());
    assert_eq!(again.text, created.text);
    client.advance(24 * 3600 - 30 * 60);
    let later = client.post_signed(CREATE, Some("key_1"), body.as_bytes());
    later.error(400, "invalid_request", Some("merchant_ref_id"));
}

#[test]
fn the_answer_comes_when_all_that_fell_due_has_happened() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("gateway.db");
    let server = Server::on_file(&db);
    let client = server.client();
    for _ in 0..450 {
        client.new_intent();
    }
    client.advance(30 * 60);
    let open = "SELECT id FROM payment_intents WHERE status <> 'cancelled'";
    assert_eq!(texts(&db, open).len(), 0);
}

#[test]
fn the_clock_goes_forward_only() {
    let server = Server::ephemeral();
    let client = server.client();
    let before = now(&server);
    for wrong in [
        json!({}),
        json!({ "seconds": 0 }),
        json!({ "seconds": -1 }),
        json!({ "seconds": 1.5 }),
        json!({ "seconds": "60" }),
        json!({ "seconds": 1_000_000_000_000_i64 }),
    ] {
        let reply = client.post(CLOCK, None, &wrong);
        reply.error(400, "invalid_request", Some("seconds"));
    }
    assert!(now(&server).unix_seconds() - before.unix_seconds() < 60);
    assert_eq!(client.advance(3600)["advanced_seconds"], 3600);
    assert!(now(&server).unix_seconds() - before.unix_seconds() >= 3600);
}

#[test]
fn a_signature_must_be_near_one_of_the_two_clocks() {
    let server = Server::ephemeral();
    let client = server.client();
    client.advance(86_400);
    let body = order().to_string();
    for (offset, accepted) in [(0, true), (86_400, true), (3600, false), (90_000, false)] {
        let signed = client.sign_at(unix_now() + offset, "POST", CREATE, body.as_bytes());
        let headers = [
            ("Authorization", signed.as_str()),
            ("Content-Type", "application/json"),
        ];
        let reply = client.send("POST", CREATE, &headers, body.as_bytes());
        assert_eq!(reply.status != 401, accepted, "{offset}: {}", reply.text);
    }
}

#[test]
fn a_restart_goes_on_at_the_same_time() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("gateway.db");
    let server = Server::on_file(&db);
    let (old, intent) = (server.client().new_intent(), server.client().new_intent());
    server.client().advance(15 * 60);
    server.client().advance(10 * 60);
    server.client().cancel(&old, None).ok();
    server.kill();

    let server = Server::on_file(&db);
    let client = server.client();
    let clock = client.send("GET", CLOCK, &[], b"").ok();
    assert_eq!(clock["advanced_seconds"], 25 * 60);
    // An endpoint is told of what happens from now on, which is after all that has happened.
    let endpoint = json!({ "url": "http://127.0.0.1:9/" });
    client
        .post_as_merchant("/v1/webhook_endpoints", &endpoint)
        .ok();
    let audit = client.send("GET", "/_local/audit", &[], b"").ok();
    assert_eq!(audit["problems"], json!([]));
    client.advance(5 * 60);
    assert_eq!(client.status(&intent), "cancelled");

    let sure = json!({ "yes": true });
    client.post("/_local/reset", None, &sure).ok();
    server.kill();
    let server = Server::on_file(&db);
    let clock = server.client().send("GET", CLOCK, &[], b"").ok();
    assert_eq!(clock["advanced_seconds"], 0);
}

#[test]
fn a_file_that_an_older_version_left_in_the_future_is_still_there() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("gateway.db");
    let server = Server::on_file(&db);
    server.client().new_intent();
    assert_eq!(server.stop("-TERM"), Some(0));
    let older = "DROP TABLE clock; PRAGMA user_version = 11; \
         UPDATE payment_intents SET created_at = created_at + 86400";
    edit(&db, older);
    let server = Server::on_file(&db);
    let clock = server.client().send("GET", CLOCK, &[], b"").ok();
    let ahead = clock["advanced_seconds"].as_i64().unwrap();
    assert!((86_340..=86_400).contains(&ahead), "{ahead}");
}

#[test]
fn from_the_shell() {
    let server = Server::ephemeral();
    let clock = |args: &[&str]| {
        let output = run(&[&["clock", "--gateway", &server.url], args].concat());
        (
            output.status.success(),
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    let (done, text, _) = clock(&["show"]);
    assert!(done && text.contains("as this machine's"), "{text}");
    let (done, text, _) = clock(&["advance", "1800"]);
    assert!(done && text.contains("1800 s ahead"), "{text}");
    let (done, text, _) = clock(&["advance", "1", "--json"]);
    let answer: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert!(done && answer["advanced_seconds"] == 1801, "{text}");
    let (done, _, error) = clock(&["advance", "-5"]);
    assert!(!done && error.contains("only goes forward"), "{error}");
}

#[test]
fn pages_of_other_sites_are_refused() {
    let server = Server::ephemeral();
    let client = server.client();
    for header in [
        ("Origin", "http://evil.example"),
        ("Host", "rebound.example:4242"),
    ] {
        let reply = client.send("GET", CLOCK, &[header], b"");
        reply.error(403, "authentication_error", None);
    }
}
