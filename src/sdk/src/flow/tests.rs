//! The flow against a scripted gateway, on a virtual clock.

use std::time::Duration;

use mpac_pgw_protocol::{PaymentMethodType, Timestamp};
use serde_json::{Value, json};

use crate::card::{CardOutcome, CardRequest, CardResult};
use crate::clock::{Entropy, Moment};
use crate::config::PollingPolicy;
use crate::error::CardResultRefusal;
use crate::events::PaymentEventKind;
use crate::exchange::{HttpResponse, Reply, Request};
use crate::flow::{Effect, Flow};
use crate::method::PaymentMethod;
use crate::record::AttemptRecord;
use crate::state::{
    CancelOutcome, FailureCode, PaymentResult, PaymentState, SwitchOutcome, UncertaintyCause,
};

const START: i64 = 1_765_189_800;
const INTENT: &str = "pi_01HXYTEST";

/// Random numbers that are the same on every run.
struct Counter(u64);

impl Entropy for Counter {
    fn random(&mut self) -> [u8; 16] {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        uuid::Uuid::from_u64_pair(self.0.rotate_left(31), self.0).into_bytes()
    }
}

/// An attempt, and everything around it as the test sees it.
struct Till {
    flow: Flow,
    now: Duration,
    saved: AttemptRecord,
    /// The request under way, and when each was sent.
    request: Option<Request>,
    sent: Vec<(Duration, Request)>,
    events: Vec<PaymentEventKind>,
    cancel: Option<CancelOutcome>,
    forgotten: bool,
    disk_full: bool,
}

impl Till {
    fn new(method: PaymentMethod) -> Self {
        let token = format!("{INTENT}_secret_abc").parse().unwrap();
        let created_at = Timestamp::from_unix_seconds(START);
        let record = AttemptRecord::new(token, method, created_at, &mut Counter(7));
        let mut till = Self::with(record);
        let effects = till.flow.start(till.moment());
        till.carry_out(effects);
        till
    }

    fn with(record: AttemptRecord) -> Self {
        let now = Duration::from_secs(1000);
        let moment = moment(now);
        let policy = PollingPolicy::default();
        Self {
            flow: Flow::new(record.clone(), policy, Box::new(Counter(11)), moment),
            now,
            saved: record,
            request: None,
            sent: Vec::new(),
            events: Vec::new(),
            cancel: None,
            forgotten: false,
            disk_full: false,
        }
    }

    /// Kills the process and starts another on the same journal.
    fn restart(&self) -> Self {
        let mut till = Self::with(self.saved.clone());
        let effects = till.flow.resume(till.moment());
        till.carry_out(effects);
        till
    }

