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

/// The place for the answer to the request being handled: write it in the same transaction as
/// what the request changes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Slot(Option<Arc<Keyed>>);

#[derive(Debug)]
struct Keyed {
    merchant: MerchantId,
    key: IdempotencyKey,
    fingerprint: Fingerprint,
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
    let Some(key) = key else {
        return work(Slot::default()).await;
    };
    let _first = app.keys.lock((merchant.clone(), key.clone())).await;
    let keyed = Arc::new(Keyed {
        merchant: merchant.clone(),
        key,
        fingerprint,
    });
    let (wanted, now) = (Arc::clone(&keyed), app.clock.now());
    let find = move |c: &Connection| idempotency::find(c, &wanted.merchant, &wanted.key, now);
    match app.store.read(find).await? {
        Some(record) if record.fingerprint == fingerprint => {
            return Ok(Answer {
                replayed: true,
                ..record.answer
            });
        }
        Some(_) => {
            let why = "this Idempotency-Key was used for another request: repeat a request \
                       unchanged, or use a new key";
            return Err(Failure::invalid_param(IDEMPOTENCY_KEY_HEADER, why));
        }
        None => {}
    }
    let slot = Slot(Some(keyed));
    let result = work(slot.clone()).await;
    if let Err(failure) = &result
        && failure.status == StatusCode::CONFLICT
    {
        let (answer, now) = (failure.to_answer(), app.clock.now());
        app.store.write(move |c| slot.keep(c, &answer, now)).await?;
    }
    result
}
