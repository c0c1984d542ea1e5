//! Money given back: once per payment, all or part of it.
//!
//! A refund is written down before the provider is asked, and stays `pending` until its answer is
//! known: repeating the request, or time, asks again under the same reference.

use std::sync::Arc;

use mpac_pgw_protocol::{PaymentIntentStatus, ProcessingMode};
use rusqlite::Connection;

use super::authorisation::paid_code;
use super::codes::ask;
use super::{conflict, retrieve};
use crate::answer::Answer;
use crate::app::App;
use crate::domain::{Intent, NewRefund, Refund, RefundStatus};
use crate::failure::Failure;
use crate::idempotency::Slot;
use crate::ids;
use crate::provider::{ProviderError, RefundOrder, Refunding};
use crate::store::{StoreError, intents, refunds};

/// Refunds a payment.
pub(crate) async fn refund(app: Arc<App>, order: NewRefund, slot: Slot) -> Result<Answer, Failure> {
    let id = order.payment_intent_id.clone();
    let _held = app.intents.lock(id.clone()).await;
    let intent = retrieve::current(&app, &id).await?;
    if intent.status != PaymentIntentStatus::Succeeded {
        return Err(not_refundable(&app, &intent).await);
    }
    let amount = order.amount.or(intent.captured).unwrap_or(intent.amount);
    intent.check_refund(amount)?;
    let existing = app.store.read(move |c| refunds::find_by_intent(c, &id));
    let refund = match existing.await? {
        Some(before) if before.status == RefundStatus::Succeeded => {
            return Err(Failure::state(format!(
                "payment intent {} has been refunded: {} gave back {}, and a payment is refunded \
                 once",
                intent.id, before.id, before.amount
            )));
        }
        Some(before) if before.amount != amount => {
            return Err(Failure::state(format!(
                "refund {} of {} is pending, and a payment is refunded once: retrieve it, or \
                 repeat it with its own amount",
                before.id, before.amount
            )));
        }
        Some(before) => before,
        None => {
            let status = RefundStatus::Pending;
            let payment = (intent.id.clone(), intent.currency);
            let (id, now) = (ids::prefixed("re_", &app.clock)?, app.clock.now());
            Refund::new(id, payment, amount, order.reason, status, now)
        }
    };
    match &intent.payment {
        Some(payment) if payment.method.processing_mode() == Some(ProcessingMode::PgwProcessed) => {
            through_provider(&app, refund, slot).await
        }
        // The money is given back where it was taken: by the card app, or at the till.
        _ => record(&app, refund, Ending::AtOnce, slot).await,
    }
}

/// Asks the provider about a pending refund again. The caller holds the intent's lock.
pub(super) async fn settle(app: &App, refund: Refund) -> Result<(), Failure> {
    let id = refund.payment_intent_id.clone();
    let pending = app.store.read(move |c| refunds::find_by_intent(c, &id));
    match pending.await? {
        Some(refund) if refund.status == RefundStatus::Pending => {
            let asked = through_provider(app, refund, Slot::default()).await;
            asked.map(|_| ())
        }
        _ => Ok(()),
    }
}

async fn through_provider(app: &App, refund: Refund, slot: Slot) -> Result<Answer, Failure> {
    let code = paid_code(app, &refund.payment_intent_id).await?;
    let order = RefundOrder {
        reference: refund.id.clone(),
        payment: code,
        amount: refund.amount,
    };
    // Written first: should the gateway die now, it will ask about this refund, not make another.
    let requested = refund.clone();
    let write = move |c: &Connection| -> Result<_, StoreError> {
        match refunds::find_by_intent(c, &requested.payment_intent_id)? {
            Some(_) => Ok(()),
            None => refunds::insert(c, &requested),
        }
    };
    app.store.write(write).await?;
    let answer = ask(app, move |provider| provider.refund(&order)).await;
    match answer.map_err(|error| Failure::pending_refund(&refund.id, &error))? {
        Refunding::Refunded => record(app, refund, Ending::OfPending, slot).await,
        Refunding::Refused(refusal) => {
            let id = refund.id;
            app.store
                .write(move |c| refunds::end(c, &id, RefundStatus::Failed))
                .await?;
            Err(ProviderError::from(refusal).into())
        }
    }
}

/// Whether the refund has been written down before.
#[derive(Clone, Copy)]
enum Ending {
    AtOnce,
    OfPending,
}

async fn record(
    app: &App,
    mut refund: Refund,
    ending: Ending,
    slot: Slot,
) -> Result<Answer, Failure> {
    let now = app.clock.now();
    refund.status = RefundStatus::Succeeded;
    let record = move |c: &Connection| -> Result<_, Failure> {
        match ending {
            Ending::AtOnce => refunds::insert(c, &refund)?,
            Ending::OfPending => refunds::end(c, &refund.id, refund.status)?,
        }
        intents::set_refunded(c, &refund.payment_intent_id, refund.amount)?;
        let answer = Answer::ok(&refund)?;
        slot.keep(c, &answer, now)?;
        Ok(answer)
    };
    app.store.write(record).await
}

async fn not_refundable(app: &App, intent: &Intent) -> Failure {
    let (id, status) = (&intent.id, &intent.status);
    if intent.is_authorised() {
        return Failure::state(format!(
            "payment intent {id} is {status}: its money is only reserved; cancel it to let go of \
             it, or capture it first"
        ));
    }
    if intent.is_open() {
        return Failure::state(format!(
            "payment intent {id} is {status}: there is nothing to refund before it is paid"
        ));
    }
    conflict(app, intent, "refunded").await
}
