//! The customer's phone: plain pages with forms, which need no scripts.

mod code;
mod home;
mod link;
mod page;
mod text;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{StatusCode, Uri};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;

use super::StandIn;
use crate::sites;

pub(super) fn routes(stand_in: StandIn) -> Router<StandIn> {
    Router::new()
        .route("/wallet", get(home::show).post(home::change))
        .route("/wallet/style.css", get(style))
        .route("/wallet/{secret}", get(code::show).post(code::act))
        .route("/wallet/{secret}/answer", post(code::answer))
        .route("/wallet/payments/{id}/answer", post(home::answer))
        .route("/wallet/link/{secret}", get(link::show).post(link::answer))
        .layer(from_fn_with_state(stand_in, guard))
}

/// What a form says: the button that was pressed.
#[derive(Deserialize)]
struct Act {
    act: String,
}

impl Act {
    /// Of two buttons, the one that agrees.
    fn is_agreed(&self) -> bool {
        self.act == "agree"
    }
}

async fn style() -> Response {
    let headers = [(CONTENT_TYPE, "text/css"), (CACHE_CONTROL, "no-cache")];
    (headers, include_str!("style.css")).into_response()
}

/// Keeps out the forms of other sites.
async fn guard(State(stand_in): State<StandIn>, request: Request, next: Next) -> Response {
    let public: Option<Uri> = stand_in.public_url().parse().ok();
    let name = public.as_ref().and_then(Uri::host);
    if sites::is_of_another_site(request.headers(), name) {
        let why = "the wallet is closed to pages of other sites: open it at its own address\n";
        return (StatusCode::FORBIDDEN, why).into_response();
    }
    next.run(request).await
}
