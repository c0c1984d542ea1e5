//! The customer shows a code, the terminal scans it, and the wallet is charged: `qr_cpm`, against
//! the real gateway.

use std::sync::Arc;

use anyhow::Result;
use mpac_pgw_sdk::{
    FailureCode, PaymentEventKind, PaymentMethod, PaymentState, SwitchOutcome, TerminalError,
};
use mpac_pgw_tests::{
    Books, Order, Recorder, TestGateway, Till, patiently, paypay, retrieve, scanned,
};
use serde_json::json;
use tempfile::TempDir;

/// A shop whose books can be read.
struct Shop {
    gateway: TestGateway,
    books: Books,
    _folder: TempDir,
}

impl Shop {
    fn open() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let database = folder.path().join("gateway.db");
        Ok(Self {
            gateway: TestGateway::start_at(&database, 0)?,
            books: Books::new(&database),
            _folder: folder,
        })
    }

    /// A customer with enough money shows a code.
    fn good_code(&self) -> Result<PaymentMethod> {
        Ok(scanned(&self.gateway.customer_code("approved")?))
    }

    /// A customer without enough money shows a code.
    fn poor_code(&self) -> Result<PaymentMethod> {
        Ok(scanned(&self.gateway.customer_code("not-enough-balance")?))
    }

    /// How often the order became paid, by how many codes, and how many can still be paid.
    fn books(&self, order: &Order) -> Result<(u32, u32, u32)> {
        let entry = self.books.entry(&order.id)?;
        Ok((entry.successes, entry.paid_codes, entry.payable_codes))
    }
}

/// Why the attempt has failed, if it may be tried again.
fn refusal(events: &Recorder) -> Option<(FailureCode, String)> {
    match events.wait_for("payment_failed").kind {
        PaymentEventKind::PaymentFailed {
            code,
            reason,
            can_retry: true,
        } => Some((code, reason)),
        _ => None,
    }
}

#[test]
fn the_wallet_is_charged_at_once() {
    let shop = Shop::open().unwrap();
    let till = Till::open(shop.gateway.url()).unwrap();
    let order = shop.gateway.create(&["qr_cpm"]).unwrap();
    let (attempt, events) = till
        .confirm(&order.payment_token, shop.good_code().unwrap())
        .unwrap();
    let success = events.wait_for("payment_success");
    assert_eq!(success.method.as_str(), "qr_cpm");
    assert_eq!(events.names(), ["status_changed", "payment_success"]);
    assert_eq!(shop.books(&order).unwrap(), (1, 1, 0));
    assert!(attempt.acknowledge() && till.journal().unwrap().is_empty());
}

#[test]
fn a_refused_code_leaves_the_order_open_for_a_fresh_one() {
    let shop = Shop::open().unwrap();
    let till = Till::open(shop.gateway.url()).unwrap();
    let order = shop.gateway.create(&["qr_cpm"]).unwrap();
    let (_, events) = till
        .confirm(&order.payment_token, shop.poor_code().unwrap())
        .unwrap();
    let (code, reason) = refusal(&events).unwrap();
    assert_eq!(code, FailureCode::InsufficientFunds, "{reason}");
    // The staff may read it to the customer.
    assert_eq!(
        reason,
        "PayPay refused (NO_SUFFICIENT_FUND: There is no sufficient fund for the transaction) and \
         has charged nothing: ask the customer for a new code, or take the payment another way"
    );
    let intent = retrieve(shop.gateway.url(), &order).unwrap();
    assert_eq!(intent.status.as_str(), "requires_payment_method");

    let fresh = shop.good_code().unwrap();
    let (_, events) = till.confirm(&order.payment_token, fresh.clone()).unwrap();
    events.wait_for("payment_success");
    assert_eq!(shop.books(&order).unwrap(), (1, 1, 0));

    // A code is good for one payment.
    let next = shop.gateway.create(&["qr_cpm", "cash"]).unwrap();
    let (_, events) = till.confirm(&next.payment_token, fresh).unwrap();
    let (code, _) = refusal(&events).unwrap();
    assert_eq!(code, FailureCode::CustomerCodeExpired);
    let (_, events) = till
        .confirm(&next.payment_token, PaymentMethod::Cash)
        .unwrap();
    events.wait_for("payment_success");
}

#[test]
fn reserved_money_is_polled_for_until_the_back_end_takes_it() {
    let shop = Shop::open().unwrap();
    let mut till = Till::open(shop.gateway.url()).unwrap();
    let order = shop.gateway.create_reserving(&["qr_cpm"]).unwrap();
    let (attempt, _) = till
        .confirm(&order.payment_token, shop.good_code().unwrap())
        .unwrap();
    patiently("reserving the money", || {
        attempt.state() == PaymentState::Processing
    });

    till.reopen().unwrap();
    let events = Arc::new(Recorder::default());
    till.terminal.recover_pending(events.clone()).unwrap();
    shop.gateway.capture(&order).unwrap();
    events.wait_for("payment_success");
}

