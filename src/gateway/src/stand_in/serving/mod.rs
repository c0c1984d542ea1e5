//! The stand-in's port: PayPay's API, the wallet's pages, and its settings, over HTTP and HTTPS.

mod control;
mod listener;
mod tls;

use std::any::Any;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::Response;
use axum::routing::get;
use tokio::net::TcpListener;
use tower_http::catch_panic::CatchPanicLayer;

use super::ledger::{BATCH, Books};
use super::results::{self, Row};
use super::{StandIn, opa, wallet};
use crate::faults::Target;
use crate::http_date;
use crate::wire::Peer;
use listener::DualListener;
use tls::Identity;

/// How often it looks for what time has done to payments.
const PERIOD: Duration = Duration::from_secs(1);

/// Answers requests, and does what falls due, until the task is dropped. What it has begun to
/// write is written.
pub(crate) async fn serve(stand_in: StandIn, listener: TcpListener) {
    let identity = Arc::new(Identity::new(stand_in.public_url()));
    let service = router(stand_in.clone(), Arc::clone(&identity));
    let service = service.into_make_service_with_connect_info::<Peer>();
    let listener = DualListener::new(listener, identity);
    let sweep = sweep(stand_in);
    tokio::select! {
        result = async { axum::serve(listener, service).await } => {
            if let Err(error) = result {
                log::error!("PayPay stand-in: {error}");
            }
        }
        () = sweep => {}
    }
}

fn router(stand_in: StandIn, identity: Arc<Identity>) -> Router {
    let certificate = move || {
        let identity = Arc::clone(&identity);
        async move { identity.download() }
    };
    opa::routes()
        .merge(wallet::routes(stand_in.clone()))
        .merge(control::routes())
        .route("/ca.pem", get(certificate))
        .fallback(no_such_path)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(stand_in.clone(), meet_faults))
        .layer(from_fn(opa::name_request))
        .layer(from_fn_with_state(stand_in.clone(), observe))
        .with_state(stand_in)
}

async fn no_such_path() -> Response {
    const NO_SUCH_PATH: &Row = &Row {
        status: 404,
        code_id: "",
        code: "RESOURCE_NOT_FOUND",
        message: "There is nothing at this path; the wallet is at /wallet",
    };
    opa::refused(NO_SUCH_PATH)
}

async fn method_not_allowed() -> Response {
    const METHOD_NOT_ALLOWED: &Row = &Row {
        status: 405,
        code_id: "",
        code: "INVALID_REQUEST_PARAMS",
        message: "This path does not take this method",
    };
    opa::refused(METHOD_NOT_ALLOWED)
}

/// A bug: the client gets PayPay's error for it, and the others do not notice.
fn panicked(_: Box<dyn Any + Send>) -> Response {
    opa::refused(results::INTERNAL_SERVER_ERROR)
}

async fn meet_faults(State(stand_in): State<StandIn>, request: Request, next: Next) -> Response {
    let wire = Peer::of(request.extensions()).map(|peer| peer.wire.clone());
    let faults = &stand_in.shared.faults;
    let target = Target::PayPay;
    faults.meet(target, wire, request, next, injected).await
}

/// A status that a fault rule asks for, in PayPay's shape.
fn injected(status: StatusCode) -> Response {
    let row = match status.as_u16() {
        429 => results::RATE_LIMIT,
        503 => results::MAINTENANCE_MODE,
        400 => results::INVALID_REQUEST_PARAMS,
        401 => results::UNAUTHORIZED,
        _ => results::INTERNAL_SERVER_ERROR,
    };
    opa::refused(row)
}

/// Dates every answer by the gateway's clock, and logs the request without its secrets.
async fn observe(State(stand_in): State<StandIn>, request: Request, next: Next) -> Response {
    let start = Instant::now();
    let subject = log::log_enabled!(log::Level::Info)
        .then(|| format!("{} {}", request.method(), loggable(request.uri().path())));
    let mut response = next.run(request).await;
    http_date::set(&mut response, &stand_in.shared.clock);
    if let Some(subject) = subject {
        let status = response.status().as_u16();
        let ms = start.elapsed().as_secs_f64() * 1e3;
        log::info!("PayPay: {subject} {status} {ms:.1} ms");
    }
    response
}

/// Who knows the path of a wallet page can pay, and a user authorization is a customer.
fn loggable(path: &str) -> &str {
    const SECRET: [(&str, &str); 3] = [
        ("/wallet/link/", "/wallet/link/…"),
        ("/wallet/", "/wallet/…"),
        ("/v2/user/authorizations/", "/v2/user/authorizations/…"),
    ];
    let hidden = SECRET.iter().find(|(start, _)| path.starts_with(start));
    hidden.map_or(path, |(_, shown)| shown)
}

/// Does what falls due, as time passes or the clock is moved.
async fn sweep(stand_in: StandIn) {
    loop {
        let moved = stand_in.shared.clock.advanced();
        tokio::pin!(moved);
        // Registers for the next advance before looking, so that none is missed.
        moved.as_mut().enable();
        match sweep_once(&stand_in).await {
            Ok(BATCH) => continue,
            Ok(_) => {}
            Err(error) => log::error!("PayPay stand-in: {error}"),
        }
        tokio::select! {
            () = tokio::time::sleep(PERIOD) => {}
            () = moved => {}
        }
    }
}

/// Most of the time nothing is due, and nothing is written.
async fn sweep_once(stand_in: &StandIn) -> Result<usize, crate::store::StoreError> {
    if stand_in.look(|books| books.due()).await?.is_empty() {
        return Ok(0);
    }
    stand_in.books(|books: &mut Books<'_>| books.sweep()).await
}
