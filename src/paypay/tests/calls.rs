//! What each call sends, and what it makes of the answer.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod support;

use paypay_opa::signing::{Authorization, RequestToSign};
use paypay_opa::types::{
    MoneyAmount, PaymentStatus, RefundStatus, ResultCode, UserAuthorizationStatus,
};
use paypay_opa::{Captured, Operation, Outcome, SimilarTransaction};
use serde_json::{Value, json};
use support::calls::{
    REFUSED, calls, capture_request, code_request, link_request, payment_request, refund_request,
    revert_request,
};
use support::{NOW, Reply, Server, credentials};

#[test]
fn every_call_sends_what_paypay_expects_and_signs_it() {
    let calls = calls();
    assert_eq!(calls.len(), Operation::ALL.len());
    for call in calls {
        let name = call.operation;
        let server = Server::start(Reply::http(400, REFUSED));
        let error = (call.make)(&server.client()).unwrap_err();
        assert_eq!(error.operation(), call.operation);
        assert_eq!(error.code(), Some(&ResultCode::InvalidParams), "{name}");
        assert_eq!(error.outcome(), Outcome::Rejected, "{name}");

        let requests = server.requests();
        let [request] = &requests[..] else {
            panic!("{name}: {requests:?}")
        };
        assert_eq!(request.method, call.method, "{name}");
        assert_eq!(request.target, call.target, "{name}");
        let body: Option<Value> = serde_json::from_slice(&request.body).ok();
        assert_eq!(body, call.body, "{name}");
        assert_eq!(request.header("x-assume-merchant"), None, "{name}");
        let content_type = request.header("content-type");
        let expected = call.body.is_some().then_some("application/json");
        assert_eq!(content_type, expected, "{name}");

        let authorization: Authorization =
            request.header("authorization").unwrap().parse().unwrap();
        let signed = RequestToSign {
            method: &request.method,
            path: &request.target,
            content_type,
            body: &request.body,
        };
        let verified = authorization.verify(&credentials().secret, NOW, 1, &signed);
        assert_eq!(verified, Ok(()), "{name}");
        assert_eq!(authorization.nonce.as_str(), "3f2504e0", "{name}");
    }
}

#[test]
fn every_call_has_the_time_that_paypay_recommends() {
    // The sheet's list of endpoints, in the same order as `calls`.
    let seconds = [30, 15, 15, 30, 15, 15, 30, 30, 30, 30, 15, 10, 15, 15];
    let timeouts: Vec<u64> = calls()
        .iter()
        .map(|call| call.operation.read_timeout().as_secs())
        .collect();
    assert_eq!(timeouts, seconds);
}

#[test]
fn a_merchant_is_named_in_every_call_that_is_made_for_it() {
    let server = Server::start(Reply::http(400, REFUSED));
    let client = server.client().with_merchant("M-0001".parse().unwrap());
    for call in calls() {
        (call.make)(&client).unwrap_err();
    }
    for request in server.requests() {
        assert_eq!(request.header("X-ASSUME-MERCHANT"), Some("M-0001"));
    }
}

/// The answer's JSON, around some data.
fn success(data: &Value) -> String {
    json!({
        "resultInfo": {"code": "SUCCESS", "message": "Success", "codeId": "08100001"},
        "data": data,
    })
    .to_string()
}

fn accepted(data: &Value) -> String {
    json!({
        "resultInfo": {"code": "REQUEST_ACCEPTED", "message": "Request accepted", "codeId": "08100001"},
        "data": data,
    })
    .to_string()
}

fn server(status: u16, body: &str) -> Server {
    Server::start(Reply::with_headers(status, "X-REQUEST-ID: OPA0A\r\n", body))
}

#[test]
fn any_2xx_is_success_and_everything_in_it_is_kept() {
    let data = json!({"codeId": "04-abc", "url": "https://qr.example/1", "news": [1]});
    for status in [200, 201, 202, 299] {
        let client = server(status, &success(&data)).client();
        let answer = client.create_code(&code_request()).unwrap();
        assert_eq!(answer.http_status, status);
        assert_eq!(answer.data.url, "https://qr.example/1");
        assert_eq!(answer.result_info.code_id, "08100001");
        assert_eq!(answer.request_id.as_deref(), Some("OPA0A"));
    }
}

