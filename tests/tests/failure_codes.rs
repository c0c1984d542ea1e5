//! Each failure that staff handle differently has a code of its own, and another try with the same
//! token works exactly when it is said to: both against the real gateway.

use std::time::Duration;

use mpac_pgw_sdk::{
    CardOutcome, CardResult, FailureCode, PaymentEventKind, PaymentMethod, PaymentTerminal,
    TerminalConfig, TerminalError,
};
use mpac_pgw_tests::{Recorder, TestGateway, Till, approve, patiently, paypay, scanned};
use serde_json::json;

fn failure(events: &Recorder) -> (FailureCode, bool) {
    match events.wait_for("payment_failed").kind {
        PaymentEventKind::PaymentFailed {
            code, can_retry, ..
        } => (code, can_retry),
        other => unreachable!("{other:?} has another name"),
    }
}

/// Whether the next customer can pay with the same token, in cash.
fn works_again(till: &Till, token: &str) -> Result<bool, TerminalError> {
    let (attempt, events) = till.confirm(token, PaymentMethod::Cash)?;
    patiently("an end", || {
        let names = events.names();
        let ends = ["payment_success", "payment_failed", "payment_cancelled"];
        ends.iter().any(|end| names.contains(&(*end).to_owned()))
    });
    attempt.acknowledge();
    Ok(events.names().contains(&"payment_success".to_owned()))
}

#[test]
fn another_try_works_exactly_when_it_is_promised() {
    let gateway = TestGateway::start().unwrap();
    let till = Till::open(gateway.url()).unwrap();
    let all = ["qr_mpm", "qr_cpm", "credit_card", "cash"];
    let wallet = |provider: &str| PaymentMethod::QrMpm {
        provider: provider.to_owned(),
    };
    let code = |outcome: &str| gateway.customer_code(outcome).unwrap();
    let used = code("approved");
    let order = gateway.create(&all).unwrap();
    let (_, events) = till.confirm(&order.payment_token, scanned(&used)).unwrap();
    events.wait_for("payment_success");

    let not_qr = gateway.create(&["cash"]).unwrap().payment_token;
    let token = || gateway.create(&all).unwrap().payment_token;
    let wrong_secret = token().replace("_secret_", "_secret_x");
    let table = [
        (wrong_secret, paypay(), FailureCode::UnknownToken),
        (
            "pi_01HXYNOBODY_secret_x".to_owned(),
            paypay(),
            FailureCode::UnknownToken,
        ),
        (not_qr, paypay(), FailureCode::MethodNotAllowed),
        (token(), wallet("LINEPAY"), FailureCode::UnknownProvider),
        (
            token(),
            scanned(&code("not-enough-balance")),
            FailureCode::InsufficientFunds,
        ),
        (token(), scanned(&used), FailureCode::CustomerCodeExpired),
    ];
    for (token, method, expected) in table {
        let (_, events) = till.confirm(&token, method).unwrap();
        let (code, can_retry) = failure(&events);
        assert_eq!(code, expected);
        assert_eq!(works_again(&till, &token), Ok(can_retry), "{code:?}");
    }

    for (outcome, expected) in [
        (CardOutcome::Declined, FailureCode::CardDeclined),
        (CardOutcome::Error, FailureCode::CardAppError),
    ] {
        let token = token();
        let (_, events) = till.confirm(&token, PaymentMethod::CreditCard).unwrap();
        let request = events.wait_for_card_request();
        let result = CardResult {
            outcome,
            approval_code: None,
            ..approve(&request)
        };
        till.terminal.complete_card_payment(result).unwrap();
        assert_eq!(failure(&events), (expected, true));
        assert_eq!(works_again(&till, &token), Ok(true), "{expected:?}");
    }
}

/// The merchant's back end is right, and the terminal has a slip in its address.
#[test]
fn with_the_address_put_right_the_same_token_works() {
    let gateway = TestGateway::start().unwrap();
    let token = gateway.create(&["cash"]).unwrap().payment_token;
    let mistyped = Till::open(&format!("{}/apl", gateway.url())).unwrap();
    let (_, events) = mistyped.confirm(&token, PaymentMethod::Cash).unwrap();
    assert_eq!(failure(&events), (FailureCode::GatewayMisconfigured, true));
    let till = Till::open(gateway.url()).unwrap();
    assert_eq!(works_again(&till, &token), Ok(true));
}

#[test]
fn a_gateway_that_stays_too_busy_is_worth_another_try_later() {
    let gateway = TestGateway::start().unwrap();
    let token = gateway.create(&["cash"]).unwrap().payment_token;
    let busy = json!({
        "action": "status", "status": 429, "method": "GET", "path": "/v1/payment_intents/*",
        "count": 4,
    });
    gateway.add_fault(&busy).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut config = TerminalConfig::new(gateway.url(), folder.path());
    config.polling.min_interval = Some(Duration::from_secs(1).into());
    config.polling.max_interval = Some(Duration::from_secs(1).into());
    config.polling.backoff_after = Some(Duration::from_secs(1).into());
    let terminal = PaymentTerminal::open(config, None).unwrap();
    let events = std::sync::Arc::new(Recorder::default());
    terminal
        .confirm_payment(token.clone(), PaymentMethod::Cash, events.clone())
        .unwrap();
    assert_eq!(failure(&events), (FailureCode::RateLimited, true));
    let till = Till::open(gateway.url()).unwrap();
    assert_eq!(works_again(&till, &token), Ok(true));
}
