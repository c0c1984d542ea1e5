//! The tools of the test bench: audit, reset and the commands.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

mod support;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;

use mpac_pgw_protocol::signing::SecretKey;
use mpac_pgw_protocol::webhook::WebhookSignature;
use serde_json::{Value, json};
use support::*;

/// Runs a command against the server; answers whether it succeeded, and what it printed.
fn command(server: &Server, args: &[&str]) -> (bool, String) {
    let output = program()
        .args(args)
        .env("MPAC_GATEWAY_URL", &server.url)
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(text).unwrap())
}

fn audit(client: &Client) -> Value {
    client.send("GET", "/_local/audit", &[], b"").ok()
}

/// Some of everything that can happen to a payment.
fn busy_day(client: &Client) {
    let endpoint = json!({ "url": "http://127.0.0.1:9/" });
    client
        .post_as_merchant("/v1/webhook_endpoints", &endpoint)
        .ok();
    let paid = client.paid_by_qr();
    client
        .refund(json!({ "payment_intent_id": paid.id, "amount": 1 }))
        .ok();
    let reserved = client.authorised();
    let body = json!({ "amount": 900 });
    client
        .post_as_merchant(&reserved.path("capture"), &body)
        .ok();
    let released = client.authorised();
    client.post_signed(&released.path("cancel"), None, b"").ok();
    client.authorised();
    for method in [cash(), card()] {
        let intent = client.new_intent();
        client.confirm(&intent, None, qr()).ok();
        client.confirm(&intent, None, method).ok();
    }
    let cancelled = client.new_intent();
    client.cancel(&cancelled, None).ok();
    client.new_intent();
    client.advance(1800);
    client.new_intent();
}

#[test]
fn an_audit_after_a_busy_day_is_clean() {
    let server = Server::ephemeral();
    let client = server.client();
    busy_day(&client);
    let audit = audit(&client);
    assert_eq!(audit["problems"], json!([]));
    assert_eq!(
        (&audit["clean"], &audit["object"]),
        (&json!(true), &json!("audit"))
    );
    assert_eq!(audit["checked"]["payment_intents"], 9);
    assert_eq!(audit["checked"]["refunds"], 1);
    let (clean, text) = command(&server, &["audit"]);
    assert!(clean && text.contains("9 payment intents"), "{text}");
}

#[test]
fn an_audit_finds_what_was_changed_by_hand() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("gateway.db");
    let server = Server::on_file(&db);
    busy_day(&server.client());
    server.kill();
    // Everything into the one file.
    let connection = rusqlite::Connection::open(&db).unwrap();
    let checkpoint = "PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE";
    connection.execute_batch(checkpoint).unwrap();
    drop(connection);
    let original = std::fs::read(&db).unwrap();
    for (change, rule) in [
        (
            "UPDATE payment_intents SET amount_captured = NULL, amount_refunded = NULL",
            "is captured exactly",
        ),
        (
            "UPDATE payment_intents SET status = 'failed' WHERE status = 'succeeded'",
            "last of its history",
        ),
        (
            "UPDATE status_changes SET from_status = 'processing' WHERE to_status = 'cancelled'",
            "follows the one before",
        ),
        (
            "UPDATE status_changes SET from_status = 'processing' WHERE to_status = 'cancelled'",
            "an arrow of the guide",
        ),
        (
            "UPDATE events SET type = 'payment_intent.failed'",
            "has its one event",
        ),
        (
            "UPDATE webhook_endpoints SET created_at = 0; DELETE FROM webhook_attempts; \
          DELETE FROM webhook_deliveries",
            "has its one delivery",
        ),
        ("UPDATE refunds SET status = 'failed'", "sum of the refunds"),
        (
            "UPDATE qr_codes SET state = 'paid' WHERE state = 'withdrawn'; INSERT INTO qr_codes \
          SELECT 'qr_2', payment_intent_id, provider, state, content, NULL, created_at, expires_at, \
          method, code_id \
          FROM qr_codes WHERE state = 'paid' LIMIT 1",
            "is paid once",
        ),
        (
            "UPDATE payment_intents SET merchant_ref_id = 'order_1'",
            "belongs to one payment",
        ),
        (
            "UPDATE merchant_refs SET hash = hash + 1",
            "found by its reference",
        ),
        ("DELETE FROM payment_intents", "not there"),
    ] {
        for file in ["gateway.db-wal", "gateway.db-shm"] {
            let _ = std::fs::remove_file(folder.path().join(file));
        }
        std::fs::write(&db, &original).unwrap();
        let connection = rusqlite::Connection::open(&db).unwrap();
        connection
            .pragma_update(None, "foreign_keys", false)
            .unwrap();
        connection.execute_batch(change).unwrap();
        drop(connection);
        let server = Server::on_file(&db);
        let audit = audit(&server.client());
        assert_eq!(audit["clean"], false, "{change}");
        assert!(
            audit["problems"].to_string().contains(rule),
            "{change}: {audit}"
        );
        let (clean, text) = command(&server, &["audit"]);
        assert!(!clean && text.contains(rule), "{text}");
        server.kill();
    }
}

