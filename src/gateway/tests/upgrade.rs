//! A database of an older version goes on where it was.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

mod support;

use std::collections::HashMap;

use serde_json::json;
use support::*;

/// Written by the gateway of schema 1, with a payment in every state, and killed.
const VERSION_1: &[u8] = include_bytes!("data/version_1.sqlite");

#[test]
fn a_file_of_version_1_keeps_its_payments_and_learns_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("gateway.db");
    std::fs::write(&db, VERSION_1).unwrap();
    let select = "SELECT merchant_ref_id || '=' || id || '=' || payment_token FROM payment_intents";
    let intents: HashMap<String, Intent> = texts(&db, select)
        .into_iter()
        .map(|row| {
            let [name, id, token] = row.split('=').collect::<Vec<_>>().try_into().unwrap();
            let (id, token) = (id.to_owned(), token.to_owned());
            (name.to_owned(), Intent { id, token })
        })
        .collect();
    assert_eq!(intents.len(), 8);

    for _ in 0..2 {
        let server = Server::on_file(&db);
        let client = server.client();
        // The file is old, so what was still open is over by now; what was paid is not.
        for (name, status) in [
            ("cash", "succeeded"),
            ("card", "succeeded"),
            ("paid_by_qr", "succeeded"),
            ("authorised", "processing"),
            ("cancelled", "cancelled"),
            ("paid_unnoticed", "succeeded"),
        ] {
            wait_until(name, || client.status(&intents[name]) == status);
        }
        for name in ["open", "shown"] {
            let status = client.status(&intents[name]);
            assert!(
                status == "cancelled" || status.starts_with("requires_"),
                "{status}"
            );
        }
    }

    let server = Server::on_file(&db);
    let client = server.client();
    for name in ["cash", "paid_by_qr", "paid_unnoticed"] {
        let refund = client
            .refund(json!({ "payment_intent_id": intents[name].id }))
            .ok();
        assert_eq!(refund["amount"], 2500, "{name}");
    }
    let path = intents["authorised"].path("capture");
    let captured = client
        .post_as_merchant(&path, &json!({ "amount": 500 }))
        .ok();
    assert_eq!(captured["amount_captured"], 500);

    // What is found by its hash is found in an old file too.
    for (reference, intent) in &intents {
        let path = format!("{CREATE}?merchant_ref_id={reference}");
        let found = client.get_signed(&path).ok();
        assert_eq!(found["data"][0]["id"], json!(intent.id), "{reference}");
        let again = json!({
            "merchant_ref_id": reference, "amount": 2500, "payment_method_types": ["cash"]
        });
        let refused = client.post_as_merchant(CREATE, &again);
        assert_eq!(refused.status, 400, "{reference}");
        assert!(refused.text.contains(&intent.id), "{reference}");
    }
    let without = "SELECT key FROM idempotency_records WHERE key_hash IS NULL";
    assert_eq!(texts(&db, without), Vec::<String>::new());
}
