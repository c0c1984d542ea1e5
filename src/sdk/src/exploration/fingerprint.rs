//! What of a record makes a difference.

use std::hash::{Hash, Hasher};
use std::mem::discriminant;

use crate::method::PaymentMethod;
use crate::record::{AttemptRecord, End, IntentFacts, Stage};
use crate::state::UncertaintyCause;

impl AttemptRecord {
    /// Hashes all of it that is not the same on every path.
    pub(crate) fn fingerprint(&self, hasher: &mut impl Hasher) {
        // No `..`: a new field has to be thought about.
        let Self {
            attempt_id: _,
            payment_token: _,
            method,
            switched_from,
            paid_by,
            paid_provider: _,
            captured: _,
            completed_at: _,
            authorized,
            created_at: _,
            confirm_key,
            cancel_key,
            card_nonce: _,
            stage,
            intent,
            qr,
            approval,
            unresolved,
            cancel_wanted,
            unsent,
            copied,
            heard: _,
        } = self;
        hash_method(method, hasher);
        switched_from.is_some().hash(hasher);
        if let Some(method) = switched_from {
            hash_method(method, hasher);
        }
        (paid_by, confirm_key, cancel_key, copied).hash(hasher);
        (cancel_wanted, unsent, authorized).hash(hasher);
        discriminant(stage).hash(hasher);
        if let Stage::Finished { result } | Stage::CardNotCharged { result } = stage {
            hash_result(result, hasher);
        }
        // A contradiction may have been taken over as what is known.
        let amount = |intent: &IntentFacts| intent.amount.minor_units();
        intent.as_ref().map(amount).hash(hasher);
        qr.as_ref()
            .map(|qr| (qr.expires_at, &qr.provider))
            .hash(hasher);
        (approval.is_some(), unresolved.map(kind_of_cause)).hash(hasher);
    }
}

/// Nothing depends on which of the causes it is that waiting cures.
pub(super) fn kind_of_cause(cause: UncertaintyCause) -> u8 {
    match cause.weight() {
        0 => u8::MAX,
        _ => cause as u8,
    }
}

fn hash_method(method: &PaymentMethod, hasher: &mut impl Hasher) {
    discriminant(method).hash(hasher);
    match method {
        PaymentMethod::QrMpm { provider } => provider.hash(hasher),
        PaymentMethod::QrCpm { customer_code, .. } => customer_code.is_empty().hash(hasher),
        PaymentMethod::CreditCard | PaymentMethod::Cash => {}
    }
}

fn hash_result(result: &End, hasher: &mut impl Hasher) {
    discriminant(result).hash(hasher);
    match result {
        End::Failed {
            code, can_retry, ..
        } => (*code as u8, can_retry).hash(hasher),
        End::Cancelled { by } => (*by as u8).hash(hasher),
        End::Succeeded => {}
    }
}
