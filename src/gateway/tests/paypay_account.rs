//! The gateway in front of PayPay itself, as far as that can be seen from a machine that PayPay
//! does not know.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

mod support;

use std::path::Path;
use std::process::Stdio;

use serde_json::json;
use support::*;

const SECRET: &str = "c2VjcmV0LW9mLWEtc2hvcA==";

#[test]
fn paypay_itself_needs_an_account() {
    for (set, missing) in [
        (&[][..], "PAYPAY_API_KEY"),
        (&[("PAYPAY_API_KEY", "a_key")][..], "PAYPAY_API_SECRET"),
    ] {
        for which in ["sandbox", "production"] {
            let output = program()
                .args(["serve", "--ephemeral", "--paypay", which])
                .envs(set.iter().copied())
                .output()
                .unwrap();
            assert!(!output.status.success());
            let text = String::from_utf8(output.stderr).unwrap();
            assert!(text.contains(missing), "{text}");
        }
    }
}

#[test]
fn what_everybody_knows_is_no_key_for_real_money() {
    let output = program()
        .args(["serve", "--ephemeral", "--paypay", "production"])
        .envs([("PAYPAY_API_KEY", "a_key"), ("PAYPAY_API_SECRET", SECRET)])
        .output()
        .unwrap();
    assert!(!output.status.success());
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("--merchant"), "{text}");
}

#[test]
fn payments_stay_with_the_paypay_they_have_gone_through() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("gateway.db");
    let server = Server::on_file(&db);
    let client = server.client();
    let intent = client.new_intent();
    client.confirm(&intent, None, qr()).ok();
    server.kill();
    assert_refused_by_the_sandbox(&db);

    let server = Server::on_file(&db);
    let client = server.client();
    assert_eq!(client.status(&intent), "requires_action");
    // What comes after a reset goes through the same PayPay.
    client
        .post("/_local/reset", None, &json!({ "yes": true }))
        .ok();
    server.kill();
    assert_refused_by_the_sandbox(&db);

    // Before it was written down, there was only the stand-in. An older gateway can still use the file.
    let version_1 = include_bytes!("data/version_1.sqlite");
    let db = folder.path().join("old.db");
    std::fs::write(&db, version_1).unwrap();
    assert_refused_by_the_sandbox(&db);
    assert!(std::fs::read(&db).unwrap() == version_1);
}

#[track_caller]
fn assert_refused_by_the_sandbox(db: &Path) {
    let output = program()
        .args(["serve", "--paypay", "sandbox", "--listen", "127.0.0.1:0"])
        .arg("--db")
        .arg(db)
        .envs([("PAYPAY_API_KEY", "a_key"), ("PAYPAY_API_SECRET", SECRET)])
        .output()
        .unwrap();
    assert!(!output.status.success());
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("gone through the stand-in"), "{text}");
}

#[test]
fn with_an_account_there_is_no_stand_in() {
    let mut command = program();
    command
        .args(["serve", "--ephemeral", "--paypay", "sandbox"])
        .env("PAYPAY_API_KEY", "a_key")
        .env("PAYPAY_API_SECRET", SECRET)
        .env("PAYPAY_MERCHANT_ID", "a_merchant")
        .stderr(Stdio::null());
    let server = Server::start_command(&mut command);
    let greeting = server.greeting.join("\n");
    assert!(greeting.contains("PayPay's own"), "{greeting}");
    assert!(
        !greeting.contains("/wallet") && !greeting.contains(SECRET),
        "{greeting}"
    );

    let client = server.client();
    let mut order = order();
    order["payment_method_types"] = json!(["qr_mpm", "qr_cpm"]);
    let intent = Intent::from(&client.create(&order).ok());
    let message = client.pay(&intent, json!({})).conflict();
    assert!(message.contains("real wallet"), "{message}");
    let scanned = json!({
        "payment_method_type": "qr_cpm",
        "provider": "PAYPAY",
        "customer_code": "281234567890123456",
    });
    let refused = client.confirm(&intent, None, scanned);
    let message = refused.error(400, "invalid_request", Some("customer_code"));
    assert!(message.contains("has no call"), "{message}");
    assert_eq!(client.status(&intent), "requires_payment_method");

    let advanced = client.post("/_local/clock", None, &json!({ "seconds": 5 }));
    let message = advanced.conflict();
    assert!(message.contains("cannot be moved"), "{message}");
}
