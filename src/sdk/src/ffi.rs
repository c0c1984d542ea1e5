//! How the SDK crosses to Kotlin and Swift, which add what is theirs on top: `suspend` and `async`.
//!
//! The value types cross as they are, and are what an app sees. The calls that can fail are here once
//! more, to fail as [`CoreError`]; their documentation is with the calls themselves.

use std::path::PathBuf;
use std::sync::Arc;

use mpac_pgw_protocol::{
    Amount, Currency, PaymentIntentId, PaymentIntentStatus, PaymentMethodType, Timestamp,
};

use crate::attempt::PaymentAttempt;
use crate::card::{CardRequest, CardResult};
use crate::config::TerminalConfig;
use crate::error::TerminalError;
use crate::events::PaymentListener;
use crate::messages::Language;
use crate::method::PaymentMethod;
use crate::period::Period;
use crate::qr;
use crate::secret::Secret;
use crate::state::{CancelledBy, FailureCode, NextStep, SwitchOutcome, UncertaintyCause};
use crate::terminal::{PaymentIntent, PaymentTerminal};
use crate::vault::Vault;

uniffi::custom_type!(Amount, i64, {
    remote,
    lower: |amount| amount.minor_units(),
    try_lift: |minor_units| Ok(Amount::new(minor_units)?),
});

uniffi::custom_type!(Currency, String, {
    remote,
    lower: |currency| currency.to_string(),
    // A card app's result that was made by hand is refused no more than one in JSON.
    try_lift: |code| Ok(code.trim().to_ascii_uppercase().parse::<Currency>()?),
});

uniffi::custom_type!(PaymentIntentId, String, {
    remote,
    lower: |id| id.to_string(),
    try_lift: |text| Ok(text.parse::<PaymentIntentId>()?),
});

uniffi::custom_type!(Timestamp, i64, {
    remote,
    lower: |timestamp| timestamp.unix_seconds(),
    try_lift: |seconds| Ok(Timestamp::from_unix_seconds(seconds)),
});

uniffi::custom_type!(PathBuf, String, {
    remote,
    lower: |path| path.to_string_lossy().into_owned(),
    try_lift: |text| Ok(PathBuf::from(text)),
});

uniffi::custom_type!(Period, i64, {
    lower: |period| period.as_millis(),
    try_lift: |millis| Ok(Period::from_millis(millis)),
});

uniffi::custom_type!(Secret, String, {
    lower: |secret| secret.as_str().to_owned(),
    try_lift: |text| Ok(Secret::from(text)),
});

/// How a customer pays (guide, *Payment Method Types*).
#[uniffi::remote(Enum)]
pub enum PaymentMethodType {
    /// A QR code that the merchant shows.
    QrMpm,
    /// A QR code or barcode that the customer shows.
    QrCpm,
    /// A card, taken by the app MPACCreditCard.
    CreditCard,
    /// Cash, confirmed by the staff.
    Cash,
    /// One that this version does not know.
    Unknown {
        /// As the gateway names it.
        value: String,
    },
}

/// Where a PaymentIntent stands (guide, *PaymentIntent Lifecycle*).
#[uniffi::remote(Enum)]
pub enum PaymentIntentStatus {
    /// Waiting for a method to be chosen.
    RequiresPaymentMethod,
    /// Waiting for the customer.
    RequiresAction,
    /// The provider is working on it.
    Processing,
    /// Paid.
    Succeeded,
    /// Not paid.
    Failed,
    /// Withdrawn.
    Cancelled,
    /// One that this version does not know.
    Unknown {
        /// As the gateway names it.
        value: String,
    },
}

/// A call that was not carried out.
#[derive(Debug, thiserror::Error, uniffi::Error)]
pub(crate) enum CoreError {
    /// Why, and in words.
    #[error("{explanation}")]
    Refused {
        /// Why.
        error: TerminalError,
        /// In English, with the fields' names as Kotlin and Swift spell them.
        explanation: String,
    },
}

impl From<TerminalError> for CoreError {
    fn from(mut error: TerminalError) -> Self {
        if let TerminalError::InvalidConfiguration { field, .. }
        | TerminalError::InvalidArgument { field, .. } = &mut error
        {
            *field = in_camel_case(field);
        }
        let explanation = error.to_string();
        Self::Refused { error, explanation }
    }
}

/// For Swift, which throws the plain error.
#[uniffi::export]
fn terminal_error_explanation(error: TerminalError) -> String {
    error.to_string()
}

fn in_camel_case(field: &str) -> String {
    let mut after_underscore = false;
    let mut camel = String::new();
    for c in field.chars() {
        match (c, after_underscore) {
            ('_', _) => {}
            (c, true) => camel.push(c.to_ascii_uppercase()),
            (c, false) => camel.push(c),
        }
        after_underscore = c == '_';
    }
    camel
}

type CoreResult<T> = Result<T, CoreError>;

