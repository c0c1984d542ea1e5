//! HTTP: what is read from requests and written to responses. What happens in between is in
//! [`crate::payments`].

mod auth;
mod cancel;
mod capture;
mod confirm;
mod create;
mod endpoints;
mod events;
mod explain;
mod incoming;
mod list;
mod local;
mod middleware;
mod openapi;
mod paypay;
mod picture;
mod query;
mod refunds;
mod retrieve;
mod unreliable;

use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::{MethodRouter, delete, get, post};
use tower_http::catch_panic::CatchPanicLayer;

use crate::app::App;
use crate::dashboard;
use crate::failure::Failure;

/// One path, the methods it takes, and who answers them.
type Route = (&'static str, MethodRouter<Arc<App>>);

fn routes() -> Vec<Route> {
    vec![
        (
            "/v1/payment_intents",
            get(list::handle).post(create::handle),
        ),
        ("/v1/payment_intents/{id}", get(retrieve::handle)),
        ("/v1/payment_intents/{id}/confirm", post(confirm::handle)),
        ("/v1/payment_intents/{id}/cancel", post(cancel::handle)),
        ("/v1/payment_intents/{id}/capture", post(capture::handle)),
        ("/v1/refunds", post(refunds::create)),
        ("/v1/refunds/{id}", get(refunds::retrieve)),
        ("/v1/events", get(events::list)),
        ("/v1/events/{id}", get(events::retrieve)),
        (
            "/v1/webhook_endpoints",
            get(endpoints::list).post(endpoints::create),
        ),
        (
            "/v1/webhook_endpoints/{id}",
            get(endpoints::retrieve).delete(endpoints::delete),
        ),
        (openapi::PATH, get(openapi::handle)),
        ("/qr/{picture}", get(picture::handle)),
        (PAYPAY_WEBHOOKS, post(paypay::handle)),
        (
            "/_local/payment_intents",
            get(local::payments::list).post(local::payments::create),
        ),
        (
            "/_local/payment_intents/{id}",
            get(local::payments::retrieve),
        ),
        (
            "/_local/payment_intents/{id}/qr.svg",
            get(local::payments::picture),
        ),
        (
            "/_local/payment_intents/{id}/confirm",
            post(local::till::confirm),
        ),
        (
            "/_local/payment_intents/{id}/cancel",
            post(local::till::cancel),
        ),
        (
            "/_local/payment_intents/{id}/capture",
            post(local::till::capture),
        ),
        (
            "/_local/payment_intents/{id}/refund",
            post(local::till::refund),
        ),
        ("/_local/payment_intents/{id}/pay", post(local::pay::handle)),
        (
            "/_local/customer_codes",
            post(local::customer_codes::create),
        ),
        ("/_local/webhook_deliveries", get(local::deliveries::list)),
        (
            "/_local/webhook_deliveries/{id}/resend",
            post(local::deliveries::resend),
        ),
        (
            "/_local/faults",
            get(local::faults::list)
                .post(local::faults::add)
                .delete(local::faults::clear),
        ),
        ("/_local/faults/{id}", delete(local::faults::remove)),
        ("/_local/requests", get(local::requests::list)),
        ("/_local/requests/{id}", get(local::requests::retrieve)),
        ("/_local/gateway", get(local::about::handle)),
        ("/_local/audit", get(local::books::check)),
        (RESET, post(local::books::forget)),
        (
            "/_local/clock",
            get(local::clock::read).post(local::clock::advance),
        ),
    ]
}

/// The dashboard: pages and their news, which are nobody's API.
fn pages() -> Vec<Route> {
    vec![
        ("/", get(local::about::start)),
        (dashboard::PATH, get(dashboard::files::page)),
        ("/_local/dashboard/{file}", get(dashboard::files::file)),
        ("/_local/stream", get(dashboard::stream::handle)),
    ]
}

/// Where PayPay posts its webhooks.
pub(crate) const PAYPAY_WEBHOOKS: &str = "/webhooks/paypay";
const RESET: &str = "/_local/reset";

/// The routes, with everything around them.
pub(crate) fn router(app: Arc<App>) -> Router {
    let add = |router: Router<Arc<App>>, (path, methods): Route| router.route(path, methods);
    routes()
        .into_iter()
        .chain(pages())
        .fold(Router::new(), add)
        .fallback(no_such_path)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(axum::middleware::from_fn_with_state(
            Arc::clone(&app),
            middleware::pass_the_gate,
        ))
        .layer(axum::middleware::from_fn(local::guard))
        .layer(CatchPanicLayer::custom(middleware::panicked))
        .layer(axum::middleware::from_fn_with_state(
            Arc::clone(&app),
            unreliable::apply,
        ))
        .layer(axum::middleware::from_fn_with_state(
            Arc::clone(&app),
            middleware::observe,
        ))
        .with_state(app)
}

async fn no_such_path() -> Failure {
    let why = "there is nothing at this path: the API starts at /v1/payment_intents";
    Failure::http(StatusCode::NOT_FOUND, why)
}

async fn method_not_allowed() -> Failure {
    let why = "this path does not take this method: the Allow header lists those it takes";
    Failure::http(StatusCode::METHOD_NOT_ALLOWED, why)
}
