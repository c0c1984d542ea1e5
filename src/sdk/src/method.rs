use std::fmt;

use mpac_pgw_protocol::PaymentMethodType;
use serde::{Deserialize, Serialize};

use crate::error::TerminalError;

/// How long the name of a wallet may be, in bytes.
const MAX_PROVIDER: usize = 64;

/// How the customer pays (guide, *Payment Method Types*).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, uniffi::Enum)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum PaymentMethod {
    /// A QR code that this terminal shows.
    QrMpm {
        /// The wallet, such as `PAYPAY`.
        provider: String,
    },
    /// A card, taken by the app MPACCreditCard.
    CreditCard,
    /// Cash that the staff has received.
    Cash,
}

impl PaymentMethod {
    /// The method's name on the wire.
    #[must_use]
    pub fn method_type(&self) -> PaymentMethodType {
        match self {
            Self::QrMpm { .. } => PaymentMethodType::QrMpm,
            Self::CreditCard => PaymentMethodType::CreditCard,
            Self::Cash => PaymentMethodType::Cash,
        }
    }

    /// Checks what the app has filled in, before anything is sent. No value is repeated.
    pub(crate) fn check(&self) -> Result<(), TerminalError> {
        match self {
            Self::QrMpm { provider } => check_provider(provider),
            Self::CreditCard | Self::Cash => Ok(()),
        }
    }
}

fn check_provider(provider: &str) -> Result<(), TerminalError> {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let is_valid = (1..=MAX_PROVIDER).contains(&provider.len()) && provider.bytes().all(is_name);
    let invalid = || TerminalError::InvalidArgument {
        field: "method.provider".to_owned(),
        reason: "must be a wallet's name, such as PAYPAY".to_owned(),
    };
    is_valid.then_some(()).ok_or_else(invalid)
}

impl fmt::Debug for PaymentMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.method_type().as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_is_a_name() {
        let check = |provider: &str| {
            let provider = provider.to_owned();
            PaymentMethod::QrMpm { provider }.check()
        };
        for provider in ["PAYPAY", "LINE_PAY", "d2"] {
            assert_eq!(check(provider), Ok(()), "{provider}");
        }
        for provider in ["", "PAY PAY", "paypay\n", "ペイ", &"P".repeat(65)] {
            let error = check(provider).unwrap_err();
            assert!(error.to_string().contains("method.provider"), "{error}");
        }
    }
}
