//! What was acknowledged is there after `kill -9`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

mod support;

use support::*;

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

#[test]
fn a_gateway_that_is_stopped_leaves_everything_in_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("gateway.db");
    let server = Server::on_file(&db);
    let intent = server.client().new_intent();
    server.client().confirm(&intent, None, cash()).ok();
    assert_eq!(server.stop("-TERM"), Some(0));
    let names = std::fs::read_dir(folder.path()).unwrap();
    let mut names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["gateway.db", "gateway.db-lock"]);
    let server = Server::on_file(&db);
    assert_eq!(server.client().status(&intent), "succeeded");
}
