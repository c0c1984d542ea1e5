//! The guide's *Payment Flow by Method*, from the terminal's side, against the real gateway: what is
//! no scenario, since it looks at codes, ids and files.

use mpac_pgw_sdk::{
    CancelOutcome, CardResult, ConnectionState, PaymentEventKind, PaymentMethod, PaymentResult,
    PaymentState, TerminalError, qr_png, qr_svg,
};
use mpac_pgw_tests::{TestGateway, Till, approve, paypay};

#[test]
fn qr_mpm() {
    let gateway = TestGateway::start().unwrap();
    let till = Till::open(gateway.url()).unwrap();
    let order = gateway.create(&["qr_mpm"]).unwrap();

    let (attempt, events) = till.confirm(&order.payment_token, paypay()).unwrap();
    let PaymentEventKind::QrReady { qr } = events.wait_for("qr_ready").kind else {
        unreachable!("qr_ready holds a code");
    };
    assert!(qr_png(&qr.content, 400).unwrap().starts_with(b"\x89PNG"));
    assert!(qr_svg(&qr.content).unwrap().starts_with("<svg"));
    assert_eq!(attempt.state(), PaymentState::AwaitingCustomer { qr });

    gateway.pay(&order).unwrap();
    let success = events.wait_for("payment_success");
    assert_eq!(success.payment_intent_id.as_str(), order.id);
    assert_eq!(success.attempt_id, attempt.id());
    let PaymentState::Finished {
        result: PaymentResult::Succeeded { receipt },
    } = attempt.state()
    else {
        panic!("{:?}", attempt.state());
    };
    assert_eq!(receipt.amount.minor_units(), 2500);
    assert_eq!(receipt.provider.as_deref(), Some("PAYPAY"));
    assert!(receipt.completed_at.is_some() && receipt.card.is_none());
    let names = events.names();
    assert_eq!(
        names,
        [
            "status_changed",
            "qr_ready",
            "status_changed",
            "payment_success"
        ]
    );
    assert_eq!(till.journal().unwrap().len(), 1);
    assert!(attempt.acknowledge());
    assert!(till.journal().unwrap().is_empty());
}

#[test]
fn credit_card() {
    let gateway = TestGateway::start().unwrap();
    let till = Till::open(gateway.url()).unwrap();
    let order = gateway.create(&["credit_card"]).unwrap();

    let card = PaymentMethod::CreditCard;
    let (attempt, events) = till.confirm(&order.payment_token, card).unwrap();
    let request = events.wait_for_card_request();
    assert!(!request.to_json().contains(&order.payment_token));
    assert_eq!(attempt.cancel(), CancelOutcome::NotCancellable);

    let answer = approve(&request).to_json();
    let result = CardResult::from_json(&answer).unwrap();
    till.terminal.complete_card_payment(result.clone()).unwrap();
    events.wait_for("payment_success");
    let again = till.terminal.complete_card_payment(result);
    assert!(
        matches!(again, Err(TerminalError::CardResultRefused { .. })),
        "{again:?}"
    );
}

#[test]
fn one_attempt_at_a_time_for_one_order() {
    let gateway = TestGateway::start().unwrap();
    let till = Till::open(gateway.url()).unwrap();
    let order = gateway.create(&["credit_card", "cash"]).unwrap();
    let (first, _) = till
        .confirm(&order.payment_token, PaymentMethod::CreditCard)
        .unwrap();
    let second = till
        .confirm(&order.payment_token, PaymentMethod::Cash)
        .map(drop);
    let attempt_id = first.id();
    assert_eq!(second, Err(TerminalError::AttemptInProgress { attempt_id }));
}

/// Before and after a restart, and without starting anything.
#[test]
fn the_attempts_of_a_terminal_are_listed_with_their_facts() {
    let gateway = TestGateway::start().unwrap();
    let mut till = Till::open(gateway.url()).unwrap();
    let order = gateway.create(&["qr_mpm"]).unwrap();
    let (attempt, events) = till.confirm(&order.payment_token, paypay()).unwrap();
    events.wait_for("qr_ready");
    let left = attempt.remaining().map(|left| left.as_millis());
    assert!(
        left.is_some_and(|left| (200_000..=301_000).contains(&left)),
        "{left:?}"
    );
    assert_eq!(attempt.connection(), ConnectionState::Connected);
    let facts = attempt.facts();
    assert_eq!(facts.amount.map(|amount| amount.minor_units()), Some(2500));
    assert_eq!(facts.provider.as_deref(), Some("PAYPAY"));
    assert!(facts.expires_at.is_some());
    let running = till.terminal.attempts();
    assert_eq!(running.len(), 1);
    assert_eq!(
        (&running[0].facts, &running[0].state),
        (&facts, &attempt.state())
    );

    till.reopen().unwrap();
    let pending = till.terminal.attempts();
    assert_eq!(pending.len(), 1);
    assert_eq!(pending[0].facts, facts);
    assert_eq!(
        pending[0].state,
        PaymentState::Confirming,
        "nobody was asked yet"
    );
    gateway.pay(&order).unwrap();
    let events = std::sync::Arc::new(mpac_pgw_tests::Recorder::default());
    let attempt = till
        .terminal
        .recover_pending(events.clone())
        .unwrap()
        .remove(0);
    events.wait_for("payment_success");
    assert!(attempt.acknowledge());
    assert_eq!(till.terminal.attempts(), []);
    assert!(
        matches!(attempt.state(), PaymentState::Finished { .. }),
        "it stays as it is"
    );
}
