//! Requests that are sent again, with and without an Idempotency-Key.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

mod support;

use std::sync::Barrier;
use std::thread;

use mpac_gateway::{Clock, Gateway, GatewayConfig, Merchant, StoreLocation};
use serde_json::json;
use support::*;

#[track_caller]
fn assert_replayed(again: &Reply, first: &Reply) {
    assert_eq!((again.status, &again.text), (first.status, &first.text));
    assert_eq!(first.header("idempotent-replayed"), None);
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
}

#[test]
fn the_same_request_gets_the_same_answer() {
    let server = Server::ephemeral();
    let client = server.client();

    let body = order().to_string();
    let first = client.post_signed(CREATE, Some("create"), body.as_bytes());
    let again = client.post_signed(CREATE, Some("create"), body.as_bytes());
    assert_replayed(&again, &first);

    let intent = Intent::from(&first.ok());
    let first = client.confirm(&intent, Some("confirm"), qr());
    assert_replayed(&client.confirm(&intent, Some("confirm"), qr()), &first);
    client.pay(&intent, json!({})).ok();
    assert_eq!(client.status(&intent), "succeeded");
    // What was answered then, not what is true now.
    assert_replayed(&client.confirm(&intent, Some("confirm"), qr()), &first);

    let other = client.new_intent();
    let first = client.cancel(&other, Some("cancel"));
    assert_replayed(&client.cancel(&other, Some("cancel")), &first);
    client.cancel(&other, None).conflict();
}

/// A terminal that hears it may call the payment failed, although an earlier send of the same
/// confirm is still on its way.
#[test]
fn a_wallets_refusal_is_an_answer_too() {
    let server = Server::ephemeral();
    let client = server.client();
    let mut order = order();
    order["payment_method_types"] = json!(["qr_cpm"]);
    let intent = Intent::from(&client.create(&order).ok());
    let shown = json!({ "outcome": "not_enough_balance" });
    let shown = client.post("/_local/customer_codes", None, &shown).ok();
    let scanned = json!({
        "payment_method_type": "qr_cpm", "provider": "PAYPAY",
        "customer_code": shown["customer_code"],
    });

    let first = client.confirm(&intent, Some("scan"), scanned.clone());
    first.error(400, "invalid_request", Some("customer_code"));
    assert_replayed(
        &client.confirm(&intent, Some("scan"), scanned.clone()),
        &first,
    );

    // A new key asks the wallet anew.
    let other = client.confirm(&intent, Some("scan again"), scanned);
    assert_eq!(other.header("idempotent-replayed"), None);
    assert_eq!(client.status(&intent), "requires_payment_method");
}

#[test]
fn a_conflict_is_an_answer_too() {
    let server = Server::ephemeral();
    let client = server.client();
    let intent = client.new_intent();
    client.confirm(&intent, None, cash()).ok();
    let first = client.cancel(&intent, Some("k"));
    first.conflict();
    assert_replayed(&client.cancel(&intent, Some("k")), &first);
}

#[test]
fn a_refused_request_does_not_use_up_its_key() {
    let server = Server::ephemeral();
    let client = server.client();
    let mut order = order();
    order["amount"] = json!(0);
    let refused = client.post_signed(CREATE, Some("k"), order.to_string().as_bytes());
    refused.error(400, "invalid_request", Some("amount"));
    let stranger = client.of_merchant("test_merchant:wrong");
    order["amount"] = json!(1);
    let refused = stranger.post_signed(CREATE, Some("k"), order.to_string().as_bytes());
    refused.error(401, "authentication_error", None);
    client
        .post_signed(CREATE, Some("k"), order.to_string().as_bytes())
        .ok();
}

#[test]
fn another_request_with_the_key_is_refused_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("gateway.db");
    let server = Server::on_file(&db);
    let client = server.client();
    let intent = client.new_intent();
    let (first, other) = (order().to_string(), order().to_string());
    client.post_signed(CREATE, Some("k"), first.as_bytes()).ok();
    let before = contents(&db);
    let reused = [
        client.post_signed(CREATE, Some("k"), other.as_bytes()),
        client.post_signed(CREATE, Some("k"), format!("{first} ").as_bytes()),
        client.post_signed(&format!("{CREATE}?a=1"), Some("k"), first.as_bytes()),
        client.post_signed(CREATE, Some("k"), br#"{ "amount": 0 }"#),
        client.confirm(&intent, Some("k"), cash()),
        client.confirm(&intent, Some("k"), json!({})),
        client.cancel(&intent, Some("k")),
    ];
    for reply in reused {
        reply.error(400, "invalid_request", Some("Idempotency-Key"));
    }
    assert_eq!(contents(&db), before);
}

