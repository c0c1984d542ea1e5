//! When the gateway is asked.

use super::*;

#[test]
fn polls_come_every_4_to_5_seconds_and_not_in_step() {
    let mut till = showing_qr();
    till.sent.clear();
    while till.sent.len() < 101 {
        till.wait();
        if till.asks() == "confirm" {
            // A fresh code, every five minutes.
            let answer = qr_confirmation("https://qr.example/next", till.now);
            till.reply(200, &answer);
        } else {
            till.reply(200, &intent("requires_action"));
        }
    }
    let gaps: Vec<Duration> = till
        .sent
        .windows(2)
        .map(|pair| pair[1].0 - pair[0].0)
        .collect();
    let (low, high) = (Duration::from_secs(4), Duration::from_secs(5));
    assert!(
        gaps.iter().all(|gap| (low..=high).contains(gap)),
        "{gaps:?}"
    );
    let distinct: std::collections::HashSet<_> = gaps.iter().collect();
    assert!(
        distinct.len() > 50,
        "only {} different gaps",
        distinct.len()
    );
    let (shortest, longest) = (gaps.iter().min().unwrap(), gaps.iter().max().unwrap());
    println!(
        "100 polls: gaps from {shortest:?} to {longest:?}, {} different",
        distinct.len()
    );
}

#[test]
fn a_slow_answer_does_not_slow_the_pace() {
    let mut till = showing_qr();
    till.wait();
    let started = till.now;
    till.now += Duration::from_secs(3);
    till.reply(200, &intent("requires_action"));
    let due = till.flow.wake_at().unwrap();
    assert!(due - started <= Duration::from_secs(5));
}

#[test]
fn an_impatient_app_does_not_flood_the_gateway() {
    let mut till = showing_qr();
    till.wait().reply(200, &intent("requires_action"));
    till.sent.clear();
    let began = till.now;
    // Ten times a second, for ten seconds.
    for tenth in 1..=100 {
        till.now = began + Duration::from_millis(100) * tenth;
        let effects = till.flow.poll_now(till.moment());
        till.carry_out(effects);
        if till.request.is_some() {
            till.reply(200, &intent("requires_action"));
        }
    }
    assert!(
        (9..=10).contains(&till.sent.len()),
        "{} requests",
        till.sent.len()
    );

    let mut busy = response(429, "");
    busy.retry_after = Some("20".into());
    till.wait().reply_with(Ok(busy));
    let effects = till.flow.poll_now(till.moment());
    till.carry_out(effects);
    assert_eq!(
        till.asks(),
        "nothing",
        "not sooner than the gateway asked for"
    );
}

#[test]
fn a_gateway_that_is_busy_is_left_alone_for_as_long_as_it_asks() {
    let mut till = showing_qr();
    till.wait();
    let answered = till.now;
    let mut busy = response(429, "");
    busy.retry_after = Some("20".into());
    till.reply_with(Ok(busy)).wait();
    assert_eq!(till.now, answered + Duration::from_secs(20));
    let mut busy = response(429, "");
    busy.retry_after = Some("86400".into());
    let answered = till.now;
    till.reply_with(Ok(busy)).wait();
    assert_eq!(till.now, answered + Duration::from_secs(60));
}

/// A server error that asks to be left alone for so many seconds.
fn unavailable(status: u16, body: &str, retry_after: &str) -> Reply {
    Ok(HttpResponse {
        retry_after: Some(retry_after.to_owned()),
        ..response(status, body)
    })
}

#[test]
fn a_server_error_that_names_a_time_is_left_alone_for_so_long() {
    let own_words = error("internal_error").to_string();
    for (status, body) in [(503, ""), (503, "<html>"), (500, &own_words), (502, "")] {
        for (retry_after, seconds) in [("20", 20), ("86400", 60)] {
            let mut till = showing_qr();
            till.wait();
            let answered = till.now;
            till.reply_with(unavailable(status, body, retry_after))
                .wait();
            assert_eq!(
                till.now,
                answered + Duration::from_secs(seconds),
                "{status}"
            );
            till.reply(200, &intent("requires_action"));
            let next = till.flow.wake_at().unwrap() - till.now;
            assert!(next <= Duration::from_secs(5), "only once");
        }
    }
}

#[test]
fn a_post_that_met_a_server_error_is_looked_at_once_it_is_over_and_then_repeated() {
    let mut till = Till::new(PaymentMethod::Cash);
    till.reply(200, &intent("requires_payment_method"));
    let (key, answered) = (till.key().to_owned(), till.now);
    till.reply_with(unavailable(503, "", "20"));
    let effects = till.flow.poll_now(till.moment());
    till.carry_out(effects);
    assert_eq!(till.asks(), "nothing", "not sooner than it was asked for");
    till.wait();
    assert_eq!(till.now, answered + Duration::from_secs(20));
    assert_eq!(till.asks(), "retrieve", "its fate is open");
    till.reply(200, &intent("requires_payment_method"));
    assert_eq!((till.asks(), till.key()), ("confirm", &*key));
}

#[test]
fn a_dead_line_slows_polling_after_a_minute() {
    let mut till = showing_qr();
    let began = till.now;
    let mut last = till.now;
    let mut slowest = Duration::ZERO;
    while till.now - began < Duration::from_secs(240) {
        till.wait().lose();
        let gap = till.now - last;
        last = till.now;
        let (low, high) = if till.now - began < Duration::from_secs(60) {
            (4, 5)
        } else {
            (4, 15)
        };
        assert!(
            (Duration::from_secs(low)..=Duration::from_secs(high)).contains(&gap),
            "{gap:?}"
        );
        slowest = slowest.max(gap);
    }
    assert!(slowest > Duration::from_secs(12), "{slowest:?}");
}
