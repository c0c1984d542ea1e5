//! The guide's three flows, and switching between them.

use super::*;

#[test]
fn qr_is_shown_polled_and_paid() {
    let mut till = showing_qr();
    assert!(matches!(
        till.flow.state(),
        PaymentState::AwaitingCustomer { .. }
    ));
    till.wait().reply(200, &intent("requires_action"));
    till.wait().reply(200, &intent("succeeded"));
    assert_eq!(
        till.names(),
        [
            "status_changed",
            "qr_ready",
            "status_changed",
            "payment_success"
        ]
    );
    assert!(!till.forgotten, "the app has not acknowledged it yet");
    let (_, effects) = till.flow.acknowledge();
    till.carry_out(effects);
    assert!(till.forgotten && till.flow.is_over());
}

#[test]
fn card_goes_to_the_card_app_and_back() {
    let (mut till, request) = at_card_app();
    assert_eq!(
        till.saved.card_request().as_ref(),
        Some(&request),
        "journaled before launch"
    );
    till.card(approve(&request)).unwrap();
    assert_eq!(
        till.saved.approval,
        Some(approve(&request)),
        "journaled before confirm"
    );
    let Some(Request::Confirm { body, .. }) = &till.request else {
        panic!("{:?}", till.request);
    };
    assert_eq!(body.external_ref_id.as_deref(), Some("A1"));
    assert_eq!(body.provider.as_ref().unwrap().as_str(), "VISA");
    till.reply(200, &confirmation("succeeded"));
    assert_eq!(
        till.names(),
        ["card_app_requested", "status_changed", "payment_success"]
    );
}

#[test]
fn cash_is_recorded() {
    let mut till = Till::new(PaymentMethod::Cash);
    till.reply(200, &intent("requires_payment_method"));
    till.reply(200, &confirmation("succeeded"));
    assert_eq!(till.names(), ["status_changed", "payment_success"]);
}

#[test]
fn an_expired_code_is_replaced_under_a_new_key() {
    let mut till = showing_qr();
    let first_key = till.saved.confirm_key.clone();
    while till.asks() != "confirm" {
        if till.request.is_some() {
            till.reply(200, &intent("requires_action"));
        }
        till.wait();
    }
    assert!(server_seconds(till.now) >= START + 300);
    assert_ne!(till.key(), first_key);
    assert_eq!(
        till.saved.confirm_key,
        till.key(),
        "journaled before it was sent"
    );
    let answer = qr_confirmation("https://qr.example/2", till.now);
    till.reply(200, &answer);
    assert_eq!(
        till.names()
            .iter()
            .filter(|name| **name == "qr_ready")
            .count(),
        2
    );
}

#[test]
fn the_method_can_be_switched_while_a_code_is_on_show() {
    // To cash: the same attempt, a new key, one answer.
    let mut till = showing_qr();
    let first_key = till.saved.confirm_key.clone();
    let (outcome, effects) = till.flow.switch_method(till.moment(), PaymentMethod::Cash);
    till.carry_out(effects);
    assert_eq!(outcome, SwitchOutcome::Switching);
    assert_ne!(till.key(), first_key);
    assert_eq!(
        till.saved.confirm_key,
        till.key(),
        "journaled before it was sent"
    );
    till.reply(200, &confirmation("succeeded"));
    assert_eq!(till.result(), Ended::Succeeded);

    // The code was paid in the last moment.
    let mut till = showing_qr();
    let (_, effects) = till.flow.switch_method(till.moment(), PaymentMethod::Cash);
    till.carry_out(effects);
    till.reply(409, &error("invalid_payment_state"));
    let mut paid = intent("succeeded");
    paid["payment_method_type"] = json!("qr_mpm");
    till.reply(200, &paid);
    assert_eq!(till.result(), Ended::Succeeded);
    let told = till.flow.record().method_type();
    assert_eq!(told, PaymentMethodType::QrMpm, "no cash was recorded");

    // The gateway refuses: the code on show is still the way to pay.
    let mut till = showing_qr();
    let (_, effects) = till.flow.switch_method(till.moment(), PaymentMethod::Cash);
    till.carry_out(effects);
    till.reply(400, &error("invalid_request"));
    till.reply(200, &intent("requires_action"));
    assert!(matches!(
        till.flow.state(),
        PaymentState::AwaitingCustomer { .. }
    ));
    assert_eq!(till.saved.method, qr());
    assert_eq!(
        till.names()[2..],
        ["switch_refused", "qr_ready"],
        "the code is shown again"
    );

    // Never to a card, never in the middle of something, never without the journal.
    let mut till = showing_qr();
    let (outcome, _) = till
        .flow
        .switch_method(till.moment(), PaymentMethod::CreditCard);
    assert_eq!(outcome, SwitchOutcome::NotSwitchable);
    till.disk_full = true;
    let (_, effects) = till.flow.switch_method(till.moment(), PaymentMethod::Cash);
    till.carry_out(effects);
    assert_eq!(till.asks(), "nothing");
    assert!(matches!(
        till.flow.state(),
        PaymentState::AwaitingCustomer { .. }
    ));
    let (mut till, _) = at_card_app();
    let (outcome, _) = till.flow.switch_method(till.moment(), PaymentMethod::Cash);
    assert_eq!(outcome, SwitchOutcome::NotSwitchable);
}
