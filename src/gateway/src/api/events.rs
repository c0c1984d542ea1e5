use std::sync::Arc;

use axum::extract::State;
use mpac_pgw_protocol::{EventType, PaymentIntentId};

use super::auth;
use super::incoming::Incoming;
use super::query::Query;
use crate::answer::Answer;
use crate::app::App;
use crate::failure::Failure;
use crate::store::events::{self, Filter};

/// `GET /v1/events`: the merchant's, newest first.
pub(super) async fn list(
    State(app): State<Arc<App>>,
    incoming: Incoming,
) -> Result<Answer, Failure> {
    let merchant = auth::merchant(&app, &incoming)?;
    let query = Query::of(&incoming)?;
    let page = query.page("evt_")?;
    let types: Vec<_> = EventType::ALL.iter().map(EventType::as_str).collect();
    const INTENT: &str = "payment_intent_id";
    let intent = query.text(INTENT)?.map(str::parse::<PaymentIntentId>);
    let intent = intent
        .transpose()
        .map_err(|error| Failure::invalid_param(INTENT, error.to_string()))?;
    let filter = Filter {
        event_type: query.one_of("type", &types)?.map(str::to_owned),
        intent,
    };
    let (after, limit) = (page.after.clone(), page.look_for());
    let found = app
        .store
        .read(move |c| events::list(c, &merchant, &filter, after.as_deref(), limit))
        .await?;
    Ok(Answer::ok(&page.list(found, |event| event))?)
}

/// `GET /v1/events/{id}`.
pub(super) async fn retrieve(
    State(app): State<Arc<App>>,
    incoming: Incoming,
) -> Result<Answer, Failure> {
    let merchant = auth::merchant(&app, &incoming)?;
    let id = incoming.any_id().to_owned();
    let found = app
        .store
        .read(move |c| events::find(c, &merchant, &id))
        .await?;
    let event = found.ok_or_else(|| Failure::no_such("event", "evt_01HXY…"))?;
    Ok(Answer::ok(&event)?)
}
