//! The guide's *Payment Flow by Method*, from the terminal's side, against the real gateway: what is
//! no scenario, since it looks at codes, ids and files.

use mpac_pgw_sdk::{
    CancelOutcome, CardResult, PaymentEventKind, PaymentMethod, PaymentResult, PaymentState,
    TerminalError, qr_png, qr_svg,
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
    let finished = PaymentState::Finished {
        result: PaymentResult::Succeeded,
    };
    assert_eq!(attempt.state(), finished);
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
