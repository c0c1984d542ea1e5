//! Payments through a QR provider: by a code that the customer scans, or by one that the terminal
//! scanned. Asked for, watched, and never left payable.
//!
//! Everything here expects the caller to hold the intent's lock.

use std::sync::Arc;

use mpac_pgw_protocol::{
    CaptureMethod, PaymentIntentId, PaymentIntentStatus, PaymentMethodType, Provider,
};
use rusqlite::Connection;

use super::advance;
use crate::app::App;
use crate::clock::Clock;
use crate::domain::{CODE_LIFETIME_SECONDS, CustomerCode, Intent, PaymentDetails};
use crate::failure::Failure;
use crate::idempotency::Slot;
use crate::ids;
use crate::provider::{
    Charge, Origin, PaymentName, PaymentOrder, PaymentState, ProviderError, QrProvider, Withdrawn,
};
use crate::store::StoreError;
use crate::store::codes::{self, Code, CodeEnd};
use crate::store::intents::Cause;

/// What became of the code that was out.
pub(super) enum Withdrawal {
    /// No code was out.
    Nothing,
    /// Withdrawn at the provider; the caller records it with its own change.
    Code(Code),
    /// The customer was faster. The payment has been recorded: it wins.
    PaidInstead(Box<Intent>),
}

/// Makes sure that no code of the intent can be paid any more.
pub(super) async fn withdraw(app: &App, intent: &Intent) -> Result<Withdrawal, Failure> {
    let Some(code) = live(app, &intent.id).await? else {
        return Ok(Withdrawal::Nothing);
    };
    let name = name(&code);
    match ask(app, move |provider| provider.withdraw(&name)).await? {
        Withdrawn::Yes => Ok(Withdrawal::Code(code)),
        Withdrawn::AlreadyPaid => {
            let paid = record_paid(app, intent.clone(), code).await?;
            Ok(Withdrawal::PaidInstead(Box::new(paid)))
        }
    }
}

impl Withdrawal {
    /// Writes down that the code is gone.
    pub(super) fn record(&self, c: &Connection) -> Result<(), StoreError> {
        match self {
            Self::Code(code) => codes::end(c, &code.reference, CodeEnd::Withdrawn),
            Self::Nothing | Self::PaidInstead(_) => Ok(()),
        }
    }
}

/// A code that the provider has made and the customer does not know yet.
pub(super) struct FreshCode {
    pub(super) code: Code,
    pub(super) content: String,
}

/// Has the provider make a code. `old` has been withdrawn.
pub(super) async fn make(
    app: &App,
    intent: &Intent,
    provider: Provider,
    old: Withdrawal,
) -> Result<FreshCode, Failure> {
    let (mut code, order) = request(app, intent, PaymentMethodType::QrMpm, provider, old).await?;
    match ask(app, move |provider| provider.create_code(&order)).await {
        Ok(made) => {
            code.code_id = Some(made.code_id);
            code.expires_at = made
                .expires_at
                .map_or(code.expires_at, |expiry| expiry.min(code.expires_at));
            Ok(FreshCode {
                code,
                content: made.content,
            })
        }
        Err(error) => {
            discard(app, &code, &error).await?;
            Err(error.into())
        }
    }
}

/// Has the provider charge the customer who showed a code. `old` has been withdrawn. When this
/// answers with the code's record, the customer has paid. A refusal goes into the `slot`: whoever
/// has heard it must not be charged by the same request, come late.
pub(super) async fn charge(
    app: &App,
    intent: &Intent,
    provider: Provider,
    customer_code: CustomerCode,
    old: Withdrawal,
    slot: &Slot,
) -> Result<Code, Failure> {
    let (code, order) = request(app, intent, PaymentMethodType::QrCpm, provider, old).await?;
    match ask(app, move |provider| provider.charge(&order, &customer_code)).await {
        Ok(Charge::Paid) => Ok(code),
        Ok(Charge::Refused(refusal)) => {
            let failure = Failure::declined(&refusal);
            let (answer, slot, now) = (failure.to_answer(), slot.clone(), app.clock.now());
            let record = move |c: &Connection| -> Result<_, StoreError> {
                codes::end(c, &code.reference, CodeEnd::Withdrawn)?;
                slot.keep(c, &answer, now)
            };
            app.store.write(record).await?;
            Err(failure)
        }
        Err(error) => {
            discard(app, &code, &error).await?;
            Err(error.into())
        }
    }
}

/// Writes down what is about to be asked of the provider: should the gateway die now, it will find
/// the payment and withdraw it.
async fn request(
    app: &App,
    intent: &Intent,
    method: PaymentMethodType,
    provider: Provider,
    old: Withdrawal,
) -> Result<(Code, PaymentOrder), Failure> {
    let now = app.clock.now();
    let code = Code {
        reference: ids::prefixed("qr_", &app.clock)?,
        intent_id: intent.id.clone(),
        method,
        provider,
        code_id: None,
        expires_at: now
            .plus_seconds(CODE_LIFETIME_SECONDS)
            .min(intent.expires_at),
        shown: false,
    };
    let order = PaymentOrder {
        reference: code.reference.clone(),
        amount: intent.amount,
        description: intent.merchant_ref_id.clone(),
        store_id: intent.merchant_store_id.clone(),
        terminal_id: intent.merchant_terminal_id.clone(),
        reserve_only: intent.capture_method == CaptureMethod::Manual,
    };
    let requested = code.clone();
    app.store
        .write(move |c| -> Result<_, StoreError> {
            old.record(c)?;
            codes::insert_requested(c, &requested, now)
        })
        .await?;
    Ok((code, order))
}

