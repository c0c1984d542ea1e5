//! What all pages have around them.

use axum::extract::FromRequestParts;
use axum::http::header::{
    ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION,
    REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};
use mpac_pgw_protocol::Timestamp;

use super::text::{Language, Texts};
use crate::stand_in::StandIn;

/// Who looks at a page, in which language.
#[derive(Debug, Clone)]
pub(super) struct Viewer {
    language: Language,
    /// Whether the language was chosen on the page; otherwise it is the browser's.
    chosen: bool,
    path: String,
}

impl FromRequestParts<StandIn> for Viewer {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        _: &StandIn,
    ) -> Result<Self, std::convert::Infallible> {
        let query = parts.uri.query().unwrap_or_default();
        let asked = query.split('&').find_map(|pair| pair.strip_prefix("lang="));
        let asked = Language::ALL
            .into_iter()
            .find(|one| Some(one.tag()) == asked);
        let header = parts.headers.get(ACCEPT_LANGUAGE);
        let header = header
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        Ok(Self {
            language: asked.unwrap_or_else(|| Language::preferred(header)),
            chosen: asked.is_some(),
            path: parts.uri.path().to_owned(),
        })
    }
}

impl Viewer {
    pub(super) fn texts(&self) -> &'static Texts {
        self.language.texts()
    }

    /// A path of ours in the language of the page.
    pub(super) fn link(&self, path: &str) -> String {
        if self.chosen {
            format!("{path}?lang={}", self.language.tag())
        } else {
            path.to_owned()
        }
    }

    /// To a path of ours, after a form was sent.
    pub(super) fn redirect(&self, path: &str, notice: Option<&str>) -> Response {
        let mut target = self.link(path);
        if let Some(notice) = notice {
            target.push(if self.chosen { '&' } else { '?' });
            target.push_str("notice=");
            target.push_str(notice);
        }
        redirect(&target).unwrap_or_else(|| StatusCode::BAD_REQUEST.into_response())
    }

    /// A whole page.
    pub(super) fn page(&self, title: &str, content: &Markup) -> Response {
        self.page_leading_to(StatusCode::OK, title, content, "")
    }

    /// A page whose forms may lead elsewhere in the end: browsers hold redirects, too, against
    /// `form-action`.
    pub(super) fn page_leading_to(
        &self,
        status: StatusCode,
        title: &str,
        content: &Markup,
        elsewhere: &str,
    ) -> Response {
        let body = self.document(title, content).into_string();
        let policy = format!(
            "default-src 'none'; style-src 'self'; img-src data:; form-action 'self' {elsewhere}; \
             base-uri 'none'; frame-ancestors 'none'"
        );
        let policy = HeaderValue::try_from(policy.trim())
            .unwrap_or_else(|_| HeaderValue::from_static("default-src 'none'"));
        let html = HeaderValue::from_static("text/html; charset=utf-8");
        let headers = [
            (CONTENT_TYPE, html),
            (CONTENT_SECURITY_POLICY, policy),
            // Its path is a secret; to itself it may be shown, or forms would have no Origin.
            (REFERRER_POLICY, HeaderValue::from_static("same-origin")),
            (CACHE_CONTROL, HeaderValue::from_static("no-store")),
            (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
            (VARY, HeaderValue::from_static("accept-language")),
        ];
        (status, headers, body).into_response()
    }

    fn document(&self, title: &str, content: &Markup) -> Markup {
        let texts = self.texts();
        html! {
            (DOCTYPE)
            html lang=(self.language.tag()) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (title) " · " (texts.wallet) }
                    link rel="stylesheet" href="/wallet/style.css";
                    link rel="icon" href="data:,";
                }
                body {
                    header {
                        a.name href=(self.link("/wallet")) { (texts.wallet) }
                        nav aria-label=(texts.languages) {
                            @for language in Language::ALL {
                                a href={ (self.path) "?lang=" (language.tag()) }
                                    lang=(language.tag())
                                    aria-current=[(language == self.language).then_some("true")]
                                    { (language.name()) }
                            }
                        }
                    }
                    main {
                        h1 { (title) }
                        (content)
                    }
                    footer { p { (texts.not_real) } }
                }
            }
        }
    }

    /// A page that says only that something cannot be.
    pub(super) fn refusal(&self, status: StatusCode, title: &str, note: &str) -> Response {
        let content = html! {
            p { (note) }
            p { a href=(self.link("/wallet")) { (self.texts().home) } }
        };
        self.page_leading_to(status, title, &content, "")
    }
}

/// 303 to an address; `None` if no header can hold it.
pub(super) fn redirect(target: &str) -> Option<Response> {
    let target = HeaderValue::try_from(target).ok()?;
    let headers = [
        (LOCATION, target),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Some((StatusCode::SEE_OTHER, headers).into_response())
}

/// `2025-12-08 19:30:00 JST`
pub(super) fn moment(at: Timestamp) -> Markup {
    let local = at.plus_seconds(9 * 3600).to_string();
    let local = local.trim_end_matches('Z').replace('T', " ");
    html! { time datetime=(at) { (local) " JST" } }
}

/// `¥1,200`
pub(super) fn yen(amount: i64) -> String {
    let digits = amount.unsigned_abs().to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    let sign = if amount < 0 { "-" } else { "" };
    format!("{sign}¥{text}")
}

#[cfg(test)]
mod tests {
    use super::yen;

    #[test]
    fn amounts_are_grouped() {
        for (amount, text) in [
            (0, "¥0"),
            (999, "¥999"),
            (1200, "¥1,200"),
            (99_999_999_999, "¥99,999,999,999"),
            (-5000, "-¥5,000"),
        ] {
            assert_eq!(yen(amount), text);
        }
    }
}
