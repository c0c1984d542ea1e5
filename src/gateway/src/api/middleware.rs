use std::any::Any;
use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::incoming;
use super::local;
use crate::app::App;
use crate::dashboard::recording::Recording;
use crate::failure::Failure;
use crate::http_date;

/// Dates every response by the gateway's own clock, which terminals go by, logs the request, and
/// keeps it for the dashboard.
pub(super) async fn observe(
    State(app): State<Arc<App>>,
    mut request: Request,
    next: Next,
) -> Response {
    let start = Instant::now();
    let subject = log::log_enabled!(log::Level::Info)
        .then(|| format!("{} {}", request.method(), loggable(request.uri().path())));
    let recording = (!local::is_local(request.uri()))
        .then(|| Recording::start(&mut request, app.clock.now_ms()));
    let mut response = next.run(request).await;
    http_date::set(&mut response, &app.clock);
    if let Some(subject) = subject {
        let (status, ms) = (
            response.status().as_u16(),
            start.elapsed().as_secs_f64() * 1e3,
        );
        log::info!("{subject} {status} {ms:.1} ms");
    }
    let Some(recording) = recording else {
        return response;
    };
    let (exchange, response) = recording.finish(response).await;
    app.requests.keep(exchange);
    response
}

/// A path without its secrets. The query string, which may hold a token, is no part of it; the
/// name of a picture is as good as the code it shows.
fn loggable(path: &str) -> Cow<'_, str> {
    const SECRET: &str = "_secret_";
    if path.starts_with("/qr/") {
        Cow::Borrowed("/qr/…")
    } else if let Some((before, _)) = path.split_once(SECRET) {
        // A payment token where an id belongs.
        Cow::Owned(format!("{before}{SECRET}…"))
    } else {
        Cow::Borrowed(path)
    }
}

/// A request of the guide is a few hundred bytes.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// Lets requests in, but for the time of a reset, which goes through alone. Whoever is in stays to
/// the end.
pub(super) async fn pass_the_gate(
    State(app): State<Arc<App>>,
    request: Request,
    next: Next,
) -> Response {
    // The whole request first: one that never ends would keep a reset waiting, and it all others.
    let (parts, body) = request.into_parts();
    let body = match tokio::time::timeout(BODY_TIMEOUT, incoming::read(&parts.headers, body)).await
    {
        Ok(Ok(body)) => body,
        Ok(Err(failure)) => return failure.into_response(),
        Err(_) => {
            let why = "the request body did not come in time";
            return Failure::http(StatusCode::REQUEST_TIMEOUT, why).into_response();
        }
    };
    let request = Request::from_parts(parts, Body::from(body));
    to_the_end(async move {
        let _inside = if request.uri().path() == super::RESET {
            None
        } else {
            Some(app.gate.read().await)
        };
        next.run(request).await
    })
    .await
}

/// Answers a request even when the client hangs up meanwhile: what has been started at a provider
/// has to be recorded.
async fn to_the_end<W>(work: W) -> Response
where
    W: Future<Output = Response> + Send + 'static,
{
    // The panic itself has been reported by the panic hook.
    let answered = tokio::spawn(work).await;
    answered.unwrap_or_else(|_| Failure::internal().into_response())
}

/// A bug: the client gets the guide's error, and the others do not notice.
pub(super) fn panicked(_: Box<dyn Any + Send>) -> Response {
    Failure::internal().into_response()
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::routing::get;
    use tower::ServiceExt;
    use tower_http::catch_panic::CatchPanicLayer;

    use super::*;

    #[tokio::test]
    async fn a_bug_gets_the_guides_internal_error() {
        async fn bug() -> &'static str {
            panic!("a bug")
        }
        async fn bug_while_working() -> Response {
            to_the_end(async { panic!("a bug") }).await
        }
        let routes = Router::new()
            .route("/1", get(bug))
            .route("/2", get(bug_while_working))
            .layer(CatchPanicLayer::custom(panicked));
        for path in ["/1", "/2"] {
            let request = Request::get(path).body(Body::empty()).unwrap();
            let response = routes.clone().oneshot(request).await.unwrap();
            assert_eq!(response.status(), 500);
            let body = axum::body::to_bytes(response.into_body(), 1000)
                .await
                .unwrap();
            assert!(body.starts_with(br#"{"error":{"code":"internal_error","#));
        }
    }

    #[test]
    fn paths_are_logged_without_their_secrets() {
        let table = [
            (
                "/v1/payment_intents/pi_1/confirm",
                "/v1/payment_intents/pi_1/confirm",
            ),
            (
                "/v1/payment_intents/pi_1_secret_abc/confirm",
                "/v1/payment_intents/pi_1_secret_…",
            ),
            ("/qr/abc.svg", "/qr/…"),
        ];
        for (path, logged) in table {
            assert_eq!(loggable(path), logged);
        }
    }
}
