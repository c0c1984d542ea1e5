use axum::extract::State;
use axum::response::Response;
use paypay_opa::types::{Code, CreateCodeRequest, DeletedCode, QrStatus};

use super::answer::{Failed, success};
use super::call::Call;
use super::views;
use crate::stand_in::StandIn;
use crate::stand_in::ledger::{Books, Key};
use crate::stand_in::results::{self, Operation};

/// `POST /v2/codes`
pub(super) async fn create(
    State(stand_in): State<StandIn>,
    call: Call,
) -> Result<Response, Failed> {
    let request: CreateCodeRequest = call.body(results::DYNAMIC_QR_BAD_REQUEST)?;
    let id = request.merchant_payment_id.as_str();
    call.provoke(Operation::CreateCode, [id])?;
    let order = request.clone();
    let create = move |books: &mut Books<'_>| books.create_code(&order);
    let payment = stand_in.books(create).await??;
    let code: Code = views::code(request, &payment).ok_or(results::INTERNAL_SERVER_ERROR)?;
    Ok(success(201, code))
}

/// `DELETE /v2/codes/{codeId}`
pub(super) async fn delete(
    State(stand_in): State<StandIn>,
    call: Call,
) -> Result<Response, Failed> {
    let id = call.id(results::DYNAMIC_QR_BAD_REQUEST)?;
    let delete = move |books: &mut Books<'_>| {
        let not_found = results::DYNAMIC_QR_NOT_FOUND;
        books.change(Key::Code(&id), not_found, |payment, now, settings| {
            let order = payment.merchant_payment_id.as_str();
            call.provoke(Operation::DeleteCode, [order])?;
            payment.delete_code(now, settings)
        })
    };
    stand_in.books(delete).await??;
    let qr_status = QrStatus::Deleted;
    Ok(success(200, DeletedCode { qr_status }))
}

/// `GET /v2/codes/payments/{merchantPaymentId}`
pub(super) async fn details(
    State(stand_in): State<StandIn>,
    call: Call,
) -> Result<Response, Failed> {
    let id = call.merchants_id(results::DYNAMIC_QR_BAD_REQUEST)?;
    call.provoke(Operation::CodeDetails, [id.as_str()])?;
    let payment = stand_in.look(move |books| books.details(&id)).await??;
    let mut view = views::payment(&payment);
    view.user_authorization_id = None;
    Ok(success(200, view))
}
