use axum::http::header::AUTHORIZATION;
use mpac_pgw_protocol::signing::{Authorization, RequestToSign, VerifyError};
use mpac_pgw_protocol::{MerchantId, PaymentToken, Timestamp};

use super::explain;
use super::incoming::Incoming;
use crate::app::App;
use crate::domain::Intent;
use crate::failure::Failure;

/// The merchant who signed the request.
pub(super) fn merchant(app: &App, incoming: &Incoming) -> Result<MerchantId, Failure> {
    let mut headers = incoming.headers.get_all(AUTHORIZATION).iter();
    let Some(header) = headers.next() else {
        let why = "this request must be signed: send Authorization: HMAC-SHA256 \
                   <merchant_id>:<timestamp>:<signature> (`mpac-gateway sign` makes one)";
        return Err(Failure::authentication(why));
    };
    if headers.next().is_some() {
        return Err(Failure::authentication("Authorization must be sent once"));
    }
    let header = header.to_str().unwrap_or_default();
    let authorization: Authorization = header
        .parse()
        .map_err(|error| Failure::authentication(format!("{error}")))?;
    let Some(key) = app.merchants.get(&authorization.merchant_id) else {
        let why = if explains(app, incoming) {
            explain::unknown_merchant(&authorization.merchant_id, app.merchants.keys())
        } else {
            REFUSED.to_owned()
        };
        return Err(Failure::authentication(why));
    };
    let request = RequestToSign {
        method: incoming.method.as_str(),
        path: &incoming.path,
        body: &incoming.body,
    };
    let now = signing_time(app, authorization.timestamp);
    match authorization.verify(key, now, &request) {
        Ok(()) => Ok(authorization.merchant_id),
        Err(VerifyError::SignatureMismatch) if explains(app, incoming) => {
            let why = explain::mismatch(&authorization, key, &app.merchants, now, &request);
            Err(Failure::authentication(why))
        }
        Err(VerifyError::SignatureMismatch) => Err(Failure::authentication(REFUSED)),
        Err(skewed) => Err(Failure::authentication(skewed.to_string())),
    }
}

/// What a signature's timestamp is held against: the gateway's time or, once that has been
/// advanced, this machine's, whichever is nearer. A back end cannot be advanced with the gateway.
fn signing_time(app: &App, timestamp: i64) -> i64 {
    let (gateway, machine) = (app.clock.now(), app.clock.machine_now());
    let distance = |now: &Timestamp| now.unix_seconds().abs_diff(timestamp);
    let nearer = std::cmp::min_by_key(gateway, machine, distance);
    nearer.unix_seconds()
}

const REFUSED: &str = "the signature or the merchant id is not valid";

/// Whether the asker may hear what exactly is wrong with a signature.
fn explains(app: &App, incoming: &Incoming) -> bool {
    app.loopback_only && incoming.is_from_this_machine()
}

/// Whether the request is signed at all.
pub(super) fn is_signed(incoming: &Incoming) -> bool {
    incoming.headers.contains_key(AUTHORIZATION)
}

/// Checks that the token is the intent's own.
pub(super) fn check_token(intent: &Intent, token: Option<&PaymentToken>) -> Result<(), Failure> {
    const PARAM: &str = "payment_token";
    match token {
        Some(token) if *token == intent.token => Ok(()),
        Some(token) if *token.payment_intent_id() == intent.id => {
            let why =
                "payment_token is not valid: pass the value from the create response unchanged";
            Err(Failure::authentication_param(PARAM, why))
        }
        Some(_) => {
            let why = format!(
                "payment_token belongs to another payment intent than {}: use the token from the \
                 same create response as the id",
                intent.id
            );
            Err(Failure::authentication_param(PARAM, why))
        }
        None => {
            let why = "payment_token is missing: pass the value from the create response";
            Err(Failure::authentication_param(PARAM, why))
        }
    }
}

/// Checks that the intent is the merchant's own. Another merchant's does not exist for it.
pub(super) fn check_owner(intent: &Intent, merchant: &MerchantId) -> Result<(), Failure> {
    if intent.merchant_id == *merchant {
        Ok(())
    } else {
        Err(Failure::not_found(&intent.id))
    }
}
