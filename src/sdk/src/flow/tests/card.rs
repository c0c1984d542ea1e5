//! The hand-off to MPACCreditCard.

use super::*;

#[test]
fn card_results_that_do_not_belong_are_refused_and_change_nothing() {
    let (mut till, request) = at_card_app();
    let good = approve(&request);
    let table = [
        (
            CardResult {
                nonce: "0".repeat(32).into(),
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
                version: 3,
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

/// The card app's word is about the card alone: another till may have taken the money meanwhile.
#[test]
fn what_the_card_app_says_ends_nothing_before_the_gateway_was_asked() {
    let paid_in_cash = {
        let mut paid = intent("succeeded");
        paid["payment_method_type"] = json!("cash");
        paid
    };
    let by = CancelledBy::Gateway;
    for outcome in [
        CardOutcome::Declined,
        CardOutcome::Cancelled,
        CardOutcome::Error,
    ] {
        let table = [
            (paid_in_cash.clone(), Ended::Succeeded),
            (intent("cancelled"), Ended::Cancelled { by }),
        ];
        for (gateway_says, expected) in table {
            let (mut till, request) = at_card_app();
            till.card(not_charged(&request, outcome)).unwrap();
            assert_eq!(
                (till.asks(), till.names()),
                ("retrieve", vec!["card_app_requested"])
            );
            let mut next = till.restart();
            for till in [&mut till, &mut next] {
                till.lose().wait();
                assert_eq!(till.asks(), "retrieve");
                till.reply(200, &gateway_says);
                assert_eq!(till.result(), expected, "{outcome:?}");
            }
        }
        // Somebody else's payment is being processed: its end is waited for.
        let (mut till, request) = at_card_app();
        till.card(not_charged(&request, outcome)).unwrap();
        till.reply(200, &intent("processing"));
        assert!(!matches!(till.flow.state(), PaymentState::Finished { .. }));
        till.wait().reply(200, &paid_in_cash);
        assert_eq!(till.result(), Ended::Succeeded);
    }
}

#[test]
fn a_declined_card_ends_the_attempt_but_not_the_payment() {
    let (mut till, request) = at_card_app();
    till.card(not_charged(&request, CardOutcome::Declined))
        .unwrap();
    // Another till shows a code for the same order: it may still be paid.
    for _ in 0..10 {
        till.reply(200, &intent("requires_action")).wait();
        assert!(!matches!(till.flow.state(), PaymentState::Finished { .. }));
    }
    till.reply(200, &intent("requires_payment_method"));
    let Ended::Failed {
        code, can_retry, ..
    } = till.result()
    else {
        panic!("{:?}", till.result());
    };
    assert_eq!((code, can_retry), (FailureCode::CardDeclined, true));
}

#[test]
fn while_the_card_app_has_the_payment_what_others_do_is_told_and_decides_nothing() {
    for status in [
        "requires_action",
        "processing",
        "succeeded",
        "cancelled",
        "failed",
    ] {
        let (mut till, request) = at_card_app();
        let began = till.now;
        till.wait();
        assert_eq!(till.asks(), "retrieve");
        let gap = (till.now - began).as_secs();
        assert!((40..=60).contains(&gap), "slowly: after {gap} s");
        till.reply(200, &intent(status));
        assert_eq!(
            till.names(),
            ["card_app_requested", "status_changed"],
            "{status}"
        );
        assert!(matches!(
            till.flow.state(),
            PaymentState::AwaitingCardApp { .. }
        ));
        // The card was charged all the same.
        till.card(approve(&request)).unwrap();
        assert_eq!(till.asks(), "confirm", "{status}");
    }
}

#[test]
fn a_charge_that_the_gateway_will_not_record_is_never_called_failed() {
    for status in STATUSES {
        let (mut till, request) = at_card_app();
        till.card(approve(&request)).unwrap();
        till.reply(409, &error("invalid_payment_state"));
        let mut answer = intent(status);
        answer["payment_method_type"] = json!("cash");
        till.reply(200, &answer);
        assert_eq!(till.result(), not_recorded(), "{status}");
        let mut next = till.restart();
        next.reply(200, &answer);
        for till in [&mut till, &mut next] {
            assert_eq!(till.result(), not_recorded(), "{status}");
            let (was_unresolved, effects) = till.flow.acknowledge();
            till.carry_out(effects);
            assert!(was_unresolved && till.forgotten, "{status}");
        }
    }
}

const STATUSES: [&str; 5] = [
    "requires_payment_method",
    "requires_action",
    "cancelled",
    "failed",
    "succeeded",
];

fn not_recorded() -> Ended {
    Ended::Unresolved(UncertaintyCause::CardChargedNotRecorded)
}

/// A charge that is to be given back.
fn unrecorded_charge() -> Till {
    let (mut till, request) = at_card_app();
    till.card(approve(&request)).unwrap();
    till.reply(409, &error("invalid_payment_state"));
    till.reply(200, &intent("requires_payment_method"));
    assert_eq!(till.result(), not_recorded());
    till
}

#[test]
fn a_charge_to_give_back_is_still_asked_about() {
    let mut till = unrecorded_charge();
    let mut next = till.restart();
    assert_eq!(
        next.names(),
        Vec::<&str>::new(),
        "the gateway is asked first"
    );
    next.lose();
    assert!(!matches!(next.flow.state(), PaymentState::Finished { .. }));
    let mut paid = intent("succeeded");
    paid["payment_method_type"] = json!("credit_card");
    paid["external_ref_id"] = json!("A1");
    for till in [&mut till, &mut next] {
        till.wait();
        assert_eq!(till.asks(), "retrieve");
        till.reply(200, &paid);
        assert_eq!(till.result(), Ended::Succeeded);
    }
    // Slowly, once the staff has been told, and told once.
    let mut till = unrecorded_charge();
    let began = till.now;
    for _ in 0..10 {
        till.wait().reply(200, &intent("requires_payment_method"));
    }
    assert!((till.now - began).as_secs() >= 400);
    assert_eq!(till.names(), ["card_app_requested", "payment_unresolved"]);
    till.wait().reply(200, &intent("cancelled"));
    assert_eq!(till.flow.wake_at(), None, "it will stay so");
    assert_eq!(till.result(), not_recorded());
    // The advice is told again, and as told before, once the gateway still has no other word.
    for status in STATUSES {
        let mut next = unrecorded_charge().restart();
        let mut answer = intent(status);
        answer["payment_method_type"] = json!("cash");
        next.reply(200, &answer);
        assert_eq!(next.names().last(), Some(&"payment_unresolved"), "{status}");
        assert!(next.replayed, "{status}");
        assert_eq!(next.result(), not_recorded(), "{status}");
    }
}

#[test]
fn a_refund_is_not_advised_while_the_gateway_is_at_work() {
    let refusals = [
        (false, 409, "invalid_payment_state"),
        (true, 409, "invalid_payment_state"),
        // It is found by the look that follows.
        (true, 404, "payment_not_found"),
    ];
    for (is_sent_before, status, code) in refusals {
        let (mut till, request) = at_card_app();
        till.card(approve(&request)).unwrap();
        let open = match is_sent_before {
            false => "processing",
            // The first send may still be on its way.
            true => {
                till.lose().wait();
                till.reply(200, &intent("requires_payment_method"));
                "requires_payment_method"
            }
        };
        for _ in 0..20 {
            till.reply(status, &error(code));
            till.reply(200, &intent(open)).wait();
            assert_eq!(till.asks(), "retrieve");
            assert!(!till.names().contains(&"payment_unresolved"));
            till.reply(200, &intent(open));
            assert_eq!(till.asks(), "confirm");
        }
        till.reply(200, &confirmation("succeeded"));
        assert_eq!(till.result(), Ended::Succeeded);
    }
    // What is wrong with the request itself stays wrong.
    let (mut till, request) = at_card_app();
    till.card(approve(&request)).unwrap();
    till.lose().wait();
    till.reply(200, &intent("requires_payment_method"));
    till.reply(400, &error("invalid_request"));
    till.reply(200, &intent("requires_payment_method"));
    assert_eq!(till.result(), not_recorded());
}

/// Whoever gives such a charge back may give back the payment of the order.
#[test]
fn a_refund_is_never_advised_while_the_gateway_says_paid_by_card() {
    let paid = |at: Option<&str>, method: Option<&str>| {
        let mut paid = intent("succeeded");
        paid["external_ref_id"] = json!(at);
        paid["payment_method_type"] = json!(method);
        paid
    };
    let not_matched = Ended::Unresolved(UncertaintyCause::CardChargeNotMatched);
    let not_recorded = Ended::Unresolved(UncertaintyCause::CardChargedNotRecorded);
    let table = [
        // The gateway says which card it was.
        (paid(Some("A1"), Some("credit_card")), Ended::Succeeded),
        (paid(Some("B2"), Some("credit_card")), not_matched.clone()),
        // It does not say which, or not even how.
        (paid(None, Some("credit_card")), not_matched.clone()),
        (paid(None, None), not_matched),
        // Another way: the charge was for nothing.
        (paid(None, Some("cash")), not_recorded.clone()),
        (paid(None, Some("qr_mpm")), not_recorded),
    ];
    for (answer, expected) in table {
        // The key's own answer was a refusal.
        let (mut till, request) = at_card_app();
        till.card(approve(&request)).unwrap();
        till.reply(409, &error("invalid_payment_state"));
        till.reply(200, &answer);
        assert_eq!(till.result(), expected, "refused: {answer}");

        // The key is older than the 24 hours that it lives: it is not relied upon.
        for (hours, minutes) in [(24, 0), (24, 1), (25, 0), (24 * 30, 0)] {
            let (mut till, request) = at_card_app();
            till.card(approve(&request)).unwrap();
            let mut next = till.restart();
            next.now += Duration::from_secs(hours * 3600 + minutes * 60);
            next.lose().wait().reply(200, &answer);
            assert_eq!(next.asks(), "nothing", "the next day: {answer}");
            assert_eq!(next.result(), expected, "the next day: {answer}");
        }
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
    let expected = Ended::Unresolved(UncertaintyCause::CardChargeNotMatched);
    assert_eq!(next.result(), expected);
}

/// Two tills may have masked, or made up, the same code.
#[test]
fn a_code_that_may_be_another_charges_is_no_proof() {
    for code in ["UNKNOWN", "************1111"] {
        let (mut till, request) = at_card_app();
        let approved = CardResult {
            approval_code: Some(code.into()),
            ..approve(&request)
        };
        till.card(approved).unwrap();
        till.reply(409, &error("invalid_payment_state"));
        let mut paid = intent("succeeded");
        paid["payment_method_type"] = json!("credit_card");
        paid["external_ref_id"] = json!(code);
        till.reply(200, &paid);
        let not_matched = Ended::Unresolved(UncertaintyCause::CardChargeNotMatched);
        assert_eq!(till.result(), not_matched, "{code}");
    }
}

#[test]
fn a_charge_whose_confirm_was_taken_is_watched_to_its_end_and_not_cancelled() {
    for status in ["processing", "requires_capture"] {
        let (mut till, request) = at_card_app();
        till.card(approve(&request)).unwrap();
        till.reply(200, &confirmation(status));
        assert_eq!(till.cancel().cancel, Some(CancelOutcome::NotCancellable));
        assert_eq!(till.asks(), "nothing");
        let mut paid = intent("succeeded");
        paid["payment_method_type"] = json!("credit_card");
        till.wait().reply(200, &paid);
        assert_eq!(till.result(), Ended::Succeeded, "{status}");
    }
    // An answer that nothing was confirmed is none.
    let (mut till, request) = at_card_app();
    till.card(approve(&request)).unwrap();
    till.reply(200, &confirmation("requires_payment_method"));
    till.wait().reply(200, &intent("requires_payment_method"));
    assert_eq!(till.asks(), "confirm");
}

#[test]
fn a_method_that_is_spelled_otherwise_may_be_a_card() {
    for method in ["", "card", "credit-card", "CreditCard", "Credit Card"] {
        let (mut till, request) = at_card_app();
        till.card(approve(&request)).unwrap();
        let mut next = till.restart();
        let mut paid = intent("succeeded");
        paid["payment_method_type"] = json!(method);
        next.reply(200, &paid);
        assert_eq!(next.asks(), "confirm", "the key tells: {method}");
        next.reply(409, &error("invalid_payment_state"));
        next.reply(200, &paid);
        let not_matched = Ended::Unresolved(UncertaintyCause::CardChargeNotMatched);
        assert_eq!(next.result(), not_matched, "{method}");
    }
}

#[test]
fn a_nonce_in_capitals_is_the_same_nonce() {
    let (mut till, request) = at_card_app();
    let approved = CardResult {
        nonce: request.nonce.to_ascii_uppercase().into(),
        ..approve(&request)
    };
    till.card(approved).unwrap();
    assert_eq!(till.asks(), "confirm");
}

#[test]
fn a_silent_card_app_is_unknown_and_its_late_answer_still_counts() {
    let (mut till, request) = at_card_app();
    assert_eq!(till.cancel().cancel, Some(CancelOutcome::NotCancellable));
    let began = till.now;
    while !till.names().contains(&"payment_unresolved") {
        till.wait();
        if till.asks() == "retrieve" {
            till.reply(200, &intent("requires_payment_method"));
        }
    }
    let elapsed = (till.now - began).as_secs();
    assert_eq!(elapsed, 1830, "at its end and the grace");
    let unresolved = Ended::Unresolved(UncertaintyCause::CardAppSilent);
    assert_eq!(till.result(), unresolved);
    till.card(approve(&request)).unwrap();
    till.reply(200, &confirmation("succeeded"));
    assert_eq!(till.result(), Ended::Succeeded);
}

/// The gateway is being asked at the moment when the card app answers.
#[test]
fn a_card_result_counts_whatever_request_is_under_way() {
    for outcome in [CardOutcome::Approved, CardOutcome::Declined] {
        for is_answered in [true, false] {
            let (mut till, request) = at_card_app();
            till.wait();
            let result = CardResult {
                outcome,
                ..approve(&request)
            };
            till.card(result).unwrap();
            assert_eq!(till.asks(), "retrieve");
            if is_answered {
                till.reply(200, &intent("requires_payment_method"));
            } else {
                till.lose().wait();
            }
            if outcome == CardOutcome::Approved {
                assert_eq!(till.asks(), "confirm");
                till.reply(200, &confirmation("succeeded"));
                assert_eq!(till.result(), Ended::Succeeded);
            } else {
                if !is_answered {
                    till.reply(200, &intent("requires_payment_method"));
                }
                assert!(matches!(till.result(), Ended::Failed { .. }));
            }
        }
    }
}

fn not_charged(request: &CardRequest, outcome: CardOutcome) -> CardResult {
    CardResult {
        outcome,
        approval_code: None,
        card_brand: None,
        ..approve(request)
    }
}
