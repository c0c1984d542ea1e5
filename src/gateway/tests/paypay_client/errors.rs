//! PayPay's table of errors, row by row: provoked on the stand-in, classified by the client.

use paypay_opa::types::{
    CaptureRequest, CreateCodeRequest, MoneyAmount, PaymentStatus, ResultCode, ResultInfo,
};
use paypay_opa::{Captured, Error, Operation, Outcome};
use serde_json::json;

use crate::calls::{self, Ids};
use crate::paypay::PayPay;
use crate::support::unique;
use crate::table::{Row, TABLE};

#[track_caller]
fn assert_is(error: &Error, row: &Row, how: &str) {
    let info = error.result_info().expect("PayPay's resultInfo");
    let found = (
        error.http_status(),
        info.code_id.as_str(),
        info.code.as_str(),
    );
    let expected = (Some(row.status), row.code_id, row.code);
    assert_eq!(found, expected, "{how}: {error}");
    assert_eq!(error.outcome(), row.outcome, "{how}: {error}");
    let is_known = !matches!(info.code, ResultCode::Other(_));
    assert!(is_known, "{how}: {error}");
}

/// Whether an id provokes the row in this call. To delete a code there must be one, and an id whose
/// row creation has as well would stop that.
fn can_be_provoked_by_an_id(operation: Operation, row: &Row) -> bool {
    let mut of_creation = TABLE
        .iter()
        .filter(|other| other.calls.contains(&Operation::CreateCode));
    operation != Operation::DeleteCode || of_creation.all(|other| other.code_id != row.code_id)
}

#[test]
fn every_row_is_provoked_by_an_id() {
    let paypay = PayPay::start();
    // A row does nothing, so that one payment is enough.
    let payment = paypay.paid_code("order").payment_id.unwrap();
    let mut count = 0;
    for row in TABLE {
        let name = if row.code_id.is_empty() {
            row.code
        } else {
            row.code_id
        };
        for operation in row.calls {
            if !can_be_provoked_by_an_id(*operation, row) {
                continue;
            }
            let id = format!("error-{name}-{}", unique("id"));
            let mut ids = Ids::all(&id);
            ids.payment = payment.to_string();
            if *operation == Operation::DeleteCode {
                ids.code = paypay.new_code(&id).code_id.to_string();
            }
            let error = calls::make(&paypay.client, *operation, &ids).expect_err(&id);
            assert_is(&error, row, &id);
            count += 1;
        }
    }
    assert_eq!(count, 182);
}

#[test]
fn every_row_with_an_id_of_its_own_is_provoked_by_a_fault() {
    let paypay = PayPay::start();
    let mut count = 0;
    for row in TABLE.iter().filter(|row| !row.code_id.is_empty()) {
        for operation in row.calls {
            paypay.fault(json!({ "scenario": row.code_id }));
            let error =
                calls::make(&paypay.client, *operation, &Ids::all("id")).expect_err(row.code);
            assert_is(&error, row, row.code);
            count += 1;
        }
    }
    assert_eq!(count, 170);
}

#[test]
fn the_rows_that_are_not_errors_are_answers() {
    let paypay = PayPay::start();
    let client = &paypay.client;
    let found = |http_status: u16, info: &ResultInfo| {
        (http_status, info.code_id.clone(), info.code.clone())
    };
    let success = |status| (status, "08100001".to_owned(), ResultCode::Success);
    let request = CreateCodeRequest::new("order".parse().unwrap(), MoneyAmount::jpy(1200));
    let created = client.create_code(&request).unwrap();
    assert_eq!(
        found(created.http_status, &created.result_info),
        success(201)
    );
    let details = client
        .code_payment_details(&request.merchant_payment_id)
        .unwrap();
    assert_eq!(
        found(details.http_status, &details.result_info),
        success(200)
    );
    let deleted = client.delete_code(&created.data.code_id).unwrap();
    assert_eq!(
        found(deleted.http_status, &deleted.result_info),
        success(200)
    );

    let cancelled = client.cancel_payment(&request.merchant_payment_id).unwrap();
    let expected = (202, "08100001".to_owned(), ResultCode::RequestAccepted);
    assert_eq!(
        found(cancelled.http_status, &cancelled.result_info),
        expected
    );

    let capture = CaptureRequest {
        merchant_payment_id: request.merchant_payment_id,
        merchant_capture_id: "error-08300103-1".parse().unwrap(),
        amount: MoneyAmount::jpy(1300),
        order_description: "Cake".into(),
        requested_at: None,
    };
    let asked = client.capture(&capture).unwrap();
    let expected = (
        202,
        "08300103".to_owned(),
        ResultCode::UserConfirmationRequired,
    );
    assert_eq!(found(asked.http_status, &asked.result_info), expected);
    assert_eq!(asked.data, Captured::OnceCustomerAgrees);
}

