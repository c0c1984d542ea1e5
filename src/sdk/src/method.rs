use std::fmt;

use mpac_pgw_protocol::PaymentMethodType;
use serde::{Deserialize, Serialize};

use crate::error::TerminalError;

/// How long the name of a wallet may be, in bytes.
const MAX_PROVIDER: usize = 64;

/// How long a customer's code may be, in characters.
const MAX_CUSTOMER_CODE: usize = 64;

/// How the customer pays (guide, *Payment Method Types*).
// Its `Debug` shows no field, and is the `toString` of the bindings' own classes.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, uniffi::Enum)]
#[serde(tag = "type", rename_all = "snake_case")]
#[uniffi::export(Debug)]
#[non_exhaustive]
pub enum PaymentMethod {
    /// A QR code that this terminal shows.
    QrMpm {
        /// The wallet, such as `PAYPAY`.
        provider: String,
    },
    /// A QR code or barcode that the customer shows and this terminal has scanned.
    QrCpm {
        /// The wallet, such as `PAYPAY`.
        provider: String,
        /// What the scanner read: 1 to 64 characters, without a line break. It is a secret, and
        /// good for one payment within minutes.
        // Empty in the journal once the gateway needs it no more.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        customer_code: String,
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
            Self::QrCpm { .. } => PaymentMethodType::QrCpm,
            Self::CreditCard => PaymentMethodType::CreditCard,
            Self::Cash => PaymentMethodType::Cash,
        }
    }

    /// Checks what the app has filled in, before anything is sent. No value is repeated.
    pub(crate) fn check(&self) -> Result<(), TerminalError> {
        match self {
            Self::QrMpm { provider } => check_provider(provider),
            Self::QrCpm {
                provider,
                customer_code,
            } => {
                check_provider(provider)?;
                check_customer_code(customer_code)
            }
            Self::CreditCard | Self::Cash => Ok(()),
        }
    }

    /// Forgets the code that the customer showed.
    pub(crate) fn forget_customer_code(&mut self) {
        if let Self::QrCpm { customer_code, .. } = self {
            customer_code.clear();
        }
    }
}

fn check_provider(provider: &str) -> Result<(), TerminalError> {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let is_valid = (1..=MAX_PROVIDER).contains(&provider.len()) && provider.bytes().all(is_name);
    let invalid = || invalid("method.provider", "must be a wallet's name, such as PAYPAY");
    is_valid.then_some(()).ok_or_else(invalid)
}

fn check_customer_code(code: &str) -> Result<(), TerminalError> {
    let problem = if code.is_empty() {
        "must not be empty: scan the customer's code again"
    } else if code.chars().count() > MAX_CUSTOMER_CODE {
        "must have at most 64 characters: scan one code only"
    } else if code.chars().any(char::is_control) {
        "must not contain a control character: strip the line break that the scanner adds"
    } else {
        return Ok(());
    };
    Err(invalid("method.customer_code", problem))
}

fn invalid(field: &str, reason: &str) -> TerminalError {
    TerminalError::InvalidArgument {
        field: field.to_owned(),
        reason: reason.to_owned(),
    }
}

impl fmt::Debug for PaymentMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.method_type().as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scanned(customer_code: &str) -> PaymentMethod {
        PaymentMethod::QrCpm {
            provider: "PAYPAY".to_owned(),
            customer_code: customer_code.to_owned(),
        }
    }

    #[test]
    fn a_customer_code_is_checked_as_the_gateway_checks_it() {
        let good = ["1", "281012345678901234", &"9".repeat(64), &"あ".repeat(64)];
        for code in good {
            assert_eq!(scanned(code).check(), Ok(()), "{code}");
        }
        let bad = [
            ("", "empty"),
            (&*"9".repeat(65), "64"),
            ("canary\r\n", "line break"),
            ("canary\t", "control"),
            ("canary\u{7f}", "control"),
            ("canary\u{85}", "control"),
        ];
        for (code, problem) in bad {
            let error = scanned(code).check().unwrap_err();
            let TerminalError::InvalidArgument { field, reason } = &error else {
                panic!("{error:?}");
            };
            assert_eq!(field, "method.customer_code");
            assert!(reason.contains(problem), "{reason}");
            assert!(!format!("{error:?} {error}").contains("canary"), "{error}");
        }
    }

    #[test]
    fn a_provider_is_a_name() {
        for provider in ["PAYPAY", "LINE_PAY", "d2"] {
            let method = PaymentMethod::QrMpm {
                provider: provider.to_owned(),
            };
            assert_eq!(method.check(), Ok(()), "{provider}");
        }
        for provider in ["", "PAY PAY", "paypay\n", "ペイ", &"P".repeat(65)] {
            let methods = [
                PaymentMethod::QrMpm {
                    provider: provider.to_owned(),
                },
                PaymentMethod::QrCpm {
                    provider: provider.to_owned(),
                    customer_code: "281012345678901234".to_owned(),
                },
            ];
            for method in methods {
                let error = method.check().unwrap_err();
                assert!(error.to_string().contains("method.provider"), "{error}");
            }
        }
    }

    #[test]
    fn debug_shows_the_kind_and_nothing_else() {
        assert_eq!(format!("{:?}", scanned("canary")), "qr_cpm");
        assert_eq!(format!("{:#?}", scanned("canary")), "qr_cpm");
    }

    #[test]
    fn a_forgotten_customer_code_is_not_written() {
        let mut method = scanned("canary");
        let json = serde_json::to_string(&method).unwrap();
        assert!(
            json.contains("canary"),
            "needed to send the same confirm again"
        );
        assert_eq!(
            serde_json::from_str::<PaymentMethod>(&json).unwrap(),
            method
        );
        method.forget_customer_code();
        let json = serde_json::to_string(&method).unwrap();
        assert_eq!(json, r#"{"type":"qr_cpm","provider":"PAYPAY"}"#);
        assert_eq!(
            serde_json::from_str::<PaymentMethod>(&json).unwrap(),
            method
        );
    }
}
