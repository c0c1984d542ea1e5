//! Whose clock is believed, and when a payment becomes unresolved.

use super::*;

/// A reply with a `Date` that is so many seconds off.
fn dated(now: Duration, off_by: i64, status: u16, body: &str) -> Reply {
    let off_by_now =
        Duration::from_secs(u64::try_from(server_seconds(now) - START + 1000).unwrap());
    Ok(HttpResponse {
        date: Some(http_date(server_seconds(off_by_now) + off_by)),
        ..response(status, body)
    })
}

fn unresolved_events(till: &Till) -> usize {
    let names = till.names();
    let unresolved = names.iter().filter(|name| **name == "payment_unresolved");
    unresolved.count()
}

/// Whatever answers, and whatever it says the time is.
#[test]
fn no_answer_moves_the_deadline_later() {
    let gateway_error = error("internal_error").to_string();
    let replies: [(&str, u16, &str, i64); 9] = [
        ("the gateway, two hours on", 503, &gateway_error, 7200),
        ("the gateway, exact", 503, &gateway_error, 0),
        ("the gateway, a day behind", 503, &gateway_error, -86_400),
        ("a proxy, exact", 502, "<html>", 0),
        ("a proxy, a day behind", 502, "<html>", -86_400),
        ("busy, a day behind", 429, &gateway_error, -86_400),
        (
            "a captive portal, a year behind",
            200,
            "<html>",
            -31_536_000,
        ),
        ("not found, a day behind", 404, &gateway_error, -86_400),
        ("still open, a day behind", 200, "requires_action", -86_400),
    ];
    for (case, status, body, off_by) in replies {
        let is_intent = body == "requires_action";
        let body = match is_intent {
            true => intent(body).to_string(),
            false => body.to_owned(),
        };
        let mut till = showing_qr();
        let began = till.now;
        while unresolved_events(&till) == 0 {
            till.wait();
            assert!(till.now - began < Duration::from_secs(1920), "{case}");
            if till.asks() == "confirm" {
                let answer = qr_confirmation("https://qr.example/2", till.now).to_string();
                let reply = dated(till.now, off_by, 200, &answer);
                till.reply_with(reply);
            } else {
                let reply = dated(till.now, off_by, status, &body);
                till.reply_with(reply);
            }
        }
        // One, and then the slow pace.
        till.sent.clear();
        for _ in 0..20 {
            let reply = dated(till.now, off_by, status, &body);
            till.wait().reply_with(reply);
        }
        let gap = (till.sent[19].0 - till.sent[9].0) / 10;
        assert!(gap >= Duration::from_secs(45), "{case}: {gap:?}");
        assert_eq!(unresolved_events(&till), 1, "{case}");
        till.wait().reply(200, &intent("succeeded"));
        assert_eq!(till.result(), Ended::Succeeded, "{case}");
    }
}

#[test]
fn the_deadline_is_kept_also_where_no_answer_has_a_date() {
    let mut till = Till::new(qr());
    let began = till.now;
    till.reply_with(Ok(response(
        200,
        &intent("requires_payment_method").to_string(),
    )));
    let answer = qr_confirmation("https://qr.example/1", till.now).to_string();
    till.reply_with(Ok(response(200, &answer)));
    while unresolved_events(&till) == 0 {
        till.wait();
        let body = match till.asks() {
            "confirm" => qr_confirmation("https://qr.example/2", till.now),
            _ => intent("requires_action"),
        };
        till.reply_with(Ok(response(200, &body.to_string())));
    }
    let elapsed = (till.now - began).as_secs();
    assert!((1830..1840).contains(&elapsed), "{elapsed} s");
}

/// Nor does an end that the gateway moves later: whoever waits has been told the first one.
#[test]
fn an_end_that_moves_later_moves_no_deadline() {
    let mut till = showing_qr();
    let began = till.now;
    let mut open = intent("requires_action");
    open["expires_at"] = json!(Timestamp::from_unix_seconds(START + 5400).to_string());
    while unresolved_events(&till) == 0 {
        assert!(till.now - began < Duration::from_secs(1920));
        let body = match till.wait().asks() {
            "confirm" => qr_confirmation("https://qr.example/2", till.now),
            _ => open.clone(),
        };
        let reply = dated(till.now, 0, 200, &body.to_string());
        till.reply_with(reply);
    }
}

