//! PayPay's Open Payment API: what is read from its requests and written to its answers.

mod answer;
mod call;
mod codes;
mod nonces;
mod payments;
mod refunds;
mod reservations;
mod users;
mod views;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use axum::routing::{delete, get, post};

pub(super) use answer::Failed;
pub(crate) use answer::refused;
pub(super) use nonces::Nonces;

use super::StandIn;
use crate::ids;

pub(super) fn routes() -> Router<StandIn> {
    Router::new()
        .route("/v2/codes", post(codes::create))
        .route("/v2/codes/{id}", delete(codes::delete))
        .route("/v2/codes/payments/{id}", get(codes::details))
        .route("/v2/payments", post(payments::create))
        .route(
            "/v2/payments/{id}",
            get(payments::details).delete(payments::cancel),
        )
        .route("/v2/payments/capture", post(reservations::capture))
        .route("/v2/payments/preauthorize", post(payments::preauthorize))
        .route(
            "/v2/payments/preauthorize/revert",
            post(reservations::revert),
        )
        .route("/v2/refunds", post(refunds::create))
        // PayPay's Python SDK sends refunds here.
        .route("/v2/refunds/", post(refunds::create))
        .route("/v2/refunds/{id}", get(refunds::details))
        .route("/v1/qr/sessions", post(users::link))
        .route("/v2/user/authorizations", get(users::status))
        .route("/v2/user/authorizations/{id}", delete(users::unlink))
        .route("/v2/wallet/check_balance", get(users::check_balance))
}

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Every answer of PayPay's API names its request.
pub(super) async fn name_request(request: Request, next: Next) -> Response {
    let is_page = request.uri().path().starts_with("/wallet");
    let mut response = next.run(request).await;
    if let Some(id) = request_id().filter(|_| !is_page) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

fn request_id() -> Option<HeaderValue> {
    let id = ids::random_hex(32).ok()?;
    HeaderValue::try_from(format!("OPA{id}")).ok()
}
