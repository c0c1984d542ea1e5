use axum::extract::State;
use axum::response::Response;
use paypay_opa::types::{CreatePaymentRequest, PreauthorizeRequest};

use super::answer::{Failed, accepted, success};
use super::call::Call;
use super::views;
use crate::stand_in::StandIn;
use crate::stand_in::ledger::{Books, Direct};
use crate::stand_in::results::{self, Operation};

/// `POST /v2/payments`
pub(super) async fn create(
    State(stand_in): State<StandIn>,
    call: Call,
) -> Result<Response, Failed> {
    let request: CreatePaymentRequest = call.body(results::INVALID_PARAMS)?;
    let how = Direct {
        reserves: false,
        expires_at: None,
        agree_similar: agrees(&call),
    };
    pay(&stand_in, &call, Operation::CreatePayment, request, how).await
}

/// `POST /v2/payments/preauthorize`
pub(super) async fn preauthorize(
    State(stand_in): State<StandIn>,
    call: Call,
) -> Result<Response, Failed> {
    let request: PreauthorizeRequest = call.body(results::INVALID_PARAMS)?;
    let how = Direct {
        reserves: true,
        expires_at: request.expires_at,
        agree_similar: agrees(&call),
    };
    pay(
        &stand_in,
        &call,
        Operation::Preauthorize,
        request.payment,
        how,
    )
    .await
}

async fn pay(
    stand_in: &StandIn,
    call: &Call,
    operation: Operation,
    request: CreatePaymentRequest,
    how: Direct,
) -> Result<Response, Failed> {
    let order = request.merchant_payment_id.as_str();
    let user = request.user_authorization_id.as_str();
    call.provoke(operation, [order, user])?;
    let create = move |books: &mut Books<'_>| books.create_payment(&request, how);
    let payment = stand_in.books(create).await??;
    let status = stand_in.settings().payment_created_status;
    Ok(success(status, views::payment(&payment)))
}

/// SDKs write it as `true` and as `1`.
fn agrees(call: &Call) -> bool {
    matches!(
        call.parameter("agreeSimilarTransaction"),
        Some("true" | "1")
    )
}

/// `GET /v2/payments/{merchantPaymentId}`
pub(super) async fn details(
    State(stand_in): State<StandIn>,
    call: Call,
) -> Result<Response, Failed> {
    let id = call.merchants_id(results::DYNAMIC_QR_BAD_REQUEST)?;
    call.provoke(Operation::PaymentDetails, [id.as_str()])?;
    let payment = stand_in.look(move |books| books.details(&id)).await??;
    Ok(success(200, views::payment(&payment)))
}

/// `DELETE /v2/payments/{merchantPaymentId}`
pub(super) async fn cancel(
    State(stand_in): State<StandIn>,
    call: Call,
) -> Result<Response, Failed> {
    let id = call.merchants_id(results::INVALID_REQUEST_PARAMS)?;
    call.provoke(Operation::Cancel, [id.as_str()])?;
    let cancel = move |books: &mut Books<'_>| books.cancel(&id);
    stand_in.books(cancel).await??;
    Ok(accepted())
}
