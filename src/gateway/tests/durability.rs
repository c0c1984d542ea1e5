//! What was acknowledged is there after `kill -9`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

mod support;

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use support::*;

#[test]
fn acknowledged_writes_survive_sigkill_under_load() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("gateway.db");
    for round in 0..5 {
        let server = Server::on_file(&db);
        let client = server.client();
        let acknowledged = Mutex::new(Vec::new());
        let count = || acknowledged.lock().unwrap().len();
        let dead = AtomicBool::new(false);
        thread::scope(|scope| {
            for worker in 0..4 {
                let (client, acknowledged, dead) = (&client, &acknowledged, &dead);
                scope.spawn(move || {
                    for n in 0.. {
                        let reference = format!("{round}-{worker}-{n}");
                        if take_payment(client, acknowledged, &reference).is_err() {
                            assert!(dead.load(Ordering::SeqCst), "refused while alive");
                            return;
                        }
                    }
                });
            }
            wait_until("payments are taken", || count() > 50);
            dead.store(true, Ordering::SeqCst);
            server.kill();
        });

        let server = Server::on_file(&db);
        let client = server.client();
        for (intent, status) in acknowledged.into_inner().unwrap() {
            let found = client.status(&intent);
            // What was acknowledged last may have been followed by what was not.
            let later = status == "requires_payment_method" && found == "succeeded";
            assert!(
                found == status || later,
                "{}: {status}, then {found}",
                intent.id
            );
        }
        // State, history and events were written together or not at all.
        let torn = "SELECT id FROM payment_intents i WHERE status != \
             (SELECT to_status FROM status_changes WHERE payment_intent_id = i.id \
              ORDER BY id DESC LIMIT 1) \
             OR (status = 'succeeded') != EXISTS \
             (SELECT 1 FROM events WHERE payment_intent_id = i.id)";
        assert_eq!(texts(&db, torn), [""; 0]);
        let unanswered = "SELECT key FROM idempotency_records \
             WHERE key NOT IN (SELECT merchant_ref_id FROM payment_intents)";
        assert_eq!(texts(&db, unanswered), [""; 0]);
    }
}

/// Creates and confirms; notes each acknowledgement.
fn take_payment(
    client: &Client,
    acknowledged: &Mutex<Vec<(Intent, &'static str)>>,
    reference: &str,
) -> Result<(), ureq::Error> {
    let mut order = order();
    order["merchant_ref_id"] = reference.into();
    let body = order.to_string();
    let signed = client.sign("POST", CREATE, body.as_bytes());
    let json = ("Content-Type", "application/json");
    let headers = [
        ("Authorization", signed.as_str()),
        json,
        ("Idempotency-Key", reference),
    ];
    let created = client.try_send("POST", CREATE, &headers, body.as_bytes())?;
    let intent = Intent::from(&created.ok());
    acknowledged
        .lock()
        .unwrap()
        .push((intent.clone(), "requires_payment_method"));

    let body = intent.with_token(cash()).to_string();
    client
        .try_send("POST", &intent.path("confirm"), &[json], body.as_bytes())?
        .ok();
    let mut acknowledged = acknowledged.lock().unwrap();
    acknowledged.retain(|(known, _)| known.id != intent.id);
    acknowledged.push((intent, "succeeded"));
    Ok(())
}

#[test]
fn a_code_survives_sigkill_and_can_be_paid_after() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("gateway.db");
    let server = Server::on_file(&db);
    let intent = server.client().new_intent();
    server.client().confirm(&intent, None, qr()).ok();
    server.kill();
    let server = Server::on_file(&db);
    assert_eq!(server.client().status(&intent), "requires_action");
    server.client().pay(&intent, serde_json::json!({})).ok();
    assert_eq!(server.client().status(&intent), "succeeded");
}

#[test]
fn a_payment_made_while_the_gateway_was_down_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("gateway.db");
    let server = Server::on_file(&db);
    let intent = server.client().new_intent();
    server.client().confirm(&intent, None, qr()).ok();
    server.kill();
    edit(
        &db,
        "UPDATE paypay_payments SET status = 'COMPLETED', authorized = amount, captured = amount, \
         accepted_at = 1",
    );
    let server = Server::on_file(&db);
    wait_until("the payment is found", || {
        server.client().status(&intent) == "succeeded"
    });
}

#[test]
fn a_code_whose_making_was_interrupted_is_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("gateway.db");
    let server = Server::on_file(&db);
    let intent = server.client().new_intent();
    server.client().confirm(&intent, None, qr()).ok();
    server.kill();
    // As if the gateway had died after PayPay made the code, before it could write it down.
    edit(
        &db,
        "UPDATE qr_codes SET state = 'requested', content = NULL, picture = NULL; \
         UPDATE payment_intents SET status = 'requires_payment_method', \
         payment_method_type = NULL, provider = NULL; \
         DELETE FROM status_changes WHERE to_status = 'requires_action'",
    );
    let server = Server::on_file(&db);
    let deleted = || texts(&db, WALLET) == ["deleted"];
    wait_until("the code is deleted", deleted);
    server.client().confirm(&intent, None, cash()).ok();
}

fn edit(db: &std::path::Path, sql: &str) {
    rusqlite::Connection::open(db)
        .unwrap()
        .execute_batch(sql)
        .unwrap();
}