    fn moment(&self) -> Moment {
        moment(self.now)
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::SaveFirst | Effect::Save if !self.disk_full => {
                    self.saved = self.flow.record().clone();
                }
                Effect::SaveFirst => {
                    let effects = self.flow.save_failed(self.moment());
                    return self.carry_out(effects);
                }
                Effect::Save => {}
                Effect::Send(request) => {
                    assert!(self.request.is_none(), "two requests in flight");
                    self.sent.push((self.now, request.clone()));
                    self.request = Some(request);
                }
                Effect::Emit { event, .. } => self.events.push(event),
                Effect::AnswerCancel(outcome) => self.cancel = Some(outcome),
                Effect::Forget => self.forgotten = true,
            }
        }
    }

    /// Lets the gateway answer the request under way.
    fn reply(&mut self, status: u16, body: &Value) -> &mut Self {
        self.reply_with(Ok(HttpResponse {
            status,
            date: Some(http_date(self.now)),
            retry_after: None,
            body: body.to_string().into_bytes(),
        }))
    }

    fn reply_with(&mut self, reply: Reply) -> &mut Self {
        assert!(self.request.take().is_some(), "no request is under way");
        let effects = self.flow.answered(self.moment(), &reply);
        self.carry_out(effects);
        self
    }

    fn lose(&mut self) -> &mut Self {
        self.reply_with(Err(UncertaintyCause::ConnectionLost))
    }

    /// Lets time pass until the flow wants something.
    fn wait(&mut self) -> &mut Self {
        self.now = self.flow.wake_at().expect("the flow waits for nothing");
        let effects = self.flow.wake(self.moment());
        self.carry_out(effects);
        self
    }

    fn cancel(&mut self) -> &mut Self {
        let effects = self.flow.cancel(self.moment());
        self.carry_out(effects);
        self
    }

    fn card(&mut self, result: CardResult) -> Result<(), CardResultRefusal> {
        let effects = self.flow.card_result(self.moment(), result)?;
        self.carry_out(effects);
        Ok(())
    }

    fn names(&self) -> Vec<&'static str> {
        self.events.iter().map(PaymentEventKind::name).collect()
    }

    fn key(&self) -> &str {
        match self.request.as_ref().expect("no request is under way") {
            Request::Confirm {
                idempotency_key, ..
            }
            | Request::Cancel {
                idempotency_key, ..
            } => idempotency_key,
            Request::Retrieve { .. } => panic!("a GET has no key"),
        }
    }

    fn asks(&self) -> &'static str {
        match self.request {
            None => "nothing",
            Some(Request::Retrieve { .. }) => "retrieve",
            Some(Request::Confirm { .. }) => "confirm",
            Some(Request::Cancel { .. }) => "cancel",
        }
    }

    fn result(&self) -> PaymentResult {
        match self.flow.state() {
            PaymentState::Finished { result } => result,
            state => panic!("not finished: {state:?}"),
        }
    }
}

fn moment(now: Duration) -> Moment {
    // This terminal's wall clock is a day wrong; nothing may depend on it.
    let wall = Timestamp::from_unix_seconds(START + 86_400);
    Moment {
        monotonic: now,
        wall,
    }
}

fn server_seconds(now: Duration) -> i64 {
    START + i64::try_from(now.as_secs()).unwrap() - 1000
}

fn http_date(now: Duration) -> String {
    let moment = time::OffsetDateTime::from_unix_timestamp(server_seconds(now)).unwrap();
    moment
        .format(&time::format_description::well_known::Rfc2822)
        .unwrap()
        .replace("+0000", "GMT")
}

fn intent(status: &str) -> Value {
    json!({
        "id": INTENT, "object": "payment_intent", "status": status, "amount": 2500,
        "currency": "JPY", "payment_method_types": ["qr_mpm", "credit_card", "cash"],
        "capture_method": "automatic",
        "expires_at": Timestamp::from_unix_seconds(START + 1800).to_string(),
        "created_at": Timestamp::from_unix_seconds(START).to_string(),
    })
}

fn confirmation(status: &str) -> Value {
    json!({
        "object": "payment_intent", "status": status, "amount": 2500, "currency": "JPY",
        "payment_id": INTENT, "payment_intent_id": INTENT, "provider": "PAYPAY",
    })
}

fn qr_confirmation(content: &str, now: Duration) -> Value {
    let mut answer = confirmation("requires_action");
    let expires_at = Timestamp::from_unix_seconds(server_seconds(now) + 300).to_string();
    answer["qr_content"] = json!(content);
    answer["expires_at"] = json!(expires_at);
    answer
}

fn error(code: &str) -> Value {
    json!({"error": {"code": code, "message": "why"}})
}

fn approve(request: &CardRequest) -> CardResult {
    CardResult {
        version: 1,
        attempt_id: request.attempt_id.clone(),
        nonce: request.nonce.clone(),
        outcome: CardOutcome::Approved,
        amount: request.amount,
        currency: request.currency,
        approval_code: Some("A1".into()),
        card_brand: Some("VISA".into()),
        masked_pan: None,
        reason: None,
        processed_at: None,
    }
}

fn qr() -> PaymentMethod {
    PaymentMethod::QrMpm {
        provider: "PAYPAY".into(),
    }
}

