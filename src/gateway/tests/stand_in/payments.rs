//! What becomes of a paid code: cancels and refunds.

use serde_json::{Value, json};

use crate::merchant::{Merchant, order};

#[test]
fn a_paid_code_says_all_there_is_to_say() {
    let merchant = Merchant::new();
    let (id, code) = merchant.new_code();
    merchant.act(&code, "pay");
    for path in [
        format!("/v2/codes/payments/{id}"),
        format!("/v2/payments/{id}"),
    ] {
        let paid = merchant.get(&path).is(200, "SUCCESS");
        assert_eq!(paid["status"], "COMPLETED");
        assert_eq!(paid["merchantPaymentId"], json!(id));
        assert_eq!(paid["amount"], json!({ "amount": 1200, "currency": "JPY" }));
        assert_eq!(paid["refunds"], json!({ "data": [] }));
        assert_eq!(paid["orderDescription"], "ケーキ");
        assert_eq!(paid["paymentMethods"][0]["type"], "WALLET");
        assert!(paid["acceptedAt"].as_i64().unwrap() > 1_700_000_000);
        assert_eq!(paid["paymentId"].as_str().unwrap().len(), 20);
        assert!(paid.get("userAuthorizationId").is_none());
    }
    let path = format!("/v2/codes/{}", code["codeId"].as_str().unwrap());
    merchant
        .delete(&path)
        .refused(400, "01652074", "DYNAMIC_QR_ALREADY_PAID");
    merchant.settings(json!({ "already_paid": false }));
    merchant
        .delete(&path)
        .refused(400, "01650000", "DYNAMIC_QR_BAD_REQUEST");
}

#[test]
fn a_payment_can_be_cancelled_until_a_quarter_past_midnight_in_japan() {
    let merchant = Merchant::new();
    let (early, _) = merchant.paid();
    merchant.cancel(&early).is(202, "REQUEST_ACCEPTED");
    assert_eq!(merchant.status(&early), "FAILED");
    merchant.cancel(&early).is(202, "REQUEST_ACCEPTED");
    let details = merchant
        .get(&format!("/v2/payments/{early}"))
        .is(200, "SUCCESS");
    assert!(details["canceledAt"].is_i64());

    let (late, payment_id) = merchant.paid();
    // Midnight is at most a day away, and a quarter of an hour more is enough.
    merchant.advance(86_400 + 900);
    merchant
        .cancel(&late)
        .refused(400, "00200044", "ORDER_NOT_REVERSIBLE");
    assert_eq!(merchant.status(&late), "COMPLETED");
    merchant
        .refund("r-late", &payment_id, 1200)
        .is(200, "SUCCESS");
}

#[test]
fn a_payment_cancelled_before_it_is_paid_takes_no_money() {
    let merchant = Merchant::new();
    let (id, code) = merchant.new_code();
    merchant.cancel(&id).is(202, "REQUEST_ACCEPTED");
    assert_eq!(merchant.status(&id), "CREATED");
    merchant.act(&code, "pay");
    assert_eq!(merchant.status(&id), "FAILED");
    // Nor can the id be used again.
    merchant
        .post("/v2/codes", order(&id))
        .refused(400, "01652073", "DUPLICATE_DYNAMIC_QR_REQUEST");
}

#[test]
fn a_cancel_may_come_before_what_it_cancels() {
    let merchant = Merchant::new();
    merchant.cancel("not-yet").is(202, "REQUEST_ACCEPTED");
    merchant.post("/v2/codes", order("not-yet")).refused(
        400,
        "01652073",
        "DUPLICATE_DYNAMIC_QR_REQUEST",
    );
    let user = merchant.linked_user();
    let paid = merchant.charge("not-yet", &user, 500).is(201, "SUCCESS");
    assert_eq!(paid["status"], "FAILED");
    merchant.settings(json!({ "unknown_cancel": "not_found" }));
    merchant
        .cancel("never")
        .refused(404, "00200001", "RESOURCE_NOT_FOUND");
}

