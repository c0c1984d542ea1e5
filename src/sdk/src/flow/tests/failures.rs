//! What staff handle differently has a code of its own, and another try is promised where one works.

use super::*;

fn failure(till: &Till) -> (FailureCode, bool) {
    match till.result() {
        Ended::Failed {
            code, can_retry, ..
        } => (code, can_retry),
        result => panic!("{result:?}"),
    }
}

fn refused(code: &str, param: &str, decline_code: Option<&str>) -> Value {
    let mut body = error(code);
    body["error"]["param"] = json!(param);
    if let Some(decline_code) = decline_code {
        body["error"]["decline_code"] = json!(decline_code);
    }
    body
}

#[test]
fn each_refusal_of_a_confirm_has_its_code() {
    let invalid = |param, decline| refused("invalid_request", param, decline);
    let scanned = || PaymentMethod::QrCpm {
        provider: "PAYPAY".to_owned(),
        customer_code: "281012345678901234".into(),
    };
    let table = [
        (
            qr(),
            invalid("provider", None),
            FailureCode::UnknownProvider,
        ),
        (
            qr(),
            invalid("payment_method_type", None),
            FailureCode::MethodNotAllowed,
        ),
        (qr(), invalid("amount", None), FailureCode::GatewayRefused),
        (
            scanned(),
            invalid("customer_code", Some("insufficient_funds")),
            FailureCode::InsufficientFunds,
        ),
        (
            scanned(),
            invalid("customer_code", Some("customer_code_expired")),
            FailureCode::CustomerCodeExpired,
        ),
        (
            scanned(),
            invalid("customer_code", Some("a_new_one")),
            FailureCode::CustomerCodeRefused,
        ),
        (
            scanned(),
            invalid("customer_code", None),
            FailureCode::CustomerCodeRefused,
        ),
    ];
    for (method, body, expected) in table {
        let mut till = Till::new(method);
        till.reply(200, &intent("requires_payment_method"));
        till.reply(400, &body);
        till.reply(200, &intent("requires_payment_method"));
        assert_eq!(failure(&till), (expected, true), "{body}");
    }
}

#[test]
fn a_token_that_the_gateway_does_not_know_is_not_worth_another_try() {
    for (status, code) in [
        (404, "payment_not_found"),
        (401, "authentication_error"),
        (403, "authentication_error"),
    ] {
        let mut till = Till::new(qr());
        till.reply(status, &error(code));
        assert_eq!(failure(&till), (FailureCode::UnknownToken, false), "{code}");
    }
}

#[test]
fn a_method_that_the_payment_was_not_created_for_is_not_even_sent() {
    let mut till = Till::new(PaymentMethod::Cash);
    let mut qr_only = intent("requires_payment_method");
    qr_only["payment_method_types"] = json!(["qr_mpm"]);
    till.reply(200, &qr_only);
    assert_eq!(failure(&till), (FailureCode::MethodNotAllowed, true));
}

/// A mistyped address: a page of some web server, or a gateway's own word about the path.
#[test]
fn nothing_at_the_path_ends_what_was_never_sent_and_nothing_else() {
    let pages = [
        response(404, "<html>not found</html>"),
        response(404, &error("invalid_request").to_string()),
    ];
    for page in pages {
        let mut till = Till::new(qr());
        till.reply_with(Ok(page.clone()));
        let expected = (FailureCode::GatewayMisconfigured, true);
        assert_eq!(failure(&till), expected);
        assert_eq!(till.names(), ["payment_failed"]);

        // Also after a restart, when still nothing was sent.
        let mut till = Till::new(qr()).restart();
        till.reply_with(Ok(page.clone()));
        assert_eq!(failure(&till), expected);

        let mut confirming = Till::new(qr());
        confirming.reply(200, &intent("requires_payment_method"));
        let mut watching = showing_qr();
        watching.wait();
        let mut cancelling = showing_qr();
        cancelling.cancel();
        let mut copy = Till::new(qr());
        copy.saved.copied = true;
        for mut till in [confirming, watching, cancelling, copy.restart()] {
            till.reply_with(Ok(page.clone()));
            let state = till.flow.state();
            assert!(!matches!(state, PaymentState::Finished { .. }), "{state:?}");
            till.wait().reply(200, &intent("succeeded"));
            assert_eq!(till.result(), Ended::Succeeded);
        }
    }
}

#[test]
fn a_gateway_that_stays_too_busy_ends_what_was_never_sent_and_nothing_else() {
    let busy = || Ok(response(429, ""));
    let mut till = Till::new(qr());
    let began = till.now;
    while till.now < began + Duration::from_secs(60) {
        assert_eq!(till.flow.state(), PaymentState::Confirming);
        till.reply_with(busy()).wait();
    }
    till.reply_with(busy());
    assert_eq!(failure(&till), (FailureCode::RateLimited, true));

    let mut till = Till::new(qr());
    till.reply(200, &intent("requires_payment_method"));
    for _ in 0..30 {
        till.reply_with(busy()).wait();
    }
    assert!(!matches!(till.flow.state(), PaymentState::Finished { .. }));
}

#[test]
fn an_expired_payment_is_no_other_refusal() {
    let mut till = Till::new(PaymentMethod::CreditCard);
    till.now += Duration::from_secs(1801);
    till.reply(200, &intent("requires_payment_method"));
    assert_eq!(failure(&till), (FailureCode::PaymentIntentExpired, false));
}

/// It was declined, and the payment has gone its way while the terminal was off.
#[test]
fn a_failure_found_on_disk_promises_another_try_only_while_there_is_one() {
    let (mut till, request) = at_card_app();
    let declined = CardResult {
        outcome: CardOutcome::Declined,
        ..approve(&request)
    };
    till.card(declined).unwrap();
    till.reply(200, &intent("requires_payment_method"));
    for (status, can_retry) in [("requires_payment_method", true), ("cancelled", false)] {
        let mut next = till.restart();
        next.reply(200, &intent(status));
        assert_eq!(failure(&next), (FailureCode::CardDeclined, can_retry));
    }
    let mut next = till.restart();
    next.reply(404, &error("payment_not_found"));
    assert_eq!(failure(&next), (FailureCode::CardDeclined, false));
}
