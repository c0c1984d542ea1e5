//! Answers that contradict themselves, or what is known.

use super::*;

type Change = fn(&mut Value);

const CHANGES: [(&str, Change); 4] = [
    ("amount", |answer| answer["amount"] = json!(1)),
    ("currency", |answer| answer["currency"] = json!("USD")),
    ("both", |answer| {
        answer["amount"] = json!(25);
        answer["currency"] = json!("USD");
    }),
    ("id", |answer| {
        for id in ["id", "payment_id", "payment_intent_id"] {
            if answer.get(id).is_some() {
                answer[id] = json!("pi_01OTHER");
            }
        }
    }),
];

fn contradictory() -> Ended {
    Ended::Unresolved(UncertaintyCause::ContradictoryAnswer)
}

#[test]
fn another_amount_currency_or_id_is_neither_a_success_nor_a_failure() {
    type Begin = fn() -> Till;
    let charged: Begin = || {
        let (mut till, request) = at_card_app();
        till.card(approve(&request)).unwrap();
        till
    };
    let cash: Begin = || {
        let mut till = Till::new(PaymentMethod::Cash);
        till.reply(200, &intent("requires_payment_method"));
        till
    };
    let polling: Begin = || {
        let mut till = showing_qr();
        till.wait();
        till
    };
    let cancelling: Begin = || {
        let mut till = showing_qr();
        till.cancel();
        till
    };
    let begun: [(&str, Begin); 4] = [
        ("card", charged),
        ("cash", cash),
        ("poll", polling),
        ("cancel", cancelling),
    ];
    for (what, change) in CHANGES {
        for (name, begin) in begun {
            for status in ["succeeded", "failed", "cancelled"] {
                let case = format!("{name}: {status} with another {what}");
                let mut till = begin();
                let mut answer = match till.asks() {
                    "confirm" => confirmation(status),
                    _ => intent(status),
                };
                change(&mut answer);
                till.reply(200, &answer);
                assert_eq!(till.result(), contradictory(), "{case}");
                // Asked again, and soon: the next answer may be right.
                till.wait();
                assert_eq!(till.asks(), "retrieve", "{case}");
                let mut right = intent("succeeded");
                right["payment_method_type"] = json!("credit_card");
                right["external_ref_id"] = json!("A1");
                till.reply(200, &right);
                assert_eq!(till.result(), Ended::Succeeded, "{case}");
                let unresolved = |name: &&&str| **name == "payment_unresolved";
                assert_eq!(till.names().iter().filter(unresolved).count(), 1, "{case}");
            }
        }
    }
}

#[test]
fn one_of_two_ids_is_enough() {
    for id in ["payment_id", "payment_intent_id"] {
        let mut till = Till::new(PaymentMethod::Cash);
        till.reply(200, &intent("requires_payment_method"));
        let mut answer = confirmation("succeeded");
        answer[id] = json!("pi_01OTHER");
        till.reply(200, &answer);
        assert_eq!(till.result(), contradictory(), "{id}");
    }
}

#[test]
fn a_code_is_shown_again_once_the_gateway_agrees() {
    let mut till = showing_qr();
    let mut wrong = intent("requires_action");
    wrong["amount"] = json!(1);
    till.wait().reply(200, &wrong);
    assert_eq!(till.result(), contradictory());
    till.wait().reply(200, &intent("requires_action"));
    assert!(matches!(
        till.flow.state(),
        PaymentState::AwaitingCustomer { .. }
    ));
    assert_eq!(till.names().last(), Some(&"qr_ready"));
    assert_eq!(till.saved.unresolved, None);
}

/// As of two gateways behind one address.
#[test]
fn answers_that_contradict_each_other_in_turn_are_told_once() {
    let mut till = showing_qr();
    for _ in 0..10 {
        let mut wrong = intent("requires_action");
        wrong["amount"] = json!(1);
        till.wait().reply(200, &wrong);
        till.wait().reply(200, &intent("requires_action"));
    }
    let expected = [
        "status_changed",
        "qr_ready",
        "payment_unresolved",
        "qr_ready",
        "payment_unresolved",
    ];
    assert_eq!(till.names(), expected);
    assert_eq!(till.result(), contradictory());
    till.wait().reply(200, &intent("succeeded"));
    assert_eq!(till.result(), Ended::Succeeded);
}

#[test]
fn before_anything_was_asked_of_it_a_contradiction_is_only_waited_out() {
    let mut till = Till::new(PaymentMethod::Cash);
    let mut other = intent("succeeded");
    other["id"] = json!("pi_01OTHER");
    till.reply(200, &other);
    assert!(matches!(till.flow.state(), PaymentState::Verifying { .. }));
    till.wait().reply(200, &intent("requires_payment_method"));
    assert_eq!(till.asks(), "confirm");
}

/// The gateway that is asked after a restart is held against what is on disk.
#[test]
fn what_was_known_before_a_restart_counts() {
    for (what, change) in CHANGES {
        let mut next = showing_qr().restart();
        let mut answer = intent("succeeded");
        change(&mut answer);
        next.reply(200, &answer);
        assert_eq!(next.result(), contradictory(), "{what}");
    }
}
