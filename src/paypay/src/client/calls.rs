//! The calls, in the order in which the guide tells of them.

use super::Client;
use crate::answer::{Answer, Captured};
use crate::escape::escape;
use crate::types::{
    AccountLinkRequest, AccountLinkSession, CaptureRequest, Code, CodeId, CreateCodeRequest,
    CreatePaymentRequest, FieldError, MerchantPaymentId, MerchantRefundId, Payment, PaymentId,
    PreauthorizeRequest, Refund, RefundRequest, Revert, RevertRequest, UserAuthorization,
    UserAuthorizationId,
};
use crate::{Error, ErrorKind, Operation};

/// Whether a payment may be made though the same customer paid the same amount in the last five
/// minutes (`agreeSimilarTransaction`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SimilarTransaction {
    /// No: PayPay answers `SUSPECTED_DUPLICATE_PAYMENT`.
    #[default]
    Refuse,
    /// Yes: the customer does mean to pay twice.
    Agree,
}

impl SimilarTransaction {
    fn on(self, path: &str) -> String {
        let agree = self == Self::Agree;
        format!("{path}?agreeSimilarTransaction={agree}")
    }
}

/// Each call returns an [`Error`] if PayPay does not do what it was asked to. Ask
/// [`Error::outcome`] what that means before doing anything else.
impl Client {
    /// Creates a QR code for a customer to scan (guide, *Create a QR Code*).
    ///
    /// # Errors
    /// `DUPLICATE_DYNAMIC_QR_REQUEST` if the merchantPaymentId had a code before. If the outcome is
    /// unknown, there may be a code that nobody can see, but that nobody can pay without seeing it
    /// either: cancel the payment, and create a code with a new merchantPaymentId.
    pub fn create_code(&self, request: &CreateCodeRequest) -> Result<Answer<Code>, Error> {
        let operation = Operation::CreateCode;
        self.post(operation, "/v2/codes", request)?
            .with_data(operation)
    }

    /// Looks up the payment of a code (guide, *Get payment details*). Ask every 4 to 5 seconds while
    /// the code is on show. An unpaid code stays `CREATED`, also after it expired.
    ///
    /// # Errors
    /// `DYNAMIC_QR_PAYMENT_NOT_FOUND` if there is none, or not yet.
    pub fn code_payment_details(&self, id: &MerchantPaymentId) -> Result<Answer<Payment>, Error> {
        let operation = Operation::CodePaymentDetails;
        checked(operation, id.check())?;
        let path = format!("/v2/codes/payments/{}", escape(id.as_str()));
        self.get(operation, &path)?.with_data(operation)
    }

    /// Deletes a code, so that it can no longer be paid (guide, *Delete a QR Code*).
    ///
    /// # Errors
    /// `DYNAMIC_QR_ALREADY_PAID` if the customer was faster: the payment stands.
    pub fn delete_code(&self, id: &CodeId) -> Result<Answer<()>, Error> {
        let operation = Operation::DeleteCode;
        checked(operation, id.check())?;
        let path = format!("/v2/codes/{}", escape(id.as_str()));
        self.delete(operation, &path)?.without_data(operation)
    }

    /// Cancels a payment, whether or not it was made (guide, *Cancel a payment*). For a payment of
    /// which nobody knows what became. Accepted is not done: look the payment up until it is
    /// `FAILED`. Possible until 00:14:59 of the next day in Japan; after that, refund it.
    ///
    /// # Errors
    /// `ORDER_NOT_REVERSIBLE` if it is too late, or not in a state to be cancelled. If the outcome is
    /// unknown, cancel again.
    pub fn cancel_payment(&self, id: &MerchantPaymentId) -> Result<Answer<()>, Error> {
        let operation = Operation::CancelPayment;
        checked(operation, id.check())?;
        let path = format!("/v2/payments/{}", escape(id.as_str()));
        self.delete(operation, &path)?.without_data(operation)
    }

    /// Gives a payment back, or a part of it (guide, *Refund a payment*). Safe to repeat with the same
    /// ids. `CREATED` counts as done: PayPay tries again until it is `REFUNDED`.
    ///
    /// # Errors
    /// `UNACCEPTABLE_OP` for a second refund of one payment. If the outcome is unknown, look the
    /// refund up.
    pub fn refund(&self, request: &RefundRequest) -> Result<Answer<Refund>, Error> {
        let operation = Operation::Refund;
        self.post(operation, "/v2/refunds", request)?
            .with_data(operation)
    }

    /// Looks up a refund (guide, *Get refund details*). Newer documents of PayPay require the
    /// payment's id; the guide does not know it.
    ///
    /// # Errors
    /// `NO_SUCH_REFUND_ORDER` if there is none.
    pub fn refund_details(
        &self,
        id: &MerchantRefundId,
        payment: Option<&PaymentId>,
    ) -> Result<Answer<Refund>, Error> {
        let operation = Operation::RefundDetails;
        checked(operation, id.check())?;
        let mut target = format!("/v2/refunds/{}", escape(id.as_str()));
        if let Some(payment) = payment {
            checked(operation, payment.check())?;
            target.push_str("?paymentId=");
            target.push_str(&escape(payment.as_str()));
        }
        self.get(operation, &target)?.with_data(operation)
    }

