use std::sync::Arc;

use axum::extract::State;

use super::auth;
use super::incoming::Incoming;
use super::query::Query;
use crate::answer::Answer;
use crate::app::App;
use crate::domain::intent::Reader;
use crate::failure::Failure;
use crate::store::intents::{self, Filter};

/// `GET /v1/payment_intents`: the merchant's, newest first.
pub(super) async fn handle(
    State(app): State<Arc<App>>,
    incoming: Incoming,
) -> Result<Answer, Failure> {
    let merchant = auth::merchant(&app, &incoming)?;
    let query = Query::of(&incoming)?;
    let page = query.page("pi_")?;
    let filter = Filter {
        merchant_ref_id: query.text("merchant_ref_id")?.map(str::to_owned),
        status: query.status()?,
    };
    let (after, limit) = (page.after.clone(), page.look_for());
    let found = app
        .store
        .read(move |c| intents::list(c, &merchant, &filter, after.as_deref(), limit))
        .await?;
    Ok(Answer::ok(
        &page.list(found, |intent| intent.view(Reader::Merchant)),
    )?)
}
