//! PayPay, through its Open Payment API.
//!
//! An answer that does not tell what PayPay did is resolved as PayPay's guide says: look the
//! payment up, then cancel it. What is still not known after that is an error, and the gateway
//! asks again later, under the same reference.

use std::str::FromStr;

use mpac_pgw_protocol::{Amount, Timestamp, decline_code};
use paypay_opa::types::{
    CaptureRequest, CodeId, CreateCodeRequest, CreatePaymentRequest, IdError, MoneyAmount, Payment,
    PaymentStatus, RefundRequest, ResultCode, RevertRequest, UserAuthorizationId,
};
use paypay_opa::{Client, EnvironmentError, Error, Outcome, SimilarTransaction};

use super::{
    Charge, NewCode, Origin, PaymentName, PaymentOrder, PaymentState, ProviderError, QrProvider,
    RefundOrder, Refunding, Refusal, Reservation, Withdrawn,
};
use crate::config::PayPayAccount;
use crate::domain::CustomerCode;
use crate::ids;
use crate::stand_in::StandIn;

/// The adapter to PayPay.
#[derive(Debug)]
pub(crate) struct PayPay {
    client: Client,
    scanning: Scanning,
}

/// Enough that no two are the same.
const FRESH_ID_LENGTH: usize = 24;

/// Whether the PayPay at the other end charges codes that customers show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scanning {
    /// The stand-in does: a code is taken where a user authorisation is.
    AsUserAuthorization,
    /// The Open Payment API has no call for it.
    Unavailable,
}

impl PayPay {
    /// PayPay itself.
    pub(crate) fn of(account: &PayPayAccount) -> Self {
        let mut client = Client::new(account.credentials.clone(), account.environment.clone());
        if let Some(merchant) = &account.merchant {
            client = client.with_merchant(merchant.clone());
        }
        Self {
            client,
            scanning: Scanning::Unavailable,
        }
    }

    /// PayPay's stand-in.
    pub(crate) fn of_stand_in(stand_in: &StandIn) -> Result<Self, EnvironmentError> {
        let environment = stand_in.url().parse()?;
        Ok(Self {
            client: Client::new(stand_in.credentials(), environment),
            scanning: Scanning::AsUserAuthorization,
        })
    }
}

impl QrProvider for PayPay {
    fn create_code(&self, order: &PaymentOrder) -> Result<NewCode, ProviderError> {
        let request = CreateCodeRequest {
            order_description: Some(order.description.clone()),
            store_id: order.store_id.clone(),
            terminal_id: order.terminal_id.clone(),
            is_authorization: Some(order.reserve_only),
            ..CreateCodeRequest::new(id(&order.reference)?, yen(order.amount))
        };
        let code = self
            .client
            .create_code(&request)
            .map_err(unsuccessful)?
            .data;
        Ok(NewCode {
            content: code.url,
            code_id: code.code_id.into(),
            expires_at: code.expiry_date.map(Timestamp::from_unix_seconds),
        })
    }

    fn charge(&self, order: &PaymentOrder, code: &CustomerCode) -> Result<Charge, ProviderError> {
        if self.scanning == Scanning::Unavailable {
            let why = "PayPay's Open Payment API has no call for codes that customers show";
            return Ok(Charge::Refused(Refusal::new(why)));
        }
        let payment = PaymentName {
            reference: order.reference.clone(),
            origin: Origin::Scanned,
        };
        let Ok(user) = code.expose().parse() else {
            let why = "the code is not one of PayPay's";
            return Ok(Charge::Refused(Refusal::new(why)));
        };
        let error = match self.pay(order, user)? {
            Ok(paid) if is_paid(&paid.status) => return Ok(Charge::Paid),
            Ok(_) => None,
            Err(error) if is_definite(&error) => {
                return Ok(Charge::Refused(for_the_staff(&error)));
            }
            // Not sent, or turned away before it was looked at.
            Err(error) if error.outcome() == Outcome::Rejected => return Err(unsuccessful(error)),
            Err(error) => Some(error),
        };
        match (self.look_up(&payment)?, error) {
            (PaymentState::Paid, _) => Ok(Charge::Paid),
            (PaymentState::Failed, _) => {
                let why = "PayPay says that the payment has failed";
                Ok(Charge::Refused(Refusal::new(why)))
            }
            (_, Some(error)) => Err(unsuccessful(error)),
            (_, None) => Err(ProviderError::Unknown("it has not decided yet".to_owned())),
        }
    }

