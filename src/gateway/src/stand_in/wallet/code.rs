//! The page of a merchant's QR code, and the receipt that it becomes.

use std::collections::HashMap;

use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};

use super::Act;
use super::page::{Viewer, moment, yen};
use crate::stand_in::ledger::payment::{Payment, Status};
use crate::stand_in::ledger::{Books, CustomerAct, CustomerRefused, Key};
use crate::stand_in::{Failed, StandIn};

/// `GET /wallet/{secret}`
pub(super) async fn show(
    State(stand_in): State<StandIn>,
    viewer: Viewer,
    Path(secret): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Failed> {
    let texts = viewer.texts();
    let now = stand_in.shared.clock.now();
    let key = secret.clone();
    let look = move |books: &Books<'_>| books.find(Key::Secret(&key));
    let gone = || viewer.refusal(StatusCode::NOT_FOUND, texts.gone_title, texts.gone_note);
    let Some(payment) = stand_in.look(look).await? else {
        return Ok(gone());
    };
    let notice = query.get("notice").map(String::as_str);
    Ok(match payment.open_to_customer(now) {
        Ok(()) => viewer.page(texts.pay_title, &to_pay(&viewer, &payment, notice)),
        Err(CustomerRefused::Expired) => {
            viewer.page(texts.expired_title, &expired(&viewer, &payment, notice))
        }
        Err(_) if payment.status == Status::Created => gone(),
        Err(_) => {
            let (title, content) = receipt(&viewer, &payment);
            viewer.page(title, &content)
        }
    })
}

/// `POST /wallet/{secret}`: the customer acts.
pub(super) async fn act(
    State(stand_in): State<StandIn>,
    viewer: Viewer,
    Path(secret): Path<String>,
    Form(form): Form<Act>,
) -> Result<Response, Failed> {
    let act = CustomerAct::ALL
        .into_iter()
        .find(|act| act.as_str() == form.act);
    let Some(act) = act else {
        let texts = viewer.texts();
        let status = StatusCode::BAD_REQUEST;
        return Ok(viewer.refusal(status, texts.wrong_request, texts.not_real));
    };
    let path = format!("/wallet/{secret}");
    let work = move |books: &mut Books<'_>| {
        let acted = books.act(Key::Secret(&secret), act)?;
        Ok(acted.map(|_| ()))
    };
    let notice = match stand_in.books(work).await? {
        Ok(()) if act == CustomerAct::GiveUp => Some("gave_up"),
        Err(CustomerRefused::Expired) => Some("refused"),
        // The page shows what has become of it.
        _ => None,
    };
    Ok(viewer.redirect(&path, notice))
}

/// `POST /wallet/{secret}/answer`: whether the shop may take more than was reserved.
pub(super) async fn answer(
    State(stand_in): State<StandIn>,
    viewer: Viewer,
    Path(secret): Path<String>,
    Form(form): Form<Act>,
) -> Result<Response, Failed> {
    let path = format!("/wallet/{secret}");
    let agreed = form.is_agreed();
    let work = move |books: &mut Books<'_>| books.answer_question(Key::Secret(&secret), agreed);
    stand_in.books(work).await?;
    Ok(viewer.redirect(&path, None))
}

fn to_pay(viewer: &Viewer, payment: &Payment, notice: Option<&str>) -> Markup {
    let texts = viewer.texts();
    let button = |act: CustomerAct, class: &str, text: &str, note: Option<&str>| {
        let id = format!("note-{}", act.as_str());
        html! {
            div.choice {
                button.(class) name="act" value=(act.as_str())
                    aria-describedby=[note.is_some().then_some(&id)] { (text) }
                @if let Some(note) = note { p.note id=(id) { (note) } }
            }
        }
    };
    let reserves = payment.reserves.then_some(texts.reserve_note);
    let not_enough = Some(texts.not_enough_note);
    html! {
        @if notice == Some("gave_up") { p.notice role="status" { (texts.gave_up) } }
        (order(viewer, payment))
        form method="post" action=(viewer.link(&path(payment))) {
            (button(CustomerAct::Pay, "primary", texts.pay, reserves))
            (button(CustomerAct::NotEnoughBalance, "plain", texts.not_enough, not_enough))
            (button(CustomerAct::GiveUp, "plain", texts.give_up, Some(texts.give_up_note)))
        }
    }
}

fn expired(viewer: &Viewer, payment: &Payment, notice: Option<&str>) -> Markup {
    let texts = viewer.texts();
    html! {
        @if notice == Some("refused") { p.alert role="alert" { (texts.refused) } }
        p { (texts.expired_note) }
        (order(viewer, payment))
        form method="post" action=(viewer.link(&path(payment))) {
            button.plain name="act" value=(CustomerAct::Pay.as_str()) { (texts.pay_after_expiry) }
        }
    }
}

