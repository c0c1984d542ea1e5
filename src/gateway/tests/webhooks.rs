//! Webhooks, to a real receiver: signed, tried again, and never lost.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

mod support;

use std::net::TcpListener;

use mpac_pgw_protocol::signing::SecretKey;
use mpac_pgw_protocol::webhook::WebhookSignature;
use serde_json::{Value, json};
use support::receiver::{BROKEN, MOVED, OK, Received, Receiver};
use support::*;

const ENDPOINTS: &str = "/v1/webhook_endpoints";

/// Registers the receiver; answers the endpoint.
fn register(client: &Client, receiver: &Receiver) -> Value {
    client
        .post_as_merchant(ENDPOINTS, &json!({ "url": receiver.url }))
        .ok()
}

fn deliveries(client: &Client) -> Vec<Value> {
    let list = client
        .send("GET", "/_local/webhook_deliveries?limit=100", &[], b"")
        .ok();
    list["data"].as_array().unwrap().clone()
}

fn paid_in_cash(client: &Client) -> Intent {
    let intent = client.new_intent();
    client.confirm(&intent, None, cash()).ok();
    intent
}

#[test]
fn every_final_status_is_announced_once_and_signed() {
    let server = Server::ephemeral();
    let client = server.client();
    let receiver = Receiver::new();
    let endpoint = register(&client, &receiver);
    let secret = SecretKey::new(endpoint["secret"].as_str().unwrap());

    let paid = client.paid_by_qr();
    let cancelled = client.new_intent();
    client.cancel(&cancelled, None).ok();
    let released = client.authorised();
    client.post_signed(&released.path("cancel"), None, b"").ok();
    let expired = client.new_intent();
    client.advance(1800);

    let got = receiver.wait_for(4);
    for (intent, event_type, status) in [
        (&paid, "payment_intent.succeeded", "succeeded"),
        (&cancelled, "payment_intent.cancelled", "cancelled"),
        (&released, "payment_intent.failed", "failed"),
        (&expired, "payment_intent.cancelled", "cancelled"),
    ] {
        let about = |received: &&Received| received.event()["data"]["object"]["id"] == intent.id;
        let [received] = got
            .iter()
            .filter(about)
            .collect::<Vec<_>>()
            .try_into()
            .unwrap();
        let event = received.event();
        let object =
            json!({ "id": intent.id, "status": status, "amount": 2500, "currency": "JPY" });
        assert_eq!(event["type"], event_type);
        assert_eq!(event["data"], json!({ "object": object }));
        assert_eq!(keys(&event), ["created", "data", "id", "type"]);
        let path = format!("/v1/events/{}", event["id"].as_str().unwrap());
        assert_eq!(client.get_signed(&path).ok(), event);

        assert_eq!(received.headers["content-type"], "application/json");
        let signature: WebhookSignature = received.headers["mpac-signature"].parse().unwrap();
        let body = received.body.as_bytes();
        // By the machine's clock, though the gateway's is half an hour ahead.
        assert_eq!(signature.verify(&secret, unix_now(), body), Ok(()));
    }
    assert_eq!(got.len(), 4);
    let delivered = |delivery: &Value| delivery["state"] == "delivered";
    wait_until("all are delivered", || {
        deliveries(&client).iter().all(delivered)
    });
    for delivery in deliveries(&client) {
        let sent = got.iter().find(|sent| sent.body == delivery["body"]);
        let signature = &sent.unwrap().headers["mpac-signature"];
        assert_eq!(delivery["attempts"][0]["signature"], *signature);
    }
}

