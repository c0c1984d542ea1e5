use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use mpac_pgw_protocol::MerchantId;
use serde_json::json;

use crate::answer::Answer;
use crate::api::no_such_path;
use crate::app::App;
use crate::dashboard;
use crate::failure::Failure;
use crate::wire::Peer;

/// `GET /`: leads whoever opens the gateway in a browser to the dashboard. To other machines there
/// is nothing here.
pub(in crate::api) async fn start(request: Request) -> Response {
    if Peer::of(request.extensions()).is_some_and(Peer::is_this_machine) {
        Redirect::to(dashboard::PATH).into_response()
    } else {
        no_such_path().await.into_response()
    }
}

/// `GET /_local/gateway`: what runs here.
pub(in crate::api) async fn handle(State(app): State<Arc<App>>) -> Result<Answer, Failure> {
    let mut merchants: Vec<_> = app.merchants.keys().map(MerchantId::as_str).collect();
    merchants.sort_unstable();
    Ok(Answer::ok(&json!({
        "object": "gateway",
        "version": env!("CARGO_PKG_VERSION"),
        "url": app.url,
        "merchants": merchants,
        // Whether payments outlive the gateway, so that a reset wants to be confirmed.
        "kept": app.store.is_kept(),
    }))?)
}