#[test]
fn a_customer_who_cannot_scan_shows_a_code_instead() {
    let shop = Shop::open().unwrap();
    let till = Till::open(shop.gateway.url()).unwrap();
    let order = shop.gateway.create(&["qr_mpm", "qr_cpm"]).unwrap();
    let (attempt, events) = till.confirm(&order.payment_token, paypay()).unwrap();
    events.wait_for("qr_ready");
    let switched = attempt.switch_method(shop.good_code().unwrap());
    assert_eq!(switched, Ok(SwitchOutcome::Switching));
    let success = events.wait_for("payment_success");
    assert_eq!(success.method.as_str(), "qr_cpm");
    assert!(
        shop.gateway.pay(&order).is_err(),
        "the code can still be paid"
    );
    assert_eq!(shop.books(&order).unwrap(), (1, 1, 0));
}

#[test]
fn after_a_refused_switch_the_customer_scans_a_fresh_code() {
    let shop = Shop::open().unwrap();
    let till = Till::open(shop.gateway.url()).unwrap();
    let order = shop.gateway.create(&["qr_mpm", "qr_cpm"]).unwrap();
    let (attempt, events) = till.confirm(&order.payment_token, paypay()).unwrap();
    let PaymentEventKind::QrReady { qr: old } = events.wait_for("qr_ready").kind else {
        unreachable!("qr_ready holds a code");
    };
    let switched = attempt.switch_method(shop.poor_code().unwrap());
    assert_eq!(switched, Ok(SwitchOutcome::Switching));
    let PaymentEventKind::SwitchRefused { code, .. } = events.wait_for("switch_refused").kind
    else {
        unreachable!("switch_refused says why");
    };
    assert_eq!(code, FailureCode::InsufficientFunds);
    patiently("showing a fresh code", || {
        let state = attempt.state();
        matches!(state, PaymentState::AwaitingCustomer { qr } if qr.content != old.content)
    });
    shop.gateway.pay(&order).unwrap();
    assert_eq!(events.wait_for("payment_success").method.as_str(), "qr_mpm");
    assert_eq!(shop.books(&order).unwrap(), (1, 1, 0));
}

/// What the gateway did stands in its books; only the answer never comes.
#[test]
fn a_lost_answer_is_found_out() {
    let shop = Shop::open().unwrap();
    for (method, ends, charges) in [
        (shop.good_code().unwrap(), "payment_success", 1),
        (shop.poor_code().unwrap(), "payment_failed", 0),
    ] {
        let till = Till::open(shop.gateway.url()).unwrap();
        let order = shop.gateway.create(&["qr_cpm"]).unwrap();
        // Also when it is sent again at once, as on a kept-alive connection that has died.
        let lost = json!({
            "action": "drop_after_write", "method": "POST",
            "path": "/v1/payment_intents/*/confirm", "count": 2,
        });
        shop.gateway.add_fault(&lost).unwrap();
        let (_, events) = till.confirm(&order.payment_token, method).unwrap();
        events.wait_for(ends);
        let names = events.names();
        assert!(names.contains(&"connection_lost".to_owned()), "{names:?}");
        assert_eq!(shop.books(&order).unwrap(), (charges, charges, 0));
    }
}

/// The gateway has asked the wallet, and for a while cannot find out what it did.
#[test]
fn a_charge_that_the_gateway_does_not_hear_of_is_found_out() {
    let shop = Shop::open().unwrap();
    let till = Till::open(shop.gateway.url()).unwrap();
    let order = shop.gateway.create(&["qr_cpm"]).unwrap();
    let faults = [
        json!({ "action": "drop_after_write", "method": "POST", "path": "/v2/payments" }),
        json!({
            "action": "status", "status": 503, "method": "GET", "path": "/v2/payments/*",
            "count": 3,
        }),
    ];
    for mut fault in faults {
        fault["target"] = json!("paypay");
        shop.gateway.add_fault(&fault).unwrap();
    }
    let code = shop.good_code().unwrap();
    let (_, events) = till.confirm(&order.payment_token, code).unwrap();
    events.wait_for("payment_success");
    let names = events.names();
    assert!(names.contains(&"connection_lost".to_owned()), "{names:?}");
    assert_eq!(shop.books(&order).unwrap(), (1, 1, 0));
}

#[test]
fn what_cannot_be_a_code_is_not_even_sent() {
    let gateway = TestGateway::start().unwrap();
    let till = Till::open(gateway.url()).unwrap();
    let order = gateway.create(&["qr_mpm", "qr_cpm"]).unwrap();
    let (attempt, events) = till.confirm(&order.payment_token, paypay()).unwrap();
    events.wait_for("qr_ready");
    let state = attempt.state();
    for code in ["", "canary\ncanary", &"canary".repeat(86)] {
        let refusals = [
            till.confirm(&order.payment_token, scanned(code)).map(drop),
            attempt.switch_method(scanned(code)).map(drop),
        ];
        for refused in refusals {
            let Err(error @ TerminalError::InvalidArgument { .. }) = refused else {
                panic!("{refused:?}");
            };
            let text = error.to_string();
            assert!(text.contains("method.customer_code"), "{text}");
            assert!(!text.contains("canary"), "{text}");
        }
    }
    assert_eq!(attempt.state(), state);
}
