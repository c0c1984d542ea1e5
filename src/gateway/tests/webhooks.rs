//! Webhooks, to a real receiver: signed, tried again, and never lost.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

mod support;

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;

use mpac_pgw_protocol::signing::SecretKey;
use mpac_pgw_protocol::webhook::WebhookSignature;
use serde_json::{Value, json};
use support::*;

const ENDPOINTS: &str = "/v1/webhook_endpoints";

#[derive(Debug, Clone)]
struct Received {
    headers: HashMap<String, String>,
    body: String,
}

impl Received {
    fn event(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// A back end that answers with what it is told to, and remembers what it got.
struct Receiver {
    url: String,
    got: Arc<Mutex<Vec<Received>>>,
    answer: Arc<Mutex<&'static str>>,
}

const OK: &str = "200 OK\r\nContent-Length: 2\r\n\r\nok";
const BROKEN: &str = "500 Oops\r\nContent-Length: 6\r\n\r\nbroken";
const MOVED: &str = "302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n";

impl Receiver {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let got = Arc::new(Mutex::new(Vec::new()));
        let answer = Arc::new(Mutex::new(OK));
        let (kept, told) = (Arc::clone(&got), Arc::clone(&answer));
        thread::spawn(move || {
            for stream in listener.incoming().map(Result::unwrap) {
                let (kept, told) = (Arc::clone(&kept), Arc::clone(&told));
                thread::spawn(move || {
                    let mut reader = BufReader::new(stream);
                    while let Some(received) = read_request(&mut reader) {
                        kept.lock().unwrap().push(received);
                        let answer = *told.lock().unwrap();
                        let answer = format!("HTTP/1.1 {answer}");
                        if reader.get_mut().write_all(answer.as_bytes()).is_err() {
                            return;
                        }
                    }
                });
            }
        });
        Self { url, got, answer }
    }

    fn answers(&self, answer: &'static str) {
        *self.answer.lock().unwrap() = answer;
    }

    fn got(&self) -> Vec<Received> {
        self.got.lock().unwrap().clone()
    }

    #[track_caller]
    fn wait_for(&self, count: usize) -> Vec<Received> {
        wait_until("the webhooks arrive", || self.got().len() >= count);
        self.got()
    }
}

fn read_request(reader: &mut impl BufRead) -> Option<Received> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    assert!(line.starts_with("POST /hook "), "{line}");
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim().split_once(": ") else {
            break;
        };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    let length = headers["content-length"].parse().unwrap();
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let body = String::from_utf8(body).unwrap();
    Some(Received { headers, body })
}

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
fn nothing_is_lost_and_nothing_is_announced_twice_across_sigkill() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("gateway.db");
    let receiver = Receiver::new();
    let acknowledged = Mutex::new(Vec::new());
    for round in 0..3 {
        let server = Server::on_file(&db);
        let client = server.client();
        if round == 0 {
            register(&client, &receiver);
        }
        let before = acknowledged.lock().unwrap().len();
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    loop {
                        let (order, path) = (order(), CREATE);
                        let body = order.to_string();
                        let signed = client.sign("POST", path, body.as_bytes());
                        let headers = [
                            ("Authorization", signed.as_str()),
                            ("Content-Type", "application/json"),
                        ];
                        let created = client.try_send("POST", path, &headers, body.as_bytes());
                        let Ok(created) = created else { return };
                        let intent = Intent::from(&created.ok());
                        let body = intent.with_token(cash()).to_string();
                        let headers = [("Content-Type", "application/json")];
                        let path = intent.path("confirm");
                        match client.try_send("POST", &path, &headers, body.as_bytes()) {
                            Ok(confirmed) => confirmed.ok(),
                            Err(_) => return,
                        };
                        acknowledged.lock().unwrap().push(intent.id);
                    }
                });
            }
            wait_until("payments are taken", || {
                acknowledged.lock().unwrap().len() > before + 50
            });
            server.kill();
        });
    }
    let server = Server::on_file(&db);
    let client = server.client();
    // What was being sent when the gateway was killed may have to wait for its next attempt.
    client.advance(60);
    let settled = "SELECT event_id FROM webhook_deliveries WHERE state <> 'delivered'";
    wait_until("all is delivered", || texts(&db, settled).is_empty());
    let mut events: HashMap<String, String> = HashMap::new();
    for received in receiver.got() {
        let event = received.event();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let (intent, id) = (text(&event["data"]["object"]["id"]), text(&event["id"]));
        let known = events.entry(intent).or_insert_with(|| id.clone());
        assert_eq!(
            *known, id,
            "one event per payment, however often it arrives"
        );
    }
    for intent in acknowledged.into_inner().unwrap() {
        assert!(events.contains_key(&intent), "{intent} was never announced");
    }
    let succeeded = "SELECT id FROM payment_intents WHERE status = 'succeeded'";
    assert_eq!(texts(&db, succeeded).len(), events.len());
}
