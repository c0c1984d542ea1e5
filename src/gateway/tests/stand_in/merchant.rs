//! A merchant's program: signs, sends, reads PayPay's envelope.

use mpac_gateway::PayPayConfig;
use paypay_opa::Credentials;
use paypay_opa::signing::{Authorization, Nonce, RequestToSign};
use serde_json::{Value, json};

use crate::support::{Client, Reply, Server, unique, unix_now};

/// A gateway process and the merchant of its PayPay.
pub struct Merchant {
    pub server: Server,
    /// PayPay's side.
    pub paypay: Client,
}

/// PayPay's answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub code: String,
    pub code_id: String,
    pub data: Value,
    pub reply: Reply,
}

impl Merchant {
    pub fn new() -> Self {
        Self::of(Server::ephemeral())
    }

    pub fn of(server: Server) -> Self {
        let line = server.greeting.iter().find(|line| line.contains("PayPay"));
        let url = line.unwrap().split_whitespace().nth(1).unwrap();
        let paypay = Client::new(url.trim_end_matches(','));
        Self { server, paypay }
    }

    /// A signed call, with `Content-Type: application/json` where there is a body.
    #[track_caller]
    pub fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let body = body.map(Value::to_string).unwrap_or_default();
        let content_type = (!body.is_empty()).then_some("application/json");
        let header = sign(method, path, content_type, body.as_bytes(), unix_now());
        let mut headers = vec![("Authorization", header.as_str())];
        headers.extend(content_type.map(|value| ("Content-Type", value)));
        Answer::of(self.paypay.send(method, path, &headers, body.as_bytes()))
    }

    #[track_caller]
    pub fn get(&self, path: &str) -> Answer {
        self.call("GET", path, None)
    }

    #[track_caller]
    pub fn post(&self, path: &str, body: Value) -> Answer {
        self.call("POST", path, Some(&body))
    }

    #[track_caller]
    pub fn delete(&self, path: &str) -> Answer {
        self.call("DELETE", path, None)
    }

    /// A code with an id of its own; answers the id and the answer's data.
    #[track_caller]
    pub fn new_code(&self) -> (String, Value) {
        let id = unique("order");
        let code = self.post("/v2/codes", order(&id));
        (id, code.is(201, "SUCCESS"))
    }

    #[track_caller]
    pub fn status(&self, id: &str) -> String {
        let data = self
            .get(&format!("/v2/codes/payments/{id}"))
            .is(200, "SUCCESS");
        data["status"].as_str().unwrap().to_owned()
    }

    pub fn advance(&self, seconds: i64) {
        self.server.client().advance(seconds);
    }

    /// Changes what PayPay's documents leave open.
    #[track_caller]
    pub fn settings(&self, changes: Value) {
        let json = [("Content-Type", "application/json")];
        let body = changes.to_string();
        self.paypay
            .send("POST", "/_stand_in/settings", &json, body.as_bytes())
            .ok();
    }
}

impl Answer {
    #[track_caller]
    pub fn of(reply: Reply) -> Self {
        let body = reply.json();
        let info = &body["resultInfo"];
        let text = |name: &str| info[name].as_str().expect(name).to_owned();
        let id = reply.header("x-request-id").expect("X-REQUEST-ID");
        assert!(id.starts_with("OPA") && id.len() == 35, "{id}");
        assert_eq!(reply.header("content-type"), Some("application/json"));
        text("message");
        Self {
            status: reply.status,
            code: text("code"),
            code_id: text("codeId"),
            data: body["data"].clone(),
            reply,
        }
    }

    /// Checks status and code; answers the data.
    #[track_caller]
    pub fn is(self, status: u16, code: &str) -> Value {
        let found = (self.status, self.code.as_str());
        assert_eq!(found, (status, code), "{}", self.reply.text);
        self.data
    }

    /// Checks that it is this row of the table.
    #[track_caller]
    pub fn refused(self, status: u16, code_id: &str, code: &str) {
        let found = (self.status, self.code_id.as_str(), self.code.as_str());
        assert_eq!(found, (status, code_id, code), "{}", self.reply.text);
        assert_eq!(self.data, Value::Null);
    }
}

pub fn sign(
    method: &str,
    path: &str,
    content_type: Option<&str>,
    body: &[u8],
    epoch: i64,
) -> String {
    let credentials = Credentials::new(PayPayConfig::API_KEY, PayPayConfig::API_SECRET).unwrap();
    let request = RequestToSign {
        method,
        path,
        content_type,
        body,
    };
    Authorization::sign(&credentials, Nonce::random(), epoch, &request).to_string()
}

/// What create code needs.
pub fn order(id: &str) -> Value {
    json!({
        "merchantPaymentId": id,
        "amount": { "amount": 1200, "currency": "JPY" },
        "codeType": "ORDER_QR",
        "orderDescription": "ケーキ",
        "requestedAt": unix_now(),
    })
}
