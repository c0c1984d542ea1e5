//! Tokens and card data reach no log, no error and no `Debug`, at the most talkative level.

use std::io::{self, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use mpac_pgw_sdk::{CardOutcome, CardResult, PaymentMethod, PaymentTerminal, TerminalConfig};
use mpac_pgw_tests::{Recorder, TestGateway, Till, approve, paypay, scanned};

/// Keeps everything that anybody logs.
struct Everything(Mutex<String>);

impl log::Log for Everything {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.push_str(&format!("{} {}\n", record.target(), record.args()));
    }

    fn flush(&self) {}
}

static LOG: Everything = Everything(Mutex::new(String::new()));

/// The tests of this file share one log.
fn listen_to_logs() {
    let _ = log::set_logger(&LOG);
    log::set_max_level(log::LevelFilter::Trace);
}

#[test]
fn canaries_are_found_nowhere() {
    listen_to_logs();
    let gateway = TestGateway::start().unwrap();
    let till = Till::open(gateway.url()).unwrap();
    let mut shown = String::new();
    let mut canaries = vec!["APPROVALCANARY".to_owned(), "4111********1111".to_owned()];
    let code = |outcome| gateway.customer_code(outcome).unwrap();
    for (method, ends) in [
        (paypay(), "payment_success"),
        (scanned(&code("approved")), "payment_success"),
        (scanned(&code("not-enough-balance")), "payment_failed"),
        (PaymentMethod::CreditCard, "payment_success"),
        (PaymentMethod::Cash, "payment_success"),
    ] {
        let methods = ["qr_mpm", "qr_cpm", "credit_card", "cash"];
        let order = gateway.create(&methods).unwrap();
        let (_, secret) = order.payment_token.split_once("_secret_").unwrap();
        canaries.push(secret.to_owned());
        let events = Arc::new(Recorder::default());
        let attempt = till
            .terminal
            .confirm_payment(order.payment_token.clone(), method.clone(), events.clone())
            .unwrap();
        match &method {
            PaymentMethod::QrMpm { .. } => {
                events.wait_for("qr_ready");
                gateway.pay(&order).unwrap();
            }
            PaymentMethod::CreditCard => {
                let request = events.wait_for_card_request();
                let result = CardResult {
                    approval_code: Some("APPROVALCANARY".into()),
                    masked_pan: Some("4111********1111".into()),
                    ..approve(&request)
                };
                canaries.push(request.nonce.as_str().to_owned());
                shown += &format!("{request:?} {request:#?} {result:?} {result:#?}");
                till.terminal.complete_card_payment(result.clone()).unwrap();
                shown += &format!("{:?}", till.terminal.complete_card_payment(result));
            }
            PaymentMethod::QrCpm { customer_code, .. } => {
                canaries.push(customer_code.as_str().to_owned())
            }
            _ => {}
        }
        events.wait_for(ends);
        shown += &format!(
            "{attempt:?} {method:?} {:?} {:#?}",
            events.events(),
            events.events()
        );
    }
    shown += &format!("{:?}", till.terminal);
    let order = gateway.create(&["qr_cpm"]).unwrap();
    let unscanned = till.confirm(&order.payment_token, scanned("CODECANARY\r\nCODECANARY"));
    canaries.push("CODECANARY".to_owned());
    shown += &format!("{:?}", unscanned.map(drop));
    let wrong = format!("pi_01HXYNOBODY_secret_{}", "wrongcanary");
    canaries.push("wrongcanary".to_owned());
    shown += &format!("{:?}", till.terminal.retrieve_payment_intent(wrong.clone()));
    shown += &format!(
        "{:?}",
        till.terminal.retrieve_payment_intent(wrong.clone() + "!")
    );

    let folder = tempfile::tempdir().unwrap();
    let mut config = TerminalConfig::new(gateway.url(), folder.path());
    config.proxy_url = Some("http://till:proxycanary@127.0.0.1:1".into());
    canaries.push("proxycanary".to_owned());
    canaries.push("dGlsbDpwcm94eWNhbmFyeQ".to_owned());
    shown += &format!("{config:?} {config:#?}");
    let behind = PaymentTerminal::open(config.clone(), None).unwrap();
    shown += &format!("{:?}", behind.retrieve_payment_intent(wrong.clone()));
    behind.shut_down();
    config.proxy_url = Some("http://till:proxycanary@127.0.0.1:1/path".into());
    shown += &format!("{:?}", PaymentTerminal::open(config, None).map(drop));

    let logged = LOG.0.lock().unwrap();
    assert!(logged.contains("ureq"), "the HTTP library was listened to");
    assert!(
        logged.contains("payment_success"),
        "the SDK was listened to"
    );
    for canary in canaries {
        assert!(!logged.contains(&canary), "{canary} was logged");
        assert!(!shown.contains(&canary), "{canary} was shown");
    }
}

