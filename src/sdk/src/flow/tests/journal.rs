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
    assert_eq!((next.names(), next.asks()), (vec![], "retrieve"));
    next.reply(200, &intent("requires_payment_method"));
    next.card(approve(&request)).unwrap();
    assert_eq!((next.names(), next.asks()), (vec![], "confirm"));
}

/// Whoever can write a file could have goods handed over for nothing.
#[test]
fn a_result_from_disk_is_told_once_the_gateway_agrees() {
    type Finish = fn() -> Till;
    let finished: [(&str, Finish); 4] = [
        ("succeeded", || {
            let mut till = showing_qr();
            till.wait().reply(200, &intent("succeeded"));
            till
        }),
        ("cancelled", || {
            let mut till = showing_qr();
            till.wait().reply(200, &intent("cancelled"));
            till
        }),
        ("failed", || {
            let mut till = showing_qr();
            till.wait().reply(200, &intent("failed"));
            till
        }),
        ("requires_payment_method", || {
            let (mut till, request) = at_card_app();
            let declined = CardResult {
                outcome: CardOutcome::Declined,
                ..approve(&request)
            };
            till.card(declined).unwrap();
            till.reply(200, &intent("requires_payment_method"));
            till
        }),
    ];
    for (status, finish) in finished {
        let till = finish();
        let result = till.result();
        let mut next = till.restart();
        assert_eq!((next.names(), next.asks()), (vec![], "retrieve"));
        next.lose().wait();
        assert!(!matches!(next.flow.state(), PaymentState::Finished { .. }));
        next.reply(200, &intent(status));
        assert_eq!(next.result(), result, "{status}");
        assert!(next.replayed && !till.replayed, "{status}");
        let connection = ["connection_lost", "connection_restored"];
        assert_eq!(next.names()[..2], connection, "{status}");
        assert_eq!(next.names().len(), 3, "nothing else: {status}");

        // The gateway knows better.
        let mut next = till.restart();
        next.reply(200, &intent("succeeded"));
        assert_eq!(next.result(), Ended::Succeeded, "{status}");
        assert!(next.names().contains(&"payment_success"));

        if result != Ended::Succeeded {
            // Somebody is paying it just now.
            let mut next = till.restart();
            next.reply(200, &intent("processing"));
            assert!(!matches!(next.flow.state(), PaymentState::Finished { .. }));
            next.wait().reply(200, &intent("succeeded"));
            assert_eq!(next.result(), Ended::Succeeded, "{status}");
        } else {
            for unpaid in ["requires_payment_method", "processing", "cancelled"] {
                let mut next = till.restart();
                next.reply(200, &intent(unpaid));
                let contradictory = Ended::Unresolved(UncertaintyCause::ContradictoryAnswer);
                assert_eq!(next.result(), contradictory, "{unpaid}");
            }
        }
    }
}

/// It was told that the outcome is not known, and then that it is paid; nobody heard the latter.
#[test]
fn a_success_on_disk_cannot_be_settled_by_hand() {
    let mut till = showing_qr();
    while !till.names().contains(&"payment_unresolved") {
        till.wait().lose();
    }
    till.wait().reply(200, &intent("succeeded"));
    let mut next = till.restart();
    next.lose();
    assert_eq!(next.names(), ["connection_lost"]);
    let (was_unresolved, effects) = next.flow.acknowledge();
    assert!(!was_unresolved && effects.is_empty());
    next.wait().reply(200, &intent("succeeded"));
    assert_eq!(next.result(), Ended::Succeeded);
}

/// The other device has the same keys and the same card app, and goes on.
#[test]
fn an_attempt_of_a_copied_journal_only_asks() {
    let confirming = || {
        let mut till = Till::new(PaymentMethod::Cash);
        till.reply(200, &intent("requires_payment_method"));
        till
    };
    let charged = || {
        let (mut till, request) = at_card_app();
        till.card(approve(&request)).unwrap();
        till
    };
    let begun: [fn() -> Till; 5] = [
        || Till::new(qr()),
        confirming,
        showing_qr,
        || at_card_app().0,
        charged,
    ];
    for begin in begun {
        let mut original = begin();
        original.saved.copied = true;
        let mut copy = original.restart();
        assert_eq!((copy.names(), copy.asks()), (vec![], "retrieve"));
        if let Some(request) = original.saved.card_request() {
            let result = CardResult {
                outcome: CardOutcome::Error,
                ..approve(&request)
            };
            assert_eq!(copy.card(result), Err(CardResultRefusal::NotWaiting));
        }
        assert_eq!(copy.cancel().cancel, Some(CancelOutcome::NotCancellable));
        let (outcome, effects) = copy.flow.switch_method(copy.moment(), PaymentMethod::Cash);
        assert_eq!(outcome, SwitchOutcome::NotSwitchable);
        copy.carry_out(effects);
        if original.saved.intent.is_some() {
            let mut wrong = intent("requires_action");
            wrong["amount"] = json!(1);
            copy.reply(200, &wrong).wait();
        }
        for _ in 0..200 {
            copy.reply(200, &intent("requires_action")).wait();
            assert_eq!(copy.asks(), "retrieve");
        }
        for shown in ["qr_ready", "card_app_requested"] {
            assert!(!copy.names().contains(&shown), "a copy asks for no money");
        }
        let mut paid = intent("succeeded");
        paid["payment_method_type"] = json!("cash");
        copy.reply(200, &paid);
        let expected = match original.saved.approval {
            None => Ended::Succeeded,
            Some(_) => Ended::Unresolved(UncertaintyCause::CardChargedNotRecorded),
        };
        assert_eq!(copy.result(), expected);
    }
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
        assert_ne!(till.asks(), "nothing");
    }
}

