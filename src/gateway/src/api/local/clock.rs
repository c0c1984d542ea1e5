use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use mpac_pgw_protocol::Timestamp;
use serde::Serialize;

use crate::answer::Answer;
use crate::api::incoming::Incoming;
use crate::app::App;
use crate::clock::Clock;
use crate::failure::Failure;
use crate::fields::{FieldError, Fields};
use crate::payments::sweep;
use crate::store::clock;

/// Ten years: further than any expiry, and far from the end of the calendar.
const MAX_SECONDS: i64 = 10 * 365 * 24 * 60 * 60;

#[derive(Serialize)]
struct ClockView {
    object: &'static str,
    now: Timestamp,
    /// How far the clock is ahead of the machine's.
    advanced_seconds: i64,
}

impl ClockView {
    fn of(clock: &Clock) -> Self {
        Self {
            object: "clock",
            now: clock.now(),
            advanced_seconds: clock.ahead_seconds(),
        }
    }
}

/// `GET /_local/clock`.
pub(in crate::api) async fn read(State(app): State<Arc<App>>) -> Result<Answer, Failure> {
    Ok(Answer::ok(&ClockView::of(&app.clock))?)
}

/// `POST /_local/clock`: moves the gateway's time forward. When it answers, what fell due has been
/// handled.
pub(in crate::api) async fn advance(
    State(app): State<Arc<App>>,
    incoming: Incoming,
) -> Result<Answer, Failure> {
    let by = seconds(&incoming.fields()?)?;
    if app.stand_in.is_none() {
        let why = "PayPay itself goes by the real time, so this gateway does too: its clock cannot \
             be moved";
        return Err(Failure::state(why));
    }
    app.store.write(move |c| clock::advance(c, by)).await?;
    app.clock.advance(by);
    sweep::until_done(&app).await?;
    Ok(Answer::ok(&ClockView::of(&app.clock))?)
}

fn seconds(fields: &Fields) -> Result<Duration, FieldError> {
    const PARAM: &str = "seconds";
    let seconds = fields
        .integer(PARAM)?
        .ok_or_else(|| FieldError::missing(PARAM))?;
    match u64::try_from(seconds) {
        Ok(seconds) if (1..=MAX_SECONDS.unsigned_abs()).contains(&seconds) => {
            Ok(Duration::from_secs(seconds))
        }
        _ => {
            let why = format!(
                "seconds must be 1 to {MAX_SECONDS}: the clock only goes forward, since nothing \
                 that has expired can come back"
            );
            Err(FieldError::new(PARAM, why))
        }
    }
}
