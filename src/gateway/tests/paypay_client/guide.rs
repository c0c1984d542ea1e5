//! Every call of the guide, in its order, as a merchant's program makes them.

use paypay_opa::jwt::LinkResult;
use paypay_opa::types::{
    AccountLinkRequest, CaptureRequest, CaptureStatus, CreateCodeRequest, CreatePaymentRequest,
    MoneyAmount, Payment, PaymentStatus, PreauthorizeRequest, RefundRequest, RefundStatus,
    ResultCode, RevertRequest, Scope, UserAuthorizationId, UserAuthorizationStatus,
};
use paypay_opa::{Captured, Error, Outcome, SimilarTransaction};

use crate::paypay::PayPay;
use crate::support::unique;

/// Checks that PayPay refused with this code, which is a rejection.
#[track_caller]
fn assert_refused(error: &Error, code: &ResultCode) {
    assert_eq!(error.code(), Some(code), "{error}");
    assert_eq!(error.outcome(), Outcome::Rejected, "{error}");
}

fn refund_of(payment: &Payment, yen: i64) -> RefundRequest {
    RefundRequest {
        merchant_refund_id: unique("refund").parse().unwrap(),
        payment_id: payment.payment_id.clone().unwrap(),
        amount: MoneyAmount::jpy(yen),
        reason: Some("broken".into()),
        requested_at: None,
    }
}

fn capture_of(id: &str, yen: i64) -> CaptureRequest {
    CaptureRequest {
        merchant_payment_id: id.parse().unwrap(),
        merchant_capture_id: unique("capture").parse().unwrap(),
        amount: MoneyAmount::jpy(yen),
        order_description: "Order shipped".into(),
        requested_at: None,
    }
}

/// A code whose payment is authorised: 1,200 yen.
fn authorised(paypay: &PayPay, id: &str) -> Payment {
    let request = CreateCodeRequest {
        is_authorization: Some(true),
        ..CreateCodeRequest::new(id.parse().unwrap(), MoneyAmount::jpy(1200))
    };
    let code = paypay.client.create_code(&request).unwrap().data;
    paypay.press(&code.url, "pay");
    let payment = paypay.details(id);
    assert_eq!(payment.status, PaymentStatus::Authorized);
    payment
}

/// A customer's answer to the request to link the account.
fn link(paypay: &PayPay, button: &str) -> (LinkResult, Option<UserAuthorizationId>) {
    let nonce = unique("nonce");
    let request = AccountLinkRequest::new(&nonce, "https://merchant.example/linked", "customer-1");
    let session = paypay.client.create_account_link_session(&request).unwrap();
    let back = paypay.press(&session.data.link_qr_code_url, button);
    let (_, token) = back.split_once("responseToken=").unwrap();
    let claims = paypay
        .client
        .validate_response_token(token, &nonce)
        .unwrap();
    assert_eq!(claims.reference_id.as_deref(), Some("customer-1"));
    paypay
        .client
        .validate_response_token(token, "another")
        .unwrap_err();
    (claims.result, claims.user_authorization_id)
}

#[test]
fn a_code_is_created_paid_and_refunded_once() {
    let paypay = PayPay::start();
    let client = &paypay.client;
    let code = paypay.new_code("order");
    assert_eq!(paypay.details("order").status, PaymentStatus::Created);
    paypay.press(&code.url, "pay");
    let payment = paypay.details("order");
    assert_eq!(payment.status, PaymentStatus::Completed);
    assert_eq!(payment.amount, Some(MoneyAmount::jpy(1200)));
    let error = client.delete_code(&code.code_id).unwrap_err();
    assert_refused(&error, &ResultCode::DynamicQrAlreadyPaid);

    let too_much = client.refund(&refund_of(&payment, 1201)).unwrap_err();
    assert_refused(&too_much, &ResultCode::InvalidParams);
    let request = refund_of(&payment, 500);
    let refund = client.refund(&request).unwrap().data;
    assert_eq!(refund.status, RefundStatus::Refunded);
    assert_eq!(client.refund(&request).unwrap().data, refund);
    for payment_id in [None, payment.payment_id.as_ref()] {
        let found = client.refund_details(&request.merchant_refund_id, payment_id);
        assert_eq!(found.unwrap().data, refund);
    }
    let second = client.refund(&refund_of(&payment, 500)).unwrap_err();
    assert_refused(&second, &ResultCode::UnacceptableOp);
    let payment = paypay.details("order");
    assert_eq!(payment.status, PaymentStatus::Refunded);
    assert_eq!(payment.refunds(), [refund]);
    let error = client
        .cancel_payment(&"order".parse().unwrap())
        .unwrap_err();
    assert_refused(&error, &ResultCode::OrderNotReversible);
}

