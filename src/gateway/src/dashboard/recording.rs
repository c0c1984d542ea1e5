//! One exchange, from the first byte to the last, copied as cheaply as can be: what is written down
//! is looked at, and its secrets masked, only when someone asks. A GET of a payment with its answer
//! costs some 4,400 instructions, a twentieth of all that it takes to answer it.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::{Extensions, HeaderMap};
use axum::response::Response;

/// A longer body is cut: to see what it was, its start is enough.
const BODY_KEPT: usize = 16 * 1024;

/// A request and its answer. They hold secrets: only `mask` shows them to anyone.
pub(crate) struct Exchange {
    /// Set when it is kept.
    pub(crate) number: u64,
    /// When it came, in Unix milliseconds of the gateway's clock.
    pub(crate) at_ms: i64,
    pub(crate) duration: Duration,
    pub(crate) status: u16,
    pub(crate) request: Message,
    pub(crate) response: Message,
    pub(crate) fault: Option<MetFault>,
}

impl Exchange {
    /// About how much memory it takes.
    pub(super) fn weight(&self) -> usize {
        size_of::<Self>() + self.request.bytes.len() + self.response.bytes.len()
    }
}

/// One message as it was on the wire: first line, headers, body. In one allocation of its own,
/// since the parts that it was read into would keep whole network buffers alive.
#[derive(Default)]
pub(crate) struct Message {
    bytes: Vec<u8>,
    /// Where the body starts.
    head: usize,
    /// How long the body was, also when less of it is kept.
    pub(crate) body_length: usize,
}

impl Message {
    /// With room for a body of this length.
    fn new(first_line: &[&[u8]], headers: &HeaderMap, body: usize) -> Self {
        const AROUND: usize = 4;
        let lines = headers
            .iter()
            .map(|(name, value)| name.as_str().len() + value.len() + AROUND);
        let first = first_line.iter().map(|part| part.len());
        let head = first.sum::<usize>() + lines.sum::<usize>();
        let mut bytes = Vec::with_capacity(head + body.min(BODY_KEPT));
        first_line
            .iter()
            .for_each(|part| bytes.extend_from_slice(part));
        for (name, value) in headers {
            bytes.extend_from_slice(b"\r\n");
            bytes.extend_from_slice(name.as_str().as_bytes());
            bytes.extend_from_slice(b": ");
            bytes.extend_from_slice(value.as_bytes());
        }
        Self {
            head: bytes.len(),
            bytes,
            body_length: 0,
        }
    }

    fn add_body(&mut self, body: &[u8]) {
        let kept = body.get(..BODY_KEPT).unwrap_or(body);
        self.bytes.reserve_exact(kept.len());
        self.bytes.extend_from_slice(kept);
        self.body_length = body.len();
    }

    /// The first line, and the headers in order.
    pub(crate) fn head(&self) -> (String, Vec<(String, String)>) {
        let head = self.bytes.get(..self.head).unwrap_or_default();
        let head = String::from_utf8_lossy(head);
        let mut lines = head.split("\r\n");
        let first = lines.next().unwrap_or_default().to_owned();
        let headers = lines.filter_map(|line| line.split_once(": "));
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        (first, headers.map(owned).collect())
    }

    /// The body, as far as it is kept.
    pub(crate) fn body(&self) -> String {
        let body = self.bytes.get(self.head..).unwrap_or_default();
        String::from_utf8_lossy(body).into_owned()
    }
}

/// The fault that a request met. Set on its response.
#[derive(Debug, Clone)]
pub(crate) struct MetFault {
    pub(crate) rule: String,
    pub(crate) action: &'static str,
}

/// An exchange that is under way.
pub(crate) struct Recording {
    start: Instant,
    at_ms: i64,
    request: Message,
    body: Option<BodySeen>,
}

/// Where whoever reads a request's body leaves it for the record.
#[derive(Clone, Default)]
struct BodySeen(Arc<OnceLock<Bytes>>);

/// Leaves the request's body for the record, if there is one.
pub(crate) fn saw_body(extensions: &Extensions, body: &Bytes) {
    if let Some(BodySeen(seen)) = extensions.get() {
        // Read twice, it is the same.
        let _ = seen.set(body.clone());
    }
}

impl Recording {
    pub(crate) fn start(request: &mut Request, at_ms: i64) -> Self {
        let body = (!request.body().is_end_stream()).then(BodySeen::default);
        if let Some(body) = body.clone() {
            request.extensions_mut().insert(body);
        }
        let path = request.uri().path_and_query();
        let path = path.map_or("/", |path| path.as_str());
        let line = [request.method().as_str(), " ", path, " HTTP/1.1"].map(str::as_bytes);
        Self {
            start: Instant::now(),
            at_ms,
            request: Message::new(&line, request.headers(), 0),
            body,
        }
    }

    /// Completes the record with the response, which passes through unchanged.
    pub(crate) async fn finish(mut self, response: Response) -> (Exchange, Response) {
        let (parts, body) = response.into_parts();
        // Every body is whole before it is sent, but for streams, which have no length.
        let (bytes, body) = match body.size_hint().exact() {
            Some(_) => {
                let bytes = axum::body::to_bytes(body, usize::MAX).await;
                let bytes = bytes.unwrap_or_default();
                (bytes.clone(), Body::from(bytes))
            }
            None => (Bytes::new(), body),
        };
        if let Some(body) = self.body.as_ref().and_then(|body| body.0.get()) {
            self.request.add_body(body);
        }
        let reason = parts.status.canonical_reason().unwrap_or_default();
        let line = ["HTTP/1.1 ", parts.status.as_str(), " ", reason].map(str::as_bytes);
        let mut message = Message::new(&line, &parts.headers, bytes.len());
        message.add_body(&bytes);
        let exchange = Exchange {
            number: 0,
            at_ms: self.at_ms,
            duration: self.start.elapsed(),
            status: parts.status.as_u16(),
            request: self.request,
            response: message,
            fault: parts.extensions.get::<MetFault>().cloned(),
        };
        (exchange, Response::from_parts(parts, body))
    }
}
