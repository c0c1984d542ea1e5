//! What is fuzzed: everything that reads bytes from outside, checked for more than panics.
//!
//! Each target takes any bytes, asserts what must hold for them, and tells whether they were
//! accepted. `tests/fuzz` feeds them without end; the tests here replay its seeds. Not part of
//! the API: compiled for tests and under `cfg(fuzzing)` only.

mod card;
mod gateway;
mod journal;
#[cfg(test)]
mod tests;
mod token;

pub use card::card_result;
pub use gateway::gateway_response;
pub use journal::journal_file;
pub use token::payment_token;

use std::fmt::Debug;
use std::time::Duration;

use mpac_pgw_protocol::{ConfirmRequest, PaymentMethodType, PaymentToken, Provider, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::clock::{Entropy, EntropyError, Moment};
use crate::exchange::Request;

/// Takes any bytes, and tells whether they were accepted.
pub type Target = fn(&[u8]) -> bool;

/// Every target, by the name of its program and of its seed folder.
pub const TARGETS: [(&str, Target); 4] = [
    ("payment_token", payment_token),
    ("gateway_response", gateway_response),
    ("card_result", card_result),
    ("journal_file", journal_file),
];

/// The payment that the seeds are about.
fn token() -> PaymentToken {
    "pi_01HXYEXAMPLE_secret_not4real0key".parse().unwrap()
}

/// What the customer of the seeds shows.
const CUSTOMER_CODE: &str = "28nota0real0code";

/// Each request of the terminal, for one payment.
fn requests(payment_token: &PaymentToken) -> [Request; 6] {
    let confirm = |payment_method_type, provider: Option<&str>, external_ref_id: Option<&str>| {
        Request::Confirm {
            idempotency_key: "confirm-key".to_owned(),
            body: ConfirmRequest {
                payment_token: payment_token.clone(),
                payment_method_type,
                provider: provider.map(Provider::from),
                external_ref_id: external_ref_id.map(str::to_owned),
                customer_code: None,
            },
        }
    };
    let mut scanned = confirm(PaymentMethodType::QrCpm, Some("PAYPAY"), None);
    if let Request::Confirm { body, .. } = &mut scanned {
        body.customer_code = Some(CUSTOMER_CODE.to_owned());
    }
    [
        Request::Retrieve {
            payment_token: payment_token.clone(),
        },
        Request::Cancel {
            idempotency_key: "cancel-key".to_owned(),
            payment_token: payment_token.clone(),
        },
        confirm(PaymentMethodType::QrMpm, Some("PAYPAY"), None),
        confirm(
            PaymentMethodType::CreditCard,
            Some("VISA"),
            Some("NOTREAL1"),
        ),
        confirm(PaymentMethodType::Cash, None, None),
        scanned,
    ]
}

/// Asserts that a value written as JSON is read as the same value.
fn assert_survives_json<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) {
    let json = serde_json::to_vec(value).unwrap();
    assert_eq!(&serde_json::from_slice::<T>(&json).unwrap(), value);
}

/// Some moment.
fn now() -> Moment {
    Moment {
        monotonic: Duration::from_secs(1_000),
        wall: Timestamp::from_unix_seconds(1_765_189_800),
    }
}

/// Random numbers that are always the same.
struct NoEntropy;

impl Entropy for NoEntropy {
    fn random(&mut self) -> Result<[u8; 16], EntropyError> {
        Ok(*b"not random at al")
    }
}
