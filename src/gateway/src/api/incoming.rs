use std::net::SocketAddr;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, OriginalUri, Path, Request};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, HOST};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use mpac_pgw_protocol::{IDEMPOTENCY_KEY_HEADER, IdempotencyKey, PaymentIntentId};
use sha2::{Digest, Sha256};

use crate::dashboard::recording::saw_body;
use crate::failure::Failure;
use crate::fields::Fields;
use crate::store::idempotency::Fingerprint;
use crate::wire::{Peer, is_this_machine};

/// The largest request body. The guide's largest request is a few hundred bytes.
const BODY_LIMIT: usize = 64 * 1024;

/// A whole request, as it came.
pub(super) struct Incoming {
    pub(super) method: Method,
    /// Path and query string exactly as sent, since that is what is signed.
    pub(super) path: String,
    pub(super) headers: HeaderMap,
    pub(super) peer: Option<SocketAddr>,
    pub(super) body: Bytes,
    id: Option<String>,
}

impl<S: Send + Sync> FromRequest<S> for Incoming {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let OriginalUri(uri) = match OriginalUri::from_request_parts(&mut parts, state).await {
            Ok(uri) => uri,
            Err(never) => match never {},
        };
        let id = Path::<String>::from_request_parts(&mut parts, state).await;
        let peer = Peer::of(&parts.extensions).map(|peer| peer.address);
        let body = read(&parts.headers, body)
            .await
            .map_err(IntoResponse::into_response)?;
        saw_body(&parts.extensions, &body);
        Ok(Self {
            method: parts.method,
            path: uri
                .path_and_query()
                .map_or("/", |path| path.as_str())
                .to_owned(),
            headers: parts.headers,
            peer,
            body,
            id: id.ok().map(|Path(id)| id),
        })
    }
}

/// A whole body, if it is not too large.
pub(super) async fn read(headers: &HeaderMap, body: axum::body::Body) -> Result<Bytes, Failure> {
    let too_large = || {
        let why = format!("the request body is larger than {} KiB", BODY_LIMIT / 1024);
        Failure::http(StatusCode::PAYLOAD_TOO_LARGE, why)
    };
    let declared = headers
        .get(CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok());
    let declared = declared.and_then(|length| length.parse::<u64>().ok());
    if declared.is_some_and(|length| length > BODY_LIMIT as u64) {
        return Err(too_large());
    }
    match Limited::new(body, BODY_LIMIT).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_large()),
        Err(_) => {
            let why = "the request body ended early or is not well-formed HTTP";
            Err(Failure::http(StatusCode::BAD_REQUEST, why))
        }
    }
}

impl Incoming {
    /// The id in the path.
    pub(super) fn id(&self) -> Result<PaymentIntentId, Failure> {
        let id = self.id.as_deref().and_then(|id| id.parse().ok());
        id.ok_or_else(Failure::no_such_id)
    }

    /// The id in the path, of whatever kind.
    pub(super) fn any_id(&self) -> &str {
        self.id.as_deref().unwrap_or_default()
    }

    /// The JSON body.
    pub(super) fn fields(&self) -> Result<Fields, Failure> {
        self.check_content_type()?;
        Ok(Fields::parse(&self.body)?)
    }

    /// The JSON body, which may be left out.
    pub(super) fn optional_fields(&self) -> Result<Fields, Failure> {
        self.check_content_type()?;
        Ok(Fields::parse_optional(&self.body)?)
    }

    fn check_content_type(&self) -> Result<(), Failure> {
        let content_type = self
            .headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        let media_type = content_type.and_then(|value| value.split(';').next());
        let is_json = |value: &str| value.trim().eq_ignore_ascii_case("application/json");
        if self.body.is_empty() || media_type.is_some_and(is_json) {
            return Ok(());
        }
        let why = "the request body must be JSON: send the header Content-Type: application/json";
        Err(Failure::http(StatusCode::UNSUPPORTED_MEDIA_TYPE, why))
    }

    pub(super) fn idempotency_key(&self) -> Result<Option<IdempotencyKey>, Failure> {
        let malformed = |why: &str| Failure::invalid_param(IDEMPOTENCY_KEY_HEADER, why);
        let mut values = self.headers.get_all(IDEMPOTENCY_KEY_HEADER).iter();
        let Some(value) = values.next() else {
            return Ok(None);
        };
        if values.next().is_some() {
            return Err(malformed("Idempotency-Key must be sent once"));
        }
        let key: Result<IdempotencyKey, _> = value.to_str().unwrap_or_default().parse();
        key.map(Some).map_err(|error| malformed(&error.to_string()))
    }

    /// What makes two requests with one Idempotency-Key the same request.
    pub(super) fn fingerprint(&self) -> Fingerprint {
        let mut hash = Sha256::new();
        for part in [
            self.method.as_str().as_bytes(),
            b"\n",
            self.path.as_bytes(),
            b"\n",
        ] {
            hash.update(part);
        }
        hash.update(&self.body);
        hash.finalize().into()
    }

    /// Where the asker reaches this gateway, by its own account.
    pub(super) fn gateway_url(&self, fallback: &str) -> String {
        let host = self.headers.get(HOST).and_then(|host| host.to_str().ok());
        match host.and_then(|host| host.parse::<Authority>().ok()) {
            Some(authority) if !authority.as_str().contains('@') => format!("http://{authority}"),
            _ => fallback.to_owned(),
        }
    }

    pub(super) fn is_from_this_machine(&self) -> bool {
        self.peer.is_some_and(is_this_machine)
    }
}
