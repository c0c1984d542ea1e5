//! The wallet's first page: a code that the customer shows to be scanned.

use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;
use maud::{Markup, PreEscaped, html};
use qrcode::QrCode;
use qrcode::render::svg;
use serde::Deserialize;

use super::Act;
use super::code::question;
use super::page::{Viewer, moment, yen};
use crate::stand_in::ledger::{Books, CustomerAct, Key};
use crate::stand_in::{Failed, StandIn};

/// `GET /wallet`: shows the customer's code, a new one if the last was used or is over.
pub(super) async fn show(
    State(stand_in): State<StandIn>,
    viewer: Viewer,
) -> Result<Response, Failed> {
    let work = |books: &mut Books<'_>| {
        Ok((
            books.code_on_screen()?,
            books.statement()?,
            books.questions()?,
        ))
    };
    let (code, (spent, reserved), questions) = stand_in.books(work).await?;
    let texts = viewer.texts();
    let low = code.act == CustomerAct::NotEnoughBalance;
    let choice = |value: &str, chosen: bool, text: &str| {
        html! { button name="balance" value=(value) aria-pressed=(chosen.to_string()) { (text) } }
    };
    let content = html! {
        p { (texts.show_this) }
        div.qr role="img" aria-label=(texts.qr_label) { (picture(&code.code)) }
        p.digits { (grouped(&code.code)) }
        dl { dt { (texts.valid_until) } dd { (moment(code.expires_at)) } }
        form method="post" action=(viewer.link("/wallet")) {
            fieldset {
                legend { (texts.balance_title) }
                div.switch {
                    (choice("enough", !low, texts.enough))
                    (choice("low", low, texts.low))
                }
            }
            button.plain name="balance" value=(if low { "low" } else { "enough" }) {
                (texts.new_code)
            }
        }
        @for payment in &questions {
            (question(&viewer, payment, &format!("/wallet/payments/{}", payment.payment_id)))
        }
        section aria-labelledby="statement" {
            h2 id="statement" { (texts.statement) }
            dl {
                dt { (texts.spent) } dd { (yen(spent)) }
                dt { (texts.reserved) } dd { (yen(reserved)) }
            }
        }
    };
    Ok(viewer.page(texts.home_title, &content))
}

/// What the form says.
#[derive(Deserialize)]
pub(super) struct Balance {
    balance: String,
}

/// `POST /wallet`: another code, which will be paid or refused.
pub(super) async fn change(
    State(stand_in): State<StandIn>,
    viewer: Viewer,
    Form(form): Form<Balance>,
) -> Result<Response, Failed> {
    let act = if form.balance == "low" {
        CustomerAct::NotEnoughBalance
    } else {
        CustomerAct::Pay
    };
    let work = move |books: &mut Books<'_>| books.replace_code_on_screen(act);
    stand_in.books(work).await?;
    Ok(viewer.redirect("/wallet", None))
}

/// `POST /wallet/payments/{paymentId}/answer`: whether the shop may take more than was reserved.
pub(super) async fn answer(
    State(stand_in): State<StandIn>,
    viewer: Viewer,
    Path(payment_id): Path<String>,
    Form(form): Form<Act>,
) -> Result<Response, Failed> {
    let agreed = form.is_agreed();
    let work = move |books: &mut Books<'_>| books.answer_question(Key::PayPay(&payment_id), agreed);
    stand_in.books(work).await?;
    Ok(viewer.redirect("/wallet", None))
}

fn picture(content: &str) -> Markup {
    // Twenty digits always fit.
    let Ok(code) = QrCode::new(content) else {
        return html! {};
    };
    let svg = code
        .render::<svg::Color<'_>>()
        .min_dimensions(240, 240)
        .build();
    let start = svg.find("<svg").unwrap_or_default();
    PreEscaped(svg.get(start..).unwrap_or_default().to_owned())
}

/// `2812 3456 …`
fn grouped(code: &str) -> String {
    let mut text = String::new();
    for (index, digit) in code.chars().enumerate() {
        if index > 0 && index % 4 == 0 {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}
