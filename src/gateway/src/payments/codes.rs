//! The codes that customers pay: made, watched, and never left payable.
//!
//! Everything here expects the caller to hold the intent's lock.

use std::sync::Arc;

use mpac_pgw_protocol::{CaptureMethod, PaymentIntentId, PaymentMethodType, Provider};
use rusqlite::Connection;

use super::advance;
use crate::app::App;
use crate::domain::{CODE_LIFETIME_SECONDS, Intent, PaymentDetails};
use crate::failure::Failure;
use crate::ids;
use crate::provider::{CodeOrder, CodeState, Deletion, ProviderError, QrProvider};
use crate::store::StoreError;
use crate::store::codes::{self, Code, CodeEnd};
use crate::store::intents::Cause;

/// What became of the code that was out.
pub(super) enum Withdrawal {
    /// No code was out.
    Nothing,
    /// Deleted at the provider; the caller records it with its own change.
    Code(Code),
    /// The customer was faster. The payment has been recorded: it wins.
    PaidInstead(Box<Intent>),
}

/// Makes sure that no code of the intent can be paid any more.
pub(super) async fn withdraw(app: &App, intent: &Intent) -> Result<Withdrawal, Failure> {
    let Some(code) = live(app, &intent.id).await? else {
        return Ok(Withdrawal::Nothing);
    };
    let reference = code.reference.clone();
    match ask(app, move |provider| provider.delete_code(&reference)).await? {
        Deletion::Deleted => Ok(Withdrawal::Code(code)),
        Deletion::AlreadyPaid => {
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
    let now = app.clock.now();
    let code = Code {
        reference: ids::prefixed("qr_", &app.clock)?,
        intent_id: intent.id.clone(),
        provider,
        expires_at: now
            .plus_seconds(CODE_LIFETIME_SECONDS)
            .min(intent.expires_at),
        shown: false,
    };
    let order = CodeOrder {
        reference: code.reference.clone(),
        amount: intent.amount,
        currency: intent.currency,
        expires_at: code.expires_at,
        reserve_only: intent.capture_method == CaptureMethod::Manual,
    };
    // Written first: should the gateway die now, it will find the code and delete it.
    let requested = code.clone();
    app.store
        .write(move |c| -> Result<_, StoreError> {
            old.record(c)?;
            codes::insert_requested(c, &requested, now)
        })
        .await?;
    match ask(app, move |provider| provider.create_code(&order)).await {
        Ok(content) => Ok(FreshCode { code, content }),
        Err(error) => {
            // It may have been made all the same. If it cannot be deleted now, it will be later.
            discard(app, &code).await;
            Err(error.into())
        }
    }
}

async fn discard(app: &App, code: &Code) {
    let reference = code.reference.clone();
    let deleted = ask(app, move |provider| provider.delete_code(&reference)).await;
    if matches!(deleted, Ok(Deletion::Deleted)) {
        let reference = code.reference.clone();
        let end = move |c: &Connection| codes::end(c, &reference, CodeEnd::Withdrawn);
        if let Err(error) = app.store.write(end).await {
            log::error!("{error}");
        }
    }
}

/// Asks the provider what became of the intent's code, and records it.
pub(super) async fn settle(app: &App, intent: Intent) -> Result<Intent, Failure> {
    let Some(code) = live(app, &intent.id).await? else {
        return Ok(intent);
    };
    let reference = code.reference.clone();
    match ask(app, move |provider| provider.look_up(&reference)).await? {
        CodeState::Paid => record_paid(app, intent, code).await,
        CodeState::Created if code.shown && app.clock.now() < code.expires_at => Ok(intent),
        CodeState::Created | CodeState::Closed => match withdraw(app, &intent).await? {
            Withdrawal::PaidInstead(intent) => Ok(*intent),
            withdrawal => {
                app.store.write(move |c| withdrawal.record(c)).await?;
                Ok(intent)
            }
        },
    }
}

async fn record_paid(app: &App, mut intent: Intent, code: Code) -> Result<Intent, Failure> {
    let clock = app.clock.clone();
    let record = move |c: &Connection| -> Result<_, StoreError> {
        codes::end(c, &code.reference, CodeEnd::Paid)?;
        let payment = PaymentDetails {
            method: PaymentMethodType::QrMpm,
            provider: code.provider,
            external_ref_id: None,
        };
        crate::store::intents::set_payment(c, &mut intent, payment)?;
        let goal = intent.status_once_paid();
        advance(c, &mut intent, &goal, Cause::PaidByCustomer, &clock)?;
        Ok(intent)
    };
    Ok(app.store.write(record).await?)
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
