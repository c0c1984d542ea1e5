//! A cancel has an answer, whatever the network does.

use std::net::TcpListener;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;
use mpac_pgw_protocol::PaymentIntentStatus;
use mpac_pgw_sdk::{
    CancelOutcome, CancelledBy, PaymentAttempt, PaymentEventKind, PaymentMethod, PaymentResult,
    PaymentState, TerminalConfig,
};
use mpac_pgw_tests::{Recorder, TestGateway, Till, patiently, paypay, reopen, retrieve};
use serde_json::json;
use tempfile::TempDir;

const TOKEN: &str = "pi_01HXYNOBODY_secret_x";

/// What a cancel comes to, and how long it took.
fn cancel(attempt: &PaymentAttempt) -> (CancelOutcome, Duration) {
    let began = Instant::now();
    (attempt.cancel(), began.elapsed())
}

fn assert_at_once((outcome, took): (CancelOutcome, Duration)) {
    assert_eq!(outcome, CancelOutcome::Cancelled);
    assert!(took < Duration::from_millis(500), "{took:?}");
}

fn is_cancelled(attempt: &PaymentAttempt) -> bool {
    let by = CancelledBy::Terminal;
    let result = PaymentResult::Cancelled { by };
    attempt.state() == PaymentState::Finished { result }
}

/// Somebody who takes connections and never says a word.
fn silent() -> Result<(TcpListener, String)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}", listener.local_addr()?);
    Ok((listener, url))
}

#[test]
fn what_was_never_sent_is_cancelled_at_once_without_a_network() {
    let (listener, hanging) = silent().unwrap();
    let (closed, refusing) = silent().unwrap();
    drop(closed);
    for url in [hanging, refusing] {
        let mut till = Till::open(&url).unwrap();
        let (attempt, events) = till.confirm(TOKEN, paypay()).unwrap();
        assert_at_once(cancel(&attempt));
        assert!(is_cancelled(&attempt));
        let event = events.wait_for("payment_cancelled");
        let by = CancelledBy::Terminal;
        assert_eq!(event.kind, PaymentEventKind::PaymentCancelled { by });
        assert_eq!(attempt.cancel(), CancelOutcome::Cancelled, "a second time");

        // Not acknowledged: it comes back, in this process and in the next one, offline.
        let again = Arc::new(Recorder::default());
        let mut recovered = Vec::new();
        patiently("the end of its thread", || {
            recovered = till.terminal.recover_pending(again.clone()).unwrap();
            !recovered.is_empty()
        });
        assert!(again.wait_for("payment_cancelled").replayed);
        till.reopen().unwrap();
        let again = Arc::new(Recorder::default());
        let attempt = till
            .terminal
            .recover_pending(again.clone())
            .unwrap()
            .remove(0);
        assert!(again.wait_for("payment_cancelled").replayed);
        assert!(attempt.acknowledge() && till.journal().unwrap().is_empty());

        // Nothing is in the way of another attempt, and it is let go of at once.
        let (attempt, _) = till.confirm(TOKEN, paypay()).unwrap();
        assert_at_once(cancel(&attempt));
        assert!(attempt.acknowledge() && till.journal().unwrap().is_empty());
    }
    drop(listener);
}

#[test]
fn after_a_restart_with_another_gateway_what_was_never_sent_is_in_nobodys_way() {
    let folder = tempfile::tempdir().unwrap();
    let open = |url: &str| reopen(&TerminalConfig::new(url, folder.path()), None);
    let (_listener, mistyped) = silent().unwrap();
    let gateway = TestGateway::start().unwrap();
    let token = gateway.create(&["cash"]).unwrap().payment_token;
    let terminal = open(&mistyped).unwrap();
    let listener = Arc::new(Recorder::default());
    terminal
        .confirm_payment(token.clone(), PaymentMethod::Cash, listener)
        .unwrap();
    terminal.shut_down();

    let terminal = open(gateway.url()).unwrap();
    let events = Arc::new(Recorder::default());
    let attempt = terminal.recover_pending(events.clone()).unwrap().remove(0);
    assert_at_once(cancel(&attempt));
    assert!(events.wait_for("payment_cancelled").replayed);
    // The same token works with the right gateway.
    let events = Arc::new(Recorder::default());
    terminal
        .confirm_payment(token, PaymentMethod::Cash, events.clone())
        .unwrap();
    events.wait_for("payment_success");
}

/// A gateway that goes and comes back on the same port.
struct Shop {
    folder: TempDir,
    port: u16,
}

impl Shop {
    fn open() -> Result<(Self, TestGateway)> {
        let folder = tempfile::tempdir()?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let shop = Self { folder, port };
        let gateway = shop.gateway()?;
        Ok((shop, gateway))
    }

