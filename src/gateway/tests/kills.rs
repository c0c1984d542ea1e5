//! SIGKILL under load, again and again on one file: what was acknowledged is there, the books are
//! clean, and every webhook arrives.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use fastrand::Rng;
use serde_json::json;
use support::receiver::Receiver;
use support::*;

const KILLS: usize = 50;
const CLIENTS: usize = 4;
/// A kill comes when this many requests of its round have been acknowledged, at most.
const ACKNOWLEDGED: usize = 40;
/// Decides when kills come.
const SEED: u64 = 4;

/// What clients have been told of each payment: its last acknowledged status.
type Told = BTreeMap<String, (Intent, &'static str)>;

#[test]
fn what_was_acknowledged_survives_50_kills_under_load() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("gateway.db");
    let receiver = Receiver::new();
    let mut random = Rng::with_seed(SEED);
    let mut told = Told::new();
    let mut server = Server::on_file(&db);
    let endpoint = json!({ "url": receiver.url });
    let registered = server
        .client()
        .post_as_merchant("/v1/webhook_endpoints", &endpoint);
    registered.ok();

    for round in 0..KILLS {
        let wanted = random.usize(1..=ACKNOWLEDGED);
        let a_bit_later = Duration::from_micros(random.u64(..3_000));
        let news = load_until_killed(server, round, wanted, a_bit_later);
        server = Server::on_file(&db);
        let client = server.client();
        for (intent, status) in news.values() {
            check(&client, intent, status);
        }
        let audit = client.send("GET", "/_local/audit", &[], b"").ok();
        assert_eq!(audit["problems"], json!([]), "after kill {round}");
        told.extend(news);
    }

    // A later kill has not taken what an earlier one had left.
    let client = server.client();
    for (intent, status) in told.values() {
        check(&client, intent, status);
    }
    let unanswered = "SELECT key FROM idempotency_records \
         WHERE key NOT IN (SELECT merchant_ref_id FROM payment_intents)";
    assert_eq!(texts(&db, unanswered), [""; 0]);

    // What was being sent when the gateway was killed may have to wait for its next attempt.
    client.advance(60);
    let pending = "SELECT event_id FROM webhook_deliveries WHERE state <> 'delivered'";
    wait_until("every webhook is delivered", || {
        texts(&db, pending).is_empty()
    });
    let mut arrived = BTreeMap::<String, BTreeSet<String>>::new();
    for webhook in receiver.got() {
        let event = webhook.event();
        let text = |pointer: &str| event.pointer(pointer).unwrap().as_str().unwrap().to_owned();
        let announced = format!("{} {}", text("/data/object/id"), text("/type"));
        arrived.entry(announced).or_default().insert(text("/id"));
    }
    for (intent, status) in told.values().filter(|(_, status)| *status != NEW) {
        let announced = format!("{} payment_intent.{status}", intent.id);
        let events = arrived.get(&announced);
        assert_eq!(events.map(BTreeSet::len), Some(1), "{announced}");
    }
    let of_one_intent_and_type = arrived.values().map(BTreeSet::len).max();
    assert_eq!(of_one_intent_and_type, Some(1), "one event id for each");
    println!(
        "{KILLS} kills: {} payments acknowledged, {} webhooks arrived, {} of them again",
        told.len(),
        receiver.got().len(),
        receiver.got().len() - arrived.len()
    );
}

const NEW: &str = "requires_payment_method";

fn check(client: &Client, intent: &Intent, told: &str) {
    let found = client.status(intent);
    // What was acknowledged last may have been followed by what was not.
    let followed = told == NEW && ["succeeded", "cancelled"].contains(&found.as_str());
    assert!(
        found == told || followed,
        "{}: {told}, then {found}",
        intent.id
    );
}

/// Takes payments at a gateway and kills it in the middle; answers what was acknowledged.
fn load_until_killed(server: Server, round: usize, wanted: usize, later: Duration) -> Told {
    let client = server.client();
    let (told, dead) = (Mutex::new(Told::new()), AtomicBool::new(false));
    let acknowledged = AtomicUsize::new(0);
    let tell = |intent: &Intent, status| {
        let news = (intent.clone(), status);
        told.lock().unwrap().insert(intent.id.clone(), news);
        acknowledged.fetch_add(1, Ordering::SeqCst);
    };
    thread::scope(|scope| {
        for worker in 0..CLIENTS {
            let (client, dead, tell) = (&client, &dead, &tell);
            scope.spawn(move || {
                for n in 0.. {
                    let reference = format!("{round}-{worker}-{n}");
                    if take_payment(client, &reference, n, tell).is_err() {
                        assert!(dead.load(Ordering::SeqCst), "refused while alive");
                        return;
                    }
                }
            });
        }
        wait_until("payments are taken", || {
            acknowledged.load(Ordering::SeqCst) >= wanted
        });
        // Not a wait for anything: it puts the kill anywhere between two answers.
        thread::sleep(later);
        dead.store(true, Ordering::SeqCst);
        server.kill();
    });
    told.into_inner().unwrap()
}

/// Creates a payment and brings it to an end; tells of each acknowledgement.
fn take_payment(
    client: &Client,
    reference: &str,
    n: usize,
    tell: &impl Fn(&Intent, &'static str),
) -> Result<(), ureq::Error> {
    let mut order = order();
    order["merchant_ref_id"] = reference.into();
    let body = order.to_string();
    let signed = client.sign("POST", CREATE, body.as_bytes());
    let json = ("Content-Type", "application/json");
    let headers = [
        ("Authorization", signed.as_str()),
        json,
        ("Idempotency-Key", reference),
    ];
    let created = client.try_send("POST", CREATE, &headers, body.as_bytes())?;
    let intent = Intent::from(&created.ok());
    tell(&intent, NEW);
    let (call, body, status) = match n % 3 {
        2 => ("cancel", json!({}), "cancelled"),
        _ => ("confirm", cash(), "succeeded"),
    };
    let body = intent.with_token(body).to_string();
    let ended = client.try_send("POST", &intent.path(call), &[json], body.as_bytes())?;
    ended.ok();
    tell(&intent, status);
    Ok(())
}
