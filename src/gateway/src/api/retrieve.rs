use std::sync::Arc;

use axum::extract::State;
use mpac_pgw_protocol::{MerchantId, PaymentToken, PaymentTokenError};

use super::auth;
use super::incoming::Incoming;
use super::query::Query;
use crate::answer::Answer;
use crate::app::App;
use crate::domain::intent::Reader;
use crate::failure::Failure;
use crate::payments::retrieve;

/// `GET /v1/payment_intents/{id}`.
pub(super) async fn handle(
    State(app): State<Arc<App>>,
    incoming: Incoming,
) -> Result<Answer, Failure> {
    let credentials = Credentials::read(&app, &incoming)?;
    let id = incoming.id()?;
    let intent = retrieve::find(&app, &id)
        .await?
        .ok_or_else(|| Failure::not_found(&id))?;
    let reader = match credentials {
        Credentials::Merchant(merchant) => {
            auth::check_owner(&intent, &merchant)?;
            Reader::Merchant
        }
        Credentials::Token(token) => {
            auth::check_token(&intent, Some(&token))?;
            Reader::Terminal
        }
    };
    let intent = if intent.is_overdue(app.clock.now()) {
        retrieve::up_to_date(&app, intent).await?
    } else {
        intent
    };
    Ok(Answer::ok(&intent.view(reader))?)
}

/// Who asks.
enum Credentials {
    Merchant(MerchantId),
    Token(PaymentToken),
}

impl Credentials {
    fn read(app: &App, incoming: &Incoming) -> Result<Self, Failure> {
        // One that is malformed is a mistake, also beside a signature.
        let token = token_in_query(incoming)?;
        if auth::is_signed(incoming) {
            return auth::merchant(app, incoming).map(Self::Merchant);
        }
        match token {
            Some(token) => Ok(Self::Token(token)),
            None => {
                let why = "this request needs a signature (Authorization: HMAC-SHA256 \
                           <merchant_id>:<timestamp>:<signature>) or ?payment_token=…";
                Err(Failure::authentication(why))
            }
        }
    }
}

fn token_in_query(incoming: &Incoming) -> Result<Option<PaymentToken>, Failure> {
    const PARAM: &str = "payment_token";
    let token = Query::of(incoming)?.text(PARAM)?.map(str::parse);
    token
        .transpose()
        .map_err(|error: PaymentTokenError| Failure::invalid_param(PARAM, error.to_string()))
}