/// What an answer that is missing, or no answer of PayPay, means, and how to find out more.
#[test]
fn an_unknown_outcome_is_found_out_by_a_look_up_and_settled_by_a_cancel() {
    let paypay = PayPay::start();
    let client = &paypay.client;
    // The fault, and whether the request was carried out all the same.
    let faults = [
        (
            json!({ "action": "status", "status": 502, "body": "html" }),
            false,
        ),
        (
            json!({ "action": "status", "status": 503, "body": "html" }),
            false,
        ),
        (
            json!({ "action": "status", "status": 504, "body": "html" }),
            false,
        ),
        (
            json!({ "action": "status", "status": 500, "body": "empty" }),
            false,
        ),
        (
            json!({ "action": "status", "status": 200, "body": "html" }),
            false,
        ),
        (
            json!({ "action": "status", "status": 200, "body": "empty" }),
            false,
        ),
        (
            json!({ "action": "status", "status": 404, "body": "html" }),
            false,
        ),
        (json!({ "scenario": "INTERNAL_SERVER_ERROR" }), false),
        (
            json!({ "scenario": "INTERNAL_SERVER_ERROR", "after_write": true }),
            true,
        ),
        (
            json!({ "scenario": "SERVICE_ERROR", "after_write": true }),
            true,
        ),
        // Twice, since what dies on a kept-alive connection is sent again at once.
        (json!({ "action": "drop_before_write", "count": 2 }), false),
        (json!({ "action": "drop_after_write", "count": 2 }), true),
        (json!({ "action": "truncate" }), true),
        (json!({ "action": "garbage" }), true),
    ];
    for (fault, happened) in faults {
        let id = unique("order");
        let request = CreateCodeRequest::new(id.parse().unwrap(), MoneyAmount::jpy(1200));
        paypay.fault(fault.clone());
        let error = client.create_code(&request).unwrap_err();
        assert_eq!(error.outcome(), Outcome::Unknown, "{fault}: {error}");

        let order = &request.merchant_payment_id;
        match client.code_payment_details(order) {
            Ok(answer) => {
                assert!(happened, "{fault}");
                assert_eq!(answer.data.status, PaymentStatus::Created, "{fault}");
            }
            Err(error) => {
                assert!(!happened, "{fault}: {error}");
                assert_eq!(
                    error.code(),
                    Some(&ResultCode::DynamicQrPaymentNotFound),
                    "{fault}"
                );
            }
        }
        client.cancel_payment(order).unwrap();
        // After a cancel nothing can come of it any more, whatever the first answer was.
        let error = client.create_code(&request).unwrap_err();
        assert_eq!(
            error.code(),
            Some(&ResultCode::DuplicateDynamicQrRequest),
            "{fault}"
        );
        assert_eq!(error.outcome(), Outcome::Rejected, "{fault}");
    }
}

#[test]
fn a_rate_limit_without_a_word_from_paypay_is_a_rejection() {
    let paypay = PayPay::start();
    for body in ["html", "empty"] {
        paypay.fault(json!({ "action": "status", "status": 429, "body": body }));
        let error =
            calls::make(&paypay.client, Operation::CreateCode, &Ids::all("order")).unwrap_err();
        assert_eq!(error.outcome(), Outcome::Rejected, "{body}");
    }
    calls::make(&paypay.client, Operation::CreateCode, &Ids::all("order")).unwrap();
}
