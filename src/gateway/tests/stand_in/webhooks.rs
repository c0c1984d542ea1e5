//! What PayPay posts to the merchant.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use paypay_opa::types::webhook::Notification;
use serde_json::{Value, json};

use crate::merchant::{Merchant, order};

/// A merchant's back end. It answers each webhook with the next of `statuses`, then with 200.
struct BackEnd {
    url: String,
    bodies: Receiver<Value>,
}

impl BackEnd {
    fn new(statuses: &'static [u16]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/paypay", listener.local_addr().unwrap());
        let (send, bodies) = channel();
        thread::spawn(move || {
            let mut statuses = statuses.iter();
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let mut length = 0;
                loop {
                    let mut line = String::new();
                    if reader.read_line(&mut line).unwrap() <= 2 {
                        break;
                    }
                    if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                        length = value.trim().parse().unwrap();
                    }
                    assert!(
                        !line.to_lowercase().starts_with("authorization"),
                        "not signed"
                    );
                }
                let mut body = vec![0; length];
                reader.read_exact(&mut body).unwrap();
                Notification::read(&body).unwrap();
                let status = statuses.next().copied().unwrap_or(200);
                let answer = format!(
                    "HTTP/1.1 {status} X\r\nContent-Length: 2\r\nConnection: close\r\n\r\nOK"
                );
                stream.write_all(answer.as_bytes()).unwrap();
                if send.send(serde_json::from_slice(&body).unwrap()).is_err() {
                    return;
                }
            }
        });
        Self { url, bodies }
    }

    #[track_caller]
    fn next(&self) -> Value {
        self.bodies.recv_timeout(Duration::from_secs(20)).unwrap()
    }
}

fn merchant_of(back_end: &BackEnd) -> Merchant {
    let merchant = Merchant::new();
    merchant.settings(json!({ "webhook_url": back_end.url }));
    merchant
}

#[test]
fn payments_are_announced() {
    let back_end = BackEnd::new(&[]);
    let merchant = merchant_of(&back_end);
    let mut asked = order("announced");
    asked["storeId"] = json!("store-1");
    asked["terminalId"] = json!("till-1");
    let code = merchant.post("/v2/codes", asked).is(201, "SUCCESS");
    merchant.act(&code, "pay");
    let event = back_end.next();
    assert_eq!(event["notification_type"], "Transaction");
    assert_eq!(event["state"], "COMPLETED");
    assert_eq!(event["merchant_order_id"], "announced");
    assert_eq!(
        event["merchant_id"],
        mpac_gateway::PayPayConfig::MERCHANT_ID
    );
    assert_eq!(event["order_amount"], "1200");
    assert_eq!(
        (&event["store_id"], &event["pos_id"]),
        (&json!("store-1"), &json!("till-1"))
    );
    assert!(event["paid_at"].as_str().unwrap().ends_with('Z'));
    let details = merchant.get("/v2/payments/announced").is(200, "SUCCESS");
    assert_eq!(event["order_id"], details["paymentId"]);

    // Refunds and cancels are not; what fails is.
    merchant
        .refund("r-1", event["order_id"].as_str().unwrap(), 1)
        .is(200, "SUCCESS");
    let (id, _) = merchant.new_code();
    merchant.cancel(&id).is(202, "REQUEST_ACCEPTED");
    merchant.settings(json!({ "webhook_amount": "integer" }));
    let (id, code) = merchant.new_code();
    merchant.act(&code, "not_enough_balance");
    let event = back_end.next();
    assert_eq!(
        (&event["state"], &event["merchant_order_id"]),
        (&json!("FAILED"), &json!(id))
    );
    assert_eq!(event["order_amount"], 1200);
    for absent in ["paid_at", "authorized_at", "expires_at"] {
        assert!(event.get(absent).is_none());
    }
}

