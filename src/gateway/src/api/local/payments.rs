//! Payments of all merchants, as the dashboard shows them. No answer here holds a payment token.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use mpac_pgw_protocol::{MerchantId, PaymentIntentId};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use crate::answer::Answer;
use crate::api::incoming::Incoming;
use crate::api::picture;
use crate::api::query::Query;
use crate::app::App;
use crate::domain::intent::{IntentView, Reader};
use crate::domain::{Intent, NewIntent, Refund};
use crate::failure::Failure;
use crate::fields::{FieldError, Fields};
use crate::idempotency::Asked;
use crate::payments;
use crate::store::browse::{self, Change, Search, ShownCode, Words};
use crate::store::{StoreError, intents, refunds};

#[derive(Serialize)]
struct ListView {
    object: &'static str,
    data: Vec<ListedView>,
    has_more: bool,
    /// Where the next page starts. A search may stop before it has found anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    looked_up_to: Option<String>,
}

#[derive(Serialize)]
struct ListedView {
    #[serde(flatten)]
    intent: IntentView,
    merchant_id: MerchantId,
}

impl From<Intent> for ListedView {
    fn from(intent: Intent) -> Self {
        Self {
            intent: intent.view(Reader::Dashboard),
            merchant_id: intent.merchant_id,
        }
    }
}

/// `GET /_local/payment_intents`: newest first, by status and by what is known of one.
pub(in crate::api) async fn list(
    State(app): State<Arc<App>>,
    incoming: Incoming,
) -> Result<Answer, Failure> {
    let query = Query::of(&incoming)?;
    let page = query.page("pi_")?;
    let search = Search {
        status: query.status()?,
        words: query.text("search")?.map(Words::new),
    };
    let (before, limit) = (page.after.clone(), page.limit());
    let find = move |c: &Connection| browse::search(c, &search, before.as_deref(), limit);
    let found = app.store.read(find).await?;
    Ok(Answer::ok(&ListView {
        object: "list",
        data: found.intents.into_iter().map(Into::into).collect(),
        has_more: found.looked_up_to.is_some(),
        looked_up_to: found.looked_up_to,
    })?)
}

#[derive(Serialize)]
struct PaymentView {
    #[serde(flatten)]
    listed: ListedView,
    history: Vec<Change>,
    refunds: Vec<Refund>,
    /// The QR code that the customer can pay now.
    #[serde(skip_serializing_if = "Option::is_none")]
    qr_code: Option<ShownCode>,
}

/// `GET /_local/payment_intents/{id}`.
pub(in crate::api) async fn retrieve(
    State(app): State<Arc<App>>,
    incoming: Incoming,
) -> Result<Answer, Failure> {
    show(&app, incoming.id()?).await
}

/// Everything there is to see of a payment.
pub(super) async fn show(app: &App, id: PaymentIntentId) -> Result<Answer, Failure> {
    let wanted = id.clone();
    let look = move |c: &Connection| -> Result<_, StoreError> {
        let Some(intent) = intents::find(c, &wanted)? else {
            return Ok(None);
        };
        Ok(Some(PaymentView {
            listed: intent.into(),
            history: browse::history(c, &wanted)?,
            refunds: refunds::list_by_intent(c, &wanted)?,
            qr_code: browse::shown_code(c, &wanted)?,
        }))
    };
    let found = app.store.read(look).await?;
    let payment = found.ok_or_else(|| Failure::not_found(&id))?;
    Ok(Answer::ok(&payment)?)
}

/// `GET /_local/payment_intents/{id}/qr.svg`: the picture of its code.
pub(in crate::api) async fn picture(
    State(app): State<Arc<App>>,
    incoming: Incoming,
) -> Result<Response, Failure> {
    let id = incoming.id()?;
    let code = app.store.read(move |c| browse::shown_code(c, &id)).await?;
    let code = code.ok_or_else(|| {
        let why = "this payment intent has no QR code now: it was paid, replaced, withdrawn or \
                   has expired";
        Failure::http(StatusCode::NOT_FOUND, why)
    })?;
    picture::draw(&code.content)
}

/// `POST /_local/payment_intents`: as a merchant's back end would, of the merchant `merchant_id`,
/// which may be left out where there is only one.
pub(in crate::api) async fn create(
    State(app): State<Arc<App>>,
    incoming: Incoming,
) -> Result<Answer, Failure> {
    #[derive(Deserialize)]
    struct Created {
        id: PaymentIntentId,
    }
    let fields = incoming.fields()?;
    let merchant = merchant(&app, &fields)?;
    let order = NewIntent::read(&fields)?;
    let create = payments::create::create(Arc::clone(&app), merchant, order, Asked::default());
    let Created { id } = serde_json::from_str(&create.await?.body)?;
    show(&app, id).await
}

fn merchant(app: &App, fields: &Fields) -> Result<MerchantId, Failure> {
    const PARAM: &str = "merchant_id";
    let mut known = app.merchants.keys();
    let (wanted, several) = (fields.text(PARAM, 255)?, known.len() > 1);
    if wanted.is_none() && several {
        return Err(FieldError::missing(PARAM).into());
    }
    let found = known.find(|id| wanted.as_deref().is_none_or(|wanted| wanted == id.as_str()));
    found.cloned().ok_or_else(|| {
        let why = "this gateway has no such merchant: GET /_local/gateway lists those it has";
        Failure::http(StatusCode::NOT_FOUND, why)
    })
}