/// Of what answers in the gateway's place, nothing is believed: not the time either.
#[test]
fn only_the_gateway_tells_the_time() {
    let pages = [(502, "<html>Bad Gateway"), (200, "<html>Wi-Fi"), (403, "")];
    for (status, page) in pages {
        for off_by in [-86_400, 600, 7200, 86_400] {
            let mut till = showing_qr();
            let reply = dated(till.now, off_by, status, page);
            till.wait().reply_with(reply);
            till.wait();
            assert_eq!(till.asks(), "retrieve", "the code is not withdrawn");
            let reply = dated(till.now, off_by, status, page);
            till.reply_with(reply);
            assert_eq!(unresolved_events(&till), 0, "{status} {off_by}");
        }
    }
}

/// A proxy that writes its own `Date` over the gateway's.
#[test]
fn a_date_that_its_own_answer_belies_is_not_the_gateways() {
    for off_by in [310, 600, 7200, 86_400, 31_536_000] {
        let mut till = Till::new(qr());
        let mut codes = 0;
        for _ in 0..100 {
            let body = match till.asks() {
                "confirm" => {
                    codes += 1;
                    qr_confirmation("https://qr.example/1", till.now)
                }
                _ if codes == 0 => intent("requires_payment_method"),
                _ => intent("requires_action"),
            };
            let reply = dated(till.now, off_by, 200, &body.to_string());
            till.reply_with(reply);
            if till.asks() == "nothing" {
                till.wait();
            }
        }
        assert!(codes <= 2, "{off_by}: {codes} codes in eight minutes");
    }
    for off_by in [1900, 7200, 86_400] {
        let mut till = Till::new(PaymentMethod::CreditCard);
        let body = intent("requires_payment_method").to_string();
        let reply = dated(till.now, off_by, 200, &body);
        till.reply_with(reply);
        assert_eq!(till.names(), ["card_app_requested"], "{off_by}");
    }
}

/// Two wrong dates, and then only right ones: the clock is still known.
#[test]
fn a_date_that_its_own_answer_belies_bears_no_other_out() {
    let mut till = showing_qr();
    let busy = error("internal_error").to_string();
    let open = intent("requires_action").to_string();
    for (off_by, status, body) in [(7200, 503, &busy), (7200, 200, &open), (0, 200, &open)] {
        let reply = dated(till.now, off_by, status, body);
        till.wait().reply_with(reply);
    }
    assert!(till.flow.clock.now(till.now).is_some());
}

/// One answer among all the right ones.
#[test]
fn one_wrong_date_decides_nothing() {
    for off_by in [60, 290, 310, 600, 900, 1500, 1700, 7200] {
        for wrong in 0..5 {
            let mut till = Till::new(qr());
            let began = till.now;
            let mut answers = 0;
            while till.now - began < Duration::from_secs(280) {
                let body = match (till.asks(), answers) {
                    ("confirm", _) => qr_confirmation("https://qr.example/1", till.now),
                    (_, 0) => intent("requires_payment_method"),
                    _ => intent("requires_action"),
                };
                let date = if answers == wrong { off_by } else { 0 };
                let reply = dated(till.now, date, 200, &body.to_string());
                till.reply_with(reply);
                if till.asks() == "nothing" {
                    till.wait();
                }
                answers += 1;
            }
            assert_eq!(till.names(), ["status_changed", "qr_ready"], "{off_by}");
            while unresolved_events(&till) == 0 {
                till.lose();
                till.wait();
            }
            let elapsed = (till.now - began).as_secs();
            assert!((1830..1920).contains(&elapsed), "{off_by}: {elapsed} s");
        }
    }
}

/// Some write the year 1, or the shop's time for UTC: what is only informative decides nothing.
#[test]
fn a_creation_that_cannot_be_moves_no_deadline() {
    let created = [
        json!("0001-01-01T00:00:00Z"),
        json!("1970-01-01T00:00:00Z"),
        json!("2025-12-08T19:30:00Z"),
        json!(null),
    ];
    for created_at in created {
        for date in [None, Some(0), Some(-1_765_000_000)] {
            let mut first = intent("requires_payment_method");
            first["created_at"] = created_at.clone();
            let mut till = Till::new(qr());
            let mut reply = dated(till.now, date.unwrap_or(0), 200, &first.to_string()).unwrap();
            reply.date = reply.date.filter(|_| date.is_some());
            till.reply_with(Ok(reply));
            for mut till in [till.restart(), till] {
                let began = till.now;
                while unresolved_events(&till) == 0 {
                    if till.asks() == "nothing" {
                        till.wait();
                    }
                    till.lose();
                    let waited = (till.now - began).as_secs();
                    assert!(waited < 1920, "{created_at} {date:?}");
                }
                let waited = (till.now - began).as_secs();
                assert!(waited >= 1800, "{created_at} {date:?}: {waited} s");
            }
        }
    }
}