fn is_empty(client: &Client) -> bool {
    audit(client)["checked"]["payment_intents"] == 0
}

#[test]
fn a_reset_forgets_everything() {
    let server = Server::ephemeral();
    let client = server.client();
    busy_day(&client);
    client
        .post("/_local/faults", None, &json!({ "action": "garbage" }))
        .ok();
    let (done, text) = command(&server, &["reset"]);
    assert!(done && text.contains("empty"), "{text}");
    assert!(is_empty(&client));
    let clock = client.send("GET", "/_local/clock", &[], b"").ok();
    assert_eq!(clock["advanced_seconds"], 0);
    busy_day(&client);
}

#[test]
fn a_file_is_reset_only_when_asked_twice() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::on_file(&folder.path().join("gateway.db"));
    let client = server.client();
    busy_day(&client);
    let reply = client.post("/_local/reset", None, &json!({}));
    reply.error(400, "invalid_request", Some("yes"));
    let (done, text) = command(&server, &["reset"]);
    assert!(!done && text.contains("--yes"), "{text}");
    assert!(!is_empty(&client));
    assert!(command(&server, &["reset", "--yes"]).0);
    assert!(is_empty(&client));
}

#[test]
fn a_reset_whose_client_hangs_up_is_done_whole_or_not_at_all() {
    use std::io::{Read, Write};
    let server = Server::ephemeral();
    let client = server.client();
    let address = server.url.strip_prefix("http://").unwrap();
    let mut resets = 0;
    for round in 0..20 {
        for _ in 0..20 {
            client.new_intent();
        }
        client.advance(3600);
        let mut hasty = std::net::TcpStream::connect(address).unwrap();
        let reset = format!("POST /_local/reset HTTP/1.1\r\nHost: {address}\r\n\r\n");
        hasty.write_all(reset.as_bytes()).unwrap();
        for _ in 0..round * 20 {
            std::thread::yield_now();
        }
        if round == 19 {
            // This one waits for its answer, so that there is one that is done.
            hasty.read_exact(&mut [0]).unwrap();
        }
        drop(hasty);
        let clock_is_back = || {
            let clock = client.send("GET", "/_local/clock", &[], b"").ok();
            clock["advanced_seconds"] == 0
        };
        // It may not have begun yet, either.
        wait_until("both or neither", || is_empty(&client) == clock_is_back());
        resets += usize::from(is_empty(&client));
    }
    assert!(resets > 0);
}

#[test]
fn a_reset_in_the_middle_of_everything_breaks_nothing() {
    let server = Server::ephemeral();
    let client = server.client();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..40 {
                    let intent = client.new_intent();
                    for reply in [
                        client.confirm(&intent, None, qr()),
                        client.pay(&intent, json!({})),
                        client.confirm(&intent, None, cash()),
                    ] {
                        assert!([200, 404, 409].contains(&reply.status), "{}", reply.text);
                    }
                }
            });
        }
        for _ in 0..20 {
            client.post("/_local/reset", None, &json!({})).ok();
        }
    });
    assert_eq!(audit(&client)["problems"], json!([]));
}

