//! A code that the customer shows and the terminal scans.

use super::*;

const CODE: &str = "281012345678901234";

fn scanned() -> PaymentMethod {
    PaymentMethod::QrCpm {
        provider: "PAYPAY".into(),
        customer_code: CODE.into(),
    }
}

/// An attempt whose confirm is under way.
fn confirming() -> Till {
    let mut till = Till::new(scanned());
    till.reply(200, &intent("requires_payment_method"));
    assert_eq!(till.asks(), "confirm");
    till
}

/// The wallet will not charge the customer.
fn refusal() -> Value {
    json!({"error": {
        "code": "invalid_request",
        "message": format!("the balance behind {CODE} is not enough"),
        "param": "customer_code",
    }})
}

fn switch(till: &mut Till, method: PaymentMethod) -> SwitchOutcome {
    let (outcome, effects) = till.flow.switch_method(till.moment(), method);
    till.carry_out(effects);
    outcome
}

/// Whether the code is in what a restart would find.
fn is_journaled(till: &Till) -> bool {
    serde_json::to_string(&till.saved).unwrap().contains(CODE)
}

fn assert_refused(till: &Till) {
    let Ended::Failed {
        code,
        reason,
        can_retry,
    } = till.result()
    else {
        panic!("{:?}", till.result());
    };
    assert_eq!((code, can_retry), (FailureCode::CustomerCodeRefused, true));
    assert_eq!(reason, "the balance behind [customer_code] is not enough");
    assert!(!is_journaled(till));
}

#[test]
fn the_code_is_sent_and_charged() {
    let mut till = confirming();
    let Some(Request::Confirm { body, .. }) = &till.request else {
        panic!("{:?}", till.request);
    };
    assert_eq!(
        serde_json::to_value(body).unwrap(),
        json!({
            "payment_token": format!("{INTENT}_secret_abc"),
            "payment_method_type": "qr_cpm",
            "provider": "PAYPAY",
            "customer_code": CODE,
        })
    );
    assert!(is_journaled(&till), "on disk before it is sent");
    till.reply(200, &confirmation("succeeded"));
    assert_eq!(till.names(), ["status_changed", "payment_success"]);
    assert!(!is_journaled(&till), "the answer is there");
}

#[test]
fn a_reserved_payment_is_watched_until_it_is_taken() {
    let mut till = confirming();
    till.reply(200, &confirmation("processing"));
    assert_eq!(till.flow.state(), PaymentState::Processing);
    assert!(!is_journaled(&till), "the confirm is not sent again");
    till.wait().reply(200, &intent("processing"));
    let mut next = till.restart();
    assert_eq!((next.asks(), next.names()), ("retrieve", vec![]));
    next.reply(200, &intent("succeeded"));
    assert_eq!(next.result(), Ended::Succeeded);
}

#[test]
fn a_refused_code_ends_the_attempt_but_not_the_payment() {
    let mut till = confirming();
    till.reply(400, &refusal());
    assert_eq!(till.asks(), "retrieve", "a look first");
    till.reply(200, &intent("requires_payment_method"));
    assert_refused(&till);
    assert_eq!(till.names(), ["payment_failed"]);
}

#[test]
fn what_the_gateway_knows_after_a_refusal_counts_more() {
    let mut till = confirming();
    till.reply(400, &refusal());
    till.reply(200, &intent("succeeded"));
    assert_eq!(till.result(), Ended::Succeeded);

    let mut till = confirming();
    till.reply(400, &refusal());
    till.reply(200, &intent("processing"));
    assert_eq!(till.flow.state(), PaymentState::Processing);
    assert!(!is_journaled(&till));
}

/// The gateway does not know what the wallet did.
#[test]
fn an_unknown_charge_is_looked_up_then_asked_for_again_with_the_same_key() {
    let outcomes: [(u16, Value, Ended); 2] = [
        (200, confirmation("succeeded"), Ended::Succeeded),
        (409, error("invalid_payment_state"), Ended::Succeeded),
    ];
    for (status, body, expected) in outcomes {
        let mut till = confirming();
        let key = till.key().to_owned();
        till.reply(502, &error("provider_error"));
        assert!(matches!(till.flow.state(), PaymentState::Verifying { .. }));
        assert!(is_journaled(&till), "it is needed for the same request");
        till.wait().reply(200, &intent("requires_payment_method"));
        assert_eq!((till.asks(), till.key()), ("confirm", &*key));
        till.reply(status, &body);
        if till.asks() == "retrieve" {
            till.reply(200, &intent("succeeded"));
        }
        assert_eq!(till.result(), expected);
    }
}

/// The gateway keeps a refusal under its key, so no earlier send of it can be charged any more.
#[test]
fn a_refusal_counts_though_an_earlier_answer_was_lost() {
    let mut till = confirming();
    till.lose();
    till.wait().reply(200, &intent("requires_payment_method"));
    till.reply(400, &refusal());
    till.reply(200, &intent("requires_payment_method"));
    assert_refused(&till);

    let mut next = confirming().restart();
    next.reply(200, &intent("requires_payment_method"));
    assert_eq!(next.asks(), "confirm");
    next.reply(400, &refusal());
    next.reply(200, &intent("requires_payment_method"));
    assert_refused(&next);
}

