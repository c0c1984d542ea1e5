use std::fmt;

use mpac_pgw_protocol::PaymentMethodType;
use serde::{Deserialize, Serialize};

use crate::card_data::narrow;
use crate::error::TerminalError;
use crate::secret::Secret;

/// How long the name of a wallet may be, in bytes.
const MAX_PROVIDER: usize = 64;

/// How long a customer's code may be, in characters: what an EMV code of a wallet may hold.
const MAX_CUSTOMER_CODE: usize = 512;

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
    /// A QR code or barcode that the customer shows and this terminal has scanned.
    QrCpm {
        /// The wallet, such as `PAYPAY`.
        provider: String,
        /// What the scanner read: 1 to 512 printable ASCII characters, of one code. What scanners add
        /// (line breaks, white space, full-width characters, a symbology prefix such as `]Q1`) is
        /// taken away. It is a secret, and good for one payment within minutes.
        // Empty in the journal once the gateway needs it no more.
        #[serde(default, skip_serializing_if = "Secret::is_empty")]
        customer_code: Secret,
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

    /// Checks what the app has filled in and takes away what a scanner has added, before anything
    /// is kept or sent. No value is repeated.
    pub(crate) fn prepare(mut self) -> Result<Self, TerminalError> {
        match &mut self {
            Self::QrMpm { provider } => check_provider(provider)?,
            Self::QrCpm {
                provider,
                customer_code,
            } => {
                check_provider(provider)?;
                *customer_code = normalise_customer_code(customer_code).into();
                check_customer_code(customer_code)?;
            }
            Self::CreditCard | Self::Cash => {}
        }
        Ok(self)
    }

    /// Forgets the code that the customer showed.
    pub(crate) fn forget_customer_code(&mut self) {
        if let Self::QrCpm { customer_code, .. } = self {
            *customer_code = Secret::default();
        }
    }
}

fn check_provider(provider: &str) -> Result<(), TerminalError> {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let is_valid = (1..=MAX_PROVIDER).contains(&provider.len()) && provider.bytes().all(is_name);
    let invalid =
        || TerminalError::argument("method.provider", "must be a wallet's name, such as PAYPAY");
    is_valid.then_some(()).ok_or_else(invalid)
}

/// The code itself, without what scanners, keyboards and input methods put around it or make of it:
/// full-width characters, white space, control and invisible characters at the ends, and the AIM
/// identifier of the symbology (ISO/IEC 15424) such as `]Q1`. Digits may be written in groups; what is
/// too long for one is another scan.
fn normalise_customer_code(scanned: &str) -> String {
    let visible: String = scanned
        .chars()
        .filter(|c| !is_invisible(*c))
        .map(narrow)
        .collect();
    let is_padding = |c: char| c.is_whitespace() || c.is_control();
    let mut code = visible.trim_matches(is_padding);
    while let Some(rest) = without_symbology(code) {
        code = rest.trim_start_matches(is_padding);
    }
    match is_in_groups(code) && !code.split(is_gap).any(is_a_code_of_its_own) {
        true => code.split(is_gap).collect(),
        false => code.to_owned(),
    }
}

fn is_in_groups(code: &str) -> bool {
    code.contains(is_gap) && code.chars().all(|c| c.is_ascii_digit() || is_gap(c))
}

/// Nobody writes so many digits as one group of others.
fn is_a_code_of_its_own(group: &str) -> bool {
    group.len() >= 10
}

/// `]`, a letter for the symbology and a modifier.
fn without_symbology(code: &str) -> Option<&str> {
    let rest = code.strip_prefix(']')?;
    let rest = rest.strip_prefix(|c: char| c.is_ascii_alphabetic())?;
    rest.strip_prefix(|c: char| c.is_ascii_alphanumeric())
}

fn is_gap(c: char) -> bool {
    c.is_whitespace() && !is_line_break(c) && !c.is_control()
}

fn is_line_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Zero-width characters, direction marks, variation selectors, byte order marks.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
    )
}

fn check_customer_code(code: &str) -> Result<(), TerminalError> {
    let problem = if code.is_empty() {
        "must not be empty: scan the customer's code again"
    } else if code.chars().any(is_line_break) {
        "must not contain a line break: scan one code only"
    } else if is_in_groups(code) {
        "must not hold two codes: scan one code only"
    } else if code.chars().any(char::is_control) {
        "must not contain a control character: set the scanner to send the code as text"
    } else if !code.is_ascii() {
        "must be printable ASCII: scan the payment code that the customer's wallet shows"
    } else if code.len() > MAX_CUSTOMER_CODE {
        "must have at most 512 characters: scan one code only"
    } else {
        return Ok(());
    };
    Err(TerminalError::argument("method.customer_code", problem))
}

