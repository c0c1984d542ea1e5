//! Answers that say nothing certain, and what certain ones mean.

use super::*;

#[test]
fn an_unknown_answer_to_confirm_is_looked_up_then_repeated_with_the_same_key() {
    let uncertain: [Reply; 4] = [
        Err(UncertaintyCause::ConnectionLost),
        Ok(response(500, "")),
        Ok(response(
            502,
            r#"{"error":{"code":"provider_error","message":"x"}}"#,
        )),
        Ok(response(200, r#"{"object":"payment_int"#)),
    ];
    for reply in uncertain {
        let mut till = Till::new(PaymentMethod::Cash);
        till.reply(200, &intent("requires_payment_method"));
        let key = till.key().to_owned();
        assert_eq!(till.saved.confirm_key, key, "journaled before it was sent");
        till.reply_with(reply);
        assert!(matches!(till.flow.state(), PaymentState::Verifying { .. }));
        till.wait();
        assert_eq!(till.asks(), "retrieve");
        till.reply(200, &intent("requires_payment_method"));
        assert_eq!((till.asks(), till.key()), ("confirm", &*key));
        till.reply(200, &confirmation("succeeded"));
        assert_eq!(till.result(), Ended::Succeeded);
    }
}

/// Every request, with every answer that says nothing certain.
#[test]
fn whatever_is_not_certain_is_asked_again() {
    let replies: [(&str, Reply); 9] = [
        (
            "refused, lost or timed out",
            Err(UncertaintyCause::ConnectionLost),
        ),
        ("unreadable", Err(UncertaintyCause::InvalidResponse)),
        ("500 without a body", Ok(response(500, ""))),
        (
            "502 of the gateway",
            Ok(response(502, &error("provider_error").to_string())),
        ),
        ("503 of a proxy", Ok(response(503, "<html>"))),
        ("truncated", Ok(response(200, "{\"id\":\"pi_01"))),
        ("redirect", Ok(response(302, ""))),
        ("403 of a proxy", Ok(response(403, "forbidden"))),
        ("no JSON", Ok(response(200, "<html>Welcome</html>"))),
    ];
    type Begin = fn() -> Till;
    let requests: [(&str, Begin, &[&str]); 4] = [
        ("retrieve", || Till::new(qr()), &["retrieve"]),
        (
            "confirm",
            || {
                let mut till = Till::new(qr());
                till.reply(200, &intent("requires_payment_method"));
                till
            },
            &["retrieve", "confirm"],
        ),
        (
            "poll",
            || {
                let mut till = showing_qr();
                till.wait();
                till
            },
            &["retrieve"],
        ),
        (
            "cancel",
            || {
                let mut till = showing_qr();
                till.cancel();
                till
            },
            &["retrieve", "cancel"],
        ),
    ];
    for (name, begin, next) in requests {
        for (reply_name, reply) in &replies {
            let case = format!("{name}: {reply_name}");
            let mut till = begin();
            let key = (next.len() > 1).then(|| till.key().to_owned());
            till.reply_with(reply.clone());
            till.wait();
            assert_eq!(till.asks(), next[0], "{case}");
            assert!(
                !matches!(till.flow.state(), PaymentState::Finished { .. }),
                "{case}"
            );
            if let Some(key) = key {
                till.reply(200, &intent("requires_action"));
                assert_eq!((till.asks(), till.key()), (next[1], &*key), "{case}");
            }
        }
        // Too busy to do anything: the same request again, without a look.
        for retry_after in [None, Some("2")] {
            let mut till = begin();
            let mut busy = response(429, "");
            busy.retry_after = retry_after.map(str::to_owned);
            till.reply_with(Ok(busy)).wait();
            assert_eq!(
                till.asks(),
                *next.last().unwrap(),
                "{name}: 429 {retry_after:?}"
            );
        }
    }
}

#[test]
fn a_confirm_that_got_through_unheard_is_a_success() {
    let mut till = Till::new(PaymentMethod::Cash);
    till.reply(200, &intent("requires_payment_method"));
    till.lose();
    till.wait().reply(200, &intent("succeeded"));
    assert_eq!(till.result(), Ended::Succeeded);
    assert!(till.names().contains(&"connection_lost"));
    assert!(till.names().contains(&"connection_restored"));
}

#[test]
fn a_409_is_explained_by_the_status() {
    let table = [
        ("succeeded", Ended::Succeeded),
        (
            "cancelled",
            Ended::Cancelled {
                by: CancelledBy::Gateway,
            },
        ),
    ];
    for (status, expected) in table {
        let mut till = Till::new(qr());
        till.reply(200, &intent("requires_payment_method"));
        till.reply(409, &error("invalid_payment_state"));
        till.reply(200, &intent(status));
        assert_eq!(till.result(), expected, "{status}");
    }
}

/// By another terminal's code, perhaps: whoever calls that failed has the customer pay twice.
#[test]
fn a_refusal_while_the_payment_is_being_processed_is_waited_out() {
    for method in [qr(), PaymentMethod::Cash] {
        let mut till = Till::new(method);
        till.reply(200, &intent("requires_payment_method"));
        till.reply(409, &error("invalid_payment_state"));
        till.reply(200, &intent("processing"));
        assert_eq!(till.flow.state(), PaymentState::Processing);
        till.wait().reply(200, &intent("succeeded"));
        assert_eq!(till.result(), Ended::Succeeded);
    }
}

#[test]
fn only_the_gateways_own_words_are_a_refusal() {
    let mut till = Till::new(PaymentMethod::Cash);
    till.reply(200, &intent("requires_payment_method"));
    till.reply_with(Ok(response(
        403,
        "<html>Please log in to the shop's Wi-Fi</html>",
    )));
    assert!(matches!(till.flow.state(), PaymentState::Verifying { .. }));

    let mut till = Till::new(PaymentMethod::Cash);
    till.reply(200, &intent("requires_payment_method"));
    till.reply(400, &error("invalid_request"));
    till.reply(200, &intent("requires_payment_method"));
    let Ended::Failed {
        code, can_retry, ..
    } = till.result()
    else {
        panic!("{:?}", till.result());
    };
    assert_eq!((code, can_retry), (FailureCode::GatewayRefused, true));
}

#[test]
fn lost_polls_never_end_a_payment() {
    let mut till = showing_qr();
    for _ in 0..25 {
        till.wait().lose();
        assert!(matches!(
            till.flow.state(),
            PaymentState::AwaitingCustomer { .. }
        ));
    }
    till.wait().reply(200, &intent("succeeded"));
    assert_eq!(till.result(), Ended::Succeeded);
}

#[test]
fn without_the_gateway_the_payment_becomes_unresolved_and_is_still_asked_about() {
    let mut till = showing_qr();
    while !till.names().contains(&"payment_unresolved") {
        till.wait().lose();
    }
    let elapsed = server_seconds(till.now) - START;
    assert!(
        (1830..1900).contains(&elapsed),
        "expires_at and a grace: {elapsed} s"
    );
    let unresolved = Ended::Unresolved(UncertaintyCause::ConnectionLost);
    assert_eq!(till.result(), unresolved);
    till.wait().lose();
    till.wait().reply(200, &intent("succeeded"));
    assert_eq!(till.result(), Ended::Succeeded);
    assert_eq!(
        till.names()
            .iter()
            .filter(|name| **name == "payment_unresolved")
            .count(),
        1
    );
}

#[test]
fn an_unknown_status_is_waited_out() {
    let mut till = showing_qr();
    till.wait().reply(200, &intent("requires_capture"));
    assert_eq!(till.flow.state(), PaymentState::Processing);
    till.wait().reply(200, &intent("succeeded"));
    assert_eq!(till.result(), Ended::Succeeded);
}

/// Somebody in between who gives up waiting, in a form like the gateway's.
#[test]
fn a_refusal_with_a_code_of_somebody_else_decides_nothing() {
    for status in [400, 403, 404, 408, 409, 425, 499] {
        let mut till = Till::new(PaymentMethod::Cash);
        till.reply(status, &error("RequestTimeout"));
        assert!(
            matches!(till.flow.state(), PaymentState::Confirming),
            "{status}"
        );
        till.wait().reply(200, &intent("requires_payment_method"));
        let key = till.key().to_owned();
        till.reply(status, &error("RequestTimeout"));
        assert!(
            matches!(till.flow.state(), PaymentState::Verifying { .. }),
            "{status}"
        );
        till.wait().reply(200, &intent("requires_payment_method"));
        assert_eq!((till.asks(), till.key()), ("confirm", &*key), "{status}");
        till.reply(200, &confirmation("succeeded"));
        assert_eq!(till.result(), Ended::Succeeded, "{status}");
    }
}

/// A confirm is answered with a code to be shown, and without the code.
#[test]
fn an_answer_that_never_gets_better_is_asked_for_at_the_usual_pace() {
    let mut till = Till::new(qr());
    till.reply(200, &intent("requires_payment_method"));
    let began = till.now;
    till.sent.clear();
    while till.now - began < Duration::from_secs(100) {
        match till.asks() {
            "confirm" => till.reply(200, &confirmation("requires_action")),
            "retrieve" => till.reply(200, &intent("requires_action")),
            _ => till.wait(),
        };
    }
    assert!(
        till.sent.len() <= 52,
        "{} requests in 100 s",
        till.sent.len()
    );
}
