use std::collections::HashMap;
use std::sync::{Arc, PoisonError};

use axum::body::Bytes;
use axum::extract::{Query, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::sites;
use crate::stand_in::ledger::Books;
use crate::stand_in::{Failed, PayPaySettings, StandIn};

/// `/_stand_in`: for the developer, who is on this machine.
pub(super) fn routes() -> Router<StandIn> {
    Router::new()
        .route("/_stand_in/settings", get(read).post(change))
        .route("/_stand_in/payments", get(payments))
        .layer(from_fn(guard))
}

/// `GET /_stand_in/settings`
async fn read(State(stand_in): State<StandIn>) -> Json<PayPaySettings> {
    Json(PayPaySettings::clone(&stand_in.settings()))
}

/// `POST /_stand_in/settings`: changes those that the JSON object names.
async fn change(State(stand_in): State<StandIn>, body: Bytes) -> Response {
    let wrong = |why: String| Failure::http(StatusCode::BAD_REQUEST, why).into_response();
    let changes = match serde_json::from_slice(&body) {
        Ok(changes) => changes,
        Err(_) => return wrong("the request body is not JSON".to_owned()),
    };
    let settings = &stand_in.shared.settings;
    let mut settings = settings.write().unwrap_or_else(PoisonError::into_inner);
    match settings.changed(&changes) {
        Ok(changed) => *settings = Arc::new(changed),
        Err(why) => return wrong(why),
    }
    Json(PayPaySettings::clone(&settings)).into_response()
}

/// `GET /_stand_in/payments`: what PayPay's books say of every payment, or of the one with the
/// `merchant_payment_id` in the query string; to hold a merchant's books against.
async fn payments(
    State(stand_in): State<StandIn>,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Json<Value>, Failed> {
    let look = move |books: &Books<'_>| {
        books.standings(query.get("merchant_payment_id").map(String::as_str))
    };
    let found = stand_in.look(look).await?;
    Ok(Json(
        json!({ "object": "list", "data": found, "has_more": false }),
    ))
}

async fn guard(request: Request, next: Next) -> Response {
    let why = if !sites::is_of_this_machine(&request) {
        "/_stand_in is open only to programs on the machine that the gateway runs on"
    } else if sites::is_of_another_site(request.headers(), None) {
        "/_stand_in is closed to web pages of other sites"
    } else {
        return next.run(request).await;
    };
    Failure::forbidden(why).into_response()
}