    fn look_up(&self, payment: &PaymentName) -> Result<PaymentState, ProviderError> {
        Ok(match self.find(payment)? {
            None => PaymentState::NotFound,
            Some(found) => state(&found.status)?,
        })
    }

    fn withdraw(&self, payment: &PaymentName) -> Result<Withdrawn, ProviderError> {
        match &payment.origin {
            Origin::Shown { code_id: Some(id) } => self.delete(payment, id),
            // There is no code that could be deleted, or we were not told its id.
            Origin::Shown { code_id: None } | Origin::Scanned => self.cancel(payment),
        }
    }

    fn reservation(&self, payment: &PaymentName) -> Result<Option<Reservation>, ProviderError> {
        let found = self.find(payment)?;
        reservation(&found.ok_or_else(ProviderError::unknown_payment)?)
    }

    fn capture(&self, payment: &PaymentName, amount: Amount) -> Result<Reservation, ProviderError> {
        let request = CaptureRequest {
            merchant_payment_id: id(&payment.reference)?,
            // Each try has an id of its own, as PayPay advises; the payment is captured once.
            merchant_capture_id: fresh_id("cap_")?,
            amount: yen(amount),
            order_description: payment.reference.clone(),
            requested_at: None,
        };
        match self.client.capture(&request) {
            Ok(_) => self.settled(payment, || {
                ProviderError::Unknown("the customer has to agree first".to_owned())
            }),
            Err(error) => self.settled(payment, || unsuccessful(error)),
        }
    }

    fn release(&self, payment: &PaymentName) -> Result<Reservation, ProviderError> {
        let found = self.find(payment)?;
        let found = found.ok_or_else(ProviderError::unknown_payment)?;
        if let Some(before) = reservation(&found)? {
            return Ok(before);
        }
        let request = RevertRequest {
            merchant_revert_id: fresh_id("rev_")?,
            payment_id: found
                .payment_id
                .ok_or_else(ProviderError::unknown_payment)?,
            reason: None,
            requested_at: None,
        };
        match self.client.revert(&request) {
            Ok(_) => Ok(Reservation::Released),
            Err(error) => self.settled(payment, || unsuccessful(error)),
        }
    }

    fn refund(&self, order: &RefundOrder) -> Result<Refunding, ProviderError> {
        let found = self.find(&order.payment)?;
        let paid = found.and_then(|payment| payment.payment_id);
        let request = RefundRequest {
            merchant_refund_id: id(&order.reference)?,
            payment_id: paid.ok_or_else(ProviderError::unknown_payment)?,
            amount: yen(order.amount),
            reason: None,
            requested_at: None,
        };
        let error = match self.client.refund(&request) {
            Ok(_) => return Ok(Refunding::Refunded),
            Err(error) => error,
        };
        // An earlier request may have made it: the answer to that one was lost then.
        let made = self
            .client
            .refund_details(&request.merchant_refund_id, Some(&request.payment_id));
        match made {
            Ok(_) => Ok(Refunding::Refunded),
            Err(absent) if is_definite(&error) && is_definite(&absent) => {
                Ok(Refunding::Refused(refusal(&error)))
            }
            Err(_) => Err(unsuccessful(error)),
        }
    }
}

