//! Lists: page by page, filtered, each merchant its own.

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

fn ids(list: &Value) -> Vec<String> {
    let data = list["data"].as_array().unwrap();
    let id = |object: &Value| object["id"].as_str().unwrap().to_owned();
    data.iter().map(id).collect()
}

/// Every page of a list, put together.
fn all(client: &Client, path: &str, limit: usize) -> Vec<String> {
    let (mut found, mut after) = (Vec::new(), String::new());
    loop {
        let separator = if path.contains('?') { '&' } else { '?' };
        let list = client
            .get_signed(&format!("{path}{separator}limit={limit}{after}"))
            .ok();
        assert_eq!(list["object"], "list");
        let page = ids(&list);
        assert!(page.len() <= limit);
        found.extend(page);
        if list["has_more"] == false {
            return found;
        }
        after = format!("&starting_after={}", found.last().unwrap());
    }
}

#[test]
fn pages_hold_everything_once_the_newest_first() {
    let server = Server::start(&["--ephemeral", "--merchant", "a:1", "--merchant", "b:2"]);
    let client = server.client().of_merchant("a:1");
    let other = server.client().of_merchant("b:2");
    let mut made: Vec<_> = (0..25).map(|_| client.new_intent().id).collect();
    let foreign = other.new_intent().id;
    made.sort();
    made.reverse();
    for limit in [1, 7, 25, 100] {
        assert_eq!(all(&client, CREATE, limit), made, "{limit}");
    }
    assert_eq!(
        ids(&client.get_signed(CREATE).ok()),
        made[..10],
        "ten unless asked"
    );
    assert_eq!(all(&other, CREATE, 10), [foreign]);
}

#[test]
fn a_listed_intent_is_what_retrieve_answers() {
    let server = Server::ephemeral();
    let client = server.client();
    let intent = client.authorised();
    let listed = client.get_signed(CREATE).ok()["data"][0].clone();
    let retrieved = client.get_signed(&format!("{CREATE}/{}", intent.id)).ok();
    assert_eq!(listed, retrieved);
}

#[test]
fn filters() {
    let server = Server::ephemeral();
    let client = server.client();
    let open = client.new_intent();
    let paid = client.new_intent();
    client.confirm(&paid, None, cash()).ok();
    let mut order = order();
    order["merchant_ref_id"] = json!("注文 7&x");
    let named = Intent::from(&client.create(&order).ok());
    client.cancel(&named, None).ok();

    let list = |query: &str| all(&client, &format!("{CREATE}?{query}"), 2);
    assert_eq!(list("status=succeeded"), [paid.id.as_str()]);
    assert_eq!(list("status=requires_payment_method"), [open.id]);
    assert_eq!(list("status=failed"), [""; 0]);
    let reference = "merchant_ref_id=%E6%B3%A8%E6%96%87+7%26x";
    assert_eq!(list(reference), [named.id.as_str()]);
    assert_eq!(
        list(&format!("{reference}&status=cancelled")),
        [named.id.as_str()]
    );
    assert_eq!(list(&format!("{reference}&status=succeeded")), [""; 0]);

    let events = |query: &str| all(&client, &format!("/v1/events?{query}"), 1);
    assert_eq!(events("").len(), 2);
    let [event] = events("type=payment_intent.succeeded").try_into().unwrap();
    assert_eq!(
        events(&format!("payment_intent_id={}", paid.id)),
        [event.as_str()]
    );
    let event = client.get_signed(&format!("/v1/events/{event}")).ok();
    let object = json!({ "id": paid.id, "status": "succeeded", "amount": 2500, "currency": "JPY" });
    assert_eq!(event["data"], json!({ "object": object }));
    assert_eq!(keys(&event), ["created", "data", "id", "type"]);
}

#[test]
fn wrong_queries_are_named() {
    let server = Server::ephemeral();
    let client = server.client();
    for (query, param) in [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=ten", "limit"),
        ("limit=", "limit"),
        ("limit=1&limit=2", "limit"),
        ("starting_after=order_1", "starting_after"),
        ("starting_after=pi_", "starting_after"),
        ("status=paid", "status"),
        ("merchant_ref_id=", "merchant_ref_id"),
    ] {
        let reply = client.get_signed(&format!("{CREATE}?{query}"));
        reply.error(400, INVALID, Some(param));
    }
    for (query, param) in [
        ("type=x", "type"),
        ("payment_intent_id=7", "payment_intent_id"),
    ] {
        let reply = client.get_signed(&format!("/v1/events?{query}"));
        reply.error(400, INVALID, Some(param));
    }
    for path in [CREATE, "/v1/events", "/v1/webhook_endpoints"] {
        client
            .send("GET", path, &[], b"")
            .error(401, "authentication_error", None);
    }
    client
        .get_signed("/v1/events/evt_1")
        .error(404, INVALID, None);
}

#[test]
fn webhook_endpoints_come_and_go() {
    let server = Server::start(&["--ephemeral", "--merchant", "a:1", "--merchant", "b:2"]);
    let client = server.client().of_merchant("a:1");
    let other = server.client().of_merchant("b:2");
    const PATH: &str = "/v1/webhook_endpoints";
    let body = json!({ "url": "http://127.0.0.1:9/hook", "description": "shop" });
    let mut created = client.post_as_merchant(PATH, &body).ok();
    let secret = created.as_object_mut().unwrap().remove("secret").unwrap();
    assert!(secret.as_str().unwrap().starts_with("whsec_"));
    let id = created["id"].as_str().unwrap().to_owned();
    assert_eq!(
        created,
        json!({
            "id": id,
            "object": "webhook_endpoint",
            "url": "http://127.0.0.1:9/hook",
            "description": "shop",
            "enabled_events": [
                "payment_intent.succeeded", "payment_intent.failed", "payment_intent.cancelled"
            ],
            "created_at": created["created_at"],
        })
    );
    let path = format!("{PATH}/{id}");
    assert_eq!(client.get_signed(&path).ok(), created);
    assert_eq!(client.get_signed(PATH).ok()["data"], json!([created]));
    other.get_signed(&path).error(404, INVALID, None);
    other.delete_signed(&path).error(404, INVALID, None);
    assert_eq!(client.delete_signed(&path).ok()["deleted"], true);
    client.delete_signed(&path).error(404, INVALID, None);
    assert_eq!(all(&client, PATH, 10), [""; 0]);
    let wrong = client.post_as_merchant(PATH, &json!({ "url": "nowhere" }));
    wrong.error(400, INVALID, Some("url"));
}
