//! Money that is reserved, captured, released and refunded.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

mod support;

use serde_json::{Value, json};
use support::*;

const INVALID: &str = "invalid_request";

fn capture(client: &Client, intent: &Intent, body: &Value) -> Reply {
    client.post_as_merchant(&intent.path("capture"), body)
}

fn release(client: &Client, intent: &Intent) -> Reply {
    client.post_signed(&intent.path("cancel"), None, b"")
}

#[test]
fn reserved_money_is_captured_in_full_or_in_part() {
    let server = Server::ephemeral();
    let client = server.client();
    for (body, taken) in [(json!({}), 2500), (json!({ "amount": 900 }), 900)] {
        let intent = client.authorised();
        let reserved = client.get(&intent).ok();
        assert_eq!(
            (&reserved["status"], &reserved["amount_capturable"]),
            (&json!("processing"), &json!(2500))
        );
        let captured = capture(&client, &intent, &body).ok();
        assert_eq!(captured["status"], "succeeded");
        assert_eq!(
            (&captured["amount"], &captured["amount_captured"]),
            (&json!(2500), &json!(taken))
        );
        assert_eq!(captured.get("amount_capturable"), None);
        let again = capture(&client, &intent, &body).conflict();
        assert!(again.contains("is succeeded"), "{again}");
    }
}

#[test]
fn money_that_was_never_reserved_shows_no_capture() {
    let server = Server::ephemeral();
    let client = server.client();
    let intent = client.paid_by_qr();
    let paid = client.get(&intent).ok();
    for field in [
        "amount_capturable",
        "amount_captured",
        "amount_refunded",
        "failure_reason",
    ] {
        assert_eq!(paid.get(field), None, "{field}");
    }
    capture(&client, &intent, &json!({})).conflict();
    let open = client.new_intent();
    let message = capture(&client, &open, &json!({})).conflict();
    assert!(message.contains("capture_method manual"), "{message}");
}

#[test]
fn a_wrong_capture_changes_nothing() {
    let server = Server::ephemeral();
    let client = server.client();
    let intent = client.authorised();
    for amount in [json!(2501), json!(0), json!(-1), json!("1"), json!(1.5)] {
        let reply = capture(&client, &intent, &json!({ "amount": amount }));
        reply.error(400, INVALID, Some("amount"));
    }
    let by_token = intent.with_token(json!({}));
    client
        .post(&intent.path("capture"), None, &by_token)
        .error(401, "authentication_error", None);
    assert_eq!(client.get(&intent).ok()["amount_capturable"], 2500);
}

#[test]
fn only_the_merchant_releases_reserved_money() {
    let server = Server::ephemeral();
    let client = server.client();
    let intent = client.authorised();
    let message = client.cancel(&intent, None).conflict();
    assert!(message.contains("is processing"), "{message}");

    let released = release(&client, &intent).ok();
    assert_eq!(
        (&released["status"], &released["failure_reason"]),
        (&json!("failed"), &json!("released"))
    );
    let events = client.get_signed(&format!("/v1/events?payment_intent_id={}", intent.id));
    assert_eq!(events.ok()["data"][0]["type"], "payment_intent.failed");
    capture(&client, &intent, &json!({})).conflict();
    release(&client, &intent).conflict();
    client
        .refund(json!({ "payment_intent_id": intent.id }))
        .conflict();
}

#[test]
fn a_payment_of_any_method_is_refunded_once() {
    let server = Server::ephemeral();
    let client = server.client();
    for method in [None, Some(card()), Some(cash())] {
        let intent = match method {
            None => client.paid_by_qr(),
            Some(method) => {
                let intent = client.new_intent();
                client.confirm(&intent, None, method).ok();
                intent
            }
        };
        let body = json!({ "payment_intent_id": intent.id, "amount": 1000, "reason": "返品" });
        let text = body.to_string();
        let reply = client.post_signed("/v1/refunds", Some(&intent.id), text.as_bytes());
        let refund = reply.ok();
        let id = refund["id"].as_str().unwrap();
        assert!(id.starts_with("re_"));
        assert_eq!(
            refund,
            json!({
                "id": id,
                "object": "refund",
                "payment_intent_id": intent.id,
                "amount": 1000,
                "currency": "JPY",
                "status": "succeeded",
                "reason": "返品",
                "created_at": refund["created_at"],
            })
        );
        assert_eq!(client.get_signed(&format!("/v1/refunds/{id}")).ok(), refund);
        let paid = client.get(&intent).ok();
        assert_eq!(
            (&paid["status"], &paid["amount_refunded"]),
            (&json!("succeeded"), &json!(1000))
        );
        let again = client.post_signed("/v1/refunds", Some(&intent.id), text.as_bytes());
        assert_eq!(again.text, reply.text);
        let second = client.refund(json!({ "payment_intent_id": intent.id }));
        assert!(second.conflict().contains(id));
    }
}

#[test]
fn a_refund_gives_back_what_was_captured_at_most() {
    let server = Server::ephemeral();
    let client = server.client();
    let intent = client.authorised();
    capture(&client, &intent, &json!({ "amount": 900 })).ok();
    let too_much = client.refund(json!({ "payment_intent_id": intent.id, "amount": 901 }));
    let message = too_much.error(400, INVALID, Some("amount"));
    assert!(message.contains("at most 900"), "{message}");
    let refund = client
        .refund(json!({ "payment_intent_id": intent.id }))
        .ok();
    assert_eq!(refund["amount"], 900);
}

#[test]
fn wrong_refunds() {
    let server = Server::start(&["--ephemeral", "--merchant", "a:1", "--merchant", "b:2"]);
    let (client, other) = (
        server.client().of_merchant("a:1"),
        server.client().of_merchant("b:2"),
    );
    let intent = client.new_intent();
    let message = client
        .refund(json!({ "payment_intent_id": intent.id }))
        .conflict();
    assert!(message.contains("before it is paid"), "{message}");
    for (body, param) in [
        (json!({}), "payment_intent_id"),
        (json!({ "payment_intent_id": 7 }), "payment_intent_id"),
        (json!({ "payment_intent_id": "re_1" }), "payment_intent_id"),
        (
            json!({ "payment_intent_id": intent.id, "amount": 0 }),
            "amount",
        ),
        (
            json!({ "payment_intent_id": intent.id, "reason": "" }),
            "reason",
        ),
    ] {
        client.refund(body).error(400, INVALID, Some(param));
    }
    client.confirm(&intent, None, cash()).ok();
    let body = json!({ "payment_intent_id": intent.id });
    other
        .refund(body.clone())
        .error(404, "payment_not_found", None);
    let refund = client.refund(body).ok();
    let path = format!("/v1/refunds/{}", refund["id"].as_str().unwrap());
    other.get_signed(&path).error(404, INVALID, None);
    client
        .get_signed("/v1/refunds/re_1")
        .error(404, INVALID, None);
}

#[test]
fn at_once_one_refund() {
    let server = Server::ephemeral();
    let client = server.client();
    let intent = client.paid_by_qr();
    let replies: Vec<_> = std::thread::scope(|scope| {
        let refund = || client.refund(json!({ "payment_intent_id": intent.id }));
        let threads: Vec<_> = (0..16).map(|_| scope.spawn(refund)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    let count = |status| {
        replies
            .iter()
            .filter(|reply| reply.status == status)
            .count()
    };
    assert_eq!((count(200), count(409)), (1, 15));
}
