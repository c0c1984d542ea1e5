//! Payments without HTTP: providers that fail, and any order of whatever can happen.

mod any_order;
mod failing_provider;

use std::sync::Arc;

use mpac_pgw_protocol::{MerchantId, PaymentIntentId};
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::app::App;
use crate::domain::intent::Reader;
use crate::domain::{ConfirmOrder, Intent, NewIntent, NewRefund};
use crate::failure::Failure;
use crate::fields::Fields;
use crate::idempotency::{Asked, Slot};
use crate::payments::pay::{self, CustomerAction};
use crate::payments::{authorisation, cancel, confirm, create, refund, retrieve, sweep};
use crate::stand_in::CustomerAct;
use crate::store::StoreError;

/// A gateway that serves nothing, and its PayPay stand-in, which does.
async fn app() -> App {
    let port = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let parts = crate::app::Parts::for_tests(port.local_addr().unwrap());
    let stand_in = parts.stand_in.clone().unwrap();
    tokio::spawn(crate::stand_in::serve(stand_in, port));
    App::new(parts)
}

fn fields(body: &Value) -> Fields {
    Fields::parse(body.to_string().as_bytes()).unwrap()
}

fn merchant() -> MerchantId {
    "shop".parse().unwrap()
}

async fn new_intent(app: &Arc<App>) -> PaymentIntentId {
    new_intent_with(app, json!({})).await
}

async fn new_manual_intent(app: &Arc<App>) -> PaymentIntentId {
    new_intent_with(app, json!({ "capture_method": "manual" })).await
}

async fn new_intent_with(app: &Arc<App>, more: Value) -> PaymentIntentId {
    let mut order = json!({
        "merchant_ref_id": crate::ids::random_alphanumeric(20).unwrap(),
        "amount": 1500,
        "payment_method_types": ["qr_mpm", "qr_cpm", "credit_card", "cash"],
    });
    for (name, value) in more.as_object().unwrap() {
        order[name] = value.clone();
    }
    let order = NewIntent::read(&fields(&order)).unwrap();
    let answer = create::create(Arc::clone(app), merchant(), order, Asked::default()).await;
    let created: Value = serde_json::from_str(&answer.unwrap().body).unwrap();
    created["id"].as_str().unwrap().parse().unwrap()
}

async fn confirm(app: &Arc<App>, id: &PaymentIntentId, body: Value) -> Result<Answer, Failure> {
    let intent = stored(app, id).await;
    let order = ConfirmOrder::read(&fields(&body), &intent).unwrap();
    let url = app.url.clone();
    confirm::confirm(Arc::clone(app), id.clone(), order, url, Slot::default()).await
}

async fn cancel(app: &Arc<App>, id: &PaymentIntentId) -> Result<Answer, Failure> {
    cancel::cancel(
        Arc::clone(app),
        id.clone(),
        Reader::Terminal,
        Slot::default(),
    )
    .await
}

async fn stored(app: &Arc<App>, id: &PaymentIntentId) -> Intent {
    retrieve::find(app, id).await.unwrap().unwrap()
}

/// The codes in PayPay's own books, oldest first: `paid`, `created` while they can be, or `deleted`.
const WALLET: &str = include_str!("../../../tests/support/paypay_codes.sql");

/// The rows of a query, each column as text.
async fn rows(app: &App, sql: &'static str) -> Vec<Vec<String>> {
    let read = move |c: &rusqlite::Connection| -> Result<_, StoreError> {
        let mut statement = c.prepare(sql)?;
        let columns = statement.column_count();
        let rows = statement.query_map([], |row| (0..columns).map(|n| row.get(n)).collect())?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    };
    app.store.read(read).await.unwrap()
}

fn qr() -> Value {
    json!({ "payment_method_type": "qr_mpm", "provider": "PAYPAY" })
}

fn cash() -> Value {
    json!({ "payment_method_type": "cash" })
}

fn card() -> Value {
    json!({ "payment_method_type": "credit_card", "provider": "VISA", "external_ref_id": "A1" })
}

fn scanned(code: &str) -> Value {
    json!({ "payment_method_type": "qr_cpm", "provider": "PAYPAY", "customer_code": code })
}