    /// Takes an authorised amount, or a part of it (guide, *Capture a payment authorization*). Use a
    /// new merchantCaptureId for each try.
    ///
    /// # Errors
    /// `ALREADY_CAPTURED` if it was done before. If the outcome is unknown, look the payment up.
    pub fn capture(&self, request: &CaptureRequest) -> Result<Answer<Captured>, Error> {
        let operation = Operation::Capture;
        self.post(operation, "/v2/payments/capture", request)?
            .of_capture(operation)
    }

    /// Releases an authorised amount (guide, *Revert a payment authorization*).
    ///
    /// # Errors
    /// `ORDER_NOT_CANCELABLE` if it is not in a state to be released. If the outcome is unknown, look
    /// the payment up.
    pub fn revert(&self, request: &RevertRequest) -> Result<Answer<Revert>, Error> {
        let operation = Operation::Revert;
        self.post(operation, "/v2/payments/preauthorize/revert", request)?
            .with_data(operation)
    }

    /// Asks for the page on which a customer consents to be charged (guide, *Acquire a user
    /// authorization*). [`Client::validate_response_token`] reads what comes back.
    ///
    /// # Errors
    /// `EXPECTATION_FAILED` if scope or redirect address are not in the merchant's contract.
    pub fn create_account_link_session(
        &self,
        request: &AccountLinkRequest,
    ) -> Result<Answer<AccountLinkSession>, Error> {
        let operation = Operation::CreateAccountLinkSession;
        self.post(operation, "/v1/qr/sessions", request)?
            .with_data(operation)
    }

    /// Looks up a customer's consent.
    ///
    /// # Errors
    /// `INVALID_USER_AUTHORIZATION_ID` if there is none.
    pub fn user_authorization_status(
        &self,
        id: &UserAuthorizationId,
    ) -> Result<Answer<UserAuthorization>, Error> {
        let operation = Operation::UserAuthorizationStatus;
        checked(operation, id.check())?;
        let id = escape(id.as_str());
        let target = format!("/v2/user/authorizations?userAuthorizationId={id}");
        self.get(operation, &target)?.with_data(operation)
    }

    /// Ends a customer's consent (guide, *Unlink a user*).
    ///
    /// # Errors
    /// `INVALID_USER_AUTHORIZATION_ID` if there is none.
    pub fn unlink_user(&self, id: &UserAuthorizationId) -> Result<Answer<()>, Error> {
        let operation = Operation::UnlinkUser;
        checked(operation, id.check())?;
        let path = format!("/v2/user/authorizations/{}", escape(id.as_str()));
        self.delete(operation, &path)?.without_data(operation)
    }

    /// Charges a customer who consented before (guide, *Create a payment*). A repeat with the same
    /// merchantPaymentId gets the first one's result.
    ///
    /// # Errors
    /// `SUSPECTED_DUPLICATE_PAYMENT`: see [`SimilarTransaction`]. If the outcome is unknown, look the
    /// payment up, or cancel it.
    pub fn create_payment(
        &self,
        request: &CreatePaymentRequest,
        similar: SimilarTransaction,
    ) -> Result<Answer<Payment>, Error> {
        let operation = Operation::CreatePayment;
        let target = similar.on("/v2/payments");
        self.post(operation, &target, request)?.with_data(operation)
    }

    /// Blocks an amount of a customer who consented before. [`Client::capture`] or
    /// [`Client::revert`] follows.
    ///
    /// # Errors
    /// As for [`Client::create_payment`].
    pub fn preauthorize(
        &self,
        request: &PreauthorizeRequest,
        similar: SimilarTransaction,
    ) -> Result<Answer<Payment>, Error> {
        let operation = Operation::Preauthorize;
        let target = similar.on("/v2/payments/preauthorize");
        self.post(operation, &target, request)?.with_data(operation)
    }

    /// Looks up a payment that was made without a code (guide, *Get payment details*).
    ///
    /// # Errors
    /// `DYNAMIC_QR_PAYMENT_NOT_FOUND` if there is none.
    pub fn payment_details(&self, id: &MerchantPaymentId) -> Result<Answer<Payment>, Error> {
        let operation = Operation::PaymentDetails;
        checked(operation, id.check())?;
        let path = format!("/v2/payments/{}", escape(id.as_str()));
        self.get(operation, &path)?.with_data(operation)
    }
}

fn checked(operation: Operation, check: Result<(), FieldError>) -> Result<(), Error> {
    check.map_err(|error| Error::new(operation, ErrorKind::Field(error)))
}
