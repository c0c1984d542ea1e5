//! The customer's phone.

use axum::Router;

use super::StandIn;

pub(super) fn routes() -> Router<StandIn> {
    Router::new()
}
