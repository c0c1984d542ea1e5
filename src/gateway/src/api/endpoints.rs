use std::sync::Arc;

use axum::extract::State;
use mpac_pgw_protocol::{EventType, Timestamp};
use serde::Serialize;
use serde_json::json;

use super::auth;
use super::incoming::Incoming;
use super::query::Query;
use crate::answer::Answer;
use crate::app::App;
use crate::domain::NewEndpoint;
use crate::failure::Failure;
use crate::idempotency;
use crate::store::StoreError;
use crate::store::endpoints::{self, Endpoint};

#[derive(Serialize)]
struct EndpointView<'a> {
    id: &'a str,
    object: &'static str,
    url: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    enabled_events: &'a [EventType],
    /// What deliveries are signed with: told once, when the endpoint is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<&'a str>,
    created_at: Timestamp,
}

impl<'a> EndpointView<'a> {
    fn of(endpoint: &'a Endpoint) -> Self {
        Self {
            id: &endpoint.id,
            object: "webhook_endpoint",
            url: &endpoint.url,
            description: endpoint.description.as_deref(),
            enabled_events: &endpoint.enabled_events,
            secret: None,
            created_at: endpoint.created_at,
        }
    }
}

/// `POST /v1/webhook_endpoints`.
pub(super) async fn create(
    State(app): State<Arc<App>>,
    incoming: Incoming,
) -> Result<Answer, Failure> {
    let merchant = auth::merchant(&app, &incoming)?;
    let fields = incoming.fields()?;
    let (key, fingerprint) = (incoming.idempotency_key()?, incoming.fingerprint());
    idempotency::run(&app, &merchant.clone(), key, fingerprint, async |slot| {
        let order = NewEndpoint::read(&fields)?;
        let now = app.clock.now();
        let endpoint = order.into_endpoint(merchant, &app.clock)?;
        let answer = Answer::ok(&EndpointView {
            secret: Some(endpoint.secret.expose()),
            ..EndpointView::of(&endpoint)
        })?;
        let insert = move |c: &rusqlite::Connection| -> Result<_, StoreError> {
            endpoints::insert(c, &endpoint)?;
            slot.keep(c, &answer, now)?;
            Ok(answer)
        };
        Ok(app.store.write(insert).await?)
    })
    .await
}

/// `GET /v1/webhook_endpoints`: the merchant's, newest first.
pub(super) async fn list(
    State(app): State<Arc<App>>,
    incoming: Incoming,
) -> Result<Answer, Failure> {
    let merchant = auth::merchant(&app, &incoming)?;
    let page = Query::of(&incoming)?.page("we_")?;
    let (after, limit) = (page.after.clone(), page.look_for());
    let found = app
        .store
        .read(move |c| endpoints::list(c, &merchant, after.as_deref(), limit))
        .await?;
    let views: Vec<_> = found.iter().map(EndpointView::of).collect();
    Ok(Answer::ok(&page.list(views, |view| view))?)
}

/// `GET /v1/webhook_endpoints/{id}`.
pub(super) async fn retrieve(
    State(app): State<Arc<App>>,
    incoming: Incoming,
) -> Result<Answer, Failure> {
    let merchant = auth::merchant(&app, &incoming)?;
    let id = incoming.any_id().to_owned();
    let found = app
        .store
        .read(move |c| endpoints::find(c, &merchant, &id))
        .await?;
    let endpoint = found.ok_or_else(no_such_endpoint)?;
    Ok(Answer::ok(&EndpointView::of(&endpoint))?)
}

/// `DELETE /v1/webhook_endpoints/{id}`: what was still to be delivered to it is dropped.
pub(super) async fn delete(
    State(app): State<Arc<App>>,
    incoming: Incoming,
) -> Result<Answer, Failure> {
    let merchant = auth::merchant(&app, &incoming)?;
    let (id, now) = (incoming.any_id().to_owned(), app.clock.now());
    let answer = json!({ "id": id, "object": "webhook_endpoint", "deleted": true });
    let deleted = app
        .store
        .write(move |c| endpoints::delete(c, &merchant, &id, now))
        .await?;
    if deleted {
        Ok(Answer::ok(&answer)?)
    } else {
        Err(no_such_endpoint())
    }
}

fn no_such_endpoint() -> Failure {
    Failure::no_such("webhook endpoint", "we_01HXY…")
}