/// Only the wallet's own refusal is one. Others say nothing about an earlier send.
#[test]
fn another_refusal_after_a_lost_answer_is_watched() {
    let provider = json!({"error": {
        "code": "invalid_request", "message": "why", "param": "provider",
    }});
    let state = json!({"error": {
        "code": "invalid_payment_state", "message": "why", "param": "customer_code",
    }});
    for (status, other) in [(400, provider), (409, state)] {
        let mut till = confirming();
        till.lose();
        till.wait().reply(200, &intent("requires_payment_method"));
        till.reply(status, &other);
        till.reply(200, &intent("requires_payment_method"));
        assert_eq!(till.flow.state(), PaymentState::Processing);
    }
}

#[test]
fn a_charge_that_is_not_known_yet_is_never_switched_away() {
    let mut till = confirming();
    assert_eq!(
        switch(&mut till, PaymentMethod::Cash),
        SwitchOutcome::NotSwitchable
    );
    till.reply(502, &error("provider_error"));
    assert_eq!(
        switch(&mut till, PaymentMethod::Cash),
        SwitchOutcome::NotSwitchable
    );
    till.wait().reply(200, &intent("processing"));
    assert_eq!(
        switch(&mut till, PaymentMethod::Cash),
        SwitchOutcome::NotSwitchable
    );
}

#[test]
fn a_cancel_asks_the_gateway_and_forgets_the_code() {
    let mut till = confirming();
    till.reply(502, &error("provider_error"));
    till.cancel();
    assert!(!is_journaled(&till), "no confirm follows a cancel");
    assert_eq!(till.asks(), "retrieve", "a look first");
    till.reply(200, &intent("requires_payment_method"));
    assert_eq!(till.asks(), "cancel");
    till.reply(409, &error("invalid_payment_state"));
    till.reply(200, &intent("succeeded"));
    assert_eq!(till.cancel, Some(CancelOutcome::AlreadySucceeded));
    assert_eq!(till.result(), Ended::Succeeded);
}

#[test]
fn a_customer_who_cannot_scan_shows_a_code_instead() {
    let mut till = showing_qr();
    assert_eq!(switch(&mut till, scanned()), SwitchOutcome::Switching);
    assert_eq!(till.asks(), "confirm");
    till.reply(200, &confirmation("processing"));
    // The code that was on show is withdrawn, and not shown again after a restart.
    let mut next = till.restart();
    assert_eq!(
        (next.names(), next.flow.state()),
        (vec![], PaymentState::Processing)
    );
    next.reply(200, &intent("succeeded"));
    assert_eq!(next.result(), Ended::Succeeded);
    assert_eq!(next.flow.record().method_type(), PaymentMethodType::QrCpm);
}

#[test]
fn a_code_refused_after_a_switch_is_followed_by_a_fresh_one_to_scan() {
    let mut till = showing_qr();
    switch(&mut till, scanned());
    let key = till.key().to_owned();
    till.reply(400, &refusal());
    // The guide knows no way back from here, whether or not the old code still stands.
    till.reply(200, &intent("requires_action"));
    assert_eq!(till.asks(), "confirm");
    assert_ne!(till.key(), key);
    assert_eq!(
        till.saved.confirm_key,
        till.key(),
        "journaled before it was sent"
    );
    assert_eq!(till.saved.method, qr());
    assert!(!is_journaled(&till));
    let told = PaymentEventKind::SwitchRefused {
        code: FailureCode::CustomerCodeRefused,
        reason: "the balance behind [customer_code] is not enough".to_owned(),
    };
    assert_eq!(till.events.last(), Some(&told));
    let answer = qr_confirmation("https://qr.example/2", till.now);
    till.reply(200, &answer);
    assert_eq!(till.names().last(), Some(&"qr_ready"));
    let PaymentState::AwaitingCustomer { qr } = till.flow.state() else {
        panic!("{:?}", till.flow.state());
    };
    assert_eq!(qr.content.as_str(), "https://qr.example/2");
    assert_eq!(
        switch(&mut till, scanned()),
        SwitchOutcome::Switching,
        "another try"
    );

    // The old code was paid in the last moment.
    let mut till = showing_qr();
    switch(&mut till, scanned());
    till.reply(400, &refusal());
    till.reply(200, &intent("requires_action"));
    till.reply(409, &error("invalid_payment_state"));
    till.reply(200, &intent("succeeded"));
    assert_eq!(till.result(), Ended::Succeeded);
}

#[test]
fn a_full_disk_after_a_refused_switch_leaves_the_attempt_watched() {
    let mut till = showing_qr();
    switch(&mut till, scanned());
    till.reply(400, &refusal());
    till.disk_full = true;
    till.reply(200, &intent("requires_action"));
    assert_eq!(till.asks(), "nothing");
    assert!(matches!(
        till.flow.state(),
        PaymentState::AwaitingCustomer { .. }
    ));
    till.wait();
    assert_eq!(till.asks(), "retrieve");
    // What is on disk leads to the same refusal again.
    let mut next = till.restart();
    next.reply(200, &intent("requires_action"));
    assert_eq!(next.asks(), "confirm");
    next.reply(400, &refusal());
    next.reply(200, &intent("requires_action"));
    assert_eq!((next.asks(), &next.saved.method), ("confirm", &qr()));
}
