//! The customer, the staff and time get in each other's way: one truthful outcome, and never a
//! code that could still be paid.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

mod support;

use std::time::Duration;

use mpac_gateway::{Clock, Gateway, GatewayConfig, StoreLocation};
use serde_json::{Value, json};
use support::*;

/// A gateway in this process, whose clock can be moved and whose database can be read.
struct Bench {
    folder: tempfile::TempDir,
    gateway: Gateway,
    clock: Clock,
    client: Client,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::system();
        let config = GatewayConfig::default()
            .store(StoreLocation::File(folder.path().join("gateway.db")))
            .clock(clock.clone());
        let gateway = Gateway::start(config).unwrap();
        let client = Client::new(&gateway.url());
        Self {
            folder,
            gateway,
            clock,
            client,
        }
    }

    /// The states of the codes in PayPay's own books, oldest first.
    fn wallet(&self) -> Vec<String> {
        let db = self.folder.path().join("gateway.db");
        texts(&db, WALLET)
    }

    fn events(&self, intent: &Intent) -> Vec<String> {
        let db = self.folder.path().join("gateway.db");
        let id = &intent.id;
        texts(
            &db,
            &format!("SELECT type FROM events WHERE payment_intent_id = '{id}'"),
        )
    }

    fn awaiting_customer(&self) -> Intent {
        let intent = self.client.new_intent();
        self.client.confirm(&intent, None, qr()).ok();
        intent
    }

    /// The customer pays, and the provider's message to the gateway gets lost.
    fn pay_unnoticed(&self, intent: &Intent) {
        self.client.pay(intent, json!({ "notify": false })).ok();
        assert_eq!(self.wallet(), ["paid"]);
    }

    /// As the signature's timestamp goes by the gateway's clock.
    fn create(&self, order: &Value) -> Intent {
        let body = order.to_string();
        let signed = self.client.sign_at(
            self.clock.now().unix_seconds(),
            "POST",
            CREATE,
            body.as_bytes(),
        );
        let headers = [
            ("Authorization", signed.as_str()),
            ("Content-Type", "application/json"),
        ];
        Intent::from(
            &self
                .client
                .send("POST", CREATE, &headers, body.as_bytes())
                .ok(),
        )
    }

    fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }
}

#[test]
fn a_new_code_replaces_the_old_one() {
    let bench = Bench::new();
    let intent = bench.client.new_intent();
    let first = bench.client.confirm(&intent, None, qr()).ok();
    let second = bench.client.confirm(&intent, None, qr()).ok();
    assert_eq!(second["status"], "requires_action");
    assert_ne!(first["qr_content"], second["qr_content"]);
    assert_eq!(bench.wallet(), ["deleted", "created"]);
    bench.client.pay(&intent, json!({})).ok();
    assert_eq!(bench.wallet(), ["deleted", "paid"]);
    assert_eq!(bench.client.get(&intent).ok()["status"], "succeeded");
}

#[test]
fn another_method_first_takes_the_code_back() {
    for (method, mode) in [(card(), "external"), (cash(), "manual")] {
        let bench = Bench::new();
        let intent = bench.awaiting_customer();
        assert_eq!(
            bench.client.confirm(&intent, None, method).ok()["status"],
            "succeeded"
        );
        assert_eq!(bench.wallet(), ["deleted"]);
        assert_eq!(bench.client.get(&intent).ok()["processing_mode"], mode);
        assert_eq!(bench.events(&intent), ["payment_intent.succeeded"]);
        let late = bench.client.pay(&intent, json!({})).conflict();
        assert!(late.contains("is succeeded"), "{late}");
    }
}

#[test]
fn a_paid_code_wins_over_whatever_comes_after() {
    type Action = fn(&Bench, &Intent) -> Reply;
    let actions: [(&str, Action); 5] = [
        ("cancel", |bench, intent| bench.client.cancel(intent, None)),
        ("signed cancel", |bench, intent| {
            bench.client.post_signed(&intent.path("cancel"), None, b"")
        }),
        ("cash", |bench, intent| {
            bench.client.confirm(intent, None, cash())
        }),
        ("card", |bench, intent| {
            bench.client.confirm(intent, None, card())
        }),
        ("another code", |bench, intent| {
            bench.client.confirm(intent, None, qr())
        }),
    ];
    for (name, action) in actions {
        let bench = Bench::new();
        let intent = bench.awaiting_customer();
        bench.pay_unnoticed(&intent);
        let message = action(&bench, &intent).conflict();
        assert!(
            message.contains("is succeeded (the customer has paid)"),
            "{name}: {message}"
        );
        let paid = bench.client.get(&intent).ok();
        assert_eq!(paid["status"], "succeeded", "{name}");
        assert_eq!(paid["payment_method_type"], "qr_mpm", "{name}");
        assert_eq!(
            bench.events(&intent),
            ["payment_intent.succeeded"],
            "{name}"
        );
        assert_eq!(bench.wallet(), ["paid"], "{name}");
    }
}

#[test]
fn a_payment_nobody_told_of_is_found() {
    let bench = Bench::new();
    let intent = bench.awaiting_customer();
    bench.pay_unnoticed(&intent);
    bench.advance(1);
    wait_until("the gateway asks the provider", || {
        bench.client.status(&intent) == "succeeded"
    });
    assert_eq!(bench.events(&intent), ["payment_intent.succeeded"]);
}