/// Keys and references are found by a hash, of which these have the same.
#[test]
fn texts_that_share_a_hash_are_told_apart() {
    let server = Server::ephemeral();
    let client = server.client();
    let texts = ["order_33773", "order_83455"];
    let create = |reference: &str, key: Option<&str>| {
        let mut order = order();
        order["merchant_ref_id"] = json!(reference);
        client.post_signed(CREATE, key, order.to_string().as_bytes())
    };
    let first = texts.map(|text| create(text, Some(text)));
    for (text, first) in texts.iter().zip(&first) {
        let id = first.ok()["id"].clone();
        assert_replayed(&create(text, Some(text)), first);
        let list = format!("{CREATE}?merchant_ref_id={text}");
        let list = client.get_signed(&list).ok();
        assert_eq!(list["data"].as_array().unwrap().len(), 1);
        assert_eq!(list["data"][0]["id"], id);
        let refused = create(text, None);
        refused.error(400, "invalid_request", Some("merchant_ref_id"));
        assert!(refused.text.contains(id.as_str().unwrap()));
    }
}

#[test]
fn keys_belong_to_their_merchant() {
    let merchants = ["a:sk_a", "b:sk_b"].map(|text| text.parse::<Merchant>().unwrap());
    let gateway = Gateway::start(GatewayConfig::default().merchants(merchants)).unwrap();
    let client = Client::new(&gateway.url());
    let order = order().to_string();
    let answers = ["a:sk_a", "b:sk_b"].map(|merchant| {
        let client = client.of_merchant(merchant);
        client.post_signed(CREATE, Some("k"), order.as_bytes()).ok()
    });
    // And so do order references.
    assert_ne!(answers[0]["id"], answers[1]["id"]);
}

#[test]
fn answers_are_kept_for_24_hours() {
    let clock = Clock::system();
    let config = GatewayConfig::default().clock(clock.clone());
    let gateway = Gateway::start(config).unwrap();
    let client = Client::new(&gateway.url());
    let intent = client.new_intent();
    let first = client.cancel(&intent, Some("k"));
    clock.advance(std::time::Duration::from_secs(24 * 3600 - 60));
    assert_replayed(&client.cancel(&intent, Some("k")), &first);
    clock.advance(std::time::Duration::from_secs(60));
    client.cancel(&intent, Some("k")).conflict();
}

#[test]
fn answers_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("gateway.db");
    let server = Server::on_file(&db);
    let body = order().to_string();
    let created = server
        .client()
        .post_signed(CREATE, Some("create"), body.as_bytes());
    let intent = Intent::from(&created.ok());
    let confirmed = server.client().confirm(&intent, Some("confirm"), qr());
    assert_eq!(server.stop("-TERM"), Some(0));

    let server = Server::on_file(&db);
    let client = server.client();
    assert_replayed(
        &client.post_signed(CREATE, Some("create"), body.as_bytes()),
        &created,
    );
    assert_replayed(&client.confirm(&intent, Some("confirm"), qr()), &confirmed);
    let other = client.confirm(&intent, Some("confirm"), cash());
    other.error(400, "invalid_request", Some("Idempotency-Key"));
}

#[test]
fn the_later_answer_counts_when_the_machines_clock_was_set_back() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("gateway.db");
    let (first, second) = (order().to_string(), order().to_string());
    let server = Server::on_file(&db);
    let create =
        |client: &Client, body: &str| client.post_signed(CREATE, Some("k"), body.as_bytes());
    create(&server.client(), &first).ok();
    server.client().advance(25 * 3600);
    let answer = create(&server.client(), &second);
    answer.ok();
    server.kill();
    edit(&db, "DELETE FROM clock");

    let server = Server::on_file(&db);
    assert_replayed(&create(&server.client(), &second), &answer);
    server.client().advance(25 * 3600);
    let left = "SELECT key FROM idempotency_records";
    assert_eq!(texts(&db, left), Vec::<String>::new(), "for a day, not two");
}

