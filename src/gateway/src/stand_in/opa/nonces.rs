use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// A signature older than this is refused anyway.
const KEPT_SECONDS: i64 = 300;

/// The nonces of late, for a PayPay that takes each once.
#[derive(Debug, Default)]
pub(in crate::stand_in) struct Nonces(Mutex<HashMap<String, i64>>);

impl Nonces {
    /// Answers whether this one is new.
    pub(super) fn take(&self, nonce: &str, now: i64) -> bool {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.retain(|_, at| now - *at < KEPT_SECONDS);
        seen.insert(nonce.to_owned(), now).is_none()
    }
}
