//! The page's files, which are part of the program: nothing is built, and nothing is fetched from
//! elsewhere.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use crate::failure::Failure;

struct File {
    name: &'static str,
    content: &'static [u8],
}

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(File { name: $name, content: include_bytes!(concat!("../../web/", $name)) }),*]
    };
}

const PAGE: &str = "index.html";

/// Everything in `web/`.
const FILES: &[File] = files![
    "index.html",
    "actions.js",
    "api.js",
    "base.css",
    "bench.js",
    "deliveries.js",
    "dom.js",
    "faults.js",
    "format.js",
    "forms.css",
    "icon.svg",
    "lists.css",
    "main.js",
    "memory.js",
    "new-payment.js",
    "nothing.js",
    "notices.js",
    "parts.css",
    "parts.js",
    "payment.css",
    "payment.js",
    "payments.js",
    "request.js",
    "requests.js",
    "shell.js",
    "state.js",
    "stream.js",
    "text-en.js",
    "text-ja.js",
    "text.js",
];

/// Only what this gateway serves itself may run, look or be asked; no other page may show it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
     connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Of each file, the start of its SHA-256: another version of the gateway has other files.
static TAGS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let tag = |file: &File| {
        let hash = Sha256::digest(file.content);
        let hex = hash.iter().take(8).map(|byte| format!("{byte:02x}"));
        format!("\"{}\"", hex.collect::<String>())
    };
    FILES.iter().map(tag).collect()
});

/// `GET /_local/dashboard`.
pub(crate) async fn page(headers: HeaderMap) -> Result<Response, Failure> {
    serve(PAGE, &headers)
}

/// `GET /_local/dashboard/{file}`.
pub(crate) async fn file(
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    serve(&name, &headers)
}

fn serve(name: &str, asked: &HeaderMap) -> Result<Response, Failure> {
    let found = FILES.iter().zip(TAGS.iter());
    let Some((file, tag)) = found.into_iter().find(|(file, _)| file.name == name) else {
        let why = "the dashboard has no such file: it is at /_local/dashboard";
        return Err(Failure::http(StatusCode::NOT_FOUND, why));
    };
    let known = asked.get(IF_NONE_MATCH).and_then(|tags| tags.to_str().ok());
    let mut response = if known.is_some_and(|known| known.contains(tag.as_str())) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        file.content.into_response()
    };
    let opener = HeaderName::from_static("cross-origin-opener-policy");
    let resource = HeaderName::from_static("cross-origin-resource-policy");
    let fixed = [
        (CONTENT_TYPE, content_type(name)),
        // Kept, but asked about each time: the tag says whether it is still this version's.
        (CACHE_CONTROL, "no-cache"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (opener, "same-origin"),
        (resource, "same-origin"),
    ];
    let headers = response.headers_mut();
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Ok(tag) = HeaderValue::from_str(tag) {
        headers.insert(ETAG, tag);
    }
    Ok(response)
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    #[test]
    fn every_file_of_the_page_is_in_the_program() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("web");
        let names = std::fs::read_dir(folder).unwrap();
        let there: BTreeSet<_> = names
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        let served = FILES.iter().map(|file| file.name.to_owned()).collect();
        assert_eq!(there, served);
        for file in FILES {
            assert_ne!(
                content_type(file.name),
                "application/octet-stream",
                "{}",
                file.name
            );
        }
    }
}
