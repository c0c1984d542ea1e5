//! Crashes, restarts and full disks.

use super::*;

#[test]
fn a_restart_goes_on_where_the_crash_left_off() {
    // Confirming: the confirm may have been sent.
    let mut till = Till::new(PaymentMethod::Cash);
    till.reply(200, &intent("requires_payment_method"));
    let key = till.key().to_owned();
    let mut next = till.restart();
    assert_eq!(next.asks(), "retrieve");
    next.reply(200, &intent("requires_payment_method"));
    assert_eq!((next.asks(), next.key()), ("confirm", &*key));

    // Watching: the code is still on show.
    let mut next = showing_qr().restart();
    next.reply(200, &intent("requires_action"));
    assert!(matches!(
        next.flow.state(),
        PaymentState::AwaitingCustomer { .. }
    ));

    // At the card app: not launched again, but its answer is taken.
    let (till, request) = at_card_app();
    let mut next = till.restart();
    assert_eq!((next.names(), next.asks()), (vec![], "nothing"));
    next.card(approve(&request)).unwrap();
    assert_eq!(next.asks(), "confirm");

    // Paid, but the app has not heard.
    let mut till = showing_qr();
    till.wait().reply(200, &intent("succeeded"));
    assert_eq!(till.restart().names(), ["payment_success"]);
}

#[test]
fn nothing_is_started_without_the_journal() {
    let mut till = Till::new(PaymentMethod::CreditCard);
    till.disk_full = true;
    till.reply(200, &intent("requires_payment_method"));
    assert_eq!(till.asks(), "nothing");
    assert_eq!(
        till.names(),
        ["payment_failed"],
        "the card app was not launched"
    );
}

#[test]
fn a_card_result_that_cannot_be_journaled_is_not_taken() {
    for outcome in [CardOutcome::Approved, CardOutcome::Declined] {
        let (mut till, request) = at_card_app();
        till.disk_full = true;
        let result = CardResult {
            outcome,
            ..approve(&request)
        };
        till.card(result.clone()).unwrap();
        assert_eq!(
            (till.asks(), till.names()),
            ("nothing", vec!["card_app_requested"])
        );
        // There is space again: the same result, a second time.
        till.disk_full = false;
        till.card(result).unwrap();
        assert_ne!((till.asks(), till.names().len()), ("nothing", 1));
    }
}

#[test]
fn a_code_is_shown_again_after_a_restart() {
    let next = showing_qr().restart();
    assert_eq!(next.names(), ["qr_ready"]);
    assert!(matches!(
        next.flow.state(),
        PaymentState::AwaitingCustomer { .. }
    ));
}