// A constructor would return the object by the name that it has in Rust.
#[uniffi::export]
fn open_terminal(
    config: TerminalConfig,
    vault: Option<Arc<dyn Vault>>,
) -> CoreResult<Arc<PaymentTerminal>> {
    Ok(PaymentTerminal::open(config, vault)?)
}

#[uniffi::export]
impl PaymentTerminal {
    #[uniffi::method(name = "retrieve_payment_intent")]
    fn core_retrieve_payment_intent(&self, payment_token: String) -> CoreResult<PaymentIntent> {
        Ok(self.retrieve_payment_intent(payment_token)?)
    }

    #[uniffi::method(name = "confirm_payment")]
    fn core_confirm_payment(
        &self,
        payment_token: String,
        method: PaymentMethod,
        listener: Arc<dyn PaymentListener>,
    ) -> CoreResult<Arc<PaymentAttempt>> {
        Ok(self.confirm_payment(payment_token, method, listener)?)
    }

    #[uniffi::method(name = "complete_card_payment")]
    fn core_complete_card_payment(&self, result: CardResult) -> CoreResult<()> {
        Ok(self.complete_card_payment(result)?)
    }

    #[uniffi::method(name = "recover_pending")]
    fn core_recover_pending(
        &self,
        listener: Arc<dyn PaymentListener>,
    ) -> CoreResult<Vec<Arc<PaymentAttempt>>> {
        Ok(self.recover_pending(listener)?)
    }

    #[uniffi::method(name = "settle_damaged_record")]
    fn core_settle_damaged_record(&self, attempt_id: String) -> CoreResult<bool> {
        Ok(self.settle_damaged_record(attempt_id)?)
    }
}

#[uniffi::export]
impl PaymentAttempt {
    #[uniffi::method(name = "switch_method")]
    fn core_switch_method(&self, method: PaymentMethod) -> CoreResult<SwitchOutcome> {
        Ok(self.switch_method(method)?)
    }
}

/// Fails for a request that an app has made up, with a currency that is none: a call that cannot
/// fail would end the process in Swift.
#[uniffi::export]
fn card_request_to_json(request: &CardRequest) -> CoreResult<String> {
    Ok(request.to_json())
}

#[uniffi::export]
fn card_request_to_url(request: &CardRequest, callback: &str) -> CoreResult<String> {
    Ok(request.to_url(callback)?)
}

#[uniffi::export]
fn card_result_from_json(json: &str) -> CoreResult<CardResult> {
    CardResult::from_json(json).map_err(|refusal| TerminalError::from(refusal).into())
}

#[uniffi::export]
fn card_result_from_url(url: &str) -> CoreResult<CardResult> {
    CardResult::from_url(url).map_err(|refusal| TerminalError::from(refusal).into())
}

/// The modules of a code, row by row: 1 is dark. There are as many rows as columns.
#[uniffi::export]
fn qr_modules(content: &str) -> CoreResult<Vec<u8>> {
    let modules = qr::qr_matrix(content)?.modules;
    Ok(modules.into_iter().map(u8::from).collect())
}

#[uniffi::export]
fn qr_png(content: &str, size: i32) -> CoreResult<Vec<u8>> {
    // None of the sizes below zero is right, as zero is not.
    Ok(qr::qr_png(
        content,
        u32::try_from(size).unwrap_or_default(),
    )?)
}

#[uniffi::export]
fn qr_svg(content: &str) -> CoreResult<String> {
    Ok(qr::qr_svg(content)?)
}

#[uniffi::export]
fn qr_text(content: &str) -> CoreResult<String> {
    Ok(qr::qr_text(content)?)
}

// Functions, and not methods of the enums: in an app's unit tests there is no library to call.

#[uniffi::export]
fn failure_message(code: FailureCode, locale: &str) -> String {
    code.message(Language::of_locale(locale)).to_owned()
}

#[uniffi::export]
fn cancelled_message(by: CancelledBy, locale: &str) -> String {
    by.message(Language::of_locale(locale)).to_owned()
}

#[uniffi::export]
fn cause_message(cause: UncertaintyCause, locale: &str) -> String {
    cause.message(Language::of_locale(locale)).to_owned()
}

#[uniffi::export]
fn cause_next_step(cause: UncertaintyCause) -> NextStep {
    cause.next_step()
}

#[uniffi::export]
fn next_step_message(step: NextStep, locale: &str) -> String {
    step.message(Language::of_locale(locale)).to_owned()
}

#[cfg(test)]
mod tests {
    use super::in_camel_case;

    #[test]
    fn fields_are_named_as_kotlin_and_swift_spell_them() {
        for (rust, camel) in [
            ("gateway_url", "gatewayUrl"),
            ("polling.min_interval", "polling.minInterval"),
            ("method.provider", "method.provider"),
        ] {
            assert_eq!(in_camel_case(rust), camel);
        }
    }
}