/// A QR attempt whose code is on show.
fn showing_qr() -> Till {
    let mut till = Till::new(qr());
    till.reply(200, &intent("requires_payment_method"));
    let answer = qr_confirmation("https://qr.example/1", till.now);
    till.reply(200, &answer);
    till
}

/// A card attempt whose request went to the card app.
fn at_card_app() -> (Till, CardRequest) {
    let mut till = Till::new(PaymentMethod::CreditCard);
    till.reply(200, &intent("requires_payment_method"));
    let PaymentState::AwaitingCardApp { request } = till.flow.state() else {
        panic!("{:?}", till.flow.state());
    };
    (till, request)
}

#[test]
fn qr_is_shown_polled_and_paid() {
    let mut till = showing_qr();
    assert!(matches!(
        till.flow.state(),
        PaymentState::AwaitingCustomer { .. }
    ));
    till.wait().reply(200, &intent("requires_action"));
    till.wait().reply(200, &intent("succeeded"));
    assert_eq!(
        till.names(),
        [
            "status_changed",
            "qr_ready",
            "status_changed",
            "payment_success"
        ]
    );
    assert!(!till.forgotten, "the app has not accepted the event yet");
    let effects = till.flow.final_event_accepted();
    till.carry_out(effects);
    assert!(till.forgotten && till.flow.is_over());
}

#[test]
fn card_goes_to_the_card_app_and_back() {
    let (mut till, request) = at_card_app();
    assert_eq!(
        till.saved.card_request().as_ref(),
        Some(&request),
        "journaled before launch"
    );
    till.card(approve(&request)).unwrap();
    assert_eq!(
        till.saved.approval,
        Some(approve(&request)),
        "journaled before confirm"
    );
    let Some(Request::Confirm { body, .. }) = &till.request else {
        panic!("{:?}", till.request);
    };
    assert_eq!(body.external_ref_id.as_deref(), Some("A1"));
    assert_eq!(body.provider.as_ref().unwrap().as_str(), "VISA");
    till.reply(200, &confirmation("succeeded"));
    assert_eq!(
        till.names(),
        ["card_app_requested", "status_changed", "payment_success"]
    );
}

#[test]
fn cash_is_recorded() {
    let mut till = Till::new(PaymentMethod::Cash);
    till.reply(200, &intent("requires_payment_method"));
    till.reply(200, &confirmation("succeeded"));
    assert_eq!(till.names(), ["status_changed", "payment_success"]);
}

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
        assert_eq!(till.result(), PaymentResult::Succeeded);
    }
}