/// A test number of a card scheme, put together here so that no file holds one.
fn card_number() -> String {
    ["4111", "1111", "1111", "1111"].concat()
}

/// In all the wrong places. The brand keeps a name.
fn with_card_number(result: CardResult) -> CardResult {
    let number = card_number();
    CardResult {
        approval_code: Some(number.clone().into()),
        card_brand: Some(format!("VISA {number}")),
        masked_pan: Some(number.clone().into()),
        reason: Some(format!("do not honour {number}")),
        ..result
    }
}

fn files(folder: &Path) -> io::Result<String> {
    let mut all = String::new();
    for entry in std::fs::read_dir(folder)? {
        all += &String::from_utf8_lossy(&std::fs::read(entry?.path())?);
    }
    Ok(all)
}

fn http(gateway_url: &str, request: &str, body: &str) -> io::Result<String> {
    let address = gateway_url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address)?;
    let length = body.len();
    write!(
        stream,
        "{request} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
         Idempotency-Key: in-the-wrong-field\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    )?;
    io::read_to_string(stream)
}

#[test]
fn a_card_number_in_the_wrong_field_is_found_nowhere_and_loses_no_approval() {
    listen_to_logs();
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("gateway.db");
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let gateway = TestGateway::start_at(&database, port).unwrap();
    let till = Till::open(gateway.url()).unwrap();
    let mut shown = String::new();

    let declined = gateway.create(&["credit_card"]).unwrap();
    let (attempt, events) = till
        .confirm(&declined.payment_token, PaymentMethod::CreditCard)
        .unwrap();
    let result = with_card_number(CardResult {
        outcome: CardOutcome::Declined,
        ..approve(&events.wait_for_card_request())
    });
    till.terminal.complete_card_payment(result).unwrap();
    events.wait_for("payment_failed");
    shown += &format!("{:?}", events.events());
    assert!(attempt.acknowledge());

    // Kept in the journal while the gateway is away, then sent: as the app made it, and as JSON.
    let mut orders = Vec::new();
    for _ in 0..2 {
        let order = gateway.create(&["credit_card"]).unwrap();
        let (_, events) = till
            .confirm(&order.payment_token, PaymentMethod::CreditCard)
            .unwrap();
        orders.push((order, events.wait_for_card_request(), events));
    }
    drop(gateway);
    let (_, request, _) = &orders[0];
    let constructed = with_card_number(approve(request));
    let (_, request, _) = &orders[1];
    let read = CardResult::from_json(&with_card_number(approve(request)).to_json()).unwrap();
    for result in [constructed, read] {
        shown += &format!("{result:?}");
        till.terminal.complete_card_payment(result).unwrap();
    }
    let journal = till.journal().unwrap();
    assert_eq!(journal.len(), 2);
    for file in journal {
        let file = String::from_utf8_lossy(&file).into_owned();
        assert!(file.contains("************1111"), "the approval is kept");
        shown += &file;
    }
    let gateway = TestGateway::start_at(&database, port).unwrap();
    for (order, _, events) in &orders {
        events.wait_for("payment_success");
        shown += &format!("{:?}", events.events());
        let path = format!(
            "/v1/payment_intents/{}?payment_token={}",
            order.id, order.payment_token
        );
        shown += &http(gateway.url(), &format!("GET {path}"), "").unwrap();
    }

    // Another app than the SDK's.
    let order = gateway.create(&["credit_card"]).unwrap();
    let number = card_number();
    let body = format!(
        r#"{{"payment_token":"{}","payment_method_type":"credit_card","provider":"{number}","external_ref_id":"A {number}"}}"#,
        order.payment_token
    );
    let path = format!("POST /v1/payment_intents/{}/confirm", order.id);
    let recorded = http(gateway.url(), &path, &body).unwrap();
    assert!(recorded.contains("succeeded"), "{recorded}");
    shown += &recorded;
    let requests = http(gateway.url(), "GET /_local/requests?limit=100", "").unwrap();
    for id in requests
        .split("\"id\":\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
    {
        shown += &http(gateway.url(), &format!("GET /_local/requests/{id}"), "").unwrap();
    }
    for what in ["payment_intents", "audit"] {
        shown += &http(gateway.url(), &format!("GET /_local/{what}"), "").unwrap();
    }
    shown += &requests;
    assert!(shown.contains("************1111"));

    drop(gateway);
    let stored = files(folder.path()).unwrap();
    assert!(stored.contains("VISA") && stored.contains("************1111"));
    let logged = LOG.0.lock().unwrap().clone();
    for (text, place) in [(shown, "shown"), (stored, "stored"), (logged, "logged")] {
        assert!(!text.contains(&number), "{place}");
        assert!(!text.contains(&number[..9]), "a part of it is {place}");
    }
}
