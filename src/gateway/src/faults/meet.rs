use axum::extract::Request;
use axum::http::header::{CONNECTION, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::{Action, Body, Faults, Target};
use crate::dashboard::recording::MetFault;
use crate::stand_in;
use crate::wire::{Trouble, WireControl};

impl Faults {
    /// Handles a request, or has it meet the fault that the plan has for it. `error` is how the
    /// target writes an error with a status of somebody's choice.
    pub(crate) async fn meet(
        &self,
        target: Target,
        wire: Option<WireControl>,
        request: Request,
        next: Next,
        error: fn(StatusCode) -> Response,
    ) -> Response {
        let path = request.uri().path();
        let Some((id, action)) = self.met(target, request.method().as_str(), path) else {
            return next.run(request).await;
        };
        log::info!("fault {id}: {}", action.name());
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
            } => answer(status, retry_after, body, error),
            Action::Scenario { row, handled } => {
                if handled {
                    // It has happened, and the asker is not told.
                    drop(next.run(request).await);
                }
                stand_in::refused(row)
            }
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
}

fn answer(
    status: u16,
    retry_after: Option<u64>,
    body: Body,
    error: fn(StatusCode) -> Response,
) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = match body {
        Body::Json => error(status),
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
