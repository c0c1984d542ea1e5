//! The flow against a scripted gateway, on a virtual clock.

mod cancel;
mod card;
mod clocks;
mod contradictions;
mod customer_code;
mod facts;
mod failures;
mod journal;
mod payments;
mod polling;
mod uncertainty;

use std::time::Duration;

use mpac_pgw_protocol::{PaymentMethodType, Timestamp};
use serde_json::{Value, json};

use crate::card::{CardOutcome, CardRequest, CardResult};
use crate::clock::{Entropy, EntropyError, Moment};
use crate::error::CardResultRefusal;
use crate::events::PaymentEventKind;
use crate::exchange::{HttpResponse, Reply, Request, http_date};
use crate::flow::{Effect, Flow};
use crate::method::PaymentMethod;
use crate::polling::Pacing;
use crate::record::{AttemptRecord, End};
use crate::state::{
    CancelOutcome, CancelledBy, FailureCode, PaymentResult, PaymentState, SwitchOutcome,
    UncertaintyCause,
};

const START: i64 = 1_765_189_800;
const INTENT: &str = "pi_01HXYTEST";

/// Random numbers that are the same on every run.
struct Counter(u64);

impl Entropy for Counter {
    fn random(&mut self) -> Result<[u8; 16], EntropyError> {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        Ok(uuid::Uuid::from_u64_pair(self.0.rotate_left(31), self.0).into_bytes())
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
    /// Whether the last event said that it may have been told before.
    replayed: bool,
    cancel: Option<CancelOutcome>,
    forgotten: bool,
    disk_full: bool,
}

impl Till {
    fn new(method: PaymentMethod) -> Self {
        let token = format!("{INTENT}_secret_abc").parse().unwrap();
        let created_at = Timestamp::from_unix_seconds(START);
        let record = AttemptRecord::new(token, method, created_at, &mut Counter(7)).unwrap();
        let mut till = Self::with(record, Duration::from_secs(1000));
        let effects = till.flow.start(till.moment());
        till.carry_out(effects);
        till
    }

    fn with(record: AttemptRecord, now: Duration) -> Self {
        let moment = moment(now);
        let policy = Pacing::default();
        Self {
            flow: Flow::new(record.clone(), policy, Box::new(Counter(11)), moment),
            now,
            saved: record,
            request: None,
            sent: Vec::new(),
            events: Vec::new(),
            replayed: false,
            cancel: None,
            forgotten: false,
            disk_full: false,
        }
    }

    /// Kills the process and starts another on the same journal.
    fn restart(&self) -> Self {
        self.restart_at(Duration::from_secs(1000))
    }

    fn restart_at(&self, now: Duration) -> Self {
        let mut till = Self::with(self.saved.clone(), now);
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
                Effect::SaveFirst | Effect::Save | Effect::SaveOrForget if !self.disk_full => {
                    self.saved = self.flow.record().clone();
                }
                Effect::SaveFirst => {
                    let effects = self.flow.save_failed(self.moment());
                    return self.carry_out(effects);
                }
                Effect::Save => {}
                Effect::SaveOrForget => self.forgotten = true,
                Effect::Send(request) => {
                    assert!(self.request.is_none(), "two requests in flight");
                    self.sent.push((self.now, request.clone()));
                    self.request = Some(request);
                }
                Effect::Emit { event, replayed } => {
                    self.events.push(event);
                    self.replayed = replayed;
                }
                Effect::AnswerCancel(outcome) => self.cancel = Some(outcome),
                Effect::Forget => self.forgotten = true,
            }
        }
    }

    /// Lets the gateway answer the request under way.
    fn reply(&mut self, status: u16, body: &Value) -> &mut Self {
        self.reply_with(Ok(HttpResponse {
            status,
            date: Some(http_date(server_seconds(self.now))),
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
        let due = self.flow.wake_at().expect("the flow waits for nothing");
        self.now = self.now.max(due);
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

    /// How it ended.
    fn result(&self) -> Ended {
        match self.flow.state() {
            PaymentState::Finished { result } => match result {
                PaymentResult::Succeeded { .. } => Ended::Succeeded,
                PaymentResult::Failed {
                    code,
                    reason,
                    can_retry,
                    ..
                } => Ended::Failed {
                    code,
                    reason,
                    can_retry,
                },
                PaymentResult::Cancelled { by } => Ended::Cancelled { by },
                PaymentResult::Unresolved { cause, .. } => Ended::Unresolved(cause),
            },
            state => panic!("not finished: {state:?}"),
        }
    }
}

/// How an attempt ended, without its receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Ended {
    Succeeded,
    Failed {
        code: FailureCode,
        reason: String,
        can_retry: bool,
    },
    Cancelled {
        by: CancelledBy,
    },
    Unresolved(UncertaintyCause),
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

fn intent(status: &str) -> Value {
    json!({
        "id": INTENT, "object": "payment_intent", "status": status, "amount": 2500,
        "currency": "JPY", "payment_method_types": ["qr_mpm", "qr_cpm", "credit_card", "cash"],
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
        signed_text: None,
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

fn response(status: u16, body: &str) -> HttpResponse {
    HttpResponse {
        status,
        date: None,
        retry_after: None,
        body: body.into(),
    }
}
