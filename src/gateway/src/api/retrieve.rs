use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::Uri;
use mpac_pgw_protocol::{MerchantId, PaymentToken, PaymentTokenError};

use super::incoming::Incoming;
use super::{auth, to_the_end};
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
        to_the_end(async move { retrieve::up_to_date(&app, intent).await }).await?
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
        if auth::is_signed(incoming) {
            return auth::merchant(app, incoming).map(Self::Merchant);
        }
        match token_in_query(&incoming.path)? {
            Some(token) => Ok(Self::Token(token)),
            None => {
                let why = "this request needs a signature (Authorization: HMAC-SHA256 \
                           <merchant_id>:<timestamp>:<signature>) or ?payment_token=…";
                Err(Failure::authentication(why))
            }
        }
    }
}

fn token_in_query(path: &str) -> Result<Option<PaymentToken>, Failure> {
    const PARAM: &str = "payment_token";
    let malformed = |why: String| Failure::invalid_param(PARAM, why);
    // The path has been a URI's before.
    let uri: Uri = path.parse().unwrap_or_default();
    let pairs = Query::<Vec<(String, String)>>::try_from_uri(&uri)
        .map_err(|_| malformed("the query string cannot be read".to_owned()))?;
    let mut tokens = pairs
        .0
        .iter()
        .filter(|(name, _)| name == PARAM)
        .map(|(_, value)| value);
    match (tokens.next(), tokens.next()) {
        (None, _) => Ok(None),
        (Some(token), None) => match token.parse() {
            Ok(token) => Ok(Some(token)),
            Err(error) => Err(malformed(PaymentTokenError::to_string(&error))),
        },
        (Some(_), Some(_)) => Err(malformed("payment_token must be sent once".to_owned())),
    }
}
