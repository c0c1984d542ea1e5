use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::failure::Failure;
use crate::faults::Target;
use crate::wire::Peer;

/// Lets requests meet the faults that the plan has for them. `/_local` meets none, so that a plan
/// can always be taken back.
pub(super) async fn apply(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    if request.uri().path().starts_with("/_local") {
        return next.run(request).await;
    }
    let wire = Peer::of(request.extensions()).map(|peer| peer.wire.clone());
    let error = |status| Failure::injected(status).into_response();
    let target = Target::Gateway;
    app.faults.meet(target, wire, request, next, error).await
}