#[test]
fn each_kind_of_data_is_read() {
    let payment = json!({"status": "AUTHORIZED", "paymentId": "0400"});
    let refund = json!({"status": "CREATED", "merchantRefundId": "refund-1"});
    let consent = json!({"status": "ACTIVE", "scopes": ["direct_debit", "new_one"]});
    let link = json!({"linkQRCodeURL": "https://link.example/1"});
    let revert = json!({"status": "CANCELED", "paymentId": "0400"});

    let client = |data| server(200, &success(data)).client();
    let id = &"order-1".parse().unwrap();
    let similar = SimilarTransaction::Refuse;
    let paid = |answer: paypay_opa::Answer<paypay_opa::types::Payment>| {
        assert_eq!(answer.data.status, PaymentStatus::Authorized);
    };
    paid(client(&payment).code_payment_details(id).unwrap());
    paid(client(&payment).payment_details(id).unwrap());
    paid(
        client(&payment)
            .create_payment(&payment_request(), similar)
            .unwrap(),
    );
    paid(
        client(&payment)
            .preauthorize(&payment_request().into(), similar)
            .unwrap(),
    );
    let answer = client(&refund).refund(&refund_request()).unwrap();
    assert_eq!(answer.data.status, RefundStatus::Created);
    assert!(answer.data.status.is_accepted());
    let answer = client(&refund)
        .refund_details(&"refund-1".parse().unwrap(), None)
        .unwrap();
    assert_eq!(answer.data.merchant_refund_id.unwrap().as_str(), "refund-1");
    let answer = client(&consent)
        .user_authorization_status(&"ua-1".parse().unwrap())
        .unwrap();
    assert_eq!(answer.data.status, UserAuthorizationStatus::Active);
    let answer = client(&link)
        .create_account_link_session(&link_request())
        .unwrap();
    assert_eq!(answer.data.link_qr_code_url, "https://link.example/1");
    let answer = client(&revert).revert(&revert_request()).unwrap();
    assert_eq!(answer.data.status, PaymentStatus::Canceled);
}

#[test]
fn what_asks_for_nothing_back_takes_every_spelling_of_nothing() {
    for data in [
        json!(null),
        json!({}),
        json!(""),
        json!({"qrStatus": "DELETED"}),
        json!([7]),
    ] {
        for body in [success(&data), accepted(&data)] {
            let client = server(202, &body).client();
            client.delete_code(&"04-abc".parse().unwrap()).unwrap();
            client.cancel_payment(&"order-1".parse().unwrap()).unwrap();
            client.unlink_user(&"ua-1".parse().unwrap()).unwrap();
        }
    }
}

#[test]
fn a_capture_of_more_waits_for_the_customer() {
    let done = success(&json!({"status": "COMPLETED"}));
    let answer = server(200, &done)
        .client()
        .capture(&capture_request())
        .unwrap();
    assert!(
        matches!(answer.data, Captured::Now(payment) if payment.status == PaymentStatus::Completed)
    );

    let asked = r#"{"resultInfo":{"code":"USER_CONFIRMATION_REQUIRED","message":"m","codeId":"08300103"},"data":null}"#;
    let answer = server(202, asked)
        .client()
        .capture(&capture_request())
        .unwrap();
    assert_eq!(answer.data, Captured::OnceCustomerAgrees);
    // Nobody else knows that code.
    let error = server(202, asked)
        .client()
        .refund(&refund_request())
        .unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown);
}

#[test]
fn what_paypay_would_refuse_for_its_form_is_not_sent() {
    let server = Server::start(Reply::http(200, &success(&json!({}))));
    let client = server.client();
    let mut request = code_request();
    request.amount = MoneyAmount::jpy(0);
    let error = client.create_code(&request).unwrap_err();
    assert_eq!(error.outcome(), Outcome::Rejected);
    assert_eq!(
        error.to_string(),
        "v2_createDynamicQRCode: amount: must be 1 to 99999999999 yen"
    );
    // An id can only be wrong if it came from elsewhere.
    let odd = serde_json::from_value(json!("a b")).unwrap();
    let error = client.payment_details(&odd).unwrap_err();
    assert_eq!(
        error.to_string(),
        "v2_getPaymentDetail: merchantPaymentId: must be 1 to 64 letters, digits, `-` or `_`"
    );
    assert!(server.requests().is_empty());
}

#[test]
fn an_error_leads_to_paypays_page_about_it() {
    let error = server(400, REFUSED)
        .client()
        .create_code(&code_request())
        .unwrap_err();
    assert_eq!(
        error.help_url().unwrap(),
        "https://developer.paypay.ne.jp/develop/resolve?api_name=v2_createDynamicQRCode&code=INVALID_PARAMS&code_id=00200004"
    );
    assert_eq!(
        error.to_string(),
        "v2_createDynamicQRCode: HTTP 400, INVALID_PARAMS (00200004) Invalid parameters received [OPA0A]"
    );
}

#[test]
fn a_response_token_is_checked_by_the_clients_clock_and_secret() {
    use paypay_opa::jwt::{self, JwtError, LinkResult, ResponseClaims};
    let claims = ResponseClaims::new(LinkResult::Succeeded, "n-1", NOW + 1);
    let token = jwt::encode(&claims, &credentials().secret).unwrap();
    let client = support::client("http://127.0.0.1:1");
    assert_eq!(client.validate_response_token(&token, "n-1"), Ok(claims));
    let late = client.with_clock(|| NOW + 1);
    assert_eq!(
        late.validate_response_token(&token, "n-1"),
        Err(JwtError::Expired)
    );
    assert!(!format!("{late:?}").contains("dGVzdF9z"));
}