#[test]
fn a_deleted_code_is_gone_and_a_cancelled_payment_has_failed() {
    let paypay = PayPay::start();
    let client = &paypay.client;
    let code = paypay.new_code("deleted");
    client.delete_code(&code.code_id).unwrap();
    let error = client.delete_code(&code.code_id).unwrap_err();
    assert_refused(&error, &ResultCode::DynamicQrNotFound);
    let id = &"deleted".parse().unwrap();
    let error = client.code_payment_details(id).unwrap_err();
    assert_refused(&error, &ResultCode::DynamicQrPaymentNotFound);

    let payment = paypay.paid_code("cancelled");
    client
        .cancel_payment(&"cancelled".parse().unwrap())
        .unwrap();
    assert_eq!(paypay.details("cancelled").status, PaymentStatus::Failed);
    let error = client.refund(&refund_of(&payment, 1200)).unwrap_err();
    assert_refused(&error, &ResultCode::UnacceptableOp);
}

#[test]
fn an_authorised_payment_is_captured_in_part_or_released() {
    let paypay = PayPay::start();
    let client = &paypay.client;
    authorised(&paypay, "captured");
    let answer = client.capture(&capture_of("captured", 1000)).unwrap();
    let Captured::Now(payment) = answer.data else {
        panic!("{answer:?}")
    };
    assert_eq!(payment.status, PaymentStatus::Completed);
    assert_eq!(payment.captures()[0].amount, MoneyAmount::jpy(1000));
    let error = client.capture(&capture_of("captured", 1000)).unwrap_err();
    assert_refused(&error, &ResultCode::AlreadyCaptured);

    let payment = authorised(&paypay, "released");
    let revert = RevertRequest {
        merchant_revert_id: "revert".parse().unwrap(),
        payment_id: payment.payment_id.unwrap(),
        reason: None,
        requested_at: None,
    };
    let answer = client.revert(&revert).unwrap();
    assert_eq!(answer.data.status, PaymentStatus::Canceled);
    assert_eq!(paypay.details("released").status, PaymentStatus::Canceled);
    let error = client.revert(&revert).unwrap_err();
    assert_refused(&error, &ResultCode::OrderNotCancelable);
}

#[test]
fn a_higher_capture_happens_once_the_customer_agrees() {
    let paypay = PayPay::start();
    let client = &paypay.client;
    let request = CreateCodeRequest {
        is_authorization: Some(true),
        ..CreateCodeRequest::new("order".parse().unwrap(), MoneyAmount::jpy(1200))
    };
    let code = client.create_code(&request).unwrap().data;
    paypay.press(&code.url, "pay");
    let answer = client.capture(&capture_of("order", 1300)).unwrap();
    assert_eq!(answer.data, Captured::OnceCustomerAgrees);
    let payment = paypay.details("order");
    assert_eq!(payment.status, PaymentStatus::Authorized);
    assert_eq!(payment.captures()[0].status, CaptureStatus::UserRequested);
    paypay.press(&format!("{}/answer", code.url), "agree");
    let payment = paypay.details("order");
    assert_eq!(payment.status, PaymentStatus::Completed);
    assert_eq!(payment.captures()[0].amount, MoneyAmount::jpy(1300));
}

#[test]
fn a_linked_customer_is_charged_until_unlinked() {
    let paypay = PayPay::start();
    let client = &paypay.client;
    let (result, user) = link(&paypay, "agree");
    assert_eq!(result, LinkResult::Succeeded);
    let user = user.unwrap();
    let status = client.user_authorization_status(&user).unwrap().data;
    assert_eq!(status.status, UserAuthorizationStatus::Active);
    assert_eq!(status.scopes.unwrap(), [Scope::DirectDebit]);

    let request = |id: &str, yen| {
        CreatePaymentRequest::new(id.parse().unwrap(), user.clone(), MoneyAmount::jpy(yen))
    };
    let pay = |id: &str, similar| client.create_payment(&request(id, 100), similar);
    let payment = pay("first", SimilarTransaction::Refuse).unwrap().data;
    assert_eq!(payment.status, PaymentStatus::Completed);
    assert_eq!(payment.user_authorization_id.as_ref(), Some(&user));
    assert_eq!(
        pay("first", SimilarTransaction::Refuse).unwrap().data,
        payment
    );
    let error = pay("second", SimilarTransaction::Refuse).unwrap_err();
    assert_refused(&error, &ResultCode::SuspectedDuplicatePayment);
    pay("second", SimilarTransaction::Agree).unwrap();
    let id = &"first".parse().unwrap();
    assert_eq!(
        client.payment_details(id).unwrap().data.payment_id,
        payment.payment_id
    );
    client.cancel_payment(id).unwrap();
    assert_eq!(
        client.payment_details(id).unwrap().data.status,
        PaymentStatus::Failed
    );

    let reserve: PreauthorizeRequest = request("reserved", 300).into();
    let reserved = client
        .preauthorize(&reserve, SimilarTransaction::Refuse)
        .unwrap();
    assert_eq!(reserved.data.status, PaymentStatus::Authorized);
    client.capture(&capture_of("reserved", 300)).unwrap();

    client.unlink_user(&user).unwrap();
    let status = client.user_authorization_status(&user).unwrap().data;
    assert_eq!(status.status, UserAuthorizationStatus::Inactive);
    let error = pay("third", SimilarTransaction::Agree).unwrap_err();
    assert_refused(&error, &ResultCode::InvalidUserAuthorizationId);
}

#[test]
fn a_customer_who_declines_is_not_linked() {
    let paypay = PayPay::start();
    assert_eq!(link(&paypay, "decline"), (LinkResult::Declined, None));
}
