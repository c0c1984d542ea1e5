//! The guide's *Payment Flow by Method*, from the terminal's side, against the real gateway.

use std::sync::Arc;

use mpac_pgw_sdk::{
    CancelOutcome, CardOutcome, CardResult, CardResultRefusal, PaymentEventKind, PaymentMethod,
    PaymentResult, PaymentState, TerminalError, qr_png, qr_svg,
};
use mpac_pgw_tests::{Recorder, TestGateway, Till, approve, patiently};

fn paypay() -> PaymentMethod {
    PaymentMethod::QrMpm {
        provider: "PAYPAY".to_owned(),
    }
}

#[test]
fn qr_mpm() {
    let gateway = TestGateway::start().unwrap();
    let till = Till::open(gateway.url()).unwrap();
    let order = gateway.create(&["qr_mpm"]).unwrap();
    let events = Arc::new(Recorder::default());

    let attempt = till
        .terminal
        .confirm_payment(order.payment_token.clone(), paypay(), events.clone())
        .unwrap();
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
    assert_eq!(
        events.names(),
        [
            "status_changed",
            "qr_ready",
            "status_changed",
            "payment_success"
        ]
    );
    patiently("forgetting an accepted attempt", || {
        till.journal().unwrap().is_empty()
    });
}

#[test]
fn credit_card() {
    let gateway = TestGateway::start().unwrap();
    let till = Till::open(gateway.url()).unwrap();
    let order = gateway.create(&["credit_card"]).unwrap();
    let events = Arc::new(Recorder::default());

    let method = PaymentMethod::CreditCard;
    let attempt = till
        .terminal
        .confirm_payment(order.payment_token.clone(), method, events.clone())
        .unwrap();
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
fn cash() {
    let gateway = TestGateway::start().unwrap();
    let till = Till::open(gateway.url()).unwrap();
    let order = gateway.create(&["cash"]).unwrap();
    let events = Arc::new(Recorder::default());

    let before = till
        .terminal
        .retrieve_payment_intent(order.payment_token.clone())
        .unwrap();
    assert_eq!(before.status.as_str(), "requires_payment_method");
    let method = PaymentMethod::Cash;
    till.terminal
        .confirm_payment(order.payment_token.clone(), method, events.clone())
        .unwrap();
    events.wait_for("payment_success");
    let after = till.terminal.retrieve_payment_intent(order.payment_token);
    assert_eq!(after.unwrap().status.as_str(), "succeeded");
}

#[test]
fn a_declined_card_leaves_the_order_open_for_cash() {
    let gateway = TestGateway::start().unwrap();
    let till = Till::open(gateway.url()).unwrap();
    let order = gateway.create(&["credit_card", "cash"]).unwrap();
    let token = || order.payment_token.clone();

    let events = Arc::new(Recorder::default());
    let card = PaymentMethod::CreditCard;
    till.terminal
        .confirm_payment(token(), card, events.clone())
        .unwrap();
    let declined = CardResult {
        outcome: CardOutcome::Declined,
        approval_code: None,
        ..approve(&events.wait_for_card_request())
    };
    till.terminal.complete_card_payment(declined).unwrap();
    let failed = events.wait_for("payment_failed").kind;
    assert!(matches!(
        failed,
        PaymentEventKind::PaymentFailed {
            can_retry: true,
            ..
        }
    ));

    let events = Arc::new(Recorder::default());
    let cash = PaymentMethod::Cash;
    till.terminal
        .confirm_payment(token(), cash, events.clone())
        .unwrap();
    events.wait_for("payment_success");
}

#[test]
fn cancel_withdraws_the_code() {
    let gateway = TestGateway::start().unwrap();
    let till = Till::open(gateway.url()).unwrap();
    let order = gateway.create(&["qr_mpm"]).unwrap();
    let events = Arc::new(Recorder::default());
    let attempt = till
        .terminal
        .confirm_payment(order.payment_token.clone(), paypay(), events.clone())
        .unwrap();
    events.wait_for("qr_ready");
    assert_eq!(attempt.cancel(), CancelOutcome::Cancelled);
    events.wait_for("payment_cancelled");
    assert!(gateway.pay(&order).is_err(), "the code can still be paid");
}

#[test]
fn a_code_paid_before_the_cancel_wins() {
    let gateway = TestGateway::start().unwrap();
    let till = Till::open(gateway.url()).unwrap();
    let order = gateway.create(&["qr_mpm"]).unwrap();
    let events = Arc::new(Recorder::default());
    let attempt = till
        .terminal
        .confirm_payment(order.payment_token.clone(), paypay(), events.clone())
        .unwrap();
    events.wait_for("qr_ready");
    gateway.pay(&order).unwrap();
    assert_eq!(attempt.cancel(), CancelOutcome::AlreadySucceeded);
    events.wait_for("payment_success");
}

#[test]
fn bad_tokens_and_methods_are_refused() {
    let gateway = TestGateway::start().unwrap();
    let till = Till::open(gateway.url()).unwrap();
    let confirm = |token: &str, method: PaymentMethod| {
        let events = Arc::new(Recorder::default());
        let confirmed = till
            .terminal
            .confirm_payment(token.to_owned(), method, events.clone());
        confirmed.map(|_| events)
    };

    let malformed = confirm("pi_1", PaymentMethod::Cash);
    assert!(matches!(
        malformed,
        Err(TerminalError::InvalidPaymentToken { .. })
    ));

    let no_wallet = PaymentMethod::QrMpm {
        provider: String::new(),
    };
    let order = gateway.create(&["qr_mpm"]).unwrap();
    let nameless = confirm(&order.payment_token, no_wallet);
    assert!(matches!(
        nameless,
        Err(TerminalError::InvalidArgument { .. })
    ));

    // A token of another payment, or of none: the gateway refuses, and nothing was paid.
    let unknown = confirm("pi_01HXYNOBODY_secret_abc", PaymentMethod::Cash).unwrap();
    unknown.wait_for("payment_failed");

    let not_allowed = confirm(&order.payment_token, PaymentMethod::Cash).unwrap();
    let PaymentEventKind::PaymentFailed { can_retry, .. } =
        not_allowed.wait_for("payment_failed").kind
    else {
        unreachable!("payment_failed says why");
    };
    assert!(can_retry);
}

#[test]
fn one_attempt_at_a_time_for_one_order() {
    let gateway = TestGateway::start().unwrap();
    let till = Till::open(gateway.url()).unwrap();
    let order = gateway.create(&["credit_card", "cash"]).unwrap();
    let events = Arc::new(Recorder::default());
    let confirm = |method| {
        let token = order.payment_token.clone();
        till.terminal.confirm_payment(token, method, events.clone())
    };
    let first = confirm(PaymentMethod::CreditCard).unwrap();
    let attempt_id = first.id();
    let second = confirm(PaymentMethod::Cash).map(drop);
    assert_eq!(second, Err(TerminalError::AttemptInProgress { attempt_id }));
}

#[test]
fn a_result_for_nobody_is_refused() {
    let gateway = TestGateway::start().unwrap();
    let till = Till::open(gateway.url()).unwrap();
    let order = gateway.create(&["credit_card"]).unwrap();
    let events = Arc::new(Recorder::default());
    let method = PaymentMethod::CreditCard;
    till.terminal
        .confirm_payment(order.payment_token, method, events.clone())
        .unwrap();
    let foreign = CardResult {
        attempt_id: "nobody".to_owned(),
        ..approve(&events.wait_for_card_request())
    };
    let refused = till.terminal.complete_card_payment(foreign);
    let cause = CardResultRefusal::UnknownAttempt;
    assert_eq!(refused, Err(TerminalError::CardResultRefused { cause }));
}
