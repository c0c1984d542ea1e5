//! The page on which a customer links the account to a merchant's, or does not.

use axum::Form;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use maud::html;
use paypay_opa::jwt::{self, LinkResult, ResponseClaims};
use paypay_opa::types::Scope;

use super::Act;
use super::page::{Viewer, redirect};
use super::text::Texts;
use crate::stand_in::ledger::Books;
use crate::stand_in::ledger::users::{LinkSession, PROFILE, User};
use crate::stand_in::settings::TokenAudience;
use crate::stand_in::{API_KEY, Failed, MERCHANT_ID, StandIn};

/// The response token is good for this long.
const TOKEN_SECONDS: i64 = 300;

/// `GET /wallet/link/{secret}`
pub(super) async fn show(
    State(stand_in): State<StandIn>,
    viewer: Viewer,
    Path(secret): Path<String>,
) -> Result<Response, Failed> {
    let now = stand_in.shared.clock.now();
    let session = stand_in
        .look(move |books| books.link_session(&secret))
        .await?;
    let Some(session) = session.filter(|session| session.is_open(now)) else {
        return Ok(over(&viewer));
    };
    let texts = viewer.texts();
    let target = Target::of(&session.request.redirect_url);
    let content = html! {
        p { (texts.link_question) }
        ul.scopes {
            @for scope in &session.request.scopes { li { (allowed(texts, scope)) } }
        }
        dl {
            dt { (texts.shop) } dd { (texts.test_shop) }
            dt { (texts.link_returns) } dd.address { (target.shown) }
        }
        form method="post" action=(viewer.link(&format!("/wallet/link/{}", session.secret))) {
            button.primary name="act" value="agree" { (texts.agree) }
            button.plain name="act" value="decline" { (texts.decline) }
        }
    };
    Ok(viewer.page_leading_to(StatusCode::OK, texts.link_title, &content, &target.source))
}

/// `POST /wallet/link/{secret}`: back to the merchant, with a token that says what was answered.
pub(super) async fn answer(
    State(stand_in): State<StandIn>,
    viewer: Viewer,
    Path(secret): Path<String>,
    Form(form): Form<Act>,
) -> Result<Response, Failed> {
    let agreed = form.is_agreed();
    let now = stand_in.shared.clock.now();
    let work = move |books: &mut Books<'_>| {
        // In one transaction: of two answers, the first counts.
        let session = books.link_session(&secret)?;
        let Some(session) = session.filter(|session| session.is_open(now)) else {
            return Ok(None);
        };
        let user = books.answer_link(&session, agreed)?;
        Ok(Some((session, user)))
    };
    let Some((session, user)) = stand_in.books(work).await? else {
        return Ok(over(&viewer));
    };
    let token = token(&stand_in, &session, user);
    let address = Target::of(&session.request.redirect_url).with_token(&token);
    let texts = viewer.texts();
    let wrong = || {
        viewer.refusal(
            StatusCode::BAD_REQUEST,
            texts.link_title,
            texts.wrong_request,
        )
    };
    Ok(redirect(&address).unwrap_or_else(wrong))
}

fn over(viewer: &Viewer) -> Response {
    let texts = viewer.texts();
    viewer.refusal(
        StatusCode::GONE,
        texts.link_done_title,
        texts.link_done_note,
    )
}

fn token(stand_in: &StandIn, session: &LinkSession, user: Option<User>) -> String {
    let result = match user {
        Some(_) => LinkResult::Succeeded,
        None => LinkResult::Declined,
    };
    let exp = stand_in.shared.clock.now().plus_seconds(TOKEN_SECONDS);
    let nonce = session.request.nonce.as_str();
    let mut claims = ResponseClaims::new(result, nonce, exp.unix_seconds());
    let audience = match stand_in.settings().token_audience {
        TokenAudience::ApiKey => API_KEY,
        TokenAudience::Merchant => MERCHANT_ID,
    };
    claims.aud = Some(audience.to_owned());
    claims.profile_identifier = Some(PROFILE.to_owned());
    claims.reference_id = Some(session.request.reference_id.clone());
    claims.user_authorization_id = user.and_then(|user| user.user_authorization_id.parse().ok());
    jwt::encode(&claims, &stand_in.shared.credentials.secret).unwrap_or_else(|error| {
        // Only a secret that is no Base64; ours is, as a test says.
        log::error!("PayPay stand-in: {error}");
        String::new()
    })
}

fn allowed<'t>(texts: &'t Texts, scope: &'t Scope) -> &'t str {
    match scope {
        Scope::DirectDebit => texts.scope_direct_debit,
        Scope::GetBalance => texts.scope_get_balance,
        Scope::PreauthCaptureNative | Scope::PreauthCaptureTransaction => texts.scope_reserve,
        Scope::UserProfile => texts.scope_profile,
        other => other.as_str(),
    }
}

/// Where the merchant wants the customer back.
struct Target {
    address: String,
    /// For the customer's eyes.
    shown: String,
    /// For the page's policy.
    source: String,
}

impl Target {
    fn of(redirect_url: &str) -> Self {
        // The guide's own example has no scheme.
        let address = if redirect_url.contains(':') {
            redirect_url.to_owned()
        } else {
            format!("https://{redirect_url}")
        };
        let uri: Option<Uri> = address.parse().ok();
        let web = uri.as_ref().and_then(|uri| {
            let scheme = uri
                .scheme_str()
                .filter(|name| matches!(*name, "http" | "https"))?;
            Some((scheme, uri.authority()?.as_str()))
        });
        let (shown, source) = match web {
            Some((scheme, authority)) => (authority.to_owned(), format!("{scheme}://{authority}")),
            None => {
                let scheme = address.split(':').next().unwrap_or_default();
                let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
                let source = scheme.chars().all(fits).then(|| format!("{scheme}:"));
                (scheme.to_owned(), source.unwrap_or_default())
            }
        };
        let fits_policy = !source.contains([';', ',', '\'', ' ']);
        Self {
            source: if fits_policy { source } else { String::new() },
            shown,
            address,
        }
    }

    fn with_token(&self, token: &str) -> String {
        let (address, fragment) = match self.address.split_once('#') {
            Some((address, fragment)) => (address, format!("#{fragment}")),
            None => (self.address.as_str(), String::new()),
        };
        let joint = if address.contains('?') { '&' } else { '?' };
        format!("{address}{joint}responseToken={token}{fragment}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_customer_is_led_back_with_the_token() {
        let table = [
            (
                "https://a.example/x",
                "https://a.example/x?responseToken=t",
                "https://a.example",
            ),
            (
                "https://a.example/x?y=1#z",
                "https://a.example/x?y=1&responseToken=t#z",
                "https://a.example",
            ),
            (
                "merchant.domain/path",
                "https://merchant.domain/path?responseToken=t",
                "https://merchant.domain",
            ),
            ("myapp://linked", "myapp://linked?responseToken=t", "myapp:"),
            ("my'app;x:y", "my'app;x:y?responseToken=t", ""),
        ];
        for (redirect_url, address, source) in table {
            let target = Target::of(redirect_url);
            assert_eq!(target.with_token("t"), address);
            assert_eq!(target.source, source);
        }
    }
}
