//! PayPay's table of errors, row by row: each is provoked by an id.

use serde_json::{Value, json};

use crate::merchant::{Answer, Merchant, order};

/// How a call is made with an id of ours.
type Call = fn(&Merchant, &str) -> Answer;

/// HTTP status, codeId, code.
type Row = (u16, &'static str, &'static str);

/// The rows that every call has.
const COMMON: &[Row] = &[
    (400, "08100006", "INVALID_REQUEST_PARAMS"),
    (400, "08100024", "MISSING_REQUEST_PARAMS"),
    (401, "08100016", "UNAUTHORIZED"),
    (401, "08100023", "OP_OUT_OF_SCOPE"),
    (404, "08100007", "OPA_CLIENT_NOT_FOUND"),
    (429, "08100998", "RATE_LIMIT"),
    (500, "08100026", "SERVICE_ERROR"),
    (500, "08101000", "INTERNAL_SERVER_ERROR"),
    (503, "08100999", "MAINTENANCE_MODE"),
];

const DETAILS: &[Row] = &[
    (400, "01652075", "DYNAMIC_QR_PAYMENT_NOT_FOUND"),
    (400, "01650000", "DYNAMIC_QR_BAD_REQUEST"),
];

const DIRECT: &[Row] = &[
    (400, "00200017", "SUSPECTED_DUPLICATE_PAYMENT"),
    (400, "00200004", "INVALID_PARAMS"),
    (400, "01103027", "CANCELED_USER"),
    (400, "", "NO_SUFFICIENT_FUND"),
    (400, "", "UNSUPPORTED_PAYMENT_METHOD"),
    (400, "", "UNACCEPTABLE_OP"),
    (400, "00400060", "PRE_AUTH_CAPTURE_UNSUPPORTED_MERCHANT"),
    (400, "00400061", "PRE_AUTH_CAPTURE_INVALID_EXPIRY_DATE"),
    (401, "", "USER_STATE_IS_NOT_ACTIVE"),
    (401, "", "INVALID_USER_AUTHORIZATION_ID"),
    (401, "", "EXPIRED_USER_AUTHORIZATION_ID"),
    (404, "", "NO_VALID_PAYMENT_METHOD"),
    (404, "", "PAYMENT_METHOD_NOT_FOUND"),
    (500, "", "TRANSACTION_FAILED"),
];

const USER: &[Row] = &[
    (400, "01103027", "CANCELED_USER"),
    (401, "", "INVALID_USER_AUTHORIZATION_ID"),
    (401, "", "EXPIRED_USER_AUTHORIZATION_ID"),
];

const CALLS: &[(&str, Call, &[Row])] = &[
    (
        "create code",
        |merchant, id| merchant.post("/v2/codes", order(id)),
        &[
            (400, "01652073", "DUPLICATE_DYNAMIC_QR_REQUEST"),
            (400, "00400060", "PRE_AUTH_CAPTURE_UNSUPPORTED_MERCHANT"),
            (400, "00400061", "PRE_AUTH_CAPTURE_INVALID_EXPIRY_DATE"),
            (400, "01650000", "DYNAMIC_QR_BAD_REQUEST"),
        ],
    ),
    (
        "code details",
        |merchant, id| merchant.get(&format!("/v2/codes/payments/{id}")),
        DETAILS,
    ),
    (
        "payment details",
        |merchant, id| merchant.get(&format!("/v2/payments/{id}")),
        DETAILS,
    ),
    (
        "cancel",
        |merchant, id| merchant.delete(&format!("/v2/payments/{id}")),
        &[
            (400, "00200044", "ORDER_NOT_REVERSIBLE"),
            (500, "00200034", "INTERNAL_SERVER_ERROR"),
        ],
    ),
    (
        "capture",
        |merchant, id| merchant.post("/v2/payments/capture", capture(id)),
        &[
            (202, "08300103", "USER_CONFIRMATION_REQUIRED"),
            (400, "00400035", "UNACCEPTABLE_OP"),
            (400, "00200039", "ALREADY_CAPTURED"),
            (400, "01103027", "CANCELED_USER"),
            (400, "00400062", "HIGHER_CAPTURE_NOT_PERMITTED"),
            (400, "00200043", "ORDER_EXPIRED"),
            (400, "00200035", "ORDER_NOT_CAPTURABLE"),
            (400, "00200038", "REAUTHORIZATION_IN_PROGRESS"),
            (400, "00400064", "TOO_CLOSE_TO_EXPIRY"),
        ],
    ),
    (
        "create payment",
        |merchant, id| merchant.charge(id, "anyone", 1),
        DIRECT,
    ),
    (
        "preauthorize",
        |merchant, id| {
            let body = merchant.charge_body(id, "anyone", 1);
            merchant.post("/v2/payments/preauthorize", body)
        },
        DIRECT,
    ),
    (
        "refund details",
        |merchant, id| merchant.get(&format!("/v2/refunds/{id}")),
        &[
            (404, "00200018", "NO_SUCH_REFUND_ORDER"),
            (500, "00200034", "INTERNAL_SERVER_ERROR"),
        ],
    ),
    (
        "account link",
        |merchant, id| {
            let body = json!({
                "scopes": ["direct_debit"], "nonce": "n", "redirectUrl": "https://a.example",
                "referenceId": id,
            });
            merchant.post("/v1/qr/sessions", body)
        },
        &[(400, "08100017", "EXPECTATION_FAILED")],
    ),
    (
        "user status",
        |merchant, id| {
            let path = format!("/v2/user/authorizations?userAuthorizationId={id}");
            merchant.get(&path)
        },
        USER,
    ),
    (
        "unlink",
        |merchant, id| merchant.delete(&format!("/v2/user/authorizations/{id}")),
        USER,
    ),
    (
        "check balance",
        |merchant, id| {
            let path =
                format!("/v2/wallet/check_balance?userAuthorizationId={id}&amount=1&currency=JPY");
            merchant.get(&path)
        },
        USER,
    ),
];

