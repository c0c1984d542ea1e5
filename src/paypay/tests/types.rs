//! What PayPay sends and takes, as the documents and SDKs show it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use paypay_opa::types::webhook::{
    CustomerEvent, Notification, NotificationType, OrderAmount, TransactionEvent, TransactionState,
};
use paypay_opa::types::{
    AccountLinkRequest, CaptureRequest, Check, Code, CreateCodeRequest, CreatePaymentRequest,
    Currency, DeletedCode, Envelope, MerchantOrderItem, MoneyAmount, Payment, PaymentStatus,
    PreauthorizeRequest, QrStatus, RefundRequest, RefundStatus, ResultCode, ResultInfo,
    RevertRequest, Scope,
};
use serde_json::{Value, json};

fn code_request() -> CreateCodeRequest {
    CreateCodeRequest::new("order-0001".parse().unwrap(), MoneyAmount::jpy(1200))
}

fn cake() -> MerchantOrderItem {
    MerchantOrderItem {
        name: "Cake".into(),
        quantity: 2,
        unit_price: Some(MoneyAmount::jpy(600)),
        category: None,
        product_id: Some("p-1".into()),
    }
}

#[test]
fn no_data_has_five_spellings() {
    let info = r#""resultInfo":{"code":"REQUEST_ACCEPTED","message":"Request accepted","codeId":"08100001"}"#;
    for data in ["", r#","data":null"#, r#","data":{}"#, r#","data":"""#] {
        let text = format!("{{{info}{data}}}");
        let answer: Envelope<DeletedCode> = serde_json::from_str(&text).unwrap();
        assert_eq!(answer.data, None, "{data}");
        assert_eq!(answer.result_info.code_id, "08100001");
    }
    let text = format!(r#"{{{info},"data":{{"qrStatus":"DELETED"}}}}"#);
    let answer: Envelope<DeletedCode> = serde_json::from_str(&text).unwrap();
    assert_eq!(answer.data.unwrap().qr_status, QrStatus::Deleted);
}

#[test]
fn an_error_is_written_with_null_data() {
    let info = ResultInfo::new(ResultCode::Unauthorized, "Unauthorized request", "08100016");
    let answer = Envelope::<Value> {
        result_info: info,
        data: None,
    };
    let expected = json!({
        "resultInfo": {"code": "UNAUTHORIZED", "message": "Unauthorized request", "codeId": "08100016"},
        "data": null,
    });
    assert_eq!(serde_json::to_value(answer).unwrap(), expected);
}

#[test]
fn codes_and_code_ids_that_nobody_knows_are_kept() {
    let info: ResultInfo =
        serde_json::from_value(json!({"code": "NOT_ENOUGH_MONEY", "codeId": "WAL_500017"}))
            .unwrap();
    assert_eq!(info.code, ResultCode::Other("NOT_ENOUGH_MONEY".into()));
    assert_eq!(info.code_id, "WAL_500017");
    assert_eq!(info.message, "");
}

#[test]
fn known_codes_are_read_back_as_themselves() {
    for code in ResultCode::ALL {
        assert_eq!(ResultCode::from(code.as_str()), *code);
        assert!(!matches!(code, ResultCode::Other(_)));
    }
}

#[test]
fn a_code_for_which_nobody_paid_is_read() {
    let payment: Payment =
        serde_json::from_value(json!({"status": "CREATED", "acceptedAt": 0, "requestedAt": 0}))
            .unwrap();
    assert_eq!(
        payment,
        Payment {
            accepted_at: Some(0),
            requested_at: Some(0),
            ..Payment::new(PaymentStatus::Created)
        }
    );
}

#[test]
fn everything_that_a_payment_may_hold_is_read_and_written_back() {
    let json = json!({
        "paymentId": "04000000000000000001",
        "status": "REFUNDED",
        "acceptedAt": 1_700_000_010,
        "merchantPaymentId": "order-0001",
        "userAuthorizationId": "ua-1",
        "amount": {"amount": 1200, "currency": "JPY"},
        "requestedAt": 1_700_000_000,
        "expiresAt": 1_702_592_000,
        "canceledAt": 1_700_000_020,
        "authorizedAt": 1_700_000_005,
        "storeId": "s", "terminalId": "t", "orderReceiptNumber": "", "orderDescription": "Cake",
        "orderItems": [{"name": "Cake", "quantity": 2, "productId": "p-1",
                        "unitPrice": {"amount": 600, "currency": "JPY"}}],
        "metadata": {"any": ["thing"]},
        "refunds": {"data": [{
            "status": "REFUNDED", "acceptedAt": 1_700_000_100, "merchantRefundId": "refund-0001",
            "paymentId": "04000000000000000001", "amount": {"amount": 1200, "currency": "JPY"},
            "requestedAt": 1_700_000_090, "reason": "broken",
        }]},
        "captures": {"data": [{
            "acceptedAt": 1_700_000_050, "merchantCaptureId": "capture-0001",
            "amount": {"amount": 1200, "currency": "JPY"}, "orderDescription": "Cake",
            "requestedAt": 1_700_000_049, "expiresAt": 1_700_021_649, "status": "COMPLETED",
        }]},
        "revert": {"acceptedAt": 1, "merchantRevertId": "revert-0001", "requestedAt": 2, "reason": "r"},
        "paymentMethods": [{"amount": {"amount": 1200, "currency": "JPY"}, "type": "WALLET",
                            "breakdown": {"points": [{"amount": 100, "type": "REGULAR"}]}}],
        "assumeMerchant": "M1",
    });
    let payment: Payment = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(payment.status, PaymentStatus::Refunded);
    assert_eq!(payment.refunds()[0].status, RefundStatus::Refunded);
    assert_eq!(payment.captures()[0].amount, MoneyAmount::jpy(1200));
    assert_eq!(serde_json::to_value(payment).unwrap(), json);
}

#[test]
fn null_fields_unknown_fields_and_unknown_values_are_no_reason_to_lose_an_answer() {
    let payment: Payment = serde_json::from_value(json!({
        "status": "SETTLED", "amountescription": "typo", "storeId": null, "orderItems": null,
        "refunds": null, "captures": {"data": []}, "revert": null, "metadata": "",
        "paymentMethods": [{"amount": {"amount": 1, "currency": "JPY"}, "type": "SEASHELLS"}],
        "amount": {"amount": 1, "currency": "XPF"},
    }))
    .unwrap();
    assert_eq!(payment.status, PaymentStatus::Other("SETTLED".into()));
    assert_eq!(
        payment.amount.unwrap().currency,
        Currency::Other("XPF".into())
    );
    assert!(payment.refunds.is_none());
    assert!(payment.captures.unwrap().data.is_empty());
}

#[test]
fn what_is_only_for_people_to_look_at_makes_no_answer_unreadable() {
    let payment: Payment = serde_json::from_value(json!({
        "status": "COMPLETED", "orderItems": [{"name": "Cake", "quantity": "two"}],
        "paymentMethods": {"WALLET": 1200}, "metadata": 7, "refunds": {"data": null},
    }))
    .unwrap();
    assert_eq!(payment.status, PaymentStatus::Completed);
    assert_eq!(
        (
            payment.order_items.is_none(),
            payment.payment_methods.is_none()
        ),
        (true, true)
    );
    assert!(payment.refunds().is_empty());
    let code = json!({"codeId": "04-abc", "url": "https://qr.example/1", "orderItems": "none"});
    assert_eq!(
        serde_json::from_value::<Code>(code).unwrap().order_items,
        None
    );
    // A request is for a server to refuse.
    let mut request = serde_json::to_value(code_request()).unwrap();
    request["orderItems"] = json!("none");
    assert!(serde_json::from_value::<CreateCodeRequest>(request).is_err());
}

#[test]
fn order_items_have_unit_price_in_the_answer_to_create_code_and_nowhere_else() {
    let request = CreateCodeRequest {
        order_items: Some(vec![cake()]),
        ..code_request()
    };
    let sent = serde_json::to_value(&request).unwrap();
    assert_eq!(sent["orderItems"][0]["unitPrice"]["amount"], 600);

    let code = Code::answer_to(
        request,
        "04-abc".parse().unwrap(),
        "https://qr.example/1".into(),
    );
    let answered = serde_json::to_value(&code).unwrap();
    let item = json!({"name": "Cake", "quantity": 2, "productId": "p-1",
                      "unit_price": {"amount": 600, "currency": "JPY"}});
    assert_eq!(answered["orderItems"], json!([item]));
    assert_eq!(serde_json::from_value::<Code>(answered).unwrap(), code);
}

#[test]
fn a_preauthorisation_is_a_payment_with_an_end() {
    let payment = CreatePaymentRequest::new(
        "order-0001".parse().unwrap(),
        "ua-1".parse().unwrap(),
        MoneyAmount::jpy(1),
    );
    let request = PreauthorizeRequest {
        expires_at: Some(1_702_592_000),
        ..payment.into()
    };
    let json = json!({
        "merchantPaymentId": "order-0001", "userAuthorizationId": "ua-1",
        "amount": {"amount": 1, "currency": "JPY"}, "expiresAt": 1_702_592_000,
    });
    assert_eq!(serde_json::to_value(&request).unwrap(), json);
    assert_eq!(
        serde_json::from_value::<PreauthorizeRequest>(json).unwrap(),
        request
    );
}

#[test]
fn what_the_sdks_add_to_a_request_is_tolerated() {
    let request: AccountLinkRequest = serde_json::from_value(json!({
        "scopes": ["direct_debit", "teleport"], "nonce": "n", "redirectUrl": "https://m.example/",
        "referenceId": "r", "requestedAt": 1_700_000_000, "redirectType": "WEB_LINK",
    }))
    .unwrap();
    assert_eq!(
        request.scopes,
        [Scope::DirectDebit, Scope::Other("teleport".into())]
    );
}

#[test]
fn a_field_that_paypay_would_refuse_is_named_before_anything_is_sent() {
    let long = Some("あ".repeat(256));
    let fits = Some("あ".repeat(255));
    let code = |change: fn(&mut CreateCodeRequest)| {
        let mut request = code_request();
        change(&mut request);
        request.check().map_err(|error| error.field)
    };
    assert_eq!(code(|_| ()), Ok(()));
    assert_eq!(
        code(|r| r.amount = MoneyAmount::jpy(MoneyAmount::MAX)),
        Ok(())
    );
    assert_eq!(
        code(|r| r.amount = MoneyAmount::jpy(MoneyAmount::MAX + 1)),
        Err("amount")
    );
    assert_eq!(code(|r| r.amount = MoneyAmount::jpy(0)), Err("amount"));
    assert_eq!(code(|r| r.amount.amount = -1), Err("amount"));
    assert_eq!(
        code(|r| r.amount.currency = Currency::from("USD")),
        Err("amount")
    );
    assert_eq!(code(|r| r.code_type = "REAL_TIME".into()), Err("codeType"));
    assert_eq!(code(|r| r.order_items = Some(vec![cake()])), Ok(()));
    let free = |r: &mut CreateCodeRequest| {
        r.order_items = Some(vec![MerchantOrderItem {
            quantity: 0,
            ..cake()
        }]);
    };
    assert_eq!(code(free), Err("orderItems.quantity"));

    let described = |order_description| CreateCodeRequest {
        order_description,
        ..code_request()
    };
    assert!(described(fits).check().is_ok());
    assert_eq!(
        described(long.clone()).check().unwrap_err().field,
        "orderDescription"
    );

    let refund = RefundRequest {
        merchant_refund_id: serde_json::from_value(json!("a b")).unwrap(),
        payment_id: "0400".parse().unwrap(),
        amount: MoneyAmount::jpy(1),
        reason: None,
        requested_at: None,
    };
    assert_eq!(refund.check().unwrap_err().field, "merchantRefundId");
    let revert = RevertRequest {
        merchant_revert_id: "revert-0001".parse().unwrap(),
        payment_id: "0400".parse().unwrap(),
        reason: long,
        requested_at: None,
    };
    assert_eq!(revert.check().unwrap_err().field, "reason");
    let capture = CaptureRequest {
        merchant_payment_id: "order-0001".parse().unwrap(),
        merchant_capture_id: "capture-0001".parse().unwrap(),
        amount: MoneyAmount::jpy(1),
        order_description: String::new(),
        requested_at: None,
    };
    assert_eq!(capture.check().unwrap_err().field, "orderDescription");
    let mut link = AccountLinkRequest::new("n", "https://m.example/", "r");
    assert_eq!(link.check(), Ok(()));
    link.scopes.clear();
    assert_eq!(link.check().unwrap_err().field, "scopes");
}

#[test]
fn a_customers_telephone_is_not_printed() {
    let mut link = AccountLinkRequest::new("a_nonce", "https://m.example/", "r");
    link.phone_number = Some("09012345678".into());
    link.device_id = Some("a_device".into());
    let mut event = CustomerEvent::new(NotificationType::AuthorizationSucceeded);
    event.profile_identifier = Some("*******5678".into());
    let printed = format!("{link:?} {event:?}");
    for private in ["a_nonce", "5678", "a_device"] {
        assert!(!printed.contains(private), "{private} in {printed}");
    }
}

#[test]
fn the_amount_of_a_webhook_is_a_number_or_a_text_and_stays_what_it_was() {
    for (json, amount) in [
        (json!(1200), OrderAmount::Number(1200)),
        (json!("1200"), OrderAmount::Text(1200)),
    ] {
        let read: OrderAmount = serde_json::from_value(json.clone()).unwrap();
        assert_eq!((read, read.yen()), (amount, 1200));
        assert_eq!(serde_json::to_value(read).unwrap(), json);
    }
    assert!(serde_json::from_value::<OrderAmount>(json!("a lot")).is_err());
}

#[test]
fn webhooks_are_told_apart_by_their_type() {
    let transaction = json!({
        "notification_type": "Transaction", "merchant_id": "M1", "store_id": "s", "pos_id": "t",
        "order_id": "04000000000000000001", "merchant_order_id": "", "order_amount": "1200",
        "authorized_at": "2025-12-08T10:00:00Z", "expires_at": null, "paid_at": null,
        "state": "AUTHORIZED",
    });
    let Ok(Notification::Transaction(event)) = read(&transaction) else {
        panic!("not read")
    };
    assert_eq!(event.state, TransactionState::Authorized);
    assert_eq!(event.merchant_order_id.unwrap().as_str(), "");

    for spelling in ["authroization", "authorization"] {
        let customer = json!({
            "notification_type": format!("customer.{spelling}.succeeded"), "notification_id": "1",
            "createdAt": 1_700_000_000, "referenceId": "r", "nonce": "n", "scopes": "direct_debit",
            "userAuthorizationId": "ua-1", "profileIdentifier": "*******5678", "expiry": 1_731_536_000,
        });
        let Ok(Notification::Customer(event)) = read(&customer) else {
            panic!("not read")
        };
        assert_eq!(
            event.notification_type,
            NotificationType::AuthorizationSucceeded
        );
        assert_eq!(event.user_authorization_id.unwrap().as_str(), "ua-1");
    }

    let file = json!({"notification_type": "file.created", "fileType": "transaction_recon"});
    assert_eq!(read(&file).unwrap(), Notification::Other(file));
    assert_eq!(read(&json!({})).unwrap(), Notification::Other(json!({})));
    assert!(Notification::read(b"not json").is_err());
}

fn read(json: &Value) -> serde_json::Result<Notification> {
    Notification::read(json.to_string().as_bytes())
}

#[test]
fn a_webhook_is_written_in_paypays_names() {
    let event = TransactionEvent {
        order_amount: Some(OrderAmount::Text(1200)),
        ..TransactionEvent::new(TransactionState::Completed)
    };
    let expected =
        json!({"notification_type": "Transaction", "order_amount": "1200", "state": "COMPLETED"});
    assert_eq!(serde_json::to_value(event).unwrap(), expected);
    let event = CustomerEvent::new(NotificationType::AuthorizationRevoked);
    let expected = json!({"notification_type": "customer.authroization.revoked"});
    assert_eq!(serde_json::to_value(event).unwrap(), expected);
}
