//! What an open page is told, as server-sent events: not what has changed, but that something has.
//! The page then asks for what it shows. So nothing is ever missed, and a page that has lost the
//! connection is up to date as soon as it has it again.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use http_body_util::channel::{Channel, Sender};
use serde_json::{Value, json};
use tokio::time::{MissedTickBehavior, interval};

use crate::app::App;
use crate::faults::Rule;

/// How often an open page is told, at most. Looking costs a few loads; those who change something
/// are not slowed down by those who watch.
const PERIOD: Duration = Duration::from_millis(200);

/// The clock is told again every so many periods: a page that hears nothing for longer knows that
/// the gateway is gone.
const PERIODS_PER_SIGN_OF_LIFE: u32 = 15;

/// `GET /_local/stream`.
pub(crate) async fn handle(State(app): State<Arc<App>>) -> Response {
    let (sender, body) = Channel::<Bytes, Infallible>::new(8);
    tokio::spawn(tell(app, sender));
    let headers = [
        (CONTENT_TYPE, "text/event-stream"),
        (CACHE_CONTROL, "no-store"),
    ];
    (headers, Body::new(body)).into_response()
}

/// Runs until the page or the gateway is gone.
async fn tell(app: Arc<App>, mut page: Sender<Bytes>) {
    let mut stop = app.stop.subscribe();
    let mut periods = interval(PERIOD);
    periods.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut told, mut silent): (Option<Topics>, u32) = (None, 0);
    loop {
        let stopped = stop.wait_for(|stop| *stop);
        tokio::select! {
            _ = stopped => return,
            _ = periods.tick() => {}
        }
        silent += 1;
        let now = Topics::of(&app);
        let mut text = now.news(told.as_ref());
        if silent >= PERIODS_PER_SIGN_OF_LIFE && text.is_empty() {
            text = event("clock", &clock(&app));
        }
        told = Some(now);
        if text.is_empty() {
            continue;
        }
        silent = 0;
        if page.send_data(text.into()).await.is_err() {
            return;
        }
    }
}

/// What pages are told of.
struct Topics {
    payments: u64,
    requests: u64,
    ahead: i64,
    clock: Value,
    faults: Value,
}

impl Topics {
    fn of(app: &App) -> Self {
        let faults: Vec<_> = app.faults.list().iter().map(Rule::view).collect();
        Self {
            payments: app.store.changes(),
            requests: app.requests.version(),
            ahead: app.clock.ahead_seconds(),
            clock: clock(app),
            faults: Value::from(faults),
        }
    }

    /// The topics that are not as they were told last; all, if none was told yet.
    fn news(&self, before: Option<&Self>) -> String {
        let changed = |same: fn(&Self, &Self) -> bool| before.is_none_or(|was| !same(was, self));
        let mut text = String::new();
        if changed(|a, b| a.ahead == b.ahead) {
            text += &event("clock", &self.clock);
        }
        if changed(|a, b| a.faults == b.faults) {
            text += &event("faults", &self.faults);
        }
        if changed(|a, b| a.payments == b.payments) {
            text += &event("payments", &self.payments.into());
        }
        if changed(|a, b| a.requests == b.requests) {
            text += &event("requests", &self.requests.into());
        }
        text
    }
}

fn clock(app: &App) -> Value {
    json!({ "now": app.clock.now(), "advanced_seconds": app.clock.ahead_seconds() })
}

/// JSON has no line break in it, so it is one line.
fn event(name: &str, data: &Value) -> String {
    format!("event: {name}\ndata: {data}\n\n")
}
