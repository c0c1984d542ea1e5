//! What can happen to a payment. Each module is one thing that a merchant, a terminal, a customer
//! or time does; all of them go through [`codes`] for what touches a provider.

pub(crate) mod authorisation;
pub(crate) mod cancel;
mod codes;
pub(crate) mod confirm;
pub(crate) mod create;
pub(crate) mod notice;
pub(crate) mod pay;
pub(crate) mod refund;
pub(crate) mod retrieve;
pub(crate) mod sweep;
#[cfg(test)]
mod tests;

use mpac_pgw_protocol::PaymentIntentStatus;
use rusqlite::Connection;

use crate::app::App;
use crate::clock::Clock;
use crate::domain::Intent;
use crate::failure::Failure;
use crate::store::StoreError;
use crate::store::intents::{self, Cause};

/// Moves an intent along the guide's arrows, inside a transaction.
fn advance(
    c: &Connection,
    intent: &mut Intent,
    goal: &PaymentIntentStatus,
    cause: Cause,
    clock: &Clock,
) -> Result<(), StoreError> {
    // Callers have looked at the status under the intent's lock.
    let lost = || StoreError::LostUpdate(intent.id.to_string());
    let steps = intent.steps_to(goal).ok_or_else(lost)?;
    intents::take_steps(c, intent, &steps, cause, clock)
}

/// The 409 that says where the intent stands, and why.
async fn conflict(app: &App, intent: &Intent, verb: &str) -> Failure {
    let id = intent.id.clone();
    let why = match app.store.read(move |c| intents::last_cause(c, &id)).await {
        Ok(Some(Cause::Expired)) => format!(" (it expired at {})", intent.expires_at),
        Ok(Some(Cause::PaidByCustomer)) => " (the customer has paid)".to_owned(),
        Ok(_) => String::new(),
        Err(error) => return error.into(),
    };
    let (id, status) = (&intent.id, &intent.status);
    Failure::state(format!(
        "payment intent {id} is {status}{why} and can no longer be {verb}"
    ))
}
