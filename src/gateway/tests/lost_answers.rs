//! What the gateway believes of PayPay when answers get lost.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

mod support;

use serde_json::{Value, json};
use support::*;

fn meet(client: &Client, method: &str, path: &str, count: u32, fault: Value) {
    let mut rule = fault;
    rule["target"] = json!("paypay");
    rule["method"] = json!(method);
    rule["path"] = json!(path);
    rule["count"] = json!(count);
    client.post("/_local/faults", None, &rule).ok();
}

const PROVIDER: &str = "provider_error";

#[test]
fn a_payment_that_paypay_does_not_know_yet_may_have_a_code_that_can_be_paid() {
    let server = Server::ephemeral();
    let client = server.client();
    let intent = client.new_intent();
    client.confirm(&intent, None, qr()).ok();
    // The deletion never arrives, on a kept-alive connection or on a fresh one, and neither does its
    // repetition.
    let lost = json!({ "action": "drop_before_write" });
    meet(&client, "DELETE", "/v2/codes/*", 3, lost);
    let unknown = json!({ "action": "scenario", "scenario": "DYNAMIC_QR_PAYMENT_NOT_FOUND" });
    meet(&client, "GET", "/v2/codes/payments/*", 1, unknown);

    client
        .confirm(&intent, None, cash())
        .error(502, PROVIDER, None);
    client.pay(&intent, json!({})).ok();
    let paid = client.get(&intent).ok();
    assert_eq!(
        (&paid["status"], &paid["payment_method_type"]),
        (&json!("succeeded"), &json!("qr_mpm"))
    );
}

#[test]
fn a_deletion_whose_answer_was_lost_is_found_done() {
    let server = Server::ephemeral();
    let client = server.client();
    let intent = client.new_intent();
    client.confirm(&intent, None, qr()).ok();
    let lost = json!({ "action": "drop_after_write" });
    meet(&client, "DELETE", "/v2/codes/*", 1, lost);
    let cancelled = client.cancel(&intent, None).ok();
    assert_eq!(cancelled["status"], "cancelled");
}

#[test]
fn a_code_that_was_refused_stands_in_nobodys_way() {
    let server = Server::ephemeral();
    let client = server.client();
    let intent = client.new_intent();
    let refused = json!({ "action": "scenario", "scenario": "UNAUTHORIZED" });
    meet(&client, "POST", "/v2/codes", 1, refused);
    let message = client
        .confirm(&intent, None, qr())
        .error(502, PROVIDER, None);
    assert!(message.contains("nothing was changed"), "{message}");
    // Nothing more is asked of PayPay, which would not answer.
    let down = json!({ "action": "drop_before_write" });
    meet(&client, "GET", "/v2/**", 0, down);
    client.confirm(&intent, None, cash()).ok();
}

#[test]
fn a_refund_that_paypay_puts_off_is_not_to_be_made_at_the_till() {
    let server = Server::ephemeral();
    let client = server.client();
    let intent = client.paid_by_qr();
    let later = json!({ "action": "scenario", "scenario": "RATE_LIMIT" });
    meet(&client, "POST", "/v2/refunds", 1, later);
    let refund = json!({ "payment_intent_id": intent.id });
    let message = client.refund(refund).error(502, PROVIDER, None);
    assert!(
        message.contains("is pending") && message.contains("do not give the money back"),
        "{message}"
    );
    wait_until("the gateway has asked again", || {
        client.get(&intent).ok()["amount_refunded"] == 2500
    });
}