#[test]
fn reservations_are_announced() {
    let back_end = BackEnd::new(&[]);
    let merchant = merchant_of(&back_end);
    let reserve = |id: &str| {
        let mut order = order(id);
        order["isAuthorization"] = json!(true);
        let code = merchant.post("/v2/codes", order).is(201, "SUCCESS");
        merchant.act(&code, "pay");
        let event = back_end.next();
        assert_eq!(
            (&event["state"], &event["merchant_order_id"]),
            (&json!("AUTHORIZED"), &json!(""))
        );
        assert!(event["authorized_at"].is_string() && event["expires_at"].is_string());
        event["order_id"].clone()
    };
    reserve("captured");
    let capture = |id: &str, amount: i64| {
        let body = json!({
            "merchantPaymentId": id, "merchantCaptureId": "capture-1",
            "amount": { "amount": amount, "currency": "JPY" }, "orderDescription": "x",
        });
        merchant.post("/v2/payments/capture", body)
    };
    capture("captured", 700).is(200, "SUCCESS");
    let event = back_end.next();
    assert_eq!(
        (&event["state"], &event["merchant_order_id"]),
        (&json!("COMPLETED"), &json!("capture-1"))
    );
    assert_eq!(event["order_amount"], "700");

    let payment_id = reserve("reverted");
    let body = json!({ "merchantRevertId": "v-1", "paymentId": payment_id });
    merchant
        .post("/v2/payments/preauthorize/revert", body)
        .is(200, "SUCCESS");
    assert_eq!(back_end.next()["state"], "CANCELED");

    reserve("expired");
    capture("expired", 5000).is(202, "USER_CONFIRMATION_REQUIRED");
    merchant.advance(6 * 3600);
    let event = back_end.next();
    assert_eq!(event["state"], "AUTHORIZED");
    assert!(event["confirmation_expires_at"].is_string());
    merchant.advance(30 * 86_400);
    assert_eq!(back_end.next()["state"], "EXPIRED");
}

#[test]
fn consents_are_announced() {
    let back_end = BackEnd::new(&[]);
    let merchant = merchant_of(&back_end);
    let user = merchant.linked_user();
    let event = back_end.next();
    assert_eq!(
        event["notification_type"],
        "customer.authroization.succeeded"
    );
    assert_eq!(event["userAuthorizationId"], json!(user));
    assert_eq!(event["referenceId"], "user-7");
    merchant.advance(10);
    merchant.charge("prolongs", &user, 1).is(201, "SUCCESS");
    let kinds = [back_end.next(), back_end.next()].map(|event| event["notification_type"].clone());
    assert_eq!(
        kinds,
        [
            json!("Transaction"),
            json!("customer.authroization.extended")
        ]
    );
    merchant
        .delete(&format!("/v2/user/authorizations/{user}"))
        .is(202, "REQUEST_ACCEPTED");
    assert_eq!(
        back_end.next()["notification_type"],
        "customer.authroization.revoked"
    );
    let (page, _) = merchant.link_session();
    merchant.form(
        page.strip_prefix(&merchant.paypay.url).unwrap(),
        "act=decline",
    );
    let event = back_end.next();
    assert_eq!(event["notification_type"], "customer.authroization.failed");
    assert_eq!(event["result"], "declined");
}

#[test]
fn a_webhook_is_tried_as_often_as_the_profile_says_and_then_lost() {
    for (profile, tries) in [("three", 3), ("quick", 4), ("many", 11), ("none", 1)] {
        let back_end = BackEnd::new(&[500; 11]);
        let merchant = merchant_of(&back_end);
        merchant.settings(json!({ "webhook_retries": profile }));
        let (id, code) = merchant.new_code();
        merchant.act(&code, "pay");
        for _ in 0..tries {
            assert_eq!(back_end.next()["merchant_order_id"], json!(id), "{profile}");
            // The gap to the next try is by the gateway's clock.
            merchant.advance(1);
        }
        // The next one to come is of another payment.
        let (id, code) = merchant.new_code();
        merchant.act(&code, "pay");
        assert_eq!(back_end.next()["merchant_order_id"], json!(id), "{profile}");
    }
}
