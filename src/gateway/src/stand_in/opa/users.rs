use axum::extract::State;
use axum::response::Response;
use paypay_opa::types::{
    AccountLinkRequest, AccountLinkSession, UserAuthorization, UserAuthorizationStatus,
};
use serde_json::json;

use super::answer::{Failed, accepted, success};
use super::call::Call;
use crate::stand_in::StandIn;
use crate::stand_in::ledger::Books;
use crate::stand_in::results::{self, Operation};

/// `POST /v1/qr/sessions`
pub(super) async fn link(State(stand_in): State<StandIn>, call: Call) -> Result<Response, Failed> {
    let request: AccountLinkRequest = call.body(results::INVALID_REQUEST_PARAMS)?;
    call.provoke(Operation::LinkSession, [request.reference_id.as_str()])?;
    let start = move |books: &mut Books<'_>| books.new_link_session(request);
    let session = stand_in.books(start).await?;
    let link_qr_code_url = session.url(stand_in.public_url());
    Ok(success(201, AccountLinkSession { link_qr_code_url }))
}

/// `GET /v2/user/authorizations`
pub(super) async fn status(
    State(stand_in): State<StandIn>,
    call: Call,
) -> Result<Response, Failed> {
    let id = call.required("userAuthorizationId")?.to_owned();
    call.provoke(Operation::UserStatus, [id.as_str()])?;
    let found = stand_in.look(move |books| books.user(&id)).await?;
    let user = found.ok_or(results::INVALID_USER_AUTHORIZATION_ID)?;
    let status = if user.active {
        UserAuthorizationStatus::Active
    } else {
        UserAuthorizationStatus::Inactive
    };
    let scopes = user.scopes.iter().map(|scope| scope.as_str().into());
    let answer = UserAuthorization {
        status,
        user_authorization_id: user.user_authorization_id.parse().ok(),
        reference_ids: Some(vec![user.reference_id]),
        scopes: Some(scopes.collect()),
        expire_at: Some(user.expires_at.unix_seconds()),
        issued_at: Some(user.issued_at.unix_seconds()),
    };
    Ok(success(200, answer))
}

/// `DELETE /v2/user/authorizations/{userAuthorizationId}`
pub(super) async fn unlink(
    State(stand_in): State<StandIn>,
    call: Call,
) -> Result<Response, Failed> {
    let id = call.id(results::INVALID_USER_AUTHORIZATION_ID)?;
    call.provoke(Operation::Unlink, [id.as_str()])?;
    let unlink = move |books: &mut Books<'_>| books.unlink(&id);
    stand_in.books(unlink).await??;
    Ok(match stand_in.settings().unlinked_status {
        202 => accepted(),
        status => success(status, json!({})),
    })
}

/// `GET /v2/wallet/check_balance`
pub(super) async fn check_balance(
    State(stand_in): State<StandIn>,
    call: Call,
) -> Result<Response, Failed> {
    let id = call.required("userAuthorizationId")?.to_owned();
    call.provoke(Operation::CheckBalance, [id.as_str()])?;
    let amount: Result<i64, _> = call.required("amount")?.parse();
    let currency = call.required("currency")?;
    if !amount.is_ok_and(|amount| amount > 0) || currency != "JPY" {
        return Err(results::INVALID_REQUEST_PARAMS.into());
    }
    let look = move |books: &Books<'_>| match books.active_user(&id)? {
        Ok(_) => Ok(Ok(!books.balance_is_low()?)),
        Err(refusal) => Ok(Err(refusal)),
    };
    let enough = stand_in.look(look).await??;
    Ok(success(200, json!({ "hasEnoughBalance": enough })))
}
