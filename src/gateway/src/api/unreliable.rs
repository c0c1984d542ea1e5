use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{CONNECTION, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::incoming;
use crate::app::App;
use crate::dashboard::recording::MetFault;
use crate::failure::Failure;
use crate::faults::{Action, Body};
use crate::wire::Trouble;

/// Lets requests meet the faults that the plan has for them. `/_local` meets none, so that a plan
/// can always be taken back.
pub(super) async fn apply(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if path.starts_with("/_local") {
        return next.run(request).await;
    }
    let Some((id, action)) = app.faults.meet(request.method().as_str(), path) else {
        return next.run(request).await;
    };
    log::info!("fault {id}: {}", action.name());
    let wire = incoming::wire(request.extensions());
    let trouble = |trouble| {
        if let Some(wire) = &wire {
            wire.make(trouble);
        }
    };
    let met = MetFault {
        rule: id,
        action: action.name(),
    };
    let mut response = match action {
        Action::Delay(by) => {
            tokio::time::sleep(by).await;
            next.run(request).await
        }
        Action::Status {
            status,
            retry_after,
            body,
        } => answer(status, retry_after, body),
        Action::DropBeforeWrite => {
            trouble(Trouble::Cut);
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
        Action::Answer(what) => {
            let mut response = next.run(request).await;
            trouble(what);
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(CONNECTION, close);
            response
        }
    };
    response.extensions_mut().insert(met);
    response
}

fn answer(status: u16, retry_after: Option<u64>, body: Body) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = match body {
        Body::Json => Failure::injected(status).into_response(),
        Body::Html => {
            let page = format!("<html><body><h1>{status}</h1></body></html>");
            ([(CONTENT_TYPE, "text/html")], page).into_response()
        }
        Body::Empty => Response::default(),
    };
    *response.status_mut() = status;
    if let Some(seconds) = retry_after {
        let seconds = HeaderValue::from(seconds);
        response.headers_mut().insert(RETRY_AFTER, seconds);
    }
    response
}
