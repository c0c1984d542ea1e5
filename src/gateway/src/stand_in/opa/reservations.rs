use axum::extract::State;
use axum::response::Response;
use paypay_opa::types::{CaptureRequest, PaymentStatus, Revert, RevertRequest};

use super::answer::{Failed, refused, success};
use super::call::Call;
use super::views;
use crate::stand_in::StandIn;
use crate::stand_in::ledger::payment::{CaptureOrder, Captured};
use crate::stand_in::ledger::{Books, Key};
use crate::stand_in::results::{self, Operation};

/// `POST /v2/payments/capture`
pub(super) async fn capture(
    State(stand_in): State<StandIn>,
    call: Call,
) -> Result<Response, Failed> {
    let request: CaptureRequest = call.body(results::INVALID_REQUEST_PARAMS)?;
    let ids = [
        request.merchant_capture_id.as_str(),
        request.merchant_payment_id.as_str(),
    ];
    call.provoke(Operation::Capture, ids)?;
    let capture = move |books: &mut Books<'_>| {
        let key = Key::Merchant(request.merchant_payment_id.as_str());
        books.change(key, results::ORDER_NOT_FOUND, |payment, now, settings| {
            let order = CaptureOrder {
                merchant_capture_id: request.merchant_capture_id.to_string(),
                amount: request.amount.amount,
                description: request.order_description.clone(),
                requested_at: request.requested_at.unwrap_or(now.unix_seconds()),
            };
            payment.capture(order, now, settings)
        })
    };
    let (payment, captured) = stand_in.books(capture).await??;
    Ok(match captured {
        Captured::Completed => success(200, views::payment(&payment)),
        Captured::CustomerIsAsked => refused(results::USER_CONFIRMATION_REQUIRED),
    })
}

/// `POST /v2/payments/preauthorize/revert`
pub(super) async fn revert(
    State(stand_in): State<StandIn>,
    call: Call,
) -> Result<Response, Failed> {
    let request: RevertRequest = call.body(results::INVALID_REQUEST_PARAMS)?;
    let asked = request.clone();
    let revert = move |books: &mut Books<'_>| {
        let key = Key::PayPay(request.payment_id.as_str());
        books.change(key, results::ORDER_NOT_FOUND, |payment, now, _| {
            let id = request.merchant_revert_id.to_string();
            let ids = [id.as_str(), payment.merchant_payment_id.as_str()];
            call.provoke(Operation::Revert, ids)?;
            let requested_at = request.requested_at.unwrap_or(now.unix_seconds());
            payment.revert(id, request.reason.clone(), requested_at, now)
        })
    };
    let (payment, ()) = stand_in.books(revert).await??;
    let made = payment.revert.as_ref();
    let answer = Revert {
        status: PaymentStatus::Canceled,
        accepted_at: made.map(|revert| revert.accepted_at.unix_seconds()),
        payment_id: Some(asked.payment_id),
        requested_at: made.map(|revert| revert.requested_at),
        reason: asked.reason,
    };
    Ok(success(200, answer))
}
