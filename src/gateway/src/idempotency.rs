//! Requests that can be repeated (guide, *Idempotency*).
//!
//! A key belongs to a merchant: to the one who signed, or whose intent the payment token opens.
//! Successes, conflicts (409) and a wallet's refusal to charge a customer's code are kept for 24
//! hours, since they tell what became of the payment. Other errors are not: they changed nothing,
//! and the same request may succeed later.

use std::future::Future;
use std::sync::Arc;

use axum::http::StatusCode;
use mpac_pgw_protocol::{IDEMPOTENCY_KEY_HEADER, IdempotencyKey, MerchantId, Timestamp};
use rusqlite::Connection;

use crate::answer::Answer;
use crate::app::App;
use crate::failure::Failure;
use crate::store::StoreError;
use crate::store::idempotency::{self, Fingerprint, Record};

/// A request that has not been looked up yet. The default is one without a key.
#[derive(Debug, Default)]
pub(crate) struct Asked(Option<Arc<Keyed>>);

/// The place for the answer to the request being handled: write it in the same transaction as
/// what the request changes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Slot(Option<Arc<Keyed>>);

/// What a look at the stored answers shows.
#[derive(Debug)]
pub(crate) enum Before {
    /// The request was answered before, and this is the answer.
    Answered(Answer),
    /// It was not; its answer goes here.
    Never(Slot),
}

#[derive(Debug)]
struct Keyed {
    merchant: MerchantId,
    key: IdempotencyKey,
    fingerprint: Fingerprint,
    now: Timestamp,
}

impl Asked {
    /// Looks the request up. In the transaction that does its work, so that it costs none of its
    /// own.
    pub(crate) fn look_up(self, c: &Connection) -> Result<Before, Failure> {
        let Some(keyed) = self.0 else {
            return Ok(Before::Never(Slot::default()));
        };
        match idempotency::find(c, &keyed.merchant, &keyed.key, keyed.now)? {
            None => Ok(Before::Never(Slot(Some(keyed)))),
            Some(record) if record.fingerprint == keyed.fingerprint => {
                Ok(Before::Answered(Answer {
                    replayed: true,
                    ..record.answer
                }))
            }
            Some(_) => {
                let why = "this Idempotency-Key was used for another request: repeat a request \
                           unchanged, or use a new key";
                Err(Failure::invalid_param(IDEMPOTENCY_KEY_HEADER, why))
            }
        }
    }

    /// Looks the request up before its work. Without a key there is nothing to ask the store.
    async fn look_up_first(self, app: &App) -> Result<Before, Failure> {
        if self.0.is_none() {
            return Ok(Before::Never(Slot::default()));
        }
        app.store.read(move |c| self.look_up(c)).await
    }

    /// Refuses a request that is wrong in itself, unless its key has more to say.
    pub(crate) async fn refuse(self, app: &App, failure: Failure) -> Result<Answer, Failure> {
        match self.look_up_first(app).await? {
            Before::Answered(answer) => Ok(answer),
            Before::Never(_) => Err(failure),
        }
    }
}

impl Slot {
    /// Keeps the answer, if the request has a key.
    pub(crate) fn keep(
        &self,
        c: &Connection,
        answer: &Answer,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let Some(keyed) = &self.0 else {
            return Ok(());
        };
        let record = Record {
            fingerprint: keyed.fingerprint,
            answer: answer.clone(),
        };
        idempotency::insert(c, &keyed.merchant, &keyed.key, &record, now)
    }
}

/// Gives the answer that was given before, or does the work. While one request with a key is
/// being worked on, others with the same key wait for its answer.
pub(crate) async fn run<F, W>(
    app: &App,
    merchant: &MerchantId,
    key: Option<IdempotencyKey>,
    fingerprint: Fingerprint,
    work: F,
) -> Result<Answer, Failure>
where
    F: FnOnce(Slot) -> W,
    W: Future<Output = Result<Answer, Failure>>,
{
    hold(app, merchant, key, fingerprint, async |asked| {
        match asked.look_up_first(app).await? {
            Before::Answered(answer) => Ok(answer),
            Before::Never(slot) => work(slot).await,
        }
    })
    .await
}

/// As [`run`], for work that is one transaction, which looks the request up itself.
pub(crate) async fn hold<F, W>(
    app: &App,
    merchant: &MerchantId,
    key: Option<IdempotencyKey>,
    fingerprint: Fingerprint,
    work: F,
) -> Result<Answer, Failure>
where
    F: FnOnce(Asked) -> W,
    W: Future<Output = Result<Answer, Failure>>,
{
    let Some(key) = key else {
        return work(Asked::default()).await;
    };
    let _first = app.keys.lock((merchant.clone(), key.clone())).await;
    let keyed = Arc::new(Keyed {
        merchant: merchant.clone(),
        key,
        fingerprint,
        now: app.clock.now(),
    });
    let result = work(Asked(Some(Arc::clone(&keyed)))).await;
    if let Err(failure) = &result
        && failure.status == StatusCode::CONFLICT
    {
        let (answer, now) = (failure.to_answer(), app.clock.now());
        let slot = Slot(Some(keyed));
        app.store.write(move |c| slot.keep(c, &answer, now)).await?;
    }
    result
}
