//! The hand-off to MPACCreditCard.

use super::*;

#[test]
fn card_results_that_do_not_belong_are_refused_and_change_nothing() {
    let (mut till, request) = at_card_app();
    let good = approve(&request);
    let table = [
        (
            CardResult {
                nonce: "0".repeat(32),
                ..good.clone()
            },
            CardResultRefusal::WrongNonce,
        ),
        (
            CardResult {
                amount: 1.try_into().unwrap(),
                ..good.clone()
            },
            CardResultRefusal::WrongAmount,
        ),
        (
            CardResult {
                currency: "USD".parse().unwrap(),
                ..good.clone()
            },
            CardResultRefusal::WrongAmount,
        ),
        (
            CardResult {
                version: 2,
                ..good.clone()
            },
            CardResultRefusal::UnsupportedVersion,
        ),
        (
            CardResult {
                approval_code: None,
                ..good.clone()
            },
            CardResultRefusal::Incomplete,
        ),
    ];
    let before = till.saved.clone();
    for (result, refusal) in table {
        assert_eq!(till.card(result), Err(refusal));
        assert_eq!((&till.saved, till.asks()), (&before, "nothing"));
    }
    till.card(good.clone()).unwrap();
    assert_eq!(
        till.card(good),
        Err(CardResultRefusal::NotWaiting),
        "a second time"
    );
}

#[test]
fn a_declined_card_ends_the_attempt_but_not_the_payment() {
    let (mut till, request) = at_card_app();
    let declined = CardResult {
        outcome: CardOutcome::Declined,
        ..approve(&request)
    };
    till.card(declined).unwrap();
    let PaymentResult::Failed {
        code, can_retry, ..
    } = till.result()
    else {
        panic!("{:?}", till.result());
    };
    assert_eq!((code, can_retry), (FailureCode::CardDeclined, true));
}

#[test]
fn a_charge_that_the_gateway_will_not_record_is_never_called_failed() {
    for status in ["cancelled", "failed", "succeeded", "processing"] {
        let (mut till, request) = at_card_app();
        till.card(approve(&request)).unwrap();
        till.reply(409, &error("invalid_payment_state"));
        till.reply(200, &intent(status));
        let expected = PaymentResult::unresolved(UncertaintyCause::CardChargedNotRecorded);
        assert_eq!(till.result(), expected, "{status}");
        assert_eq!(till.restart().names(), ["payment_unresolved"], "{status}");
        let (was_unresolved, effects) = till.flow.acknowledge();
        till.carry_out(effects);
        assert!(was_unresolved && till.forgotten, "{status}");
    }
}

/// The order was paid by a card at another terminal while this one was down.
#[test]
fn a_second_charge_is_not_taken_for_the_first_after_a_restart() {
    let (mut till, request) = at_card_app();
    till.card(approve(&request)).unwrap();
    let mut next = till.restart();
    let mut paid = intent("succeeded");
    paid["payment_method_type"] = json!("credit_card");
    next.reply(200, &paid);
    assert_eq!(
        next.asks(),
        "confirm",
        "the stored answer of the same key tells"
    );
    next.reply(409, &error("invalid_payment_state"));
    next.reply(200, &paid);
    let expected = PaymentResult::unresolved(UncertaintyCause::CardChargedNotRecorded);
    assert_eq!(next.result(), expected);
}

#[test]
fn a_silent_card_app_is_unknown_and_its_late_answer_still_counts() {
    let (mut till, request) = at_card_app();
    assert_eq!(till.cancel().cancel, Some(CancelOutcome::NotCancellable));
    till.wait();
    let unresolved = PaymentResult::unresolved(UncertaintyCause::CardAppSilent);
    assert_eq!(till.result(), unresolved);
    till.card(approve(&request)).unwrap();
    till.reply(200, &confirmation("succeeded"));
    assert_eq!(till.result(), PaymentResult::Succeeded);
}