/// What is to be paid, to whom, until when.
fn order(viewer: &Viewer, payment: &Payment) -> Markup {
    let texts = viewer.texts();
    let code = payment.code.as_ref();
    html! {
        p.amount { (yen(payment.amount)) }
        dl {
            dt { (texts.shop) } dd { (shop(viewer, payment)) }
            @if let Some(text) = text(payment, "orderDescription") {
                dt { (texts.order) } dd { (text) }
            }
            @if let Some(code) = code {
                dt { (texts.pay_until) } dd { (moment(code.expires_at)) }
            }
        }
    }
}

/// What has become of a payment, for its title and in full.
fn receipt<'t>(viewer: &'t Viewer, payment: &Payment) -> (&'t str, Markup) {
    let texts = viewer.texts();
    let (mark, title) = match payment.status {
        Status::Completed => ("done", texts.paid_title),
        Status::Authorized | Status::Reauthorizing => ("done", texts.reserved_title),
        Status::Refunded => ("back", texts.refunded_title),
        Status::Canceled => ("back", texts.released_title),
        Status::Expired => ("back", texts.expired_reservation_title),
        Status::Failed | Status::Created => ("failed", texts.failed_title),
    };
    let note = match payment.status {
        Status::Failed if payment.was_paid() => Some(texts.cancelled_note),
        Status::Failed => Some(texts.failed_note),
        Status::Completed if payment.refund.is_some() => Some(texts.refund_coming),
        Status::Authorized => Some(texts.reserve_note),
        _ => None,
    };
    let amount = payment
        .captured
        .or(payment.authorized)
        .unwrap_or(payment.amount);
    let content = html! {
        p.amount.(mark) { (yen(amount)) }
        @if let Some(note) = note { p { (note) } }
        (question(viewer, payment, &path(payment)))
        dl {
            dt { (texts.shop) } dd { (shop(viewer, payment)) }
            @if let Some(text) = text(payment, "orderDescription") {
                dt { (texts.order) } dd { (text) }
            }
            @if let Some(taken) = payment.captured { dt { (texts.taken) } dd { (yen(taken)) } }
            @if let Some(refund) = &payment.refund {
                dt { (texts.given_back) } dd { (yen(refund.amount)) }
            }
            @if let Some(at) = payment.accepted_at {
                dt { (texts.when) } dd { (moment(at)) }
                dt { (texts.number) } dd.number { (payment.payment_id) }
            }
        }
        @if let Some(address) = shop_page(payment) {
            p { a.button href=(address) { (texts.back_to_shop) } }
        }
    };
    (title, content)
}

/// Whether the shop may take more than was reserved, if it asks.
pub(super) fn question(viewer: &Viewer, payment: &Payment, path: &str) -> Markup {
    let texts = viewer.texts();
    let Some(asked) = payment.question() else {
        return html! {};
    };
    // The wallet's first page may show several.
    let id = format!("question-{}", payment.payment_id);
    html! {
        section.question aria-labelledby=(id) {
            h2 id=(id) { (texts.question_title) }
            p { (texts.question) }
            dl {
                dt { (texts.reserved) } dd { (yen(payment.authorized.unwrap_or_default())) }
                dt { (texts.asked) } dd { (yen(asked.amount)) }
                @if !asked.description.is_empty() {
                    dt { (texts.order) } dd { (asked.description) }
                }
            }
            form method="post" action=(viewer.link(&format!("{path}/answer"))) {
                button.primary name="act" value="agree" { (texts.agree) }
                button.plain name="act" value="decline" { (texts.decline) }
            }
        }
    }
}

fn path(payment: &Payment) -> String {
    let secret = payment.code.as_ref().map(|code| code.secret.as_str());
    format!("/wallet/{}", secret.unwrap_or_default())
}

fn shop(viewer: &Viewer, payment: &Payment) -> String {
    let own = text(payment, "storeInfo").or_else(|| text(payment, "storeId"));
    own.unwrap_or(viewer.texts().test_shop).to_owned()
}

/// Where the shop wants the customer afterwards. Nothing but a page: an address may hold a script.
fn shop_page(payment: &Payment) -> Option<&str> {
    let address = text(payment, "redirectUrl")?;
    let is_page = address.starts_with("https://") || address.starts_with("http://");
    is_page.then_some(address)
}

fn text<'p>(payment: &'p Payment, name: &str) -> Option<&'p str> {
    let text = payment.details.get(name)?.as_str()?;
    (!text.is_empty()).then_some(text)
}
