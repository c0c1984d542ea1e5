//! The guide, call by call and field for field, over real HTTP to the real program.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

mod support;

use serde_json::json;
use support::*;

#[test]
fn create_answers_the_guides_fields_and_no_other() {
    let server = Server::ephemeral();
    let reply = server.client().create(&json!({
        "merchant_ref_id": "order_2025_001",
        "merchant_store_id": "store_tokyo_001",
        "merchant_terminal_id": "pos_001",
        "amount": 2500,
        "currency": "JPY",
        "payment_method_types": ["qr_mpm", "credit_card", "cash"],
        "capture_method": "automatic",
    }));
    let intent = reply.ok();
    let id = intent["id"].as_str().unwrap();
    assert!(id.starts_with("pi_") && id.len() == 29, "{id}");
    let token = intent["payment_token"].as_str().unwrap();
    let (token_id, secret) = token.split_once("_secret_").unwrap();
    assert_eq!(token_id, id);
    assert!(secret.len() >= 32 && secret.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    assert_eq!(
        seconds_between(&intent["created_at"], &intent["expires_at"]),
        30 * 60
    );
    assert_eq!(
        intent,
        json!({
            "id": id,
            "object": "payment_intent",
            "status": "requires_payment_method",
            "amount": 2500,
            "currency": "JPY",
            "payment_method_types": ["qr_mpm", "credit_card", "cash"],
            "payment_token": token,
            "capture_method": "automatic",
            "merchant_store_id": "store_tokyo_001",
            "merchant_terminal_id": "pos_001",
            "expires_at": intent["expires_at"],
            "created_at": intent["created_at"],
        })
    );
    assert_eq!(reply.header("content-type"), Some("application/json"));
}

#[test]
fn create_fills_in_the_guides_defaults_and_leaves_out_what_was_not_given() {
    let server = Server::ephemeral();
    let intent = server.client().create(&order()).ok();
    assert_eq!(intent["currency"], "JPY");
    assert_eq!(intent["capture_method"], "automatic");
    assert_eq!(intent.get("merchant_store_id"), None);
    assert_eq!(intent.get("merchant_terminal_id"), None);
}

#[test]
fn a_qr_payment() {
    let server = Server::ephemeral();
    let client = server.client();
    let intent = client.new_intent();

    let shown = client.confirm(&intent, Some("k"), qr()).ok();
    let content = shown["qr_content"].as_str().unwrap();
    let paypay = server
        .greeting
        .iter()
        .find_map(|line| line.split_once("PayPay "));
    let stand_in = paypay.unwrap().1.trim().split(',').next().unwrap();
    assert!(
        content.starts_with(&format!("{stand_in}/wallet/")),
        "{content}"
    );
    assert_eq!(
        shown,
        json!({
            "object": "payment_intent",
            "status": "requires_action",
            "amount": 2500,
            "currency": "JPY",
            "payment_id": intent.id,
            "payment_intent_id": intent.id,
            "qr_content": content,
            "expires_at": shown["expires_at"],
            "provider": "PAYPAY",
            "qr_code_url": shown["qr_code_url"],
        })
    );
    let code_expiry = seconds_between(
        &client.get(&intent).ok()["created_at"],
        &shown["expires_at"],
    );
    assert!((300..=301).contains(&code_expiry), "{code_expiry}");

    let picture_url = shown["qr_code_url"].as_str().unwrap();
    let picture_path = picture_url
        .strip_prefix(&server.url)
        .expect("a URL of this gateway");
    let picture = client.send("GET", picture_path, &[], b"");
    assert_eq!(
        (picture.status, picture.header("content-type")),
        (200, Some("image/svg+xml"))
    );
    assert!(picture.text.contains("<svg"));
    assert!(!picture_url.contains(&intent.token));

    assert_eq!(client.status(&intent), "requires_action");
    client.pay(&intent, json!({})).ok();
    let paid = client.get(&intent).ok();
    assert_eq!(paid["status"], "succeeded");
    assert_eq!(paid["payment_method_type"], "qr_mpm");
    assert_eq!(paid["provider"], "PAYPAY");
    assert_eq!(paid["processing_mode"], "pgw_processed");
    let gone = client.send("GET", picture_path, &[], b"");
    gone.error(404, "invalid_request", None);
}

#[test]
fn a_card_payment() {
    let server = Server::ephemeral();
    let client = server.client();
    let intent = client.new_intent();
    assert_eq!(
        client.confirm(&intent, None, card()).ok(),
        json!({
            "object": "payment_intent",
            "status": "succeeded",
            "amount": 2500,
            "currency": "JPY",
            "payment_id": intent.id,
            "payment_intent_id": intent.id,
            "provider": "VISA",
        })
    );
    let paid = client.get(&intent).ok();
    assert_eq!(paid["processing_mode"], "external");
    assert_eq!(paid["payment_method_type"], "credit_card");
    // The terminal, which has sent it, tells its own card by it; nobody else gets it.
    assert_eq!(paid["external_ref_id"], "APPROVAL_1");
    let path = format!("/v1/payment_intents/{}", intent.id);
    let signed = client.get_signed(&path).ok();
    assert_eq!(signed["status"], "succeeded");
    let local = client.send("GET", "/_local/payment_intents", &[], b"").ok();
    assert!(local.to_string().contains(&intent.id));
    for answer in [signed, local] {
        assert!(!answer.to_string().contains("APPROVAL_1"), "{answer}");
    }
}

#[test]
fn a_cash_payment() {
    let server = Server::ephemeral();
    let client = server.client();
    let intent = client.new_intent();
    assert_eq!(
        client.confirm(&intent, None, cash()).ok(),
        json!({
            "object": "payment_intent",
            "status": "succeeded",
            "amount": 2500,
            "currency": "JPY",
            "payment_id": intent.id,
            "payment_intent_id": intent.id,
            "provider": "CASH",
        })
    );
    assert_eq!(client.get(&intent).ok()["processing_mode"], "manual");
}

#[test]
fn retrieve_by_signature_or_by_token() {
    let server = Server::ephemeral();
    let client = server.client();
    let order = order();
    let created = client.create(&order).ok();
    let intent = Intent::from(&created);

    let mut expected = created.clone();
    expected["merchant_ref_id"] = order["merchant_ref_id"].clone();
    let path = format!("{CREATE}/{}", intent.id);
    assert_eq!(client.get_signed(&path).ok(), expected);

    expected.as_object_mut().unwrap().remove("payment_token");
    assert_eq!(
        client.get(&intent).ok(),
        expected,
        "only a signature gets the token back"
    );
}

#[test]
fn the_signature_covers_the_query_string_as_sent() {
    let server = Server::ephemeral();
    let client = server.client();
    let intent = client.new_intent();
    let path = format!("{CREATE}/{}?b=%7e&a=1&b", intent.id);
    client.get_signed(&path).ok();
}

#[test]
fn cancel_by_token_or_by_signature() {
    let server = Server::ephemeral();
    let client = server.client();

    let intent = client.new_intent();
    let cancelled = client.cancel(&intent, None).ok();
    assert_eq!(
        (&cancelled["status"], &cancelled["id"]),
        (&json!("cancelled"), &json!(intent.id))
    );
    assert_eq!(cancelled.get("payment_token"), None);

    for body in ["", "{}"] {
        let intent = client.new_intent();
        client.confirm(&intent, None, qr()).ok();
        let cancelled = client
            .post_signed(&intent.path("cancel"), None, body.as_bytes())
            .ok();
        assert_eq!(cancelled["status"], "cancelled");
        assert_eq!(cancelled["payment_token"], intent.token.as_str());
    }
}

#[test]
fn the_embedded_gateway_speaks_the_same() {
    let gateway = mpac_gateway::Gateway::start(mpac_gateway::GatewayConfig::default()).unwrap();
    let client = Client::new(&gateway.url());
    let intent = client.new_intent();
    let id = intent.id.parse().unwrap();
    let early = gateway.pay(&id).unwrap_err();
    assert_eq!(early.code.as_str(), "invalid_payment_state");
    client.confirm(&intent, None, qr()).ok();
    let paid = gateway.pay(&id).unwrap();
    assert_eq!(paid.status.as_str(), "succeeded");
    assert_eq!(client.status(&intent), "succeeded");
    gateway.shutdown();
    assert!(
        client.try_send("GET", "/", &[], b"").is_err(),
        "it has stopped"
    );
}

#[test]
fn every_status_is_recorded_and_the_guides_events_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("gateway.db");
    let server = Server::on_file(&db);
    let client = server.client();

    let steps = |intent: &Intent| {
        let id = &intent.id;
        let select = format!(
            "SELECT coalesce(from_status, '') || '>' || to_status FROM status_changes \
             WHERE payment_intent_id = '{id}' ORDER BY id"
        );
        texts(&db, &select)
    };
    let events = |intent: &Intent| {
        let id = &intent.id;
        texts(
            &db,
            &format!("SELECT body FROM events WHERE payment_intent_id = '{id}'"),
        )
    };

    let cash_intent = client.new_intent();
    client.confirm(&cash_intent, None, cash()).ok();
    assert_eq!(
        steps(&cash_intent),
        [
            ">requires_payment_method",
            "requires_payment_method>requires_action",
            "requires_action>processing",
            "processing>succeeded",
        ]
    );
    let [event] = events(&cash_intent).try_into().unwrap();
    let event: serde_json::Value = serde_json::from_str(&event).unwrap();
    assert!(event["id"].as_str().unwrap().starts_with("evt_"));
    assert!((0..60).contains(&(unix_now() - event["created"].as_i64().unwrap())));
    let object =
        json!({ "id": cash_intent.id, "status": "succeeded", "amount": 2500, "currency": "JPY" });
    assert_eq!(event["type"], "payment_intent.succeeded");
    assert_eq!(event["data"], json!({ "object": object }));
    assert_eq!(keys(&event).len(), 4);

    let cancelled = client.new_intent();
    client.cancel(&cancelled, None).ok();
    assert_eq!(
        steps(&cancelled),
        [
            ">requires_payment_method",
            "requires_payment_method>cancelled"
        ]
    );
    let [event] = events(&cancelled).try_into().unwrap();
    assert!(event.contains("payment_intent.cancelled"));
}
