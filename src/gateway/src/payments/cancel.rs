use std::sync::Arc;

use mpac_pgw_protocol::{PaymentIntentId, PaymentIntentStatus};
use rusqlite::Connection;

use super::codes::{self, Withdrawal};
use super::{advance, authorisation, conflict, retrieve};
use crate::answer::Answer;
use crate::app::App;
use crate::domain::intent::Reader;
use crate::failure::Failure;
use crate::idempotency::Slot;
use crate::store::intents::Cause;

/// Cancels an intent that nobody has paid.
pub(crate) async fn cancel(
    app: Arc<App>,
    id: PaymentIntentId,
    reader: Reader,
    slot: Slot,
) -> Result<Answer, Failure> {
    let _held = app.intents.lock(id.clone()).await;
    let mut intent = retrieve::current(&app, &id).await?;
    // Only the merchant may let go of money that a customer has given for the order.
    if intent.is_authorised() && reader == Reader::Merchant {
        return authorisation::release(&app, intent, slot).await;
    }
    if !intent.is_open() {
        return Err(conflict(&app, &intent, "cancelled").await);
    }
    let withdrawal = match codes::withdraw(&app, &intent).await? {
        Withdrawal::PaidInstead(intent) => return Err(conflict(&app, &intent, "cancelled").await),
        withdrawal => withdrawal,
    };
    let clock = app.clock.clone();
    let cancel = move |c: &Connection| -> Result<_, Failure> {
        withdrawal.record(c)?;
        advance(
            c,
            &mut intent,
            &PaymentIntentStatus::Cancelled,
            Cause::Cancelled,
            &clock,
        )?;
        let answer = Answer::ok(&intent.view(reader))?;
        slot.keep(c, &answer, clock.now())?;
        Ok(answer)
    };
    app.store.write(cancel).await
}