#[test]
fn a_status_that_an_earlier_process_may_have_told_is_replayed() {
    for status in ["requires_action", "processing"] {
        let mut next = showing_qr().restart();
        let reply = Ok(response(200, &intent(status).to_string()));
        let effects = next.flow.answered(next.moment(), &reply);
        let told = effects.iter().find_map(|effect| match effect {
            Effect::Emit {
                event: PaymentEventKind::StatusChanged { .. },
                replayed,
            } => Some(*replayed),
            _ => None,
        });
        assert_eq!(told, Some(true), "{status}");
    }
    // Nothing was told of what was only looked up.
    let mut new = Till::new(qr());
    new.reply(200, &intent("processing"));
    assert_eq!(new.names(), ["status_changed"]);
    assert!(!new.replayed);
}

#[test]
fn a_code_is_shown_again_after_a_restart_while_it_can_be_paid() {
    let mut next = showing_qr().restart();
    assert_eq!(next.names(), [""; 0]);
    assert_eq!(next.flow.state(), PaymentState::Confirming);
    next.lose();
    assert_eq!(next.names(), ["connection_lost"]);
    next.wait().reply(200, &intent("requires_action"));
    assert_eq!(next.names().last(), Some(&"qr_ready"));
    assert!(next.replayed);
    assert!(matches!(
        next.flow.state(),
        PaymentState::AwaitingCustomer { .. }
    ));

    // Paid, or over, meanwhile.
    for status in ["processing", "succeeded", "cancelled"] {
        let mut next = showing_qr().restart();
        next.reply(200, &intent(status));
        assert!(!next.names().contains(&"qr_ready"), "{status}");
    }

    // Unresolved: nobody may pay what the staff settles by hand.
    let mut till = showing_qr();
    while !till.names().contains(&"payment_unresolved") {
        till.wait().lose();
    }
    let mut next = till.restart_at(till.now);
    next.reply(200, &intent("requires_action"));
    assert!(!next.names().contains(&"qr_ready"), "{:?}", next.names());
    assert!(matches!(next.flow.state(), PaymentState::Finished { .. }));

    // Expired: a new one replaces it.
    let mut next = showing_qr().restart_at(Duration::from_secs(1400));
    while next.asks() != "confirm" {
        assert!(!next.names().contains(&"qr_ready"));
        let state = next.flow.state();
        assert_eq!(state, PaymentState::Confirming);
        next.reply(200, &intent("requires_action")).wait();
    }
    let answer = qr_confirmation("https://qr.example/2", next.now);
    next.reply(200, &answer);
    assert_eq!(next.names().last(), Some(&"qr_ready"));
    assert!(!next.replayed);
}

/// As when the operating system has run out of something.
struct NoEntropy;

impl Entropy for NoEntropy {
    fn random(&mut self) -> Result<[u8; 16], EntropyError> {
        Err(EntropyError)
    }
}

#[test]
fn without_random_numbers_no_key_is_made_up_and_nothing_changes() {
    // Switching is refused.
    let mut till = showing_qr();
    let before = till.saved.clone();
    till.flow.entropy = Box::new(NoEntropy);
    let (outcome, effects) = till.flow.switch_method(till.moment(), PaymentMethod::Cash);
    assert_eq!((outcome, effects), (SwitchOutcome::NotSwitchable, vec![]));
    assert_eq!(*till.flow.record(), before);

    // An expired code is not replaced, and still asked about.
    let end = till.now + Duration::from_secs(400);
    while till.now < end {
        assert_ne!(till.asks(), "confirm");
        if till.request.is_some() {
            till.reply(200, &intent("requires_action"));
        }
        till.wait();
    }
    assert_eq!(*till.flow.record(), before);
}