/// Gets rid of a payment that has come to nothing, or should have. What the provider refused does
/// not exist. Anything else may, and if it cannot be withdrawn now, it will be later.
async fn discard(app: &App, code: &Code, error: &ProviderError) -> Result<(), StoreError> {
    let name = name(code);
    let gone = match error {
        ProviderError::Refused(_) => true,
        ProviderError::Unknown(_) => {
            let withdrawn = ask(app, move |provider| provider.withdraw(&name)).await;
            matches!(withdrawn, Ok(Withdrawn::Yes))
        }
    };
    if gone {
        end_withdrawn(app, code).await?;
    }
    Ok(())
}

async fn end_withdrawn(app: &App, code: &Code) -> Result<(), StoreError> {
    let reference = code.reference.clone();
    let end = move |c: &Connection| codes::end(c, &reference, CodeEnd::Withdrawn);
    app.store.write(end).await
}

/// How the provider finds the payment again.
pub(super) fn name(code: &Code) -> PaymentName {
    let origin = match code.method {
        PaymentMethodType::QrCpm => Origin::Scanned,
        _ => Origin::Shown {
            code_id: code.code_id.clone(),
        },
    };
    PaymentName {
        reference: code.reference.clone(),
        origin,
    }
}

/// Asks the provider what became of the intent's code, and records it.
pub(super) async fn settle(app: &App, intent: Intent) -> Result<Intent, Failure> {
    let Some(code) = live(app, &intent.id).await? else {
        return Ok(intent);
    };
    let name = name(&code);
    let payable = code.shown && app.clock.now() < code.expires_at;
    match ask(app, move |provider| provider.look_up(&name)).await? {
        PaymentState::Paid => record_paid(app, intent, code).await,
        PaymentState::Failed if code.shown => record_failed(app, intent, code).await,
        // A provider may need a moment until it knows a code that it has made.
        PaymentState::Created | PaymentState::NotFound if payable => Ok(intent),
        PaymentState::Created | PaymentState::NotFound | PaymentState::Failed => {
            match withdraw(app, &intent).await? {
                Withdrawal::PaidInstead(intent) => Ok(*intent),
                withdrawal => {
                    app.store.write(move |c| withdrawal.record(c)).await?;
                    Ok(intent)
                }
            }
        }
    }
}

async fn record_paid(app: &App, mut intent: Intent, code: Code) -> Result<Intent, Failure> {
    let clock = app.clock.clone();
    let record = move |c: &Connection| -> Result<_, StoreError> {
        take_paid(c, &mut intent, &code, &clock)?;
        Ok(intent)
    };
    Ok(app.store.write(record).await?)
}

/// Writes down that the customer has paid, inside a transaction.
pub(super) fn take_paid(
    c: &Connection,
    intent: &mut Intent,
    code: &Code,
    clock: &Clock,
) -> Result<(), StoreError> {
    codes::end(c, &code.reference, CodeEnd::Paid)?;
    intent.payment = Some(payment(code));
    let goal = intent.status_once_paid();
    advance(c, intent, &goal, Cause::PaidByCustomer, clock)
}

async fn record_failed(app: &App, mut intent: Intent, code: Code) -> Result<Intent, Failure> {
    let clock = app.clock.clone();
    let record = move |c: &Connection| -> Result<_, StoreError> {
        codes::end(c, &code.reference, CodeEnd::Withdrawn)?;
        let failed = PaymentIntentStatus::Failed;
        advance(c, &mut intent, &failed, Cause::FailedAtProvider, &clock)?;
        Ok(intent)
    };
    Ok(app.store.write(record).await?)
}

/// How an intent is paid by this code.
pub(super) fn payment(code: &Code) -> PaymentDetails {
    PaymentDetails {
        method: code.method.clone(),
        provider: code.provider.clone(),
        external_ref_id: None,
    }
}

pub(super) async fn live(app: &App, id: &PaymentIntentId) -> Result<Option<Code>, StoreError> {
    let id = id.clone();
    app.store.read(move |c| codes::find_live(c, &id)).await
}

/// Calls the provider on a thread that may block.
pub(super) async fn ask<T, F>(app: &App, question: F) -> Result<T, ProviderError>
where
    T: Send + 'static,
    F: FnOnce(&dyn QrProvider) -> Result<T, ProviderError> + Send + 'static,
{
    let provider = Arc::clone(&app.provider);
    let answer = tokio::task::spawn_blocking(move || question(provider.as_ref())).await;
    answer.unwrap_or_else(|_| Err(ProviderError::interrupted()))
}
