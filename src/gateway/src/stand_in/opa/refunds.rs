use axum::extract::State;
use axum::response::Response;
use paypay_opa::types::RefundRequest;

use super::answer::{Failed, success};
use super::call::Call;
use super::views;
use crate::stand_in::StandIn;
use crate::stand_in::ledger::payment::{Payment, RefundOrder};
use crate::stand_in::ledger::{Books, Key};
use crate::stand_in::results::{self, Operation};

/// `POST /v2/refunds`
pub(super) async fn create(
    State(stand_in): State<StandIn>,
    call: Call,
) -> Result<Response, Failed> {
    let request: RefundRequest = call.body(results::INVALID_PARAMS)?;
    let refund = move |books: &mut Books<'_>| {
        let key = Key::PayPay(request.payment_id.as_str());
        books.change(key, results::ORDER_NOT_FOUND, |payment, now, settings| {
            let id = request.merchant_refund_id.to_string();
            let ids = [id.as_str(), payment.merchant_payment_id.as_str()];
            call.provoke(Operation::Refund, ids)?;
            let order = RefundOrder {
                merchant_refund_id: id,
                amount: request.amount.amount,
                reason: request.reason.clone(),
                requested_at: request.requested_at.unwrap_or(now.unix_seconds()),
            };
            payment.refund(order, now, settings)
        })
    };
    let (payment, ()) = stand_in.books(refund).await??;
    answer(stand_in.settings().refund_created_status, &payment)
}

/// `GET /v2/refunds/{merchantRefundId}`
pub(super) async fn details(
    State(stand_in): State<StandIn>,
    call: Call,
) -> Result<Response, Failed> {
    let id = call.merchants_id(results::NO_SUCH_REFUND_ORDER)?;
    call.provoke(Operation::RefundDetails, [id.as_str()])?;
    if stand_in.settings().refund_details_need_payment_id {
        call.required("paymentId")?;
    }
    let payment_id = call.parameter("paymentId").map(str::to_owned);
    let look = move |books: &Books<'_>| books.refunded(&id, payment_id.as_deref());
    let payment = stand_in.look(look).await??;
    answer(200, &payment)
}

fn answer(status: u16, payment: &Payment) -> Result<Response, Failed> {
    let refund = views::refund(payment).ok_or(results::INTERNAL_SERVER_ERROR)?;
    Ok(success(status, refund))
}