/// A terminal that asks again must not wait for what somebody else asks of the provider.
#[test]
fn an_answer_is_repeated_while_the_payment_is_busy() {
    let server = Server::ephemeral();
    let (client, other) = (server.client(), server.client());
    let intent = client.new_intent();
    let first = client.confirm(&intent, Some("first"), qr());
    let delay = json!({
        "target": "paypay", "path": "/**", "action": "delay", "delay_ms": 60_000, "count": 1
    });
    client.post("/_local/faults", None, &delay).ok();
    thread::scope(|scope| {
        let busy = scope.spawn(|| other.confirm(&intent, Some("second"), qr()));
        wait_until("the provider is asked", || {
            let rules = client.send("GET", "/_local/faults", &[], b"").ok();
            rules["data"] == json!([])
        });
        assert_replayed(&client.confirm(&intent, Some("first"), qr()), &first);
        assert!(!busy.is_finished());
        server.kill();
        // It had no answer, and says so.
        let _ = busy.join();
    });
}

/// Sends requests from as many threads at the same moment.
fn at_once<T: Send>(count: usize, request: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let (start, request) = (Barrier::new(count), &request);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..count)
            .map(|n| {
                let start = &start;
                scope.spawn(move || {
                    start.wait();
                    request(n)
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    })
}

#[test]
fn at_once_with_one_key_one_payment_and_equal_answers() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("gateway.db");
    let server = Server::on_file(&db);
    let client = server.client();

    let body = order().to_string();
    let answers = at_once(16, |_| {
        client.post_signed(CREATE, Some("create"), body.as_bytes())
    });
    let texts: std::collections::BTreeSet<_> = answers.iter().map(|reply| &reply.text).collect();
    assert_eq!(texts.len(), 1);

    for method in [qr(), card(), cash()] {
        let intent = client.new_intent();
        let key = unique("key");
        let answers = at_once(64, |_| client.confirm(&intent, Some(&key), method.clone()));
        let first = answers[0].ok();
        assert!(answers.iter().all(|reply| reply.ok() == first));
        let fresh = answers
            .iter()
            .filter(|reply| reply.header("idempotent-replayed").is_none());
        assert_eq!(fresh.count(), 1);
        let id = &intent.id;
        let codes = format!("SELECT * FROM qr_codes WHERE payment_intent_id = '{id}'");
        assert_eq!(query(&db, &codes).len(), usize::from(method == qr()));
    }
}

#[test]
fn at_once_with_as_many_keys_one_payment_and_conflicts() {
    let server = Server::ephemeral();
    let client = server.client();
    for method in [card(), cash()] {
        let intent = client.new_intent();
        let answers = at_once(64, |n| {
            client.confirm(&intent, Some(&format!("{n}-{}", intent.id)), method.clone())
        });
        let succeeded = answers.iter().filter(|reply| reply.status == 200).count();
        assert_eq!(succeeded, 1);
        for reply in answers.iter().filter(|reply| reply.status != 200) {
            let message = reply.conflict();
            assert!(message.contains("is succeeded"), "{message}");
        }
    }
}

#[test]
fn an_order_reference_is_used_once_per_merchant() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("gateway.db");
    let server = Server::on_file(&db);
    let client = server.client();
    let order = order();
    let answers = at_once(16, |n| {
        client.post_signed(CREATE, Some(&format!("{n}")), order.to_string().as_bytes())
    });
    let (created, refused): (Vec<_>, Vec<_>) =
        answers.into_iter().partition(|reply| reply.status == 200);
    let [created] = created.try_into().expect("one is created");
    let id = created.ok()["id"].as_str().unwrap().to_owned();
    for reply in refused {
        let message = reply.error(400, "invalid_request", Some("merchant_ref_id"));
        assert!(message.contains(&id), "{message}");
    }
    assert_eq!(texts(&db, "SELECT id FROM payment_intents"), [id]);
}

#[test]
fn an_ephemeral_gateway_forgets() {
    let config = || GatewayConfig::default().store(StoreLocation::Ephemeral);
    let gateway = Gateway::start(config()).unwrap();
    let intent = Client::new(&gateway.url()).new_intent();
    gateway.shutdown();
    let gateway = Gateway::start(config()).unwrap();
    let reply = Client::new(&gateway.url()).get(&intent);
    reply.error(404, "payment_not_found", None);
}
