//! A model of the gateway: it answers in its own time, and keeps a ledger.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use mpac_pgw_protocol::{PaymentMethodType, Timestamp};
use serde_json::{Value, json};

use super::time;
use super::world::{World, one_in, pick};
use crate::exchange::{HttpResponse, Reply, Request};
use crate::services::Gateway;
use crate::state::UncertaintyCause;

pub(super) const AMOUNT: i64 = 2500;
pub(super) const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

fn expires_at() -> Timestamp {
    Timestamp::from_unix_seconds(time::WALL + 1800)
}

/// One PaymentIntent.
#[derive(Default)]
pub(super) struct Intent {
    status: Option<&'static str>,
    /// The confirm that has set it to what it is.
    key: String,
    method: Option<&'static str>,
    codes: u32,
    answers: BTreeMap<String, (u16, Value)>,
    /// The Idempotency-Key of each charge.
    pub(super) charges: Vec<String>,
    pub(super) posts: Vec<String>,
}

impl Intent {
    fn status(&self) -> &'static str {
        self.status.unwrap_or("requires_payment_method")
    }

    fn is_open(&self) -> bool {
        matches!(self.status(), "requires_payment_method" | "requires_action")
    }

    fn pay(&mut self, method: &'static str) {
        self.status = Some("succeeded");
        self.method = Some(method);
        self.charges.push(self.key.clone());
    }

    /// The customer has paid the code of that confirm.
    pub(super) fn pay_code(&mut self, confirm_key: &str) {
        confirm_key.clone_into(&mut self.key);
        self.pay("qr_mpm");
    }

    pub(super) fn withdraw(&mut self) {
        if self.is_open() {
            self.status = Some("cancelled");
        }
    }

    fn body(&self, id: &str) -> Value {
        let mut body = json!({
            "id": id, "object": "payment_intent", "status": self.status(),
            "amount": AMOUNT, "currency": "JPY",
            "payment_method_types": ["qr_mpm", "qr_cpm", "credit_card", "cash"],
            "capture_method": "automatic",
            "expires_at": expires_at().to_string(),
            "created_at": time::wall().to_string(),
        });
        if let Some(method) = self.method {
            body["payment_method_type"] = json!(method);
        }
        body
    }

    fn handle(&mut self, request: &Request) -> (u16, Value) {
        let id = request.payment_intent_id().to_string();
        let (key, method) = match request {
            Request::Retrieve { .. } => return (200, self.body(&id)),
            Request::Cancel {
                idempotency_key, ..
            } => (idempotency_key, None),
            Request::Confirm {
                idempotency_key,
                body,
            } => (idempotency_key, Some(&body.payment_method_type)),
        };
        self.posts.push(key.clone());
        if let Some(answer) = self.answers.get(key) {
            return answer.clone();
        }
        let answer = if !self.is_open() {
            (
                409,
                json!({"error": {"code": "invalid_payment_state", "message": "modelled"}}),
            )
        } else {
            match method {
                None => {
                    self.withdraw();
                    (200, self.body(&id))
                }
                Some(method) => {
                    self.key = key.clone();
                    (200, self.confirm(&id, method))
                }
            }
        };
        self.answers.insert(key.clone(), answer.clone());
        answer
    }

    fn confirm(&mut self, id: &str, method: &PaymentMethodType) -> Value {
        let provider = match method {
            PaymentMethodType::QrMpm => {
                self.status = Some("requires_action");
                "PAYPAY"
            }
            PaymentMethodType::Cash => {
                self.pay("cash");
                "cash"
            }
            PaymentMethodType::CreditCard => {
                self.pay("credit_card");
                "VISA"
            }
            _ => {
                self.pay("qr_cpm");
                "PAYPAY"
            }
        };
        let mut answer = json!({
            "object": "payment_intent", "status": self.status(), "amount": AMOUNT,
            "currency": "JPY", "payment_id": id, "payment_intent_id": id, "provider": provider,
        });
        if self.status() == "requires_action" {
            self.codes += 1;
            answer["qr_content"] = json!(format!("https://qr.example/{}", self.codes));
            answer["expires_at"] = json!(time::wall().plus_seconds(300).to_string());
        }
        answer
    }
}

/// The way of one terminal to the gateway.
pub(super) struct Line {
    pub(super) world: Arc<World>,
    pub(super) terminal: usize,
}

impl Gateway for Line {
    fn base_url(&self) -> &str {
        "https://gateway.example"
    }

    fn send(&self, request: &Request) -> Reply {
        let world = &self.world;
        let name = match request {
            Request::Retrieve { .. } => "GET",
            Request::Confirm { .. } => "confirm",
            Request::Cancel { .. } => "cancel",
        };
        world.say(|| format!("terminal {}: {name} sent", self.terminal));
        world.sent(self.terminal, request);
        let id = request.payment_intent_id().to_string();
        let reply = if world.is_healed() || !one_in(6) {
            time::sleep(Duration::from_millis(pick(&[0, 20, 200, 1500])));
            let (status, body) = world.intent(&id, |intent| {
                if intent.status() == "requires_action" && one_in(3) {
                    intent.pay("qr_mpm");
                }
                intent.handle(request)
            });
            answer(status, &body)
        } else {
            let arrives = one_in(2);
            if arrives {
                world.intent(&id, |intent| intent.handle(request));
            }
            if one_in(2) {
                time::sleep(REQUEST_TIMEOUT);
                Err(UncertaintyCause::ConnectionLost)
            } else {
                time::step();
                answer(
                    503,
                    &json!({"error": {"code": "internal_error", "message": "modelled"}}),
                )
            }
        };
        world.answered(self.terminal);
        world.say(|| {
            let what = reply.as_ref().map(|response| response.status);
            format!("terminal {}: {name} answered: {what:?}", self.terminal)
        });
        reply
    }
}

fn answer(status: u16, body: &Value) -> Reply {
    Ok(HttpResponse {
        status,
        date: None,
        retry_after: None,
        body: body.to_string().into_bytes(),
    })
}
