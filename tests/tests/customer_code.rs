//! The customer shows a code, the terminal scans it, and the wallet is charged: `qr_cpm`, against
//! the real gateway. What is no scenario, since it looks at texts.

use mpac_pgw_sdk::{FailureCode, PaymentEventKind, TerminalError};
use mpac_pgw_tests::{TestGateway, Till, paypay, scanned};

/// The staff may read it to the customer.
#[test]
fn a_refused_code_is_refused_in_words() {
    let gateway = TestGateway::start().unwrap();
    let till = Till::open(gateway.url()).unwrap();
    let order = gateway.create(&["qr_cpm"]).unwrap();
    let poor = gateway.customer_code("not-enough-balance").unwrap();
    let (_, events) = till.confirm(&order.payment_token, scanned(&poor)).unwrap();
    let PaymentEventKind::PaymentFailed { code, reason, .. } =
        events.wait_for("payment_failed").kind
    else {
        unreachable!("payment_failed says why");
    };
    assert_eq!(code, FailureCode::InsufficientFunds);
    assert_eq!(
        reason,
        "PayPay refused (NO_SUFFICIENT_FUND: There is no sufficient fund for the transaction) and \
         has charged nothing: ask the customer for a new code, or take the payment another way"
    );
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
