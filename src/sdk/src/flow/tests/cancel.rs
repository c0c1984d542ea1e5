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
    assert_eq!(till.result(), Ended::Succeeded);

    let mut till = showing_qr();
    till.cancel().reply(409, &error("invalid_payment_state"));
    till.reply(200, &intent("processing"));
    assert_eq!(till.cancel, Some(CancelOutcome::NotCancellable));
    till.wait().reply(200, &intent("succeeded"));
    assert_eq!(till.result(), Ended::Succeeded);
}

/// Only a refusal of the cancel itself says that it is refused.
#[test]
fn a_refused_confirm_is_no_refused_cancel() {
    let mut till = Till::new(qr());
    till.reply(200, &intent("requires_payment_method"));
    till.reply(409, &error("invalid_payment_state")).lose();
    till.cancel();
    till.reply(200, &intent("requires_action"));
    assert_eq!((till.asks(), till.cancel), ("cancel", None));
    till.reply(200, &intent("cancelled"));
    assert_eq!(till.cancel, Some(CancelOutcome::Cancelled));
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
    assert_eq!(till.flow.state(), PaymentState::Cancelling);
    till.lose();
    assert_eq!(till.cancel, Some(CancelOutcome::Queued), "at once");
    assert_eq!(till.flow.state(), PaymentState::Cancelling);
    till.wait().reply(200, &intent("requires_action"));
    assert_eq!((till.asks(), till.key()), ("cancel", &*key));
    till.reply(200, &intent("cancelled"));
    assert_eq!(till.cancel, Some(CancelOutcome::Cancelled));
}

#[test]
fn what_was_never_sent_is_cancelled_without_asking_anybody() {
    let offline = || {
        let mut till = Till::new(qr());
        till.lose();
        till
    };
    for mut till in [Till::new(qr()), offline(), offline().restart()] {
        till.cancel();
        assert_eq!(till.cancel, Some(CancelOutcome::Cancelled));
        let by = CancelledBy::Terminal;
        assert_eq!(till.result(), Ended::Cancelled { by });
        assert_eq!(till.names().last(), Some(&"payment_cancelled"));
        // An answer that comes late changes nothing.
        if till.request.is_some() {
            till.reply(200, &intent("requires_payment_method"));
            assert_eq!(till.asks(), "nothing");
        }
        // The app has not heard it, and hears it again: offline, too.
        let next = till.restart();
        assert_eq!(
            (next.names(), next.asks()),
            (vec!["payment_cancelled"], "nothing")
        );
        assert!(next.replayed);
    }
}

#[test]
fn a_success_that_claims_to_be_unsent_is_not_believed() {
    let mut till = Till::new(qr());
    till.cancel();
    till.saved.stage = crate::record::Stage::Finished {
        result: End::Succeeded,
    };
    let next = till.restart();
    assert_eq!((next.names(), next.asks()), (vec![], "retrieve"));
}

/// The app has heard that the cancel is queued, while the confirm was under way; and the process dies.
#[test]
fn a_queued_cancel_goes_on_after_a_restart() {
    for method in [qr(), PaymentMethod::Cash] {
        let mut till = Till::new(method);
        till.reply(200, &intent("requires_payment_method"));
        till.cancel();
        assert_eq!((till.asks(), till.cancel), ("confirm", None));
        till.lose();
        assert_eq!(till.cancel, Some(CancelOutcome::Queued));
        let mut next = till.restart();
        assert_eq!(next.flow.state(), PaymentState::Cancelling);
        next.reply(200, &intent("requires_action"));
        assert_eq!(next.asks(), "cancel");
        next.reply(200, &intent("cancelled"));
        let by = CancelledBy::Terminal;
        assert_eq!(next.result(), Ended::Cancelled { by });
        assert!(!next.names().contains(&"qr_ready"));
    }
}

/// The app did not wait for an answer, and the thread hears of the cancel after it.
#[test]
fn a_cancel_that_nobody_waits_for_follows_the_answer_under_way() {
    let mut till = Till::new(qr());
    till.reply(200, &intent("requires_payment_method"));
    till.flow.cancel_after_this();
    let answer = qr_confirmation("https://qr.example/1", till.now);
    till.reply(200, &answer);
    assert_eq!(till.asks(), "cancel");
    assert!(!till.names().contains(&"qr_ready"));
}