#[test]
fn a_delivery_is_tried_again_for_a_day_and_can_be_sent_again_after() {
    let server = Server::ephemeral();
    let client = server.client();
    let receiver = Receiver::new();
    register(&client, &receiver);
    receiver.answers(BROKEN);
    paid_in_cash(&client);
    let tries = || deliveries(&client)[0]["attempts"].as_array().unwrap().len();
    wait_until("the first attempt", || tries() == 1);
    client.advance(4);
    assert_eq!(tries(), 1, "not before its time");
    for (number, delay) in [1, 30, 120, 600, 1800, 3600, 7200, 14_400, 28_800, 28_800]
        .into_iter()
        .enumerate()
    {
        client.advance(delay);
        wait_until("the next attempt", || tries() == number + 2);
    }
    let delivery = deliveries(&client)[0].clone();
    assert_eq!(delivery["state"], "failed");
    let attempt = &delivery["attempts"][10];
    assert_eq!(
        (&attempt["http_status"], &attempt["response"]),
        (&json!(500), &json!("broken"))
    );
    client.advance(86_400);
    let got = receiver.got();
    assert_eq!(got.len(), 11);
    assert!(got.iter().all(|received| received.body == got[0].body));

    receiver.answers(OK);
    let path = format!(
        "/_local/webhook_deliveries/{}/resend",
        delivery["id"].as_str().unwrap()
    );
    client.post(&path, None, &json!({})).ok();
    wait_until("it is delivered", || {
        deliveries(&client)[0]["state"] == "delivered"
    });
    client.post(&path, None, &json!({})).ok();
    receiver.wait_for(13);
    let unknown = "/_local/webhook_deliveries/whd_9/resend";
    client
        .post(unknown, None, &json!({}))
        .error(404, "invalid_request", None);
}

#[test]
fn whoever_does_not_answer_is_tried_again() {
    let server = Server::ephemeral();
    let client = server.client();
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", free.local_addr().unwrap());
    drop(free);
    client
        .post_as_merchant(ENDPOINTS, &json!({ "url": url }))
        .ok();
    let receiver = Receiver::new();
    register(&client, &receiver);
    receiver.answers(MOVED);
    paid_in_cash(&client);
    let tried = |delivery: &Value| delivery["attempts"].as_array().unwrap().len() == 1;
    wait_until("both are tried", || deliveries(&client).iter().all(tried));
    for delivery in deliveries(&client) {
        assert_eq!(delivery["state"], "pending");
        let attempt = &delivery["attempts"][0];
        let error = attempt["error"].as_str().unwrap();
        let moved = delivery["url"] == receiver.url.as_str();
        assert_eq!(
            moved,
            error.contains("redirects are not followed"),
            "{error}"
        );
        assert_eq!(attempt["http_status"].is_null(), !moved);
    }
}

#[test]
fn each_endpoint_gets_what_it_asked_for_and_nothing_once_deleted() {
    let server = Server::start(&["--ephemeral", "--merchant", "a:1", "--merchant", "b:2"]);
    let client = server.client().of_merchant("a:1");
    let other = server.client().of_merchant("b:2");
    let [all, failures, foreign, deleted] = [(); 4].map(|()| Receiver::new());
    register(&client, &all);
    let events = json!({ "url": failures.url, "enabled_events": ["payment_intent.cancelled"] });
    client.post_as_merchant(ENDPOINTS, &events).ok();
    register(&other, &foreign);
    let endpoint = register(&client, &deleted);
    deleted.answers(BROKEN);
    paid_in_cash(&client);
    deleted.wait_for(1);
    let path = format!("{ENDPOINTS}/{}", endpoint["id"].as_str().unwrap());
    client.delete_signed(&path).ok();
    let intent = client.new_intent();
    client.cancel(&intent, None).ok();
    all.wait_for(2);
    failures.wait_for(1);
    client.advance(86_400);
    let settled = |delivery: &Value| delivery["state"] != "pending";
    wait_until("nothing is left", || {
        deliveries(&client).iter().all(settled)
    });
    let counts = [&all, &failures, &foreign, &deleted].map(|receiver| receiver.got().len());
    assert_eq!(counts, [2, 1, 0, 1]);
}

#[test]
fn an_endpoint_that_does_not_answer_holds_up_no_other() {
    const PAYMENTS: usize = 80;
    let server = Server::ephemeral();
    let client = server.client();
    // Takes connections, and never a request.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", silent.local_addr().unwrap());
    let first = json!({ "url": url });
    client.post_as_merchant(ENDPOINTS, &first).ok();
    let receiver = Receiver::new();
    register(&client, &receiver);
    for _ in 0..PAYMENTS {
        paid_in_cash(&client);
    }
    receiver.wait_for(PAYMENTS);
    // The gateway has given up on none of the others yet.
    let given_up = deliveries(&client)
        .into_iter()
        .filter(|delivery| delivery["url"] == url.as_str())
        .filter(|delivery| delivery["attempts"] != json!([]));
    assert_eq!(given_up.count(), 0);
}
