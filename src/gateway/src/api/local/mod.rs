//! `/_local`: the test bench. It needs no credentials, and so answers this machine only.

pub(super) mod about;
pub(super) mod books;
pub(super) mod clock;
pub(super) mod customer_codes;
pub(super) mod deliveries;
pub(super) mod faults;
pub(super) mod pay;
pub(super) mod payments;
pub(super) mod requests;
pub(super) mod till;

use axum::extract::Request;
use axum::http::Uri;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::failure::Failure;
use crate::sites;

/// Lets through what programs and pages of this machine ask, and no page of another site that a
/// browser on this machine happens to show.
pub(super) async fn guard(request: Request, next: Next) -> Response {
    if !is_local(request.uri()) {
        return next.run(request).await;
    }
    let why = if !sites::is_of_this_machine(&request) {
        "/_local is open only to programs on the machine that the gateway runs on"
    } else if sites::is_of_another_site(request.headers(), None) {
        "/_local is closed to web pages of other sites: open it under http://127.0.0.1 or \
         http://localhost"
    } else {
        return next.run(request).await;
    };
    Failure::forbidden(why).into_response()
}

pub(super) fn is_local(uri: &Uri) -> bool {
    uri.path() == "/_local" || uri.path().starts_with("/_local/")
}
