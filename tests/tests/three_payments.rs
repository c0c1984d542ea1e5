//! The guide's *Payment Flow by Method*, from the terminal's side, against the real gateway.

use mpac_pgw_sdk::{
    CancelOutcome, CardOutcome, CardResult, CardResultRefusal, PaymentEventKind, PaymentMethod,
    PaymentResult, PaymentState, SwitchOutcome, TerminalError, qr_png, qr_svg,
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
fn cash() {
    let gateway = TestGateway::start().unwrap();
    let till = Till::open(gateway.url()).unwrap();
    let order = gateway.create(&["cash"]).unwrap();
    let status = || {
        let token = order.payment_token.clone();
        let intent = till.terminal.retrieve_payment_intent(token).unwrap();
        intent.status.to_string()
    };

    assert_eq!(status(), "requires_payment_method");
    let (_, events) = till
        .confirm(&order.payment_token, PaymentMethod::Cash)
        .unwrap();
    events.wait_for("payment_success");
    assert_eq!(status(), "succeeded");
}

#[test]
fn a_declined_card_leaves_the_order_open_for_cash() {
    let gateway = TestGateway::start().unwrap();
    let till = Till::open(gateway.url()).unwrap();
    let order = gateway.create(&["credit_card", "cash"]).unwrap();

    let card = PaymentMethod::CreditCard;
    let (_, events) = till.confirm(&order.payment_token, card).unwrap();
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

    let (_, events) = till
        .confirm(&order.payment_token, PaymentMethod::Cash)
        .unwrap();
    events.wait_for("payment_success");
}

#[test]
fn a_customer_who_cannot_pay_by_code_pays_in_cash() {
    let gateway = TestGateway::start().unwrap();
    let till = Till::open(gateway.url()).unwrap();
    let order = gateway.create(&["qr_mpm", "cash"]).unwrap();
    let (attempt, events) = till.confirm(&order.payment_token, paypay()).unwrap();
    events.wait_for("qr_ready");
    let nameless = PaymentMethod::QrMpm {
        provider: String::new(),
    };
    let refused = attempt.switch_method(nameless);
    assert!(
        matches!(refused, Err(TerminalError::InvalidArgument { .. })),
        "{refused:?}"
    );
    assert_eq!(
        attempt.switch_method(PaymentMethod::Cash),
        Ok(SwitchOutcome::Switching)
    );
    let success = events.wait_for("payment_success");
    assert_eq!(success.method.as_str(), "cash");
    assert!(gateway.pay(&order).is_err(), "the code can still be paid");
}

#[test]
fn cancel_withdraws_the_code() {
    let gateway = TestGateway::start().unwrap();
    let till = Till::open(gateway.url()).unwrap();
    let order = gateway.create(&["qr_mpm"]).unwrap();
    let (attempt, events) = till.confirm(&order.payment_token, paypay()).unwrap();
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
    let (attempt, events) = till.confirm(&order.payment_token, paypay()).unwrap();
    events.wait_for("qr_ready");
    gateway.pay(&order).unwrap();
    assert_eq!(attempt.cancel(), CancelOutcome::AlreadySucceeded);
    events.wait_for("payment_success");
}

#[test]
fn bad_tokens_and_methods_are_refused() {
    let gateway = TestGateway::start().unwrap();
    let till = Till::open(gateway.url()).unwrap();

    let malformed = till.confirm("pi_1", PaymentMethod::Cash).map(drop);
    assert!(matches!(
        malformed,
        Err(TerminalError::InvalidPaymentToken { .. })
    ));

    let no_wallet = PaymentMethod::QrMpm {
        provider: String::new(),
    };
    let order = gateway.create(&["qr_mpm"]).unwrap();
    let nameless = till.confirm(&order.payment_token, no_wallet).map(drop);
    assert!(matches!(
        nameless,
        Err(TerminalError::InvalidArgument { .. })
    ));

    // A token of another payment, or of none: the gateway refuses, and nothing was paid.
    let nobody = "pi_01HXYNOBODY_secret_abc";
    let (_, unknown) = till.confirm(nobody, PaymentMethod::Cash).unwrap();
    unknown.wait_for("payment_failed");

    let (_, not_allowed) = till
        .confirm(&order.payment_token, PaymentMethod::Cash)
        .unwrap();
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
    let (first, _) = till
        .confirm(&order.payment_token, PaymentMethod::CreditCard)
        .unwrap();
    let second = till
        .confirm(&order.payment_token, PaymentMethod::Cash)
        .map(drop);
    let attempt_id = first.id();
    assert_eq!(second, Err(TerminalError::AttemptInProgress { attempt_id }));
}

#[test]
fn a_result_for_nobody_is_refused() {
    let gateway = TestGateway::start().unwrap();
    let till = Till::open(gateway.url()).unwrap();
    let order = gateway.create(&["credit_card"]).unwrap();
    let (_, events) = till
        .confirm(&order.payment_token, PaymentMethod::CreditCard)
        .unwrap();
    let foreign = CardResult {
        attempt_id: "nobody".to_owned(),
        ..approve(&events.wait_for_card_request())
    };
    let refused = till.terminal.complete_card_payment(foreign);
    let cause = CardResultRefusal::UnknownAttempt;
    assert_eq!(
        refused,
        Err(TerminalError::CardResultRefused { refusal: cause })
    );
}
