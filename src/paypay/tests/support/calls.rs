//! Every call of the client, once.

use paypay_opa::types::{
    AccountLinkRequest, CaptureRequest, CreateCodeRequest, CreatePaymentRequest, MoneyAmount,
    RefundRequest, RevertRequest,
};
use paypay_opa::{Client, Error, Operation, SimilarTransaction};
use serde_json::{Value, json};

use super::NOW;

/// One call: what it is, what must be on the wire, and how to make it.
pub(crate) struct Call {
    pub(crate) operation: Operation,
    pub(crate) method: &'static str,
    pub(crate) target: &'static str,
    pub(crate) body: Option<Value>,
    pub(crate) make: fn(&Client) -> Result<(), Error>,
}

pub(crate) fn code_request() -> CreateCodeRequest {
    CreateCodeRequest {
        order_description: Some("ケーキ☕".into()),
        ..CreateCodeRequest::new("order-1".parse().unwrap(), MoneyAmount::jpy(1200))
    }
}

pub(crate) fn payment_request() -> CreatePaymentRequest {
    CreatePaymentRequest::new(
        "order-1".parse().unwrap(),
        "ua-1".parse().unwrap(),
        MoneyAmount::jpy(1200),
    )
}

pub(crate) fn capture_request() -> CaptureRequest {
    CaptureRequest {
        merchant_payment_id: "order-1".parse().unwrap(),
        merchant_capture_id: "capture-1".parse().unwrap(),
        amount: MoneyAmount::jpy(1000),
        order_description: "Cake".into(),
        requested_at: None,
    }
}

pub(crate) fn refund_request() -> RefundRequest {
    RefundRequest {
        merchant_refund_id: "refund-1".parse().unwrap(),
        payment_id: "0400".parse().unwrap(),
        amount: MoneyAmount::jpy(1200),
        reason: Some("broken".into()),
        requested_at: Some(NOW - 1),
    }
}

pub(crate) fn revert_request() -> RevertRequest {
    RevertRequest {
        merchant_revert_id: "revert-1".parse().unwrap(),
        payment_id: "0400".parse().unwrap(),
        reason: None,
        requested_at: None,
    }
}

pub(crate) fn link_request() -> AccountLinkRequest {
    AccountLinkRequest::new("n-1", "https://shop.example/back", "customer-1")
}

/// Every call, as the sheet's list of endpoints has them.
#[rustfmt::skip]
pub(crate) fn calls() -> Vec<Call> {
    let yen = |amount| json!({"amount": amount, "currency": "JPY"});
    vec![
        Call {
            operation: Operation::CreateCode, method: "POST", target: "/v2/codes",
            body: Some(json!({"merchantPaymentId": "order-1", "amount": yen(1200),
                "codeType": "ORDER_QR", "orderDescription": "ケーキ☕", "requestedAt": NOW})),
            make: |client| client.create_code(&code_request()).map(drop),
        },
        Call {
            operation: Operation::DeleteCode, method: "DELETE", target: "/v2/codes/04-a%2Fb",
            body: None,
            make: |client| client.delete_code(&"04-a/b".parse().unwrap()).map(drop),
        },
        Call {
            operation: Operation::CodePaymentDetails, method: "GET",
            target: "/v2/codes/payments/order-1", body: None,
            make: |client| client.code_payment_details(&"order-1".parse().unwrap()).map(drop),
        },
        Call {
            operation: Operation::CreatePayment, method: "POST",
            target: "/v2/payments?agreeSimilarTransaction=false",
            body: Some(json!({"merchantPaymentId": "order-1", "userAuthorizationId": "ua-1",
                "amount": yen(1200), "requestedAt": NOW})),
            make: |client| {
                client.create_payment(&payment_request(), SimilarTransaction::Refuse).map(drop)
            },
        },
        Call {
            operation: Operation::PaymentDetails, method: "GET", target: "/v2/payments/order-1",
            body: None,
            make: |client| client.payment_details(&"order-1".parse().unwrap()).map(drop),
        },
        Call {
            operation: Operation::CancelPayment, method: "DELETE", target: "/v2/payments/order-1",
            body: None,
            make: |client| client.cancel_payment(&"order-1".parse().unwrap()).map(drop),
        },
        Call {
            operation: Operation::Capture, method: "POST", target: "/v2/payments/capture",
            body: Some(json!({"merchantPaymentId": "order-1", "merchantCaptureId": "capture-1",
                "amount": yen(1000), "orderDescription": "Cake", "requestedAt": NOW})),
            make: |client| client.capture(&capture_request()).map(drop),
        },
        Call {
            operation: Operation::Preauthorize, method: "POST",
            target: "/v2/payments/preauthorize?agreeSimilarTransaction=true",
            body: Some(json!({"merchantPaymentId": "order-1", "userAuthorizationId": "ua-1",
                "amount": yen(1200), "requestedAt": NOW})),
            make: |client| {
                client.preauthorize(&payment_request().into(), SimilarTransaction::Agree).map(drop)
            },
        },
        Call {
            operation: Operation::Revert, method: "POST", target: "/v2/payments/preauthorize/revert",
            body: Some(json!({"merchantRevertId": "revert-1", "paymentId": "0400",
                "requestedAt": NOW})),
            make: |client| client.revert(&revert_request()).map(drop),
        },
        Call {
            operation: Operation::Refund, method: "POST", target: "/v2/refunds",
            // The caller's own time stays, so that a repeat is the same to the byte.
            body: Some(json!({"merchantRefundId": "refund-1", "paymentId": "0400",
                "amount": yen(1200), "reason": "broken", "requestedAt": NOW - 1})),
            make: |client| client.refund(&refund_request()).map(drop),
        },
        Call {
            operation: Operation::RefundDetails, method: "GET",
            target: "/v2/refunds/refund-1?paymentId=0400%26a", body: None,
            make: |client| {
                let payment = "0400&a".parse().unwrap();
                client.refund_details(&"refund-1".parse().unwrap(), Some(&payment)).map(drop)
            },
        },
        Call {
            operation: Operation::CreateAccountLinkSession, method: "POST",
            target: "/v1/qr/sessions",
            body: Some(json!({"scopes": ["direct_debit"], "nonce": "n-1",
                "redirectUrl": "https://shop.example/back", "referenceId": "customer-1"})),
            make: |client| client.create_account_link_session(&link_request()).map(drop),
        },
        Call {
            operation: Operation::UserAuthorizationStatus, method: "GET",
            target: "/v2/user/authorizations?userAuthorizationId=ua-1", body: None,
            make: |client| client.user_authorization_status(&"ua-1".parse().unwrap()).map(drop),
        },
        Call {
            operation: Operation::UnlinkUser, method: "DELETE",
            target: "/v2/user/authorizations/ua-1", body: None,
            make: |client| client.unlink_user(&"ua-1".parse().unwrap()).map(drop),
        },
    ]
}

/// A refusal of PayPay.
pub(crate) const REFUSED: &str = r#"{"resultInfo":{"code":"INVALID_PARAMS","message":"Invalid parameters received","codeId":"00200004"},"data":null}"#;