/// As of a wallet that writes the shop's time for UTC.
#[test]
fn a_code_that_expires_before_its_payment_was_made_refutes_no_clock() {
    let mut till = Till::new(qr());
    till.reply(200, &intent("requires_payment_method"));
    let mut answer = qr_confirmation("https://qr.example/1", till.now);
    answer["expires_at"] = json!(Timestamp::from_unix_seconds(START - 9 * 3600).to_string());
    till.reply(200, &answer);
    assert!(till.flow.clock.now(till.now).is_some());
}

/// The gateway repeats what it has answered under the same key: the code of then.
#[test]
fn a_code_that_has_expired_before_it_arrived_is_replaced() {
    for has_dates in [true, false] {
        let mut till = Till::new(qr());
        till.reply(200, &intent("requires_payment_method"));
        let stored = qr_confirmation("https://qr.example/1", till.now);
        till.lose();
        till.now += Duration::from_secs(400);
        till.wait().reply(200, &intent("requires_action"));
        assert_eq!(till.asks(), "confirm");
        let mut answer = dated(till.now, 0, 200, &stored.to_string()).unwrap();
        answer.date = answer.date.filter(|_| has_dates);
        till.reply_with(Ok(answer)).wait();
        assert_eq!(till.asks(), "confirm", "a new code");
        let fresh = qr_confirmation("https://qr.example/2", till.now);
        till.reply(200, &fresh).wait();
        assert_eq!(till.asks(), "retrieve");
    }
}

/// The wall clock of the tests is a day fast.
#[test]
fn without_a_date_nothing_is_withdrawn_or_refused() {
    let mut till = Till::new(PaymentMethod::CreditCard);
    let body = intent("requires_payment_method").to_string();
    till.reply_with(Ok(response(200, &body)));
    assert_eq!(till.names(), ["card_app_requested"]);

    let mut till = Till::new(qr());
    till.reply_with(Ok(response(200, &body)));
    let answer = qr_confirmation("https://qr.example/1", till.now).to_string();
    till.reply_with(Ok(response(200, &answer)));
    for _ in 0..50 {
        till.wait();
        assert_eq!(till.asks(), "retrieve");
        till.reply_with(Ok(response(200, &intent("requires_action").to_string())));
    }
    assert_eq!(till.names(), ["status_changed", "qr_ready"]);
}

/// The grace is there once, not once for each start.
#[test]
fn a_restart_after_the_deadline_is_told_at_the_second_answer() {
    for seconds in [1831, 3600, 90_000] {
        let till = showing_qr();
        let mut next = till.restart_at(till.now + Duration::from_secs(seconds));
        next.reply(200, &intent("processing"));
        next.wait().reply(200, &intent("processing"));
        assert_eq!(unresolved_events(&next), 1, "after {seconds} s");
    }
}

#[test]
fn time_asleep_counts() {
    let mut till = showing_qr();
    till.now += Duration::from_secs(2000);
    let effects = till.flow.wake(till.moment());
    till.carry_out(effects);
    till.lose();
    assert_eq!(unresolved_events(&till), 1);
}

#[test]
fn a_busy_gateway_may_name_a_date_to_come_back() {
    let table = [
        (Some(0), "Mon, 08 Dec 2025 10:31:30 GMT", 20),
        (Some(0), "Mon, 08 Dec 2025 12:00:00 GMT", 60),
        // In the past, without a date to hold it against, or not a date: the usual pace.
        (Some(0), "Mon, 08 Dec 2025 09:00:00 GMT", 4),
        (None, "Mon, 08 Dec 2025 10:31:30 GMT", 4),
        (Some(0), "soon", 4),
        (Some(0), "-5", 4),
    ];
    for (date, retry_after, at_least) in table {
        let mut till = showing_qr();
        till.now = Duration::from_secs(1070);
        let effects = till.flow.wake(till.moment());
        till.carry_out(effects);
        let mut reply = dated(till.now, date.unwrap_or(0), 429, "").unwrap();
        reply.date = reply.date.filter(|_| date.is_some());
        reply.retry_after = Some(retry_after.to_owned());
        let asked = till.now;
        till.reply_with(Ok(reply)).wait();
        let waited = (till.now - asked).as_secs();
        assert!(
            (at_least..=at_least.max(5)).contains(&waited),
            "{retry_after}: {waited} s"
        );
    }
}