impl PayPay {
    fn pay(
        &self,
        order: &PaymentOrder,
        user: UserAuthorizationId,
    ) -> Result<Result<Payment, Error>, ProviderError> {
        let request = CreatePaymentRequest {
            order_description: Some(order.description.clone()),
            store_id: order.store_id.clone(),
            terminal_id: order.terminal_id.clone(),
            ..CreatePaymentRequest::new(id(&order.reference)?, user, yen(order.amount))
        };
        // Two customers may well buy the same within five minutes: the merchant's order numbers
        // and our Idempotency-Keys tell orders apart.
        let similar = SimilarTransaction::Agree;
        let answer = if order.reserve_only {
            self.client.preauthorize(&request.into(), similar)
        } else {
            self.client.create_payment(&request, similar)
        };
        Ok(answer.map(|answer| answer.data))
    }

    fn find(&self, payment: &PaymentName) -> Result<Option<Payment>, ProviderError> {
        let id = id(&payment.reference)?;
        let details = match payment.origin {
            Origin::Shown { .. } => self.client.code_payment_details(&id),
            Origin::Scanned => self.client.payment_details(&id),
        };
        match details {
            Ok(answer) => Ok(Some(answer.data)),
            Err(error) if is_not_found(&error) => Ok(None),
            Err(error) => Err(unsuccessful(error)),
        }
    }

    /// Deletes a code that customers may know. Only PayPay's word about the code itself counts: a
    /// payment that PayPay does not know yet may have a code that can be paid.
    fn delete(&self, payment: &PaymentName, code_id: &str) -> Result<Withdrawn, ProviderError> {
        let code_id: CodeId = code_id.parse().map_err(impossible)?;
        let delete = || self.client.delete_code(&code_id);
        let answer = delete().or_else(|error| match error.outcome() {
            // Deleting twice does no harm, and tells what became of the first time.
            Outcome::Unknown => delete(),
            Outcome::Rejected | Outcome::Failed => Err(error),
        });
        let Err(error) = answer else {
            return Ok(Withdrawn::Yes);
        };
        match self.look_up(payment)? {
            PaymentState::Paid => Ok(Withdrawn::AlreadyPaid),
            PaymentState::Failed => Ok(Withdrawn::Yes),
            PaymentState::Created | PaymentState::NotFound if is_not_found(&error) => {
                Ok(Withdrawn::Yes)
            }
            PaymentState::Created | PaymentState::NotFound => Err(unsuccessful(error)),
        }
    }

    /// Cancels a payment, unless it is paid. PayPay gives back what is paid after that.
    fn cancel(&self, payment: &PaymentName) -> Result<Withdrawn, ProviderError> {
        match self.look_up(payment)? {
            PaymentState::Paid => return Ok(Withdrawn::AlreadyPaid),
            PaymentState::Failed => return Ok(Withdrawn::Yes),
            // What PayPay does not know yet may still be on its way there.
            PaymentState::Created | PaymentState::NotFound => {}
        }
        match self.client.cancel_payment(&id(&payment.reference)?) {
            Ok(_) => Ok(Withdrawn::Yes),
            Err(error) if is_not_found(&error) => Ok(Withdrawn::Yes),
            Err(error) => match self.look_up(payment)? {
                PaymentState::Paid => Ok(Withdrawn::AlreadyPaid),
                PaymentState::Failed => Ok(Withdrawn::Yes),
                PaymentState::Created | PaymentState::NotFound => Err(unsuccessful(error)),
            },
        }
    }

    /// How a reservation has ended; the error, if it has not.
    fn settled(
        &self,
        payment: &PaymentName,
        still_reserved: impl FnOnce() -> ProviderError,
    ) -> Result<Reservation, ProviderError> {
        self.reservation(payment)?.ok_or_else(still_reserved)
    }
}

fn is_paid(status: &PaymentStatus) -> bool {
    matches!(state(status), Ok(PaymentState::Paid))
}

fn state(status: &PaymentStatus) -> Result<PaymentState, ProviderError> {
    match status {
        PaymentStatus::Created => Ok(PaymentState::Created),
        PaymentStatus::Authorized
        | PaymentStatus::Reauthorizing
        | PaymentStatus::Completed
        | PaymentStatus::Refunded => Ok(PaymentState::Paid),
        PaymentStatus::Failed | PaymentStatus::Canceled | PaymentStatus::Expired => {
            Ok(PaymentState::Failed)
        }
        other => Err(unknown_status(other)),
    }
}

