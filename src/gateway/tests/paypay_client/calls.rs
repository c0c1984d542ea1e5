//! Every call of the client, by name.

use paypay_opa::types::{
    AccountLinkRequest, CaptureRequest, CreateCodeRequest, CreatePaymentRequest, MoneyAmount,
    RefundRequest, RevertRequest,
};
use paypay_opa::{Client, Error, Operation, SimilarTransaction};

/// The ids that a call is made with.
pub struct Ids {
    /// The merchant's, and the customer's consent.
    pub own: String,
    /// PayPay's id of a payment.
    pub payment: String,
    /// PayPay's id of a code.
    pub code: String,
}

impl Ids {
    /// The same for all.
    pub fn all(id: &str) -> Self {
        Self {
            own: id.to_owned(),
            payment: id.to_owned(),
            code: id.to_owned(),
        }
    }
}

/// Makes a call.
pub fn make(client: &Client, operation: Operation, ids: &Ids) -> Result<(), Error> {
    let id = &ids.own;
    let amount = MoneyAmount::jpy(1200);
    let payment_request = || {
        let user = id.parse().unwrap();
        CreatePaymentRequest::new(id.parse().unwrap(), user, amount.clone())
    };
    let similar = SimilarTransaction::Refuse;
    match operation {
        Operation::CreateCode => {
            let request = CreateCodeRequest::new(id.parse().unwrap(), amount);
            client.create_code(&request).map(drop)
        }
        Operation::DeleteCode => client.delete_code(&ids.code.parse().unwrap()).map(drop),
        Operation::CodePaymentDetails => {
            client.code_payment_details(&id.parse().unwrap()).map(drop)
        }
        Operation::CreatePayment => client.create_payment(&payment_request(), similar).map(drop),
        Operation::PaymentDetails => client.payment_details(&id.parse().unwrap()).map(drop),
        Operation::CancelPayment => client.cancel_payment(&id.parse().unwrap()).map(drop),
        Operation::Capture => {
            let request = CaptureRequest {
                merchant_payment_id: ids.payment.parse().unwrap(),
                merchant_capture_id: id.parse().unwrap(),
                amount,
                order_description: "Cake".into(),
                requested_at: None,
            };
            client.capture(&request).map(drop)
        }
        Operation::Preauthorize => {
            let request = payment_request().into();
            client.preauthorize(&request, similar).map(drop)
        }
        Operation::Revert => {
            let request = RevertRequest {
                merchant_revert_id: id.parse().unwrap(),
                payment_id: ids.payment.parse().unwrap(),
                reason: None,
                requested_at: None,
            };
            client.revert(&request).map(drop)
        }
        Operation::Refund => {
            let request = RefundRequest {
                merchant_refund_id: id.parse().unwrap(),
                payment_id: ids.payment.parse().unwrap(),
                amount,
                reason: None,
                requested_at: None,
            };
            client.refund(&request).map(drop)
        }
        Operation::RefundDetails => client.refund_details(&id.parse().unwrap(), None).map(drop),
        Operation::CreateAccountLinkSession => {
            let request = AccountLinkRequest::new("n", "https://merchant.example/", id.as_str());
            client.create_account_link_session(&request).map(drop)
        }
        Operation::UserAuthorizationStatus => client
            .user_authorization_status(&id.parse().unwrap())
            .map(drop),
        Operation::UnlinkUser => client.unlink_user(&id.parse().unwrap()).map(drop),
        _ => panic!("a call that this test does not know: {operation}"),
    }
}