impl fmt::Debug for PaymentMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.method_type().as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn scanned(customer_code: &str) -> PaymentMethod {
        PaymentMethod::QrCpm {
            provider: "PAYPAY".to_owned(),
            customer_code: customer_code.into(),
        }
    }

    fn prepared(code: &str) -> Result<String, TerminalError> {
        match scanned(code).prepare()? {
            PaymentMethod::QrCpm { customer_code, .. } => Ok(customer_code.as_str().to_owned()),
            _ => panic!("another method"),
        }
    }

    #[test]
    fn what_a_scanner_adds_is_taken_away() {
        let code = "281012345678901234";
        for read in [
            "281012345678901234",
            "281012345678901234\r\n",
            "\t281012345678901234\n",
            " 281012345678901234 ",
            "\u{3000}281012345678901234\u{a0}",
            "\u{feff}281012345678901234",
            "\u{2}281012345678901234\u{3}\u{4}",
            "281012345678901234\0",
            "2810 1234 5678 9012 34",
            "2810\u{3000}1234\u{a0}5678  901234",
            "28101234\u{200b}5678901234\u{200e}",
            "２８１０１２３４５６７８９０１２３４",
            "]C1281012345678901234",
            "]Q1281012345678901234\r",
            "\r\n]d2281012345678901234",
            "]E0 281012345678901234",
            "］Ｑ１２８１０１２３４５６７８９０１２３４",
        ] {
            assert_eq!(prepared(read).as_deref(), Ok(code), "{read:?}");
        }
    }

    #[test]
    fn codes_of_every_wallet_are_taken() {
        // The beginning of an EMV code that a customer shows, in Base64: `CPV01` and its length.
        let emv = "hQVDUFYwMWE".to_owned() + &"aB3+/".repeat(60) + "==";
        assert!(emv.len() > 64);
        let longest = "9".repeat(512);
        let codes = [
            "1",
            &emv,
            &longest,
            "https://qr.example/28?x=1&y=[2]",
            "AB CD",
            "]",
            "]Q",
            "2]Q1",
        ];
        for code in codes {
            assert_eq!(prepared(code).as_deref(), Ok(code));
        }
    }

    #[test]
    fn what_is_no_code_is_refused_with_what_to_do() {
        let bad = [
            ("", "empty"),
            (" \r\n\u{feff}", "empty"),
            ("]Q1\r\n", "empty"),
            (&*"9".repeat(513), "512"),
            ("canary\r\ncanary", "line break"),
            ("28\n10", "line break"),
            ("canary\u{2028}canary", "line break"),
            ("281012345678901234 281098765432109876", "one code only"),
            (
                "281012345678901234\u{a0}281012345678901234\r\n",
                "one code only",
            ),
            ("]Q1281012345678901234\u{3000}1234", "one code only"),
            ("12 1234567890", "one code only"),
            ("can\tary", "control"),
            ("can\u{1d}ary", "control"),
            ("can\u{7f}ary", "control"),
            ("canaryあ", "ASCII"),
        ];
        for (code, problem) in bad {
            let error = prepared(code).unwrap_err();
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
            assert_eq!(method.clone().prepare(), Ok(method), "{provider}");
        }
        for provider in ["", "PAY PAY", "paypay\n", "ペイ", &"P".repeat(65)] {
            let methods = [
                PaymentMethod::QrMpm {
                    provider: provider.to_owned(),
                },
                PaymentMethod::QrCpm {
                    provider: provider.to_owned(),
                    customer_code: "281012345678901234".into(),
                },
            ];
            for method in methods {
                let error = method.prepare().unwrap_err();
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

    proptest! {
        #[test]
        fn any_dressing_of_a_code_is_the_same_code(
            code in "[!-\\\\^-~][!-~]{0,200}",
            before in "[ \t\r\n\u{feff}\u{3000}]{0,3}(\\][A-Za-z][0-9a-z])?",
            after in "[ \t\r\n\0\u{200b}]{0,3}",
        ) {
            let plain = prepared(&code);
            prop_assert_eq!(plain.as_ref(), Ok(&code));
            let dressed = prepared(&format!("{before}{code}{after}"));
            prop_assert_eq!(dressed.as_ref(), Ok(&code));
            let wide = |c: char| char::from_u32(u32::from(c) + 0xfee0).unwrap();
            let wide: String = code.chars().map(wide).collect();
            let dressed = prepared(&format!("{before}{wide}{after}"));
            prop_assert_eq!(dressed.as_ref(), Ok(&code));
        }

        #[test]
        fn a_prepared_code_stays_as_it_is(scanned in "\\PC{0,40}|[\\]A-C0-9 \r\n]{0,20}") {
            if let Ok(code) = prepared(&scanned) {
                prop_assert!(code.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
                prop_assert_eq!(prepared(&code), Ok(code));
            }
        }
    }
}
