//! Fault rules for PayPay's side of the gateway.

use serde_json::{Value, json};

use crate::merchant::{Merchant, order};

fn add(merchant: &Merchant, rule: Value) -> Value {
    merchant
        .server
        .client()
        .post("/_local/faults", None, &rule)
        .ok()
}

#[test]
fn paypays_errors_are_scenarios() {
    let merchant = Merchant::new();
    for (scenario, status, code_id) in [
        ("SERVICE_ERROR", 500, "08100026"),
        ("MAINTENANCE_MODE", 503, "08100999"),
        ("RATE_LIMIT", 429, "08100998"),
        ("INTERNAL_SERVER_ERROR", 500, "08101000"),
        ("UNAUTHORIZED", 401, "08100016"),
        ("TRANSACTION_FAILED", 500, "00200002"),
        ("00200034", 500, "00200034"),
    ] {
        let rule = add(&merchant, json!({ "scenario": scenario }));
        assert_eq!(rule["target"], "paypay");
        let answer = merchant.post("/v2/codes", order(scenario));
        assert_eq!((answer.status, answer.code_id.as_str()), (status, code_id));
        merchant
            .get("/v2/payments/x")
            .refused(400, "01652075", "DYNAMIC_QR_PAYMENT_NOT_FOUND");
    }
}

#[test]
fn an_error_may_come_after_the_deed() {
    let merchant = Merchant::new();
    let user = merchant.linked_user();
    for (after_write, expected) in [(false, None), (true, Some("COMPLETED"))] {
        add(
            &merchant,
            json!({ "scenario": "INTERNAL_SERVER_ERROR", "after_write": after_write }),
        );
        let id = format!("order-{after_write}");
        merchant
            .charge(&id, &user, 1)
            .refused(500, "08101000", "INTERNAL_SERVER_ERROR");
        let found = merchant.get(&format!("/v2/payments/{id}"));
        assert_eq!(found.data["status"].as_str(), expected);
    }
}

#[test]
fn the_wire_breaks_before_or_after_the_deed() {
    let merchant = Merchant::new();
    for (action, made) in [
        ("drop_before_write", false),
        ("drop_after_write", true),
        ("truncate", true),
        ("garbage", true),
    ] {
        add(
            &merchant,
            json!({ "action": action, "target": "paypay", "method": "POST", "path": "/v2/codes" }),
        );
        let body = order(action).to_string();
        let json = "application/json";
        let now = crate::support::unix_now();
        let signed = crate::merchant::sign("POST", "/v2/codes", Some(json), body.as_bytes(), now);
        let headers = [("Authorization", signed.as_str()), ("Content-Type", json)];
        let lost = merchant
            .paypay
            .try_send("POST", "/v2/codes", &headers, body.as_bytes());
        assert!(lost.is_err(), "{action}: {lost:?}");
        let found = merchant.get(&format!("/v2/payments/{action}"));
        assert_eq!(found.status == 200, made, "{action}");
    }
}

#[test]
fn rules_keep_to_their_side() {
    let merchant = Merchant::new();
    let gateway = merchant.server.client();
    add(
        &merchant,
        json!({ "action": "status", "status": 503, "count": 0 }),
    );
    merchant.new_code();
    gateway
        .get_signed("/v1/events")
        .error(503, "provider_error", None);
    gateway.send("DELETE", "/_local/faults", &[], b"").ok();
    add(
        &merchant,
        json!({ "action": "status", "status": 503, "target": "paypay", "count": 0 }),
    );
    gateway.get_signed("/v1/events").ok();
    merchant
        .get("/v2/payments/x")
        .refused(503, "08100999", "MAINTENANCE_MODE");
    assert_eq!(merchant.page("/wallet").status, 200, "pages are left alone");
}

#[test]
fn rules_are_made_from_the_shell() {
    let merchant = Merchant::new();
    let shell = |args: &[&str]| {
        let mut command = crate::support::program();
        let url = &merchant.server.url;
        let output = command
            .args(args)
            .env("MPAC_GATEWAY_URL", url)
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        (output.status.success(), text)
    };
    let scenario = ["faults", "add", "--scenario", "00200034", "--after-write"];
    let (done, text) = shell(&scenario);
    assert!(
        done && text.contains("PayPay: INTERNAL_SERVER_ERROR"),
        "{text}"
    );
    let answer = merchant.post("/v2/codes", order("made-all-the-same"));
    assert_eq!(answer.code_id, "00200034");
    assert_eq!(merchant.status("made-all-the-same"), "CREATED");
    let (done, text) = shell(&[
        "faults", "add", "status", "--status", "502", "--target", "paypay",
    ]);
    assert!(done && text.contains("PayPay: status"), "{text}");
    assert_eq!(merchant.get("/v2/payments/x").status, 502);
    assert!(!shell(&["faults", "add"]).0);
}
