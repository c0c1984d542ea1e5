use std::sync::Arc;

use mpac_pgw_protocol::{Confirmation, PaymentIntentId, PaymentIntentStatus, Provider};
use rusqlite::Connection;

use super::codes::{self, FreshCode, Withdrawal};
use super::{advance, conflict, retrieve};
use crate::answer::Answer;
use crate::app::App;
use crate::domain::{ConfirmOrder, CustomerCode, Intent, PaymentDetails};
use crate::failure::Failure;
use crate::idempotency::Slot;
use crate::ids;
use crate::store::codes::set_outstanding;
use crate::store::intents::Cause;

/// Length of the name of a code's picture: whoever knows it sees the code.
const PICTURE_NAME_LENGTH: usize = 32;

/// Confirms an intent with a method. `url` is where the asker reaches this gateway.
pub(crate) async fn confirm(
    app: Arc<App>,
    id: PaymentIntentId,
    order: ConfirmOrder,
    url: String,
    slot: Slot,
) -> Result<Answer, Failure> {
    let _held = app.intents.lock(id.clone()).await;
    let intent = retrieve::current(&app, &id).await?;
    if !intent.is_open() {
        return Err(conflict(&app, &intent, "confirmed").await);
    }
    // Whatever comes next, the code before it must not stay payable.
    match codes::withdraw(&app, &intent).await? {
        Withdrawal::PaidInstead(intent) => Err(conflict(&app, &intent, "confirmed").await),
        old => match order {
            ConfirmOrder::Qr { provider } => {
                show_code(&app, intent, provider, old, &url, slot).await
            }
            ConfirmOrder::Scanned {
                provider,
                customer_code,
            } => charge(&app, intent, provider, customer_code, old, slot).await,
            ConfirmOrder::Recorded(payment) => record(&app, intent, payment, old, slot).await,
        },
    }
}

async fn show_code(
    app: &App,
    mut intent: Intent,
    provider: Provider,
    old: Withdrawal,
    url: &str,
    slot: Slot,
) -> Result<Answer, Failure> {
    let picture = ids::random_alphanumeric(PICTURE_NAME_LENGTH)?;
    let FreshCode { code, content } = codes::make(app, &intent, provider, old).await?;
    let (clock, picture_url) = (app.clock.clone(), format!("{url}/qr/{picture}.svg"));
    let show = move |c: &Connection| -> Result<_, Failure> {
        set_outstanding(c, &code, &content, &picture)?;
        intent.payment = Some(codes::payment(&code));
        let shown = PaymentIntentStatus::RequiresAction;
        // A second code follows the first, of the same wallet, without a change of status.
        if intent.status != shown {
            advance(c, &mut intent, &shown, Cause::Confirmed, &clock)?;
        }
        let answer = Answer::ok(&Confirmation {
            qr_content: Some(content),
            expires_at: Some(code.expires_at),
            qr_code_url: Some(picture_url),
            ..intent.confirmation()
        })?;
        slot.keep(c, &answer, clock.now())?;
        Ok(answer)
    };
    app.store.write(show).await
}

async fn charge(
    app: &App,
    mut intent: Intent,
    provider: Provider,
    customer_code: CustomerCode,
    old: Withdrawal,
    slot: Slot,
) -> Result<Answer, Failure> {
    let code = codes::charge(app, &intent, provider, customer_code, old, &slot).await?;
    let clock = app.clock.clone();
    let record = move |c: &Connection| -> Result<_, Failure> {
        codes::take_paid(c, &mut intent, &code, &clock)?;
        let answer = Answer::ok(&intent.confirmation())?;
        slot.keep(c, &answer, clock.now())?;
        Ok(answer)
    };
    app.store.write(record).await
}

async fn record(
    app: &App,
    mut intent: Intent,
    payment: PaymentDetails,
    old: Withdrawal,
    slot: Slot,
) -> Result<Answer, Failure> {
    let clock = app.clock.clone();
    let record = move |c: &Connection| -> Result<_, Failure> {
        old.record(c)?;
        intent.payment = Some(payment);
        // The money has changed hands already, so there is nothing left to capture either.
        advance(
            c,
            &mut intent,
            &PaymentIntentStatus::Succeeded,
            Cause::Confirmed,
            &clock,
        )?;
        let answer = Answer::ok(&intent.confirmation())?;
        slot.keep(c, &answer, clock.now())?;
        Ok(answer)
    };
    app.store.write(record).await
}