fn reservation(payment: &Payment) -> Result<Option<Reservation>, ProviderError> {
    match &payment.status {
        PaymentStatus::Authorized | PaymentStatus::Reauthorizing => Ok(None),
        PaymentStatus::Canceled | PaymentStatus::Expired | PaymentStatus::Failed => {
            Ok(Some(Reservation::Released))
        }
        PaymentStatus::Completed | PaymentStatus::Refunded => {
            let captured = payment.captures().first().map(|capture| &capture.amount);
            let amount = captured.or(payment.amount.as_ref());
            let amount = amount.and_then(|amount| Amount::new(amount.amount).ok());
            let untold = || ProviderError::Unknown("it does not say how much was taken".to_owned());
            amount
                .map(|amount| Some(Reservation::Captured(amount)))
                .ok_or_else(untold)
        }
        other => Err(unknown_status(other)),
    }
}

fn unknown_status(status: &PaymentStatus) -> ProviderError {
    ProviderError::Unknown(format!(
        "it answered the status {status}, which is a new one"
    ))
}

fn is_not_found(error: &Error) -> bool {
    matches!(
        error.code(),
        Some(
            ResultCode::DynamicQrPaymentNotFound
                | ResultCode::DynamicQrNotFound
                | ResultCode::ResourceNotFound
        )
    )
}

/// Whether PayPay has said no to what was asked, for good. A request that was not sent, a wrong key
/// and too many requests say nothing about the order.
fn is_definite(error: &Error) -> bool {
    let about_the_customer = matches!(
        error.code(),
        Some(
            ResultCode::InvalidUserAuthorizationId
                | ResultCode::ExpiredUserAuthorizationId
                | ResultCode::UserStateIsNotActive
        )
    );
    let about_us = matches!(error.http_status(), None | Some(401 | 403 | 429));
    error.outcome() != Outcome::Unknown && (about_the_customer || !about_us)
}

fn refusal(error: &Error) -> Refusal {
    Refusal::new(error.to_string())
}

/// A refusal for the staff at the till, who may read it to the customer: without what only PayPay's
/// support can use.
fn for_the_staff(error: &Error) -> Refusal {
    let Some(info) = error.result_info() else {
        return refusal(error);
    };
    // It may end in an id of the request.
    let message = info.message.split(" [").next().unwrap_or_default();
    Refusal {
        decline_code: decline_code_of(&info.code),
        ..Refusal::new(format!("PayPay refused ({}: {message})", info.code))
    }
}

fn decline_code_of(code: &ResultCode) -> Option<&'static str> {
    match code {
        ResultCode::NoSufficientFund => Some(decline_code::INSUFFICIENT_FUNDS),
        ResultCode::InvalidUserAuthorizationId | ResultCode::ExpiredUserAuthorizationId => {
            Some(decline_code::CUSTOMER_CODE_EXPIRED)
        }
        _ => None,
    }
}

fn unsuccessful(error: Error) -> ProviderError {
    match error.outcome() {
        Outcome::Rejected | Outcome::Failed => ProviderError::Refused(refusal(&error)),
        Outcome::Unknown => ProviderError::Unknown(error.to_string()),
    }
}

/// Our ids are of PayPay's alphabet and length; one that is not cannot be asked about.
fn id<T: FromStr<Err = IdError>>(text: &str) -> Result<T, ProviderError> {
    text.parse().map_err(impossible)
}

fn fresh_id<T: FromStr<Err = IdError>>(prefix: &str) -> Result<T, ProviderError> {
    let random = ids::random_alphanumeric(FRESH_ID_LENGTH).map_err(impossible)?;
    id(&format!("{prefix}{random}"))
}

fn yen(amount: Amount) -> MoneyAmount {
    MoneyAmount::jpy(amount.minor_units())
}

fn impossible(error: impl std::fmt::Display) -> ProviderError {
    ProviderError::Unknown(error.to_string())
}