#[test]
fn a_payment_that_nobody_told_of_wins_over_expiry() {
    let bench = Bench::new();
    let intent = bench.awaiting_customer();
    bench.pay_unnoticed(&intent);
    bench.advance(30 * 60);
    assert_eq!(bench.client.status(&intent), "succeeded");
}

#[test]
fn final_statuses_stay() {
    let bench = Bench::new();
    let (paid, cancelled) = (bench.client.new_intent(), bench.client.new_intent());
    bench.client.confirm(&paid, None, cash()).ok();
    bench.client.cancel(&cancelled, None).ok();
    for (intent, status) in [(&paid, "succeeded"), (&cancelled, "cancelled")] {
        let answers = [
            bench.client.confirm(intent, None, qr()),
            bench.client.confirm(intent, None, card()),
            bench.client.confirm(intent, None, cash()),
            bench.client.cancel(intent, None),
            bench.client.pay(intent, json!({})),
        ];
        for reply in answers {
            let message = reply.conflict();
            assert!(
                message.contains(&intent.id) && message.contains(status),
                "{message}"
            );
        }
        assert_eq!(bench.client.status(intent), status);
        assert_eq!(bench.events(intent).len(), 1);
    }
    assert!(bench.wallet().is_empty());
}

#[test]
fn an_intent_expires_after_30_minutes_whoever_asks_first() {
    type Action = fn(&Bench, &Intent);
    let actions: [Action; 4] = [
        |bench, intent| assert_eq!(bench.client.status(intent), "cancelled"),
        |bench, intent| {
            let message = bench.client.confirm(intent, None, cash()).conflict();
            assert!(message.contains("is cancelled (it expired at"), "{message}");
        },
        |bench, intent| {
            bench.client.cancel(intent, None).conflict();
        },
        |bench, intent| {
            bench.client.pay(intent, json!({})).conflict();
        },
    ];
    for action in actions {
        let bench = Bench::new();
        let intent = bench.awaiting_customer();
        bench.advance(29 * 60);
        assert_eq!(bench.client.status(&intent), "requires_action");
        bench.advance(60);
        action(&bench, &intent);
        assert_eq!(bench.client.status(&intent), "cancelled");
        assert_eq!(bench.events(&intent), ["payment_intent.cancelled"]);
        assert_eq!(bench.wallet(), ["deleted"]);
    }
}

#[test]
fn intents_expire_without_anyone_asking() {
    let bench = Bench::new();
    let intents = [bench.client.new_intent(), bench.awaiting_customer()];
    let fresh = {
        bench.advance(29 * 60);
        bench.create(&order())
    };
    bench.advance(60);
    for intent in &intents {
        let expired = || bench.events(intent) == ["payment_intent.cancelled"];
        wait_until("the intent expires", expired);
    }
    assert_eq!(bench.client.status(&fresh), "requires_payment_method");
}

#[test]
fn a_code_expires_after_5_minutes_and_a_new_one_follows() {
    let bench = Bench::new();
    let intent = bench.awaiting_customer();
    bench.advance(5 * 60);
    let late = bench.client.pay(&intent, json!({})).conflict();
    assert!(late.contains("expired: confirm again"), "{late}");
    wait_until("the code is withdrawn", || bench.wallet() == ["deleted"]);
    assert_eq!(bench.client.status(&intent), "requires_action");
    bench.client.confirm(&intent, None, qr()).ok();
    bench.client.pay(&intent, json!({})).ok();
    assert_eq!(bench.client.status(&intent), "succeeded");
}

#[test]
fn a_code_does_not_outlive_its_intent() {
    let bench = Bench::new();
    let intent = bench.client.new_intent();
    bench.advance(27 * 60);
    let shown = bench.client.confirm(&intent, None, qr()).ok();
    assert_eq!(
        shown["expires_at"],
        bench.client.get(&intent).ok()["expires_at"]
    );
}

#[test]
fn there_is_nothing_to_pay_before_a_code_is_shown() {
    let bench = Bench::new();
    let intent = bench.client.new_intent();
    let message = bench.client.pay(&intent, json!({})).conflict();
    assert!(
        message.contains("confirm it with qr_mpm first"),
        "{message}"
    );
    assert!(bench.gateway.pay(&intent.id.parse().unwrap()).is_err());
}

#[test]
fn manual_capture_only_reserves_the_money_of_a_wallet() {
    let bench = Bench::new();
    let mut order = order();
    order["capture_method"] = json!("manual");
    let intent = bench.create(&order);
    bench.client.confirm(&intent, None, qr()).ok();
    bench.client.pay(&intent, json!({})).ok();
    assert_eq!(bench.client.status(&intent), "processing");
    assert!(bench.events(&intent).is_empty());
    bench.advance(3600);
    assert_eq!(
        bench.client.status(&intent),
        "processing",
        "reserved money does not expire"
    );
    let message = bench.client.confirm(&intent, None, cash()).conflict();
    assert!(message.contains("is processing"), "{message}");
}

#[test]
fn every_answer_is_dated_by_the_gateways_clock() {
    let bench = Bench::new();
    bench.advance(7 * 24 * 3600);
    for path in ["/v1/payment_intents/pi_1", "/nowhere", "/qr/x.svg"] {
        let reply = bench.client.send("GET", path, &[], b"");
        let date = mpac_pgw_protocol::Timestamp::from_http_date(reply.header("date").unwrap());
        let late = bench.clock.now().unix_seconds() - date.unwrap().unix_seconds();
        assert!((0..=5).contains(&late), "{path}: {late}");
    }
}