fn capture(id: &str) -> Value {
    json!({
        "merchantPaymentId": "order", "merchantCaptureId": id,
        "amount": { "amount": 1, "currency": "JPY" }, "orderDescription": "x",
    })
}

#[test]
fn every_row_of_every_call_is_provoked_by_an_id() {
    let merchant = Merchant::new();
    let mut rows = 0;
    for (name, call, own) in CALLS {
        for (status, code_id, code) in COMMON.iter().chain(*own) {
            let trigger = if code_id.is_empty() { code } else { code_id };
            let answer = call(&merchant, &format!("error-{trigger}-1"));
            let found = (answer.status, answer.code_id.as_str(), answer.code.as_str());
            assert_eq!(found, (*status, *code_id, *code), "{name} {trigger}");
            rows += 1;
        }
    }
    assert!(rows > 140, "{rows}");
}

#[test]
fn calls_about_a_paid_payment_go_by_its_ids() {
    let merchant = Merchant::new();
    // The payment's own id provokes what its later calls answer, and nothing before.
    let id = "error-01652074-order";
    let code = merchant.post("/v2/codes", order(id)).is(201, "SUCCESS");
    let path = format!("/v2/codes/{}", code["codeId"].as_str().unwrap());
    merchant
        .delete(&path)
        .refused(400, "01652074", "DYNAMIC_QR_ALREADY_PAID");
    assert_eq!(merchant.status(id), "CREATED");

    let (_, payment_id) = merchant.paid();
    for (status, code_id, code) in [
        (400, "00200004", "INVALID_PARAMS"),
        (400, "00200013", "UNACCEPTABLE_OP"),
        (400, "00200014", "UNACCEPTABLE_OP"),
        (400, "00200015", "INVALID_PARAMS"),
        (400, "01103027", "CANCELED_USER"),
        (404, "00200001", "RESOURCE_NOT_FOUND"),
        (500, "00200002", "TRANSACTION_FAILED"),
        (500, "00200003", "TRANSACTION_FAILED"),
        (500, "00800017", "TRANSACTION_FAILED"),
        (500, "00200034", "INTERNAL_SERVER_ERROR"),
        (429, "08100998", "RATE_LIMIT"),
    ] {
        let refund_id = format!("error-{code_id}-refund");
        merchant
            .refund(&refund_id, &payment_id, 1)
            .refused(status, code_id, code);
    }
    let body = json!({ "merchantRevertId": "error-00200042-x", "paymentId": payment_id });
    merchant
        .post("/v2/payments/preauthorize/revert", body)
        .refused(400, "00200042", "ORDER_NOT_CANCELABLE");
    merchant.refund("r-1", &payment_id, 1).is(200, "SUCCESS");
}

#[test]
fn paths_that_are_not_paypays() {
    let merchant = Merchant::new();
    let reply = merchant.paypay.send("GET", "/v2/nothing", &[], b"");
    assert_eq!(
        (reply.status, reply.json()["data"].clone()),
        (404, Value::Null)
    );
}
