//! Tokens and card data reach no log, no error and no `Debug`, at the most talkative level.

use std::sync::{Arc, Mutex, PoisonError};

use mpac_pgw_sdk::{CardResult, PaymentMethod};
use mpac_pgw_tests::{Recorder, TestGateway, Till, approve, paypay, scanned};

/// Keeps everything that anybody logs.
struct Everything(Mutex<String>);

impl log::Log for Everything {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.push_str(&format!("{} {}\n", record.target(), record.args()));
    }

    fn flush(&self) {}
}

static LOG: Everything = Everything(Mutex::new(String::new()));

#[test]
fn canaries_are_found_nowhere() {
    log::set_logger(&LOG).unwrap();
    log::set_max_level(log::LevelFilter::Trace);
    let gateway = TestGateway::start().unwrap();
    let till = Till::open(gateway.url()).unwrap();
    let mut shown = String::new();
    let mut canaries = vec!["APPROVALCANARY".to_owned(), "4111********1111".to_owned()];
    let code = |outcome| gateway.customer_code(outcome).unwrap();
    for (method, ends) in [
        (paypay(), "payment_success"),
        (scanned(&code("approved")), "payment_success"),
        (scanned(&code("not-enough-balance")), "payment_failed"),
        (PaymentMethod::CreditCard, "payment_success"),
        (PaymentMethod::Cash, "payment_success"),
    ] {
        let methods = ["qr_mpm", "qr_cpm", "credit_card", "cash"];
        let order = gateway.create(&methods).unwrap();
        let (_, secret) = order.payment_token.split_once("_secret_").unwrap();
        canaries.push(secret.to_owned());
        let events = Arc::new(Recorder::default());
        let attempt = till
            .terminal
            .confirm_payment(order.payment_token.clone(), method.clone(), events.clone())
            .unwrap();
        match &method {
            PaymentMethod::QrMpm { .. } => {
                events.wait_for("qr_ready");
                gateway.pay(&order).unwrap();
            }
            PaymentMethod::CreditCard => {
                let request = events.wait_for_card_request();
                let result = CardResult {
                    approval_code: Some("APPROVALCANARY".to_owned()),
                    masked_pan: Some("4111********1111".to_owned()),
                    ..approve(&request)
                };
                canaries.push(request.nonce.clone());
                shown += &format!("{request:?} {request:#?} {result:?} {result:#?}");
                till.terminal.complete_card_payment(result.clone()).unwrap();
                shown += &format!("{:?}", till.terminal.complete_card_payment(result));
            }
            PaymentMethod::QrCpm { customer_code, .. } => canaries.push(customer_code.clone()),
            _ => {}
        }
        events.wait_for(ends);
        shown += &format!(
            "{attempt:?} {method:?} {:?} {:#?}",
            events.events(),
            events.events()
        );
    }
    shown += &format!("{:?}", till.terminal);
    let order = gateway.create(&["qr_cpm"]).unwrap();
    let unscanned = till.confirm(&order.payment_token, scanned("CODECANARY\r\nCODECANARY"));
    canaries.push("CODECANARY".to_owned());
    shown += &format!("{:?}", unscanned.map(drop));
    let wrong = format!("pi_01HXYNOBODY_secret_{}", "wrongcanary");
    canaries.push("wrongcanary".to_owned());
    shown += &format!("{:?}", till.terminal.retrieve_payment_intent(wrong.clone()));
    shown += &format!("{:?}", till.terminal.retrieve_payment_intent(wrong + "!"));

    let logged = LOG.0.lock().unwrap();
    assert!(logged.contains("ureq"), "the HTTP library was listened to");
    assert!(
        logged.contains("payment_success"),
        "the SDK was listened to"
    );
    for canary in canaries {
        assert!(!logged.contains(&canary), "{canary} was logged");
        assert!(!shown.contains(&canary), "{canary} was shown");
    }
}