#[test]
fn money_from_the_shell() {
    let server = Server::ephemeral();
    let client = server.client();
    let intent = client.new_intent();
    let (done, text) = command(&server, &["cancel", &intent.id]);
    assert!(done && text.contains("is cancelled"), "{text}");
    let (done, text) = command(&server, &["cancel", &intent.id]);
    assert!(
        !done && text.contains("can no longer be cancelled"),
        "{text}"
    );
    let intent = client.authorised();
    let (done, text) = command(&server, &["capture", &intent.id, "--amount", "900"]);
    assert!(done && text.contains("captured 900 JPY"), "{text}");
    let (done, text) = command(&server, &["refund", &intent.id, "--amount", "500"]);
    assert!(done && text.contains("refunded 500 JPY"), "{text}");
    let intent = client.paid_by_qr();
    let (done, text) = command(&server, &["refund", &intent.id, "--json"]);
    let refund: Value = serde_json::from_str(&text).unwrap();
    assert!(done && refund["amount"] == 2500, "{text}");
}

#[test]
fn faults_from_the_shell() {
    let server = Server::ephemeral();
    let (done, text) = command(
        &server,
        &["faults", "add", "status", "--status", "503", "--count", "2"],
    );
    assert!(
        done && text.contains("flt_1  status  any method /v1/**  (2 more)"),
        "{text}"
    );
    let (_, text) = command(&server, &["faults", "list"]);
    assert!(text.contains("flt_1"), "{text}");
    assert!(command(&server, &["faults", "remove", "flt_1"]).0);
    let (done, text) = command(&server, &["faults", "clear"]);
    assert!(done && text.contains("no faults"), "{text}");
    let (done, text) = command(&server, &["faults", "add", "explode"]);
    assert!(!done && text.contains("drop_after_write"), "{text}");
}

#[test]
fn events_are_shown_and_followed() {
    let server = Server::ephemeral();
    let client = server.client();
    let before = client.new_intent();
    client.cancel(&before, None).ok();
    let (done, text) = command(&server, &["events"]);
    assert!(done && text.contains("payment_intent.cancelled") && text.contains(&before.id));
    let mut following = program()
        .args(["events", "--follow", "--json", "--gateway", &server.url])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(following.stdout.take().unwrap()).lines();
    let mut next = || -> Value { serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap() };
    assert_eq!(next()["data"]["object"]["id"], before.id);
    let after = client.paid_by_qr();
    assert_eq!(next()["data"]["object"]["id"], after.id);
    following.kill().unwrap();
    following.wait().unwrap();
}

#[test]
fn webhooks_are_verified_from_the_shell() {
    let server = Server::ephemeral();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("body.json");
    std::fs::write(&file, "{}").unwrap();
    let secret = SecretKey::new("whsec_canary");
    let signature = WebhookSignature::sign(&secret, 1000, b"{}").to_string();
    let verify = |secret: &str, at: &str, file: &Path| {
        let body = format!("@{}", file.display());
        let args = ["verify-webhook", "--signature", &signature, "--body", &body];
        command(
            &server,
            &[&args[..], &["--secret", secret, "--at", at]].concat(),
        )
    };
    assert!(verify("whsec_canary", "1000", &file).0);
    let (genuine, text) = verify("whsec_other", "1000", &file);
    assert!(!genuine && text.contains("does not match"), "{text}");
    let (genuine, text) = verify("whsec_canary", "2000", &file);
    assert!(
        !genuine && text.contains("1000 s away") && !text.contains("canary"),
        "{text}"
    );
}

#[test]
fn every_command_explains_itself() {
    for name in [
        "clock",
        "cancel",
        "capture",
        "refund",
        "events",
        "verify-webhook",
        "faults",
        "audit",
        "reset",
        "completions",
    ] {
        let output = run(&[name, "--help"]);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(
            output.status.success() && text.contains("Examples:"),
            "{name}"
        );
    }
    for shell in ["bash", "zsh", "fish"] {
        let output = run(&["completions", shell]);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(
            output.status.success() && text.contains("verify-webhook"),
            "{shell}"
        );
    }
}

#[test]
fn a_request_that_never_ends_keeps_nobody_waiting() {
    let server = Server::ephemeral();
    let client = server.client();
    let address = server.url.strip_prefix("http://").unwrap();
    let mut slow = std::net::TcpStream::connect(address).unwrap();
    let start = "POST /webhooks/paypay HTTP/1.1\r\nHost: 127.0.0.1\r\n\
         Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{";
    std::io::Write::write_all(&mut slow, start.as_bytes()).unwrap();
    // Answered in the order of arrival at the gate, were the slow one inside.
    client.send("POST", "/_local/reset", &[], b"").ok();
    client.new_intent();
    drop(slow);
}
