//! Who is let in: the sheet of PayPay's own SDKs and their quirks.

use serde_json::json;

use crate::merchant::{Answer, Merchant, order, sign};
use crate::support::unix_now;

#[test]
fn what_is_not_signed_right_is_refused_alike() {
    let merchant = Merchant::new();
    let path = "/v2/codes/payments/x";
    let right = sign("GET", path, None, b"", unix_now());
    let other_key = right.replacen("OPA-Auth:", "OPA-Auth:x", 1);
    let table = [
        None,
        Some("hmac OPA-Auth:a:b:c".to_owned()),
        Some("Bearer x".to_owned()),
        Some(other_key),
        Some(sign("GET", "/v2/codes/payments/y", None, b"", unix_now())),
        Some(sign("DELETE", path, None, b"", unix_now())),
        Some(sign("GET", path, None, b"", unix_now() - 125)),
        Some(sign("GET", path, None, b"", unix_now() + 125)),
        Some(sign(
            "GET",
            path,
            Some("application/json"),
            b"{}",
            unix_now(),
        )),
    ];
    for header in table {
        let headers = header.iter().map(|value| ("Authorization", value.as_str()));
        let headers: Vec<_> = headers.collect();
        let reply = merchant.paypay.send("GET", path, &headers, b"");
        Answer::of(reply).refused(401, "08100016", "UNAUTHORIZED");
    }
}

#[test]
fn every_sdk_is_let_in() {
    let merchant = Merchant::new();
    // Content types of Node, Python and Java, PHP and Go.
    let types = [
        "application/json",
        "application/json;charset=UTF-8",
        "application/json;charset=UTF-8;",
    ];
    for (index, content_type) in types.into_iter().enumerate() {
        let body = order(&format!("sdk-{index}")).to_string();
        let signed = sign(
            "POST",
            "/v2/codes",
            Some(content_type),
            body.as_bytes(),
            unix_now(),
        );
        let headers = [
            ("Authorization", signed.as_str()),
            ("Content-Type", content_type),
            ("X-ASSUME-MERCHANT", ""),
        ];
        let reply = merchant
            .paypay
            .send("POST", "/v2/codes", &headers, body.as_bytes());
        Answer::of(reply).is(201, "SUCCESS");
        // Without a body they send a type all the same, or one that is none, and sign neither.
        let path = format!("/v2/codes/payments/sdk-{index}");
        let signed = sign("GET", &path, None, b"", unix_now());
        for header in [content_type, "empty"] {
            let headers = [("Authorization", signed.as_str()), ("Content-Type", header)];
            let reply = merchant.paypay.send("GET", &path, &headers, b"");
            Answer::of(reply).is(200, "SUCCESS");
        }
    }
}

#[test]
fn the_merchant_may_be_named() {
    let merchant = Merchant::new();
    let path = "/v2/payments/x";
    let ask = |query: &str, header: &str| {
        let signed = sign("GET", path, None, b"", unix_now());
        let headers = [
            ("Authorization", signed.as_str()),
            ("X-Assume-Merchant", header),
        ];
        let target = format!("{path}{query}");
        Answer::of(merchant.paypay.send("GET", &target, &headers, b"")).status
    };
    let own = mpac_gateway::PayPayConfig::MERCHANT_ID;
    assert_eq!(
        ask("", own),
        400,
        "found to be someone, and the payment not to be there"
    );
    assert_eq!(ask("", "someone_else"), 401);
    assert_eq!(ask(&format!("?assumeMerchant={own}"), "someone_else"), 400);
    assert_eq!(ask("?assumeMerchant=someone_else", own), 401);
}

#[test]
fn signatures_of_the_machines_clock_and_of_the_gateways_are_good() {
    let merchant = Merchant::new();
    merchant.advance(10_000);
    let path = "/v2/payments/x";
    for (epoch, status) in [(0, 400), (10_000, 400), (5_000, 401)] {
        let signed = sign("GET", path, None, b"", unix_now() + epoch);
        let reply = merchant
            .paypay
            .send("GET", path, &[("Authorization", &signed)], b"");
        assert_eq!(Answer::of(reply).status, status, "{epoch}");
    }
}

#[test]
fn a_nonce_can_be_made_to_count_once() {
    let merchant = Merchant::new();
    let path = "/v2/payments/x";
    let signed = sign("GET", path, None, b"", unix_now());
    let ask = || {
        let headers = [("Authorization", signed.as_str())];
        Answer::of(merchant.paypay.send("GET", path, &headers, b"")).status
    };
    assert_eq!([ask(), ask()], [400, 400]);
    merchant.settings(json!({ "nonces_are_single_use": true }));
    assert_eq!([ask(), ask()], [400, 401]);
}
