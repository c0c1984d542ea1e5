use std::time::Duration;

use mpac_pgw_protocol::card_number::redact;
use mpac_pgw_protocol::{PaymentIntent, PaymentIntentStatus, PaymentMethodType, PaymentToken};

use super::{CUSTOMER_CODE, NoEntropy, assert_survives_json, now, requests, token};
use crate::events::PaymentEventKind;
use crate::exchange::{self, Answer, HttpResponse, Reply, Request};
use crate::flow::{Effect, Flow};
use crate::method::PaymentMethod;
use crate::polling::Pacing;
use crate::record::{AttemptRecord, Stage};

const METHODS: [fn() -> PaymentMethod; 4] = [
    || PaymentMethod::QrMpm {
        provider: "PAYPAY".to_owned(),
    },
    || PaymentMethod::CreditCard,
    || PaymentMethod::Cash,
    || PaymentMethod::QrCpm {
        provider: "PAYPAY".to_owned(),
        customer_code: CUSTOMER_CODE.into(),
    },
];

const STAGES: [Stage; 4] = [
    Stage::Retrieving,
    Stage::Confirming,
    Stage::Watching,
    Stage::Cancelling,
];

/// How often a flow gets the same response before it is left alone.
const ROUNDS: usize = 6;

/// A response of the gateway, to each request of the terminal. It is written as in HTTP: a status,
/// headers, an empty line, a body.
pub fn gateway_response(bytes: &[u8]) -> bool {
    let Some(response) = response(bytes) else {
        return false;
    };
    let token = token();
    let reply = Ok(response);
    let answers = requests(&token).map(|request| {
        let answer = exchange::read(&request, &reply);
        let is_confirm = matches!(request, Request::Confirm { .. });
        match answer {
            Answer::Intent(_) => assert!(!is_confirm),
            Answer::Confirmed(_) => assert!(is_confirm),
            _ => {}
        }
        check_answer(&answer, &request, &token, &reply);
        if let Some(time) = exchange::server_time(&answer, &reply) {
            assert_survives_json(&time);
        }
        answer
    });
    let is_paid = answers.iter().any(says_paid);
    // One of all kinds of attempt hears it; the bytes decide which.
    let choice = bytes.iter().map(|byte| usize::from(*byte)).sum::<usize>();
    let method = METHODS[choice % METHODS.len()];
    let stage = &STAGES[choice / METHODS.len() % STAGES.len()];
    check_flow(&token, method(), stage.clone(), &reply, is_paid);
    answers
        .iter()
        .any(|answer| !matches!(answer, Answer::Unsure(_)))
}

fn says_paid(answer: &Answer) -> bool {
    let status = match answer {
        Answer::Intent(intent) => &intent.status,
        Answer::Confirmed(confirmation) => &confirmation.status,
        _ => return false,
    };
    *status == PaymentIntentStatus::Succeeded
}

/// What holds for every answer: it is about this payment, it fits the HTTP status, it can be kept,
/// and it shows no secret.
fn check_answer(answer: &Answer, request: &Request, token: &PaymentToken, reply: &Reply) {
    let status = reply.as_ref().map_or(0, |response| response.status);
    let shown = format!("{answer:?}");
    match answer {
        Answer::Intent(intent) => {
            assert!((200..300).contains(&status));
            assert_eq!(&intent.id, token.payment_intent_id());
            assert_survives_json(&**intent);
            let other = PaymentIntent {
                payment_token: intent.payment_token.as_ref().map(|_| token.clone()),
                ..(**intent).clone()
            };
            assert_eq!(shown, format!("{:?}", Answer::Intent(Box::new(other))));
        }
        Answer::Confirmed(confirmation) => {
            assert!((200..300).contains(&status));
            assert_eq!(&confirmation.payment_intent_id, token.payment_intent_id());
            assert_survives_json(&**confirmation);
            let mut other = confirmation.clone();
            other.qr_content = other.qr_content.map(|_| "other".to_owned());
            other.qr_code_url = other.qr_code_url.map(|_| "other".to_owned());
            assert_eq!(shown, format!("{:?}", Answer::Confirmed(other)));
        }
        Answer::Refused { http_status, error } => {
            assert!((400..500).contains(&status) && status != 429);
            assert_eq!(*http_status, status);
            assert_survives_json(error);
            // Its words go to the app, and from there into logs.
            let heard = format!("{shown} {error}");
            assert!(!heard.contains(token.expose()));
            for text in [error.code.as_str(), &error.message] {
                assert_eq!(redact(text), text);
            }
            if let Request::Confirm { body, .. } = request {
                let code = body.customer_code.as_deref();
                assert!(code.is_none_or(|code| !heard.contains(code)));
            }
        }
        Answer::Busy => assert_eq!(status, 429),
        Answer::NoSuchPath => assert_eq!(status, 404),
        Answer::Unsure(_) => assert_ne!(status, 429),
    }
}

/// Lets an attempt of an earlier process go on, with this response to all that it asks.
fn check_flow(
    token: &PaymentToken,
    method: PaymentMethod,
    stage: Stage,
    reply: &Reply,
    is_paid: bool,
) {
    // While the intent is only asked for, the gateway has not been told the code.
    let is_code_told =
        method.method_type() == PaymentMethodType::QrCpm && stage != Stage::Retrieving;
    let mut now = now();
    let mut record = AttemptRecord::new(token.clone(), method, now.wall, &mut NoEntropy).unwrap();
    record.stage = stage;
    let policy = Pacing::default();
    let mut flow = Flow::new(record, policy, Box::new(NoEntropy), now);
    let mut effects = flow.resume(now);
    for _ in 0..ROUNDS {
        let mut is_asking = false;
        for effect in &effects {
            match effect {
                Effect::Send(request) => {
                    is_asking = true;
                    assert_eq!(request.payment_intent_id(), token.payment_intent_id());
                }
                Effect::Emit { event, .. } => {
                    assert!(is_paid || !matches!(event, PaymentEventKind::PaymentSuccess { .. }));
                    if let PaymentEventKind::PaymentFailed { reason, .. }
                    | PaymentEventKind::SwitchRefused { reason, .. } = event
                    {
                        assert!(!reason.contains(token.expose()));
                        assert!(!is_code_told || !reason.contains(CUSTOMER_CODE));
                    }
                }
                _ => {}
            }
        }
        effects = if is_asking {
            now.monotonic += Duration::from_millis(200);
            flow.answered(now, reply)
        } else if let Some(due) = flow.wake_at() {
            now.monotonic = now.monotonic.max(due);
            flow.wake(now)
        } else {
            break;
        };
    }
    // Whatever was answered, a restart finds the attempt again.
    assert_survives_json(flow.record());
}

/// Reads the status, the headers that matter and the body.
fn response(bytes: &[u8]) -> Option<HttpResponse> {
    let end = bytes.windows(2).position(|two| two == b"\n\n")?;
    let head = std::str::from_utf8(&bytes[..end]).ok()?;
    let status = head.lines().next()?.parse().ok()?;
    let header = |name: &str| {
        let mut fields = head
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(": "));
        let (_, value) = fields.find(|(found, _)| *found == name)?;
        Some(value.to_owned())
    };
    Some(HttpResponse {
        status,
        date: header("Date"),
        retry_after: header("Retry-After"),
        body: bytes[end + 2..].to_owned(),
    })
}