#[test]
fn a_payment_is_refunded_once_in_whole_or_in_part() {
    let merchant = Merchant::new();
    let (id, payment_id) = merchant.paid();
    for amount in [1201, 99_999_999_999] {
        merchant
            .refund("r-1", &payment_id, amount)
            .refused(400, "00200015", "INVALID_PARAMS");
    }
    merchant
        .refund("r-1", &payment_id, 0)
        .refused(400, "00200004", "INVALID_PARAMS");
    merchant
        .refund("r-1", &id, 500)
        .refused(404, "00200001", "RESOURCE_NOT_FOUND");
    let refund = merchant.refund("r-1", &payment_id, 500).is(200, "SUCCESS");
    assert_eq!(refund["status"], "REFUNDED");
    assert_eq!(refund["amount"]["amount"], 500);
    assert_eq!(refund["paymentId"], json!(payment_id));
    // Once more with the same id: the same refund.
    assert_eq!(
        merchant.refund("r-1", &payment_id, 500).is(200, "SUCCESS"),
        refund
    );
    merchant
        .refund("r-2", &payment_id, 1)
        .refused(400, "00200014", "UNACCEPTABLE_OP");
    merchant.settings(json!({ "second_refund": "rejected" }));
    merchant
        .refund("r-2", &payment_id, 1)
        .refused(403, "", "MERCHANT_MULTIPLE_REFUND_REJECTED");
    assert_eq!(merchant.status(&id), "REFUNDED");
    let details = merchant
        .get(&format!("/v2/payments/{id}"))
        .is(200, "SUCCESS");
    assert_eq!(details["refunds"]["data"][0], refund);
    merchant
        .cancel(&id)
        .refused(400, "00200044", "ORDER_NOT_REVERSIBLE");

    assert_eq!(merchant.get("/v2/refunds/r-1").is(200, "SUCCESS"), refund);
    let with_payment = format!("/v2/refunds/r-1?paymentId={payment_id}");
    assert_eq!(merchant.get(&with_payment).is(200, "SUCCESS"), refund);
    for path in ["/v2/refunds/r-2", "/v2/refunds/r-1?paymentId=other"] {
        merchant
            .get(path)
            .refused(404, "00200018", "NO_SUCH_REFUND_ORDER");
    }
    merchant.settings(json!({ "refund_details_need_payment_id": true }));
    merchant
        .get("/v2/refunds/r-1")
        .refused(400, "08100024", "MISSING_REQUEST_PARAMS");
}

#[test]
fn only_what_was_paid_is_refunded_and_for_a_year() {
    let merchant = Merchant::new();
    let (id, payment_id) = merchant.paid();
    merchant.cancel(&id).is(202, "REQUEST_ACCEPTED");
    merchant
        .refund("r-1", &payment_id, 1)
        .refused(400, "00200013", "UNACCEPTABLE_OP");
    let (_, payment_id) = merchant.paid();
    merchant.advance(367 * 86_400);
    merchant
        .refund("r-2", &payment_id, 1)
        .refused(400, "00200013", "UNACCEPTABLE_OP");
}

#[test]
fn a_refund_may_take_its_time() {
    let merchant = Merchant::new();
    merchant.settings(json!({ "refund_seconds": 60, "refund_created_status": 201 }));
    let (id, payment_id) = merchant.paid();
    let made = merchant.refund("r-1", &payment_id, 1200).is(201, "SUCCESS");
    assert_eq!(made["status"], "CREATED");
    assert_eq!(merchant.status(&id), "COMPLETED");
    merchant
        .cancel(&id)
        .refused(400, "00200044", "ORDER_NOT_REVERSIBLE");
    merchant.advance(60);
    let done = merchant.get("/v2/refunds/r-1").is(200, "SUCCESS");
    assert_eq!(done["status"], "REFUNDED");
    assert_eq!(merchant.status(&id), "REFUNDED");
}

#[test]
fn the_python_sdk_sends_refunds_to_a_path_of_its_own() {
    let merchant = Merchant::new();
    let (_, payment_id) = merchant.paid();
    let body = json!({
        "merchantRefundId": "r-1", "paymentId": payment_id,
        "amount": { "amount": 1, "currency": "JPY" }, "requestedAt": 1_700_000_000,
    });
    let refund: Value = merchant.post("/v2/refunds/", body).is(200, "SUCCESS");
    assert_eq!(refund["requestedAt"], 1_700_000_000);
}
