//! Cancelling is a race with one truthful answer.

use super::*;

#[test]
fn cancel_is_a_race_with_an_answer() {
    let mut till = showing_qr();
    till.cancel();
    assert_eq!((till.asks(), till.cancel), ("cancel", None));
    till.reply(200, &intent("cancelled"));
    assert_eq!(till.cancel, Some(CancelOutcome::Cancelled));

    let mut till = showing_qr();
    till.cancel().reply(409, &error("invalid_payment_state"));
    till.reply(200, &intent("succeeded"));
    assert_eq!(till.cancel, Some(CancelOutcome::AlreadySucceeded));
    assert_eq!(till.result(), PaymentResult::Succeeded);

    let mut till = showing_qr();
    till.cancel().reply(409, &error("invalid_payment_state"));
    till.reply(200, &intent("processing"));
    assert_eq!(till.cancel, Some(CancelOutcome::NotCancellable));
    till.wait().reply(200, &intent("succeeded"));
    assert_eq!(till.result(), PaymentResult::Succeeded);
}

#[test]
fn a_cancel_that_cancels_nothing_is_not_repeated_in_a_rush() {
    let mut till = showing_qr();
    till.cancel().reply(200, &intent("requires_action"));
    assert_eq!(till.asks(), "nothing");
    till.wait().reply(200, &intent("cancelled"));
    assert_eq!(till.cancel, Some(CancelOutcome::Cancelled));
}

#[test]
fn an_unheard_cancel_is_looked_up_then_repeated_with_the_same_key() {
    let mut till = showing_qr();
    till.cancel();
    let key = till.key().to_owned();
    till.lose();
    assert_eq!(till.cancel, None);
    till.wait().reply(200, &intent("requires_action"));
    assert_eq!((till.asks(), till.key()), ("cancel", &*key));
    till.reply(200, &intent("cancelled"));
    assert_eq!(till.cancel, Some(CancelOutcome::Cancelled));
}
