//! Codes: made, looked up, deleted, expired.

use serde_json::{Value, json};

use crate::merchant::{Merchant, order};
use crate::support::unix_now;

#[test]
fn a_code_is_made_as_the_guide_asks() {
    let merchant = Merchant::new();
    let mut asked = order("cake-1");
    asked["storeId"] = json!("store-1");
    asked["metadata"] = json!({ "any": ["thing"] });
    asked["orderItems"] = json!([{
        "name": "Cake", "quantity": 1, "unitPrice": { "amount": 1200, "currency": "JPY" },
    }]);
    let data = merchant.post("/v2/codes", asked.clone()).is(201, "SUCCESS");
    for name in [
        "merchantPaymentId",
        "amount",
        "codeType",
        "orderDescription",
        "storeId",
    ] {
        assert_eq!(data[name], asked[name], "{name}");
    }
    assert_eq!(data["metadata"], asked["metadata"]);
    assert_eq!(data["requestedAt"], asked["requestedAt"]);
    let code_id = data["codeId"].as_str().unwrap();
    assert!(
        code_id.starts_with("04-") && code_id.len() == 19,
        "{code_id}"
    );
    let url = data["url"].as_str().unwrap();
    assert!(
        url.starts_with(&format!("{}/wallet/", merchant.paypay.url)),
        "{url}"
    );
    let deeplink = data["deeplink"].as_str().unwrap();
    assert!(
        deeplink.starts_with("paypay://payment?link_key=http%3A%2F%2F"),
        "{deeplink}"
    );
    let lifetime = data["expiryDate"].as_i64().unwrap() - unix_now();
    assert!((298..=300).contains(&lifetime), "{lifetime}");
    // PayPay's own spelling, in this answer only.
    assert!(data["orderItems"][0]["unit_price"].is_object());

    let unpaid = merchant.get("/v2/codes/payments/cake-1").is(200, "SUCCESS");
    let least = json!({ "status": "CREATED", "acceptedAt": 0, "requestedAt": 0 });
    assert_eq!(unpaid, least, "nothing more is promised of an unpaid code");
}

#[test]
fn an_id_makes_one_code() {
    let merchant = Merchant::new();
    let (id, first) = merchant.new_code();
    let again = merchant.post("/v2/codes", order(&id));
    again.refused(400, "01652073", "DUPLICATE_DYNAMIC_QR_REQUEST");
    merchant.settings(json!({ "repeated_code": "replayed" }));
    let again = merchant.post("/v2/codes", order(&id)).is(201, "SUCCESS");
    assert_eq!(again, first);
}

#[test]
fn a_deleted_code_is_gone() {
    let merchant = Merchant::new();
    let (id, code) = merchant.new_code();
    let path = format!("/v2/codes/{}", code["codeId"].as_str().unwrap());
    // PayPay's Python SDK sends a body, others do not.
    let deleted = merchant.call("DELETE", &path, Some(&json!({})));
    assert_eq!(deleted.is(200, "SUCCESS"), json!({ "qrStatus": "DELETED" }));
    let details = format!("/v2/codes/payments/{id}");
    merchant
        .get(&details)
        .refused(400, "01652075", "DYNAMIC_QR_PAYMENT_NOT_FOUND");
    merchant
        .delete(&path)
        .refused(404, "01652072", "DYNAMIC_QR_NOT_FOUND");
    merchant.settings(json!({ "deleted_code": "created" }));
    assert_eq!(merchant.status(&id), "CREATED");
}

#[test]
fn what_was_never_made_is_not_found() {
    let merchant = Merchant::new();
    for path in ["/v2/codes/payments/nothing", "/v2/payments/nothing"] {
        merchant
            .get(path)
            .refused(400, "01652075", "DYNAMIC_QR_PAYMENT_NOT_FOUND");
    }
    merchant.settings(json!({ "payment_not_found_status": 404 }));
    merchant.get("/v2/codes/payments/nothing").refused(
        404,
        "01652075",
        "DYNAMIC_QR_PAYMENT_NOT_FOUND",
    );
    let too_long = format!("/v2/codes/payments/{}", "a".repeat(65));
    merchant
        .get(&too_long)
        .refused(400, "01650000", "DYNAMIC_QR_BAD_REQUEST");
    merchant
        .delete("/v2/codes/04-nothing")
        .refused(404, "01652072", "DYNAMIC_QR_NOT_FOUND");
}

#[test]
fn malformed_orders_are_refused() {
    let merchant = Merchant::new();
    let without = |name: &str| {
        let mut order = order("x");
        order.as_object_mut().unwrap().remove(name);
        order
    };
    let with = |name: &str, value: Value| {
        let mut order = order("x");
        order[name] = value;
        order
    };
    const MISSING: (&str, &str) = ("08100024", "MISSING_REQUEST_PARAMS");
    const INVALID: (&str, &str) = ("08100006", "INVALID_REQUEST_PARAMS");
    const BAD: (&str, &str) = ("01650000", "DYNAMIC_QR_BAD_REQUEST");
    const EXPIRY: (&str, &str) = ("00400061", "PRE_AUTH_CAPTURE_INVALID_EXPIRY_DATE");
    let late = unix_now() + 31 * 86_400;
    let mut reserved = with("isAuthorization", json!(true));
    reserved["authorizationExpiry"] = json!(late);
    let table = [
        (without("merchantPaymentId"), MISSING),
        (without("amount"), MISSING),
        (without("codeType"), MISSING),
        (with("amount", json!(1200)), INVALID),
        (with("merchantPaymentId", json!(7)), INVALID),
        (json!([]), INVALID),
        (
            with("amount", json!({ "amount": 0, "currency": "JPY" })),
            BAD,
        ),
        (
            with("amount", json!({ "amount": 1, "currency": "USD" })),
            BAD,
        ),
        (with("codeType", json!("OTHER")), BAD),
        (with("merchantPaymentId", json!("a b")), BAD),
        (reserved, EXPIRY),
    ];
    for (body, (code_id, code)) in table {
        merchant.post("/v2/codes", body).refused(400, code_id, code);
    }
    // The guide itself writes milliseconds in places.
    let milliseconds = with("requestedAt", json!(1_587_460_334_340_i64));
    let made = merchant.post("/v2/codes", milliseconds).is(201, "SUCCESS");
    assert_eq!(made["requestedAt"], json!(1_587_460_334_340_i64));
}

#[test]
fn an_expired_code_stays_created() {
    let merchant = Merchant::new();
    let (id, _) = merchant.new_code();
    merchant.advance(3600);
    assert_eq!(merchant.status(&id), "CREATED");
}
