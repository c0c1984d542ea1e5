//! PayPay over HTTPS: only a server whose certificate is trusted is PayPay.

use paypay_opa::types::ResultCode;
use paypay_opa::{Client, ErrorKind, NoAnswer, Outcome};

use crate::paypay::PayPay;

fn look_up(client: &Client) -> paypay_opa::Error {
    let id = "order".parse().unwrap();
    client.code_payment_details(&id).unwrap_err()
}

#[test]
fn a_certificate_authority_of_ones_own_can_be_trusted() {
    let paypay = PayPay::start();
    let authority = paypay.authority();
    let trusting = paypay
        .https_client()
        .with_root_certificates(authority.as_bytes())
        .unwrap();
    let error = look_up(&trusting);
    assert_eq!(
        error.code(),
        Some(&ResultCode::DynamicQrPaymentNotFound),
        "{error}"
    );
}

#[test]
fn a_server_that_nobody_vouches_for_is_not_paypay() {
    let paypay = PayPay::start();
    let another = PayPay::start().authority();
    let of_another = paypay
        .https_client()
        .with_root_certificates(another.as_bytes());
    for client in [paypay.https_client(), of_another.unwrap()] {
        let error = look_up(&client);
        assert_eq!(error.kind(), &ErrorKind::NoAnswer(NoAnswer::Tls), "{error}");
        assert_eq!(error.outcome(), Outcome::Unknown);
    }
}

#[test]
fn what_is_no_certificate_is_refused() {
    let paypay = PayPay::start();
    let damaged = "-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n";
    for pem in ["", "not PEM", damaged] {
        assert!(
            paypay
                .https_client()
                .with_root_certificates(pem.as_bytes())
                .is_err(),
            "{pem}"
        );
    }
}
