use std::collections::HashMap;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::request::Parts;
use http_body_util::{BodyExt, Limited};
use paypay_opa::signing::{Authorization, CLOCK_WINDOW_SECONDS, RequestToSign};
use paypay_opa::types::{Check, MerchantPaymentId};
use serde::de::DeserializeOwned;

use super::Failed;
use crate::stand_in::results::{self, Operation, Refusal};
use crate::stand_in::{MERCHANT_ID, StandIn};

/// The largest body. The largest request of the guide is a few hundred bytes.
const BODY_LIMIT: usize = 64 * 1024;

/// A request whose signature is right.
pub(super) struct Call {
    id: Option<String>,
    query: HashMap<String, String>,
    body: Bytes,
}

impl FromRequest<StandIn> for Call {
    type Rejection = Failed;

    async fn from_request(request: Request, stand_in: &StandIn) -> Result<Self, Failed> {
        let (mut parts, body) = request.into_parts();
        let body = Limited::new(body, BODY_LIMIT).collect().await;
        let body = body
            .map_err(|_| results::INVALID_REQUEST_PARAMS)?
            .to_bytes();
        let query = Query::try_from_uri(&parts.uri).map(|Query(query)| query);
        let query: HashMap<String, String> = query.unwrap_or_default();
        authenticate(stand_in, &parts, &query, &body)?;
        let id = Path::<String>::from_request_parts(&mut parts, stand_in).await;
        Ok(Self {
            id: id.ok().map(|Path(id)| id),
            query,
            body,
        })
    }
}

/// PayPay tells nobody what is wrong with a signature; the log does.
fn authenticate(
    stand_in: &StandIn,
    parts: &Parts,
    query: &HashMap<String, String>,
    body: &[u8],
) -> Result<(), Failed> {
    let refuse = |why: &dyn std::fmt::Display| {
        log::info!("PayPay stand-in: UNAUTHORIZED: {why}");
        Failed::Refused(results::UNAUTHORIZED)
    };
    let header = header(&parts.headers, AUTHORIZATION.as_str());
    let signed: Authorization = header
        .unwrap_or_default()
        .parse()
        .map_err(|error| refuse(&error))?;
    let credentials = &stand_in.shared.credentials;
    if signed.api_key != credentials.api_key {
        return Err(refuse(&"the API key is not the stand-in's"));
    }
    let request = RequestToSign {
        method: parts.method.as_str(),
        path: parts.uri.path(),
        content_type: self::header(&parts.headers, CONTENT_TYPE.as_str()),
        body,
    };
    // Clients sign with the machine's clock, also when the gateway's was advanced.
    let clock = &stand_in.shared.clock;
    let clocks = [clock.now(), clock.machine_now()];
    let verify = |now: mpac_pgw_protocol::Timestamp| {
        let (now, window) = (now.unix_seconds(), CLOCK_WINDOW_SECONDS);
        signed.verify(&credentials.secret, now, window, &request)
    };
    clocks
        .into_iter()
        .find_map(|now| verify(now).ok())
        .map_or_else(|| verify(clock.machine_now()), Ok)
        .map_err(|error| refuse(&error))?;
    // The parameter wins over the header. One SDK sends an empty header for no merchant.
    let merchant = query.get("assumeMerchant").map(String::as_str);
    let merchant = merchant.or(self::header(&parts.headers, "x-assume-merchant"));
    if merchant.is_some_and(|id| !id.is_empty() && id != MERCHANT_ID) {
        return Err(refuse(&format!("the merchant is not {MERCHANT_ID}")));
    }
    let single_use = stand_in.settings().nonces_are_single_use;
    let machine_now = clock.machine_now().unix_seconds();
    if single_use
        && !stand_in
            .shared
            .nonces
            .take(signed.nonce.as_str(), machine_now)
    {
        return Err(refuse(&"the nonce was used before"));
    }
    Ok(())
}

fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

impl Call {
    /// PayPay's id in the path, for a call that refuses malformed ones with `malformed`.
    pub(super) fn id(&self, malformed: Refusal) -> Result<String, Refusal> {
        let fits = |id: &&String| (1..=64).contains(&id.chars().count());
        self.id.clone().filter(|id| fits(&id)).ok_or(malformed)
    }

    /// The merchant's own id in the path.
    pub(super) fn merchants_id(&self, malformed: Refusal) -> Result<String, Refusal> {
        let id = self.id(malformed)?;
        // All of the merchant's ids are made alike.
        let form: Result<MerchantPaymentId, _> = id.parse();
        form.map(String::from).map_err(|_| malformed)
    }

    /// A parameter of the query string that must be there.
    pub(super) fn required(&self, name: &str) -> Result<&str, Refusal> {
        self.parameter(name).ok_or(results::MISSING_REQUEST_PARAMS)
    }

    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str)
    }

    /// The body. A value that cannot be is refused with `bad`.
    pub(super) fn body<T: DeserializeOwned + Check>(&self, bad: Refusal) -> Result<T, Refusal> {
        let request: T = serde_json::from_slice(&self.body).map_err(|error| {
            // What the body holds may be a customer's code.
            let (line, column) = (error.line(), error.column());
            log::info!("PayPay stand-in: the body is wrong at line {line}, column {column}");
            let missing = self.body.is_empty() || error.to_string().starts_with("missing field");
            if missing {
                results::MISSING_REQUEST_PARAMS
            } else {
                results::INVALID_REQUEST_PARAMS
            }
        })?;
        request.check().map_err(|error| {
            log::info!("PayPay stand-in: {error}");
            bad
        })?;
        Ok(request)
    }

    /// Has an `error-` id do what it says.
    pub(super) fn provoke<'a>(
        &self,
        operation: Operation,
        ids: impl IntoIterator<Item = &'a str>,
    ) -> Result<(), Refusal> {
        results::provoked(operation, ids).map_or(Ok(()), Err)
    }
}
