//! A gateway's PayPay: a client of it, and a customer who pays there.

use std::time::Duration;

use mpac_gateway::PayPayConfig;
use paypay_opa::types::{Code, CreateCodeRequest, MoneyAmount, Payment};
use paypay_opa::{Client, Credentials};
use serde_json::{Value, json};

use crate::support::{self, Server};

pub struct PayPay {
    pub server: Server,
    pub client: Client,
    /// The customer's browser.
    browser: support::Client,
}

impl PayPay {
    pub fn start() -> Self {
        let server = Server::ephemeral();
        let line = server.greeting.iter().find(|line| line.contains("PayPay"));
        let url = line.unwrap().split_whitespace().nth(1).unwrap();
        let url = url.trim_end_matches(',');
        let client = client_of(url);
        let browser = support::Client::new(url);
        Self {
            server,
            client,
            browser,
        }
    }

    /// A client that speaks HTTPS.
    pub fn https_client(&self) -> Client {
        client_of(&self.browser.url.replace("http://", "https://"))
    }

    /// The certificate authority that the stand-in has made.
    pub fn authority(&self) -> String {
        let reply = self.browser.send("GET", "/ca.pem", &[], b"");
        assert_eq!(reply.status, 200);
        reply.text
    }

    /// Has the next request to PayPay meet a fault.
    pub fn fault(&self, mut rule: Value) {
        rule["target"] = json!("paypay");
        let gateway = self.server.client();
        gateway.post("/_local/faults", None, &rule).ok();
    }

    pub fn new_code(&self, id: &str) -> Code {
        let amount = MoneyAmount::jpy(1200);
        let request = CreateCodeRequest::new(id.parse().unwrap(), amount);
        self.client.create_code(&request).unwrap().data
    }

    /// A code for 1,200 yen that the customer has paid, and what PayPay says of it then.
    pub fn paid_code(&self, id: &str) -> Payment {
        let code = self.new_code(id);
        self.press(&code.url, "pay");
        self.details(id)
    }

    pub fn details(&self, id: &str) -> Payment {
        let id = id.parse().unwrap();
        self.client.code_payment_details(&id).unwrap().data
    }

    /// The customer presses a button on a page of the wallet; answers where that leads.
    pub fn press(&self, page: &str, button: &str) -> String {
        let path = page.strip_prefix(&self.browser.url).unwrap();
        let form = [("Content-Type", "application/x-www-form-urlencoded")];
        let body = format!("act={button}");
        let answer = self.browser.send("POST", path, &form, body.as_bytes());
        assert_eq!(answer.status, 303, "{button}: {}", answer.text);
        answer.header("location").unwrap().to_owned()
    }
}

fn client_of(url: &str) -> Client {
    let credentials = Credentials::new(PayPayConfig::API_KEY, PayPayConfig::API_SECRET).unwrap();
    Client::new(credentials, url.parse().unwrap())
        .with_merchant(PayPayConfig::MERCHANT_ID.parse().unwrap())
        .with_longest_read_timeout(Duration::from_secs(5))
}
