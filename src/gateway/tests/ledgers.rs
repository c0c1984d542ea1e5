//! The gateway's books and PayPay's agree in the end, whatever happens between the two: an answer
//! of PayPay is lost, or the gateway is killed, at every request of every story.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

#[path = "ledgers/agreement.rs"]
mod agreement;
#[path = "ledgers/stories.rs"]
mod stories;
mod support;

use std::path::Path;
use std::process::Stdio;
use std::thread;

use agreement::{disagreements, settled};
use serde_json::{Value, json};
use stories::{After, STORIES, Story};
use support::*;

const FAULTS: &str = "/_local/faults";
/// No story asks PayPay more often than this.
const MOST_REQUESTS: usize = 40;

/// What can become of a request to PayPay.
fn losses() -> Vec<Value> {
    vec![
        json!({ "action": "drop_before_write" }),
        json!({ "action": "drop_after_write" }),
        json!({ "action": "truncate" }),
        json!({ "action": "garbage" }),
        json!({ "action": "status", "status": 502, "body": "html" }),
        json!({ "action": "scenario", "scenario": "INTERNAL_SERVER_ERROR", "after_write": true }),
        json!({ "action": "scenario", "scenario": "MAINTENANCE_MODE" }),
        json!({ "action": "scenario", "scenario": "RATE_LIMIT" }),
    ]
}

#[test]
fn the_books_agree_wherever_an_answer_of_paypay_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("gateway.db");
    let server = gateway(&db);
    let client = server.client();
    let mut lost = 0;
    let mut told = 0;
    for (story, after, loss) in STORIES.iter().flat_map(|story| {
        let with_loss = move |after| losses().into_iter().map(move |loss| (story, after, loss));
        After::ALL.into_iter().flat_map(with_loss)
    }) {
        for request in 0..MOST_REQUESTS {
            at_request(&client, request, &loss);
            let telling = story.prepare(&client);
            story.tell(&client, &telling);
            let met = rules(&client).is_empty();
            client.send("DELETE", FAULTS, &[], b"").ok();
            story.go_on(&client, &telling, after);
            told += 1;
            if !met {
                break;
            }
            lost += 1;
        }
    }
    assert!(lost > 16 * STORIES.len() * 2, "{lost} answers were lost");
    check(&db, &client, told);
}

#[test]
fn the_books_agree_wherever_the_gateway_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("gateway.db");
    let mut told = 0;
    let mut server = gateway(&db);
    // Before PayPay has done its part, and after.
    let pauses = [
        json!({ "action": "delay", "delay_ms": 60_000 }),
        json!({ "action": "drip", "bytes": 1, "delay_ms": 60_000 }),
    ];
    for (story, after) in STORIES
        .iter()
        .flat_map(|story| After::ALL.map(|after| (story, after)))
    {
        for pause in &pauses {
            for request in 0..MOST_REQUESTS {
                told += 1;
                let (next, met) = kill_at_request(&db, server, (story, after), request, pause);
                server = next;
                if !met {
                    break;
                }
            }
        }
    }
    assert!(told > STORIES.len() * 8, "{told} payments");
    check(&db, &server.client(), told);
}

/// It warns of every answer that is lost, which is what these tests are about.
fn gateway(db: &Path) -> Server {
    let db = db.to_str().unwrap();
    Server::start_command(program().args(["serve", "--db", db]).stderr(Stdio::null()))
}

/// Tells a story up to a request to PayPay, and kills the gateway there. Answers the gateway that
/// runs next, and whether the story came that far.
fn kill_at_request(
    db: &Path,
    server: Server,
    (story, after): (&Story, After),
    request: usize,
    pause: &Value,
) -> (Server, bool) {
    let client = server.client();
    at_request(&client, request, pause);
    let telling = story.prepare(&client);
    let (met, server) = thread::scope(|scope| {
        let (teller, telling) = (server.client(), &telling);
        let begun = scope.spawn(move || story.tell(&teller, telling));
        wait_until("the story is over, or paused", || {
            begun.is_finished() || rules(&client).is_empty()
        });
        let met = rules(&client).is_empty();
        let server = if met {
            server.kill();
            gateway(db)
        } else {
            client.send("DELETE", FAULTS, &[], b"").ok();
            server
        };
        begun.join().unwrap();
        (met, server)
    });
    story.go_on(&server.client(), &telling, after);
    (server, met)
}

/// The request to PayPay that comes after so many others meets this, once.
fn at_request(client: &Client, after: usize, fault: &Value) {
    let mut rules = Vec::new();
    if after > 0 {
        rules.push(json!({ "action": "delay", "delay_ms": 1, "count": after }));
    }
    let mut fault = fault.clone();
    fault["count"] = json!(1);
    rules.push(fault);
    for mut rule in rules {
        rule["target"] = json!("paypay");
        client.post(FAULTS, None, &rule).ok();
    }
}

fn rules(client: &Client) -> Vec<Value> {
    let rules = client.send("GET", FAULTS, &[], b"").ok();
    rules["data"].as_array().unwrap().clone()
}

/// Lets everything come to its end, and compares.
fn check(db: &Path, client: &Client, told: usize) {
    client.advance(1800);
    wait_until("everything is settled", || settled(db));
    assert_eq!(disagreements(db), Vec::<String>::new());
    let payments = query(db, "SELECT 1 FROM payment_intents").len();
    assert_eq!(payments, told);
    let audit = client.send("GET", "/_local/audit", &[], b"").ok();
    assert_eq!(audit["clean"], true, "{audit}");
}
