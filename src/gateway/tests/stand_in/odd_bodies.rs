//! Bodies that no client should send: each is answered, and none is PayPay's fault.

use serde_json::{Value, json};

use crate::merchant::{Answer, Merchant, order};
use crate::support::unique;

/// Values that stand where others belong.
fn odd() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!(-1),
        json!(0),
        json!(1.5),
        json!(i64::MIN),
        json!(i64::MAX),
        json!(u64::MAX),
        json!(""),
        json!(" "),
        json!("\u{0}"),
        json!("'; DROP TABLE paypay_payments; --"),
        json!("ケーキ".repeat(300)),
        json!([]),
        json!([null]),
        json!({}),
        json!({ "amount": 1 }),
        json!({ "amount": i64::MAX, "currency": "JPY" }),
        json!({ "amount": "1", "currency": "JPY" }),
        json!({ "amount": 1, "currency": null }),
    ]
}

#[test]
fn any_value_in_any_field_is_answered() {
    let merchant = Merchant::new();
    let (paid, payment_id) = merchant.paid();
    let mut reserved = order("reserved");
    for (name, value) in [
        ("isAuthorization", json!(true)),
        (
            "authorizationExpiry",
            json!(crate::support::unix_now() + 60),
        ),
        ("storeId", json!("store")),
        ("terminalId", json!("till")),
        ("redirectUrl", json!("https://a.example")),
        ("redirectType", json!("WEB_LINK")),
        ("productType", json!("UTILITY_BILL")),
        ("orderItems", json!([])),
        ("metadata", json!({})),
        ("userAgent", json!("x")),
    ] {
        reserved[name] = value;
    }
    let mut preauthorize = merchant.charge_body("x", "nobody", 1);
    preauthorize["expiresAt"] = json!(crate::support::unix_now() + 60);
    let money = json!({ "amount": 1, "currency": "JPY" });
    let calls = [
        ("/v2/codes", reserved),
        ("/v2/payments", merchant.charge_body("x", "nobody", 1)),
        ("/v2/payments/preauthorize", preauthorize),
        (
            "/v2/payments/capture",
            json!({
                "merchantPaymentId": paid, "merchantCaptureId": "c", "amount": money,
                "orderDescription": "x", "requestedAt": 1,
            }),
        ),
        (
            "/v2/payments/preauthorize/revert",
            json!({ "merchantRevertId": "v", "paymentId": payment_id, "reason": "x", "requestedAt": 1 }),
        ),
        (
            "/v2/refunds",
            json!({
                "merchantRefundId": "r", "paymentId": payment_id,
                "amount": { "amount": 5000, "currency": "JPY" }, "reason": "x", "requestedAt": 1,
            }),
        ),
        (
            "/v1/qr/sessions",
            json!({
                "scopes": ["direct_debit"], "nonce": "n", "redirectUrl": "https://a.example",
                "redirectType": "WEB_LINK", "referenceId": "u", "phoneNumber": "1",
                "deviceId": "d", "userAgent": "x",
            }),
        ),
    ];
    let mut tried = 0;
    for (path, body) in calls {
        let names: Vec<String> = body.as_object().unwrap().keys().cloned().collect();
        for name in &names {
            for value in odd() {
                let mut body = body.clone();
                if name != "merchantPaymentId" && path == "/v2/codes" {
                    body["merchantPaymentId"] = json!(unique("odd"));
                }
                body[name] = value;
                let answer = merchant.post(path, body.clone());
                assert!(answer.status < 500, "{path} {body}: {}", answer.reply.text);
                tried += 1;
            }
        }
        for body in odd() {
            let answer = merchant.post(path, body);
            assert!((400..500).contains(&answer.status), "{}", answer.reply.text);
        }
    }
    assert!(tried > 800, "{tried}");
    assert_eq!(
        merchant.status(&paid),
        "COMPLETED",
        "nothing of it took or gave money"
    );
}

#[test]
fn odd_paths_and_parameters_are_answered() {
    let merchant = Merchant::new();
    let ids = [
        "%00",
        "%ff",
        "..",
        "a%20b",
        "%E3%82%B1",
        "'",
        "a%2Fb",
        "%25",
        "*",
    ];
    for id in ids {
        for (method, path) in [
            ("GET", "/v2/codes/payments/"),
            ("GET", "/v2/payments/"),
            ("DELETE", "/v2/codes/"),
            ("GET", "/v2/refunds/"),
            ("DELETE", "/v2/user/authorizations/"),
            ("GET", "/v2/user/authorizations?userAuthorizationId="),
            (
                "GET",
                "/v2/wallet/check_balance?currency=JPY&amount=1&userAuthorizationId=",
            ),
        ] {
            let answer = merchant.call(method, &format!("{path}{id}"), None);
            assert!(
                (400..500).contains(&answer.status),
                "{path}{id}: {}",
                answer.reply.text
            );
        }
        for path in ["/wallet/", "/wallet/link/"] {
            assert!((400..500).contains(&merchant.page(&format!("{path}{id}")).status));
        }
    }
    for path in ["/v2/codes/payments/a.b", "/v2/payments/a%20b"] {
        let answer = merchant.get(path);
        answer.refused(400, "01650000", "DYNAMIC_QR_BAD_REQUEST");
    }
    let wrong_method = merchant.paypay.send("PUT", "/v2/codes", &[], b"{}");
    assert_eq!(Answer::of(wrong_method).status, 405);
}
