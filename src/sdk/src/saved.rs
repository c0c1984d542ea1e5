//! What is on disk of an attempt, and the cancel that does not wait for its thread.

use std::io;
use std::sync::Arc;

use crate::delivery::Delivery;
use crate::events::PaymentEvent;
use crate::exchange::Request;
use crate::record::AttemptRecord;
use crate::services::Services;
use crate::state::{CancelledBy, PaymentResult};
use crate::sync::{Mutex, MutexGuard, PoisonError};

/// The record of an attempt as it was last written: what a restart would find.
#[derive(Clone)]
pub(crate) struct Saved(Arc<Mutex<Inner>>);

struct Inner {
    record: AttemptRecord,
    /// The thread waits for the answer to the first look, and changes nothing meanwhile: this is the
    /// way to the app.
    looking: Option<Delivery>,
    /// The app wants a cancel of which the thread does not know yet.
    cancel_wanted: bool,
    /// The attempt was ended while its thread waited.
    is_withdrawn: bool,
}

/// What happened while the thread waited for an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meanwhile {
    Nothing,
    CancelWanted,
    Withdrawn,
}

impl Saved {
    pub(crate) fn new(record: AttemptRecord) -> Self {
        Self(Arc::new(Mutex::new(Inner {
            record,
            looking: None,
            cancel_wanted: false,
            is_withdrawn: false,
        })))
    }

    pub(crate) fn record(&self) -> AttemptRecord {
        self.lock().record.clone()
    }

    pub(crate) fn is_withdrawn(&self) -> bool {
        self.lock().is_withdrawn
    }

    /// For the thread: writes the record.
    pub(crate) fn save(&self, record: &AttemptRecord, services: &Services) -> io::Result<()> {
        let mut saved = self.lock();
        let mut record = record.clone();
        record.cancel_wanted |= saved.cancel_wanted;
        services.save(&record)?;
        saved.record = record;
        Ok(())
    }

    /// For the thread: what was on disk is gone, and this is to be taken up again.
    pub(crate) fn is_gone(&self, record: &AttemptRecord) {
        self.lock().record = record.clone();
    }

    /// For the thread: it is about to wait for an answer. [`Self::answered`] has to follow.
    pub(crate) fn asks(&self, request: &Request, events: &Delivery) {
        let mut saved = self.lock();
        let is_first_look = matches!(request, Request::Retrieve { .. }) && saved.record.is_new();
        saved.looking = is_first_look.then(|| events.clone());
    }

    /// For the thread: the answer is there.
    pub(crate) fn answered(&self) -> Meanwhile {
        let mut saved = self.lock();
        saved.looking = None;
        match (saved.is_withdrawn, std::mem::take(&mut saved.cancel_wanted)) {
            (true, _) => Meanwhile::Withdrawn,
            (false, true) => Meanwhile::CancelWanted,
            (false, false) => Meanwhile::Nothing,
        }
    }

    /// Ends an attempt of which nothing was sent, without its thread. Returns the record then.
    pub(crate) fn withdraw(&self, services: &Services) -> Option<AttemptRecord> {
        let mut saved = self.lock();
        let events = saved.looking.clone()?;
        let mut record = saved.record.clone();
        record.withdraw();
        // What is on disk would go on after a restart, whatever the app has heard.
        services
            .save(&record)
            .or_else(|_| services.forget(&record))
            .ok()?;
        saved.looking = None;
        saved.is_withdrawn = true;
        saved.record = record.clone();
        let by = CancelledBy::Terminal;
        events.tell_end(PaymentEvent::new(
            &record,
            PaymentResult::Cancelled { by }.into(),
            false,
        ));
        Some(record)
    }

    /// Whether a cancel is of no use.
    pub(crate) fn is_beyond_cancel(&self) -> bool {
        self.lock().record.is_beyond_cancel()
    }

    /// Writes down that the app wants a cancel, for the thread to find it, or for the next process.
    pub(crate) fn queue_cancel(&self, services: &Services) {
        let mut saved = self.lock();
        let mut record = saved.record.clone();
        record.cancel_wanted = record.final_result().is_none();
        // Logged; the thread writes it again.
        if record.cancel_wanted && services.save(&record).is_ok() {
            saved.record = record;
        }
        saved.cancel_wanted = true;
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
