//! One request on its way, and what comes back.

use serde_json::{Value, json};

use super::gateway::{AMOUNT, Status, error};
use super::network::{Fault, wrong_by};
use super::world::{Heard, World};
use crate::exchange::{HttpResponse, Reply, Request, http_date};
use crate::state::UncertaintyCause;

const REQUEST_TIMEOUT: u64 = 30_000;

impl World {
    pub(super) fn send(&mut self, request: Request) {
        self.tally.requests += 1;
        self.check_key(&request);
        let fault = self.network.fault(self.now, &mut self.rng);
        if fault != Fault::None {
            self.tally.faults += 1;
        }
        self.log(|| format!("{request:?}: {fault:?}"));
        let lost = Err(UncertaintyCause::ConnectionLost);
        let mut is_own_word = false;
        let (delay, reply) = match fault {
            Fault::None => {
                is_own_word = true;
                (50, self.answer(&request))
            }
            Fault::Refused => (5, lost),
            Fault::LostRequest => (REQUEST_TIMEOUT, lost),
            Fault::LostReply => {
                drop(self.answer(&request));
                (REQUEST_TIMEOUT, lost)
            }
            Fault::CarriedOutLate => {
                let late = self.now + self.rng.u64(..120_000);
                self.stragglers.push((late, request));
                (REQUEST_TIMEOUT, lost)
            }
            Fault::Duplicated => {
                is_own_word = true;
                drop(self.answer(&request));
                (50, self.answer(&request))
            }
            Fault::ErrorBefore => (50, self.response((503, error("internal_error")))),
            Fault::ErrorAfter => {
                drop(self.answer(&request));
                (50, self.response((502, error("provider_error"))))
            }
            Fault::Busy => (50, self.response((429, error("invalid_request")))),
            Fault::Truncated => {
                let mut cut = self.answer(&request);
                if let Ok(response) = &mut cut {
                    let end = self.rng.usize(..response.body.len());
                    response.body.truncate(end);
                }
                (50, cut)
            }
            Fault::Page => (50, self.page()),
            Fault::PageAfter => {
                drop(self.answer(&request));
                (50, self.page())
            }
            Fault::Contradiction => {
                let (status, mut body) = self.handle(&request);
                self.contradict(&mut body);
                (50, self.response((status, body)))
            }
        };
        let heard = Heard {
            reply,
            is_own_word,
            is_paid: self.gateway.status == Status::Succeeded,
            had_code: self.gateway.has_payable_code(self.server_seconds(self.now)),
        };
        let arrival = self.now + self.rng.u64(1..=delay);
        let process = self.process.as_mut();
        if process.is_some_and(|process| process.reply.replace((arrival, heard)).is_some()) {
            self.violated("5: two requests in flight");
        }
    }

    fn handle(&mut self, request: &Request) -> (u16, Value) {
        let now = self.server_seconds(self.now);
        self.gateway.handle(now, request)
    }

    fn answer(&mut self, request: &Request) -> Reply {
        let answer = self.handle(request);
        self.response(answer)
    }

    /// Another amount, another currency or another payment than was asked about.
    fn contradict(&mut self, body: &mut Value) {
        self.tally.contradictions += 1;
        // Before anything is known, only the id can contradict it.
        let process = self.process.as_ref();
        let knows_amount = process.is_some_and(|process| process.flow.record().intent.is_some());
        let Some(body) = body
            .as_object_mut()
            .filter(|body| !body.contains_key("error"))
        else {
            return;
        };
        match self.rng.u8(..3) {
            0 if knows_amount => body.insert("amount".to_owned(), json!(AMOUNT + 1)),
            1 if knows_amount => body.insert("currency".to_owned(), json!("USD")),
            _ => {
                let id = ["id", "payment_id", "payment_intent_id"]
                    .into_iter()
                    .find(|id| body.contains_key(*id));
                id.and_then(|id| body.insert(id.to_owned(), json!("pi_01OTHER")))
            }
        };
        // Whoever believes it hands over the goods.
        body.insert("status".to_owned(), json!("succeeded"));
    }

    /// The gateway's own words.
    fn response(&mut self, (status, body): (u16, Value)) -> Reply {
        let server_now = self.server_seconds(self.now);
        let busy = match self.rng.u8(..3) {
            0 => "7".to_owned(),
            1 => http_date(server_now + 7),
            _ => "soon".to_owned(),
        };
        Ok(HttpResponse {
            status,
            date: self
                .network
                .date_error()
                .map(|off_by| http_date(server_now + off_by)),
            retry_after: (status == 429).then_some(busy),
            body: body.to_string().into_bytes(),
        })
    }

    /// A page of somebody in between, who has a clock of their own.
    fn page(&mut self) -> Reply {
        let statuses = [200, 302, 403, 404, 502, 503];
        let off_by = wrong_by(&mut self.rng);
        let date = http_date(self.server_seconds(self.now) + off_by);
        Ok(HttpResponse {
            status: statuses[self.rng.usize(..statuses.len())],
            date: self.rng.bool().then_some(date),
            retry_after: None,
            body: b"<html>Welcome to the Wi-Fi</html>".to_vec(),
        })
    }
}
