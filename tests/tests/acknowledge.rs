//! Only an outcome that the app could see is let go of.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use mpac_pgw_sdk::{PaymentResult, PaymentState, TerminalConfig};
use mpac_pgw_tests::{Recorder, TestGateway, Till, call, patiently, paypay, reopen};
use serde_json::{Value, json};

/// What becomes of the next looks at a payment.
fn add_fault(gateway: &TestGateway, count: u32, mut fault: Value) -> Result<()> {
    fault["method"] = "GET".into();
    fault["path"] = "/v1/payment_intents/*".into();
    fault["count"] = count.into();
    gateway.add_fault(&fault)
}

/// The next answer takes its time. Returns once it is being waited for.
fn wait_for_a_slow_look(gateway: &TestGateway) -> Result<()> {
    add_fault(gateway, 1, json!({ "action": "delay", "delay_ms": 2500 }))?;
    let mut rules = Ok((0, Value::Null));
    patiently("a look", || {
        rules = call(gateway.url(), "GET", "/_local/faults", &[], &Value::Null);
        !matches!(&rules, Ok((_, rules)) if rules.to_string().contains("delay"))
    });
    rules.map(drop)
}

fn is_paid(state: &PaymentState) -> bool {
    let PaymentState::Finished { result } = state else {
        return false;
    };
    matches!(result, PaymentResult::Succeeded { .. })
}

#[test]
fn what_is_paid_while_the_app_waits_is_not_let_go_of_unseen() {
    let gateway = TestGateway::start().unwrap();
    let mut till = Till::open(gateway.url()).unwrap();
    let order = gateway.create(&["qr_mpm"]).unwrap();
    let (attempt, events) = till.confirm(&order.payment_token, paypay()).unwrap();
    events.wait_for("qr_ready");
    gateway.pay(&order).unwrap();
    wait_for_a_slow_look(&gateway).unwrap();
    let called = Instant::now();
    assert!(!attempt.acknowledge(), "there was nothing to store");
    assert!(
        called.elapsed() < Duration::from_millis(500),
        "{:?}",
        called.elapsed()
    );
    patiently("the success", || is_paid(&attempt.state()));
    till.reopen().unwrap();
    let events = Arc::new(Recorder::default());
    till.terminal.recover_pending(events.clone()).unwrap();
    assert!(events.wait_for("payment_success").replayed);
}

#[test]
fn what_was_settled_by_hand_is_not_let_go_of_as_paid() {
    let gateway = TestGateway::start().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut config = TerminalConfig::new(gateway.url(), folder.path());
    let second = || Some(Duration::from_secs(1).into());
    config.polling.min_interval = second();
    config.polling.max_interval = second();
    config.polling.unresolved_interval = Some(Duration::from_secs(5).into());
    config.polling.expiry_grace = Some(Duration::ZERO.into());
    let open = || reopen(&config, None).unwrap();
    let order = gateway.create(&["qr_mpm"]).unwrap();
    let terminal = open();
    let events = Arc::new(Recorder::default());
    let attempt = terminal
        .confirm_payment(order.payment_token.clone(), paypay(), events.clone())
        .unwrap();
    events.wait_for("qr_ready");
    add_fault(&gateway, 0, json!({ "action": "status", "status": 500 })).unwrap();
    gateway.pay(&order).unwrap();
    gateway.advance_clock(1805).unwrap();
    events.wait_for("payment_unresolved");
    let gone = call(gateway.url(), "DELETE", "/_local/faults", &[], &Value::Null);
    assert_eq!(gone.unwrap().0, 200);
    // What it finds is that it was paid.
    wait_for_a_slow_look(&gateway).unwrap();
    assert!(!is_paid(&attempt.state()));
    assert!(
        !attempt.acknowledge(),
        "the staff has settled another outcome"
    );
    assert!(is_paid(&attempt.state()));
    terminal.shut_down();
    let events = Arc::new(Recorder::default());
    let next = open();
    next.recover_pending(events.clone()).unwrap();
    assert!(events.wait_for("payment_success").replayed);
}