    fn gateway(&self) -> Result<TestGateway> {
        let database = self.folder.path().join("gateway.db");
        TestGateway::start_at(&database, self.port)
    }
}

/// Killed before it was acknowledged, and opened with the first address again.
#[test]
fn what_another_gateway_had_told_as_cancelled_is_not_paid_after_all() {
    let (shop, gateway) = Shop::open().unwrap();
    let (first, order) = (gateway.url().to_owned(), gateway.create(&["cash"]).unwrap());
    drop(gateway);
    let folder = tempfile::tempdir().unwrap();
    let open = |url: &str| reopen(&TerminalConfig::new(url, folder.path()), None);
    let terminal = open(&first).unwrap();
    let listener = Arc::new(Recorder::default());
    let token = order.payment_token.clone();
    terminal
        .confirm_payment(token, PaymentMethod::Cash, listener.clone())
        .unwrap();
    listener.wait_for("connection_lost");
    terminal.shut_down();

    let (_listener, other) = silent().unwrap();
    let gateway = shop.gateway().unwrap();
    for url in [&other, &first] {
        let terminal = open(url).unwrap();
        let events = Arc::new(Recorder::default());
        terminal.recover_pending(events.clone()).unwrap();
        let last = patiently_last(&events);
        assert!(last == "payment_cancelled", "{last}");
        terminal.shut_down();
    }
    let intent = retrieve(gateway.url(), &order);
    assert_eq!(
        intent.unwrap().status,
        PaymentIntentStatus::RequiresPaymentMethod
    );
}

/// The name of the event that ends the attempt.
fn patiently_last(events: &Recorder) -> String {
    let is_end = |name: &String| name.starts_with("payment_");
    let mut last = None;
    patiently("an end", || {
        last = events.names().into_iter().find(is_end);
        last.is_some()
    });
    last.unwrap_or_default()
}

#[test]
fn what_was_sent_is_queued_within_a_second_of_the_failure_and_withdrawn_later() {
    let (shop, gateway) = Shop::open().unwrap();
    let mut till = Till::open(gateway.url()).unwrap();
    let order = gateway.create(&["qr_mpm"]).unwrap();
    let (attempt, events) = till.confirm(&order.payment_token, paypay()).unwrap();
    events.wait_for("qr_ready");
    drop(gateway);
    let (outcome, took) = cancel(&attempt);
    assert_eq!(outcome, CancelOutcome::Queued);
    assert!(took < Duration::from_millis(1500), "{took:?}");
    assert_eq!(attempt.state(), PaymentState::Cancelling);

    // Also by the next process.
    till.reopen().unwrap();
    let events = Arc::new(Recorder::default());
    let attempt = till
        .terminal
        .recover_pending(events.clone())
        .unwrap()
        .remove(0);
    assert_eq!(attempt.state(), PaymentState::Cancelling);
    let _gateway = shop.gateway().unwrap();
    events.wait_for("payment_cancelled");
    assert!(!events.names().contains(&"qr_ready".to_owned()));
}

#[test]
fn while_a_request_hangs_a_cancel_is_queued_on_disk() {
    let gateway = TestGateway::start().unwrap();
    let mut till = Till::open(gateway.url()).unwrap();
    let order = gateway.create(&["qr_mpm"]).unwrap();
    let slow = json!({
        "action": "delay", "delay_ms": 20_000, "method": "POST",
        "path": "/v1/payment_intents/*/confirm", "count": 1,
    });
    gateway.add_fault(&slow).unwrap();
    let (attempt, events) = till.confirm(&order.payment_token, paypay()).unwrap();
    patiently("the confirm", || {
        let files = till.journal().unwrap();
        files
            .iter()
            .any(|file| String::from_utf8_lossy(file).contains("confirming"))
    });
    let (outcome, took) = thread::scope(|scope| {
        let waiting = scope.spawn(|| cancel(&attempt));
        patiently("a screen that shows it", || {
            attempt.state() == PaymentState::Cancelling
        });
        assert!(
            !waiting.is_finished(),
            "it was shown before it was answered"
        );
        waiting.join().unwrap()
    });
    assert_eq!(outcome, CancelOutcome::Queued);
    assert!(took < Duration::from_millis(3500), "{took:?}");
    assert_eq!(attempt.state(), PaymentState::Cancelling);
    assert_eq!(events.names(), [""; 0]);

    // The process dies now.
    till.reopen().unwrap();
    let events = Arc::new(Recorder::default());
    till.terminal.recover_pending(events.clone()).unwrap();
    events.wait_for("payment_cancelled");
    assert!(!events.names().contains(&"qr_ready".to_owned()));
}