/// Every request, with every answer that says nothing certain.
#[test]
fn whatever_is_not_certain_is_asked_again() {
    let replies: [(&str, Reply); 10] = [
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
        (
            "another payment",
            Ok(response(
                200,
                &intent("succeeded").to_string().replace(INTENT, "pi_2"),
            )),
        ),
        ("redirect", Ok(response(302, ""))),
        ("404 of a proxy", Ok(response(404, "not found"))),
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

fn response(status: u16, body: &str) -> HttpResponse {
    HttpResponse {
        status,
        date: None,
        retry_after: None,
        body: body.into(),
    }
}

#[test]
fn a_confirm_that_got_through_unheard_is_a_success() {
    let mut till = Till::new(PaymentMethod::Cash);
    till.reply(200, &intent("requires_payment_method"));
    till.lose();
    till.wait().reply(200, &intent("succeeded"));
    assert_eq!(till.result(), PaymentResult::Succeeded);
    assert!(till.names().contains(&"connection_lost"));
    assert!(till.names().contains(&"connection_restored"));
}

#[test]
fn a_409_is_explained_by_the_status() {
    let table = [
        ("succeeded", PaymentResult::Succeeded),
        (
            "cancelled",
            PaymentResult::Cancelled {
                by: crate::state::CancelledBy::Gateway,
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
    let PaymentResult::Failed {
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
    assert_eq!(till.result(), PaymentResult::Succeeded);
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
    let unresolved = PaymentResult::unresolved(UncertaintyCause::ConnectionLost);
    assert_eq!(till.result(), unresolved);
    till.wait().lose();
    till.wait().reply(200, &intent("succeeded"));
    assert_eq!(till.result(), PaymentResult::Succeeded);
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
    assert_eq!(till.result(), PaymentResult::Succeeded);
}

#[test]
fn an_expired_code_is_replaced_under_a_new_key() {
    let mut till = showing_qr();
    let first_key = till.saved.confirm_key.clone();
    while till.asks() != "confirm" {
        if till.request.is_some() {
            till.reply(200, &intent("requires_action"));
        }
        till.wait();
    }
    assert!(server_seconds(till.now) >= START + 300);
    assert_ne!(till.key(), first_key);
    assert_eq!(
        till.saved.confirm_key,
        till.key(),
        "journaled before it was sent"
    );
    let answer = qr_confirmation("https://qr.example/2", till.now);
    till.reply(200, &answer);
    assert_eq!(
        till.names()
            .iter()
            .filter(|name| **name == "qr_ready")
            .count(),
        2
    );
}

#[test]
fn the_method_can_be_switched_while_a_code_is_on_show() {
    // To cash: the same attempt, a new key, one answer.
    let mut till = showing_qr();
    let first_key = till.saved.confirm_key.clone();
    let (outcome, effects) = till.flow.switch_method(till.moment(), PaymentMethod::Cash);
    till.carry_out(effects);
    assert_eq!(outcome, SwitchOutcome::Switching);
    assert_ne!(till.key(), first_key);
    assert_eq!(
        till.saved.confirm_key,
        till.key(),
        "journaled before it was sent"
    );
    till.reply(200, &confirmation("succeeded"));
    assert_eq!(till.result(), PaymentResult::Succeeded);

    // The code was paid in the last moment.
    let mut till = showing_qr();
    let (_, effects) = till.flow.switch_method(till.moment(), PaymentMethod::Cash);
    till.carry_out(effects);
    till.reply(409, &error("invalid_payment_state"));
    let mut paid = intent("succeeded");
    paid["payment_method_type"] = json!("qr_mpm");
    till.reply(200, &paid);
    assert_eq!(till.result(), PaymentResult::Succeeded);
    let told = till.flow.record().method_type();
    assert_eq!(told, PaymentMethodType::QrMpm, "no cash was recorded");

    // The gateway refuses: the code on show is still the way to pay.
    let mut till = showing_qr();
    let (_, effects) = till.flow.switch_method(till.moment(), PaymentMethod::Cash);
    till.carry_out(effects);
    till.reply(400, &error("invalid_request"));
    till.reply(200, &intent("requires_action"));
    assert!(matches!(
        till.flow.state(),
        PaymentState::AwaitingCustomer { .. }
    ));
    assert_eq!(till.saved.method, qr());

    // Never to a card, never in the middle of something, never without the journal.
    let mut till = showing_qr();
    let (outcome, _) = till
        .flow
        .switch_method(till.moment(), PaymentMethod::CreditCard);
    assert_eq!(outcome, SwitchOutcome::NotSwitchable);
    till.disk_full = true;
    let (_, effects) = till.flow.switch_method(till.moment(), PaymentMethod::Cash);
    till.carry_out(effects);
    assert_eq!(till.asks(), "nothing");
    assert!(matches!(
        till.flow.state(),
        PaymentState::AwaitingCustomer { .. }
    ));
    let (mut till, _) = at_card_app();
    let (outcome, _) = till.flow.switch_method(till.moment(), PaymentMethod::Cash);
    assert_eq!(outcome, SwitchOutcome::NotSwitchable);
}

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
fn an_approved_card_is_recorded_even_when_the_disk_is_full() {
    let (mut till, request) = at_card_app();
    till.disk_full = true;
    till.card(approve(&request)).unwrap();
    assert_eq!(till.asks(), "confirm");
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
