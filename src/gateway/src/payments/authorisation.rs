//! Money that a customer's payment has reserved: captured, all or part of it, or released.
//!
//! The provider decides which of the two it was. Whatever it says is recorded, also when something
//! else was asked for. That it is being asked is written down first, so that a lost answer is
//! looked up.

use std::sync::Arc;

use mpac_pgw_protocol::{Amount, PaymentIntentId, PaymentIntentStatus};
use rusqlite::Connection;

use super::codes::{ask, name};
use super::{advance, conflict, retrieve};
use crate::answer::Answer;
use crate::app::App;
use crate::domain::Intent;
use crate::domain::intent::Reader;
use crate::failure::Failure;
use crate::idempotency::Slot;
use crate::provider::{PaymentName, ProviderError, Reservation};
use crate::store::codes::find_paid;
use crate::store::intents::Cause;
use crate::store::{StoreError, due};

/// A request may be under way to a provider for this long at most. What is still reserved after
/// that stays so until it is asked for again.
const UNDER_WAY_SECONDS: i64 = 10 * 60;

/// Captures reserved money: `amount` of it, or all.
pub(crate) async fn capture(
    app: Arc<App>,
    id: PaymentIntentId,
    amount: Option<Amount>,
    slot: Slot,
) -> Result<Answer, Failure> {
    let _held = app.intents.lock(id.clone()).await;
    let intent = retrieve::current(&app, &id).await?;
    if !intent.is_authorised() {
        return Err(nothing_reserved(&app, &intent).await);
    }
    let wanted = amount.unwrap_or(intent.amount);
    intent.check_capture(wanted)?;
    let code = paid_code(&app, &id).await?;
    write_down(&app, &id).await?;
    match ask(&app, move |provider| provider.capture(&code, wanted)).await? {
        Reservation::Captured(taken) if taken == wanted => {
            record(&app, intent, Reservation::Captured(taken), slot).await
        }
        other => Err(recorded_otherwise(&app, intent, other).await?),
    }
}

/// Releases reserved money: the payment has failed, since the guide has no arrow from `processing`
/// to `cancelled`. The caller holds the intent's lock.
pub(super) async fn release(app: &App, intent: Intent, slot: Slot) -> Result<Answer, Failure> {
    let code = paid_code(app, &intent.id).await?;
    write_down(app, &intent.id).await?;
    match ask(app, move |provider| provider.release(&code)).await? {
        Reservation::Released => record(app, intent, Reservation::Released, slot).await,
        other => Err(recorded_otherwise(app, intent, other).await?),
    }
}

/// Looks up what has become of reserved money, and records it. The caller holds the intent's lock.
pub(super) async fn settle(app: &App, intent: Intent) -> Result<(), Failure> {
    let code = paid_code(app, &intent.id).await?;
    match ask(app, move |provider| provider.reservation(&code)).await? {
        Some(outcome) => record(app, intent, outcome, Slot::default())
            .await
            .map(drop),
        None => {
            let limit = app.clock.now().plus_seconds(-UNDER_WAY_SECONDS);
            let end = move |c: &Connection| due::end_settling(c, &intent.id, limit);
            Ok(app.store.write(end).await?)
        }
    }
}

async fn write_down(app: &App, id: &PaymentIntentId) -> Result<(), StoreError> {
    let (id, now) = (id.clone(), app.clock.now());
    let note = move |c: &Connection| due::set_settling(c, &id, now);
    app.store.write(note).await
}

/// The code whose payment reserved or brought the money.
pub(super) async fn paid_code(app: &App, id: &PaymentIntentId) -> Result<PaymentName, Failure> {
    let wanted = id.clone();
    let code = app.store.read(move |c| find_paid(c, &wanted)).await?;
    let name = code.as_ref().map(name);
    name.ok_or_else(|| ProviderError::unknown_payment().into())
}

async fn record(
    app: &App,
    mut intent: Intent,
    outcome: Reservation,
    slot: Slot,
) -> Result<Answer, Failure> {
    let clock = app.clock.clone();
    let record = move |c: &Connection| -> Result<_, Failure> {
        let (goal, cause) = match outcome {
            Reservation::Captured(amount) => {
                intent.captured = Some(amount);
                (PaymentIntentStatus::Succeeded, Cause::Captured)
            }
            Reservation::Released => (PaymentIntentStatus::Failed, Cause::Released),
        };
        advance(c, &mut intent, &goal, cause, &clock)?;
        let answer = Answer::ok(&intent.view(Reader::Merchant))?;
        slot.keep(c, &answer, clock.now())?;
        Ok(answer)
    };
    app.store.write(record).await
}

/// An earlier request reached the provider, and its answer got lost.
async fn recorded_otherwise(
    app: &App,
    intent: Intent,
    outcome: Reservation,
) -> Result<Failure, Failure> {
    let id = intent.id.clone();
    record(app, intent, outcome, Slot::default()).await?;
    Ok(match outcome {
        Reservation::Captured(taken) => Failure::state(format!(
            "an earlier request has captured {taken} of payment intent {id}: it is succeeded now"
        )),
        Reservation::Released => Failure::state(format!(
            "an earlier request has released the money of payment intent {id}: it is failed now"
        )),
    })
}

async fn nothing_reserved(app: &App, intent: &Intent) -> Failure {
    if intent.is_open() {
        let (id, status) = (&intent.id, &intent.status);
        return Failure::state(format!(
            "payment intent {id} is {status}: there is money to capture once a customer has paid \
             a QR code of an intent with capture_method manual"
        ));
    }
    conflict(app, intent, "captured").await
}
