//! A merchant's program: signs, sends, reads PayPay's envelope.

use mpac_gateway::PayPayConfig;
use paypay_opa::jwt;
use paypay_opa::signing::{Authorization, Nonce, RequestToSign};
use paypay_opa::{Credentials, Secret};
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

    /// A paid code; answers merchantPaymentId and paymentId.
    #[track_caller]
    pub fn paid(&self) -> (String, String) {
        let (id, code) = self.new_code();
        self.act(&code, "pay");
        let details = self.get(&format!("/v2/payments/{id}")).is(200, "SUCCESS");
        (id, details["paymentId"].as_str().unwrap().to_owned())
    }

    #[track_caller]
    pub fn cancel(&self, id: &str) -> Answer {
        self.delete(&format!("/v2/payments/{id}"))
    }

    #[track_caller]
    pub fn refund(&self, refund_id: &str, payment_id: &str, amount: i64) -> Answer {
        let body = json!({
            "merchantRefundId": refund_id, "paymentId": payment_id,
            "amount": { "amount": amount, "currency": "JPY" }, "requestedAt": unix_now(),
        });
        self.post("/v2/refunds", body)
    }

    pub fn charge_body(&self, id: &str, user: &str, amount: i64) -> Value {
        json!({
            "merchantPaymentId": id, "userAuthorizationId": user,
            "amount": { "amount": amount, "currency": "JPY" }, "requestedAt": unix_now(),
        })
    }

    /// A payment without a code of ours.
    #[track_caller]
    pub fn charge(&self, id: &str, user: &str, amount: i64) -> Answer {
        self.post("/v2/payments", self.charge_body(id, user, amount))
    }

    /// The page on which the customer links the account, and the nonce.
    #[track_caller]
    pub fn link_session(&self) -> (String, String) {
        let nonce = unique("nonce");
        let body = json!({
            "scopes": ["direct_debit"], "nonce": nonce, "referenceId": "user-7",
            "redirectUrl": "https://shop.example/linked?from=paypay",
            // PayPay's Node SDK adds it to every POST.
            "requestedAt": unix_now(),
        });
        let session = self.post("/v1/qr/sessions", body).is(201, "SUCCESS");
        (session["linkQRCodeURL"].as_str().unwrap().to_owned(), nonce)
    }

    /// The user authorization of a customer who has agreed.
    #[track_caller]
    pub fn linked_user(&self) -> String {
        let (page, nonce) = self.link_session();
        let back = self.form(page.strip_prefix(&self.paypay.url).unwrap(), "act=agree");
        let (_, token) = back
            .header("location")
            .unwrap()
            .split_once("responseToken=")
            .unwrap();
        let secret = Secret::new(PayPayConfig::API_SECRET);
        let claims = jwt::validate(token, &secret, &nonce, unix_now()).unwrap();
        claims.user_authorization_id.unwrap().to_string()
    }

    /// The code that the wallet's first page shows.
    #[track_caller]
    pub fn code_on_screen(&self) -> String {
        let page = self.page("/wallet").text;
        let (_, digits) = page.split_once("class=\"digits\">").unwrap();
        digits.split('<').next().unwrap().replace(' ', "")
    }

    /// The customer's browser opens a page.
    pub fn page(&self, path: &str) -> Reply {
        self.paypay.send("GET", path, &[], b"")
    }

    /// The customer's browser sends a form.
    pub fn form(&self, path: &str, body: &str) -> Reply {
        let form = ("Content-Type", "application/x-www-form-urlencoded");
        let origin = ("Origin", self.paypay.url.as_str());
        self.paypay
            .send("POST", path, &[form, origin], body.as_bytes())
    }

    /// The path of a code's page.
    pub fn path_of(&self, code: &Value) -> String {
        let url = code["url"].as_str().unwrap();
        url.strip_prefix(&self.paypay.url).unwrap().to_owned()
    }

    /// The customer acts on a code.
    #[track_caller]
    pub fn act(&self, code: &Value, act: &str) {
        let reply = self.form(&self.path_of(code), &format!("act={act}"));
        assert_eq!(reply.status, 303, "{}", reply.text);
    }

    /// The customer answers whether more may be captured than was reserved.
    #[track_caller]
    pub fn answer(&self, code: &Value, act: &str) {
        let path = format!("{}/answer", self.path_of(code));
        assert_eq!(self.form(&path, &format!("act={act}")).status, 303);
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
