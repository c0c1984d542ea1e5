//! Money that is reserved first: captures, reverts, expiry.

use serde_json::{Value, json};

use crate::merchant::{Answer, Merchant, order};
use crate::support::wait_until;

impl Merchant {
    /// A code whose payment was reserved; answers its ids, and the code.
    fn reserved(&self) -> (String, String, Value) {
        let id = crate::support::unique("reserved");
        let mut order = order(&id);
        order["isAuthorization"] = json!(true);
        let code = self.post("/v2/codes", order).is(201, "SUCCESS");
        self.act(&code, "pay");
        let details = self.get(&format!("/v2/payments/{id}")).is(200, "SUCCESS");
        assert_eq!(details["status"], "AUTHORIZED");
        assert_eq!(details["captures"], json!({ "data": [] }));
        let validity =
            details["expiresAt"].as_i64().unwrap() - details["acceptedAt"].as_i64().unwrap();
        assert_eq!(validity, 30 * 86_400);
        let payment_id = details["paymentId"].as_str().unwrap().to_owned();
        (id, payment_id, code)
    }

    fn capture(&self, id: &str, capture_id: &str, amount: i64) -> Answer {
        let body = json!({
            "merchantPaymentId": id, "merchantCaptureId": capture_id,
            "amount": { "amount": amount, "currency": "JPY" },
            "orderDescription": "shipped", "requestedAt": 1_700_000_000,
        });
        self.post("/v2/payments/capture", body)
    }

    fn revert(&self, payment_id: &str) -> Answer {
        let body = json!({
            "merchantRevertId": "v-1", "paymentId": payment_id,
            "requestedAt": 1_700_000_000, "reason": "sold out",
        });
        self.post("/v2/payments/preauthorize/revert", body)
    }
}

#[test]
fn less_than_was_reserved_is_captured_at_once_and_once() {
    let merchant = Merchant::new();
    let (id, payment_id, _) = merchant.reserved();
    let captured = merchant.capture(&id, "c-1", 700).is(200, "SUCCESS");
    assert_eq!(captured["status"], "COMPLETED");
    assert_eq!(captured["amount"]["amount"], 1200);
    let capture = &captured["captures"]["data"][0];
    assert_eq!(capture["status"], "COMPLETED");
    assert_eq!(capture["amount"]["amount"], 700);
    assert_eq!(capture["merchantCaptureId"], "c-1");
    merchant
        .capture(&id, "c-2", 1)
        .refused(400, "00200039", "ALREADY_CAPTURED");
    merchant
        .revert(&payment_id)
        .refused(400, "00200042", "ORDER_NOT_CANCELABLE");
    merchant
        .cancel(&id)
        .refused(400, "00200044", "ORDER_NOT_REVERSIBLE");
    merchant
        .refund("r-1", &payment_id, 701)
        .refused(400, "00200015", "INVALID_PARAMS");
    merchant.refund("r-1", &payment_id, 700).is(200, "SUCCESS");
}

#[test]
fn reserved_money_is_let_go_by_a_revert_or_a_cancel() {
    let merchant = Merchant::new();
    let (id, payment_id, _) = merchant.reserved();
    let reverted = merchant.revert(&payment_id).is(200, "SUCCESS");
    assert_eq!(reverted["status"], "CANCELED");
    assert_eq!(reverted["paymentId"], json!(payment_id));
    assert_eq!(reverted["reason"], "sold out");
    assert_eq!(merchant.status(&id), "CANCELED");
    merchant
        .revert(&payment_id)
        .refused(400, "00200042", "ORDER_NOT_CANCELABLE");
    merchant
        .capture(&id, "c-1", 1)
        .refused(400, "00200035", "ORDER_NOT_CAPTURABLE");
    merchant
        .refund("r-1", &payment_id, 1)
        .refused(400, "00200013", "UNACCEPTABLE_OP");
    merchant
        .revert("nothing")
        .refused(404, "00200001", "RESOURCE_NOT_FOUND");
    merchant
        .capture("nothing", "c-1", 1)
        .refused(404, "00200001", "RESOURCE_NOT_FOUND");

    let (id, _, _) = merchant.reserved();
    merchant.cancel(&id).is(202, "REQUEST_ACCEPTED");
    assert_eq!(merchant.status(&id), "FAILED");
}

#[test]
fn a_reservation_expires() {
    let merchant = Merchant::new();
    let (id, payment_id, _) = merchant.reserved();
    merchant.advance(30 * 86_400);
    assert_eq!(merchant.status(&id), "EXPIRED");
    merchant
        .capture(&id, "c-1", 1)
        .refused(400, "00200043", "ORDER_EXPIRED");
    merchant
        .revert(&payment_id)
        .refused(400, "00200042", "ORDER_NOT_CANCELABLE");
    merchant
        .cancel(&id)
        .refused(400, "00200044", "ORDER_NOT_REVERSIBLE");
}

#[test]
fn for_more_than_was_reserved_the_customer_is_asked() {
    let merchant = Merchant::new();
    let (id, _, code) = merchant.reserved();
    merchant
        .capture(&id, "c-1", 1201)
        .refused(202, "08300103", "USER_CONFIRMATION_REQUIRED");
    let details = merchant
        .get(&format!("/v2/payments/{id}"))
        .is(200, "SUCCESS");
    assert_eq!(details["status"], "AUTHORIZED");
    assert_eq!(details["captures"]["data"][0]["status"], "USER_REQUESTED");
    merchant.settings(json!({ "reauthorization_seconds": 30 }));
    merchant.answer(&code, "agree");
    assert_eq!(merchant.status(&id), "REAUTHORIZING");
    merchant
        .capture(&id, "c-2", 1)
        .refused(400, "00200038", "REAUTHORIZATION_IN_PROGRESS");
    merchant.advance(30);
    let details = merchant
        .get(&format!("/v2/payments/{id}"))
        .is(200, "SUCCESS");
    assert_eq!(details["status"], "COMPLETED");
    assert_eq!(details["captures"]["data"][0]["amount"]["amount"], 1201);

    let (id, _, code) = merchant.reserved();
    merchant
        .capture(&id, "c-1", 5000)
        .is(202, "USER_CONFIRMATION_REQUIRED");
    merchant.answer(&code, "decline");
    let details = merchant
        .get(&format!("/v2/payments/{id}"))
        .is(200, "SUCCESS");
    assert_eq!(details["captures"], json!({ "data": [] }));
    merchant.capture(&id, "c-2", 1200).is(200, "SUCCESS");
}

#[test]
fn the_customers_answer_is_not_waited_for_for_ever() {
    let merchant = Merchant::new();
    let (id, _, code) = merchant.reserved();
    merchant
        .capture(&id, "c-1", 1201)
        .is(202, "USER_CONFIRMATION_REQUIRED");
    merchant.advance(6 * 3600);
    merchant.answer(&code, "agree");
    assert_eq!(merchant.status(&id), "AUTHORIZED");
    merchant.advance(29 * 86_400 + 15 * 3600);
    merchant
        .capture(&id, "c-2", 1201)
        .refused(400, "00400064", "TOO_CLOSE_TO_EXPIRY");
    merchant.capture(&id, "c-2", 1200).is(200, "SUCCESS");
}

#[test]
fn what_is_not_reserved_cannot_be_captured() {
    let merchant = Merchant::new();
    let (unpaid, _) = merchant.new_code();
    let (paid, _) = merchant.paid();
    for id in [unpaid, paid] {
        merchant
            .capture(&id, "c-1", 1)
            .refused(400, "00200035", "ORDER_NOT_CAPTURABLE");
    }
    let mut order = order("hurry");
    order["isAuthorization"] = json!(true);
    order["authorizationExpiry"] = json!(crate::support::unix_now() + 600);
    let code = merchant.post("/v2/codes", order).is(201, "SUCCESS");
    merchant.act(&code, "pay");
    merchant.advance(601);
    wait_until("it expires", || merchant.status("hurry") == "EXPIRED");
}

#[test]
fn a_customer_without_a_code_is_asked_on_the_wallets_first_page() {
    let merchant = Merchant::new();
    let body = merchant.charge_body("scanned", &merchant.code_on_screen(), 900);
    let path = "/v2/payments/preauthorize";
    let payment_id = merchant.post(path, body).is(201, "SUCCESS")["paymentId"].clone();
    merchant
        .capture("scanned", "c-1", 1000)
        .is(202, "USER_CONFIRMATION_REQUIRED");
    let action = format!("/wallet/payments/{}/answer", payment_id.as_str().unwrap());
    let page = merchant.page("/wallet").text;
    assert!(page.contains(&action) && page.contains("¥1,000"), "{page}");
    assert_eq!(merchant.form(&action, "act=agree").status, 303);
    let details = merchant.get("/v2/payments/scanned").is(200, "SUCCESS");
    assert_eq!(details["status"], "COMPLETED");
    assert!(!merchant.page("/wallet").text.contains(&action));
}
