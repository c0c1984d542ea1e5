use mpac_pgw_protocol::card_number::redact;
use mpac_pgw_protocol::{Currency, PaymentMethodType, Provider};

use super::{CustomerCode, Intent, PaymentDetails, limits, new_intent::known_methods};
use crate::fields::{FieldError, Fields};

/// A confirm request that has been read and found valid for its intent (guide, *Payment Flow by
/// Method*).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ConfirmOrder {
    /// Show a QR code of this wallet.
    Qr {
        /// The wallet.
        provider: Provider,
    },
    /// Charge the customer whose code was scanned.
    Scanned {
        /// The wallet.
        provider: Provider,
        /// What the scanner read.
        customer_code: CustomerCode,
    },
    /// Record a payment that took place elsewhere: by card or in cash.
    Recorded(PaymentDetails),
}

const METHOD: &str = "payment_method_type";
const PROVIDER: &str = "provider";

const CUSTOMER_CODE: &str = "customer_code";

impl ConfirmOrder {
    pub(crate) fn read(fields: &Fields, intent: &Intent) -> Result<Self, FieldError> {
        let method = method(fields, intent)?;
        let provider = fields.text(PROVIDER, limits::PROVIDER)?;
        match method {
            PaymentMethodType::QrMpm => {
                let provider = wallet(provider, intent)?;
                Ok(Self::Qr { provider })
            }
            PaymentMethodType::QrCpm => {
                let provider = wallet(provider, intent)?;
                let code = fields.required_text(CUSTOMER_CODE, limits::CUSTOMER_CODE)?;
                Ok(Self::Scanned {
                    provider,
                    customer_code: CustomerCode::new(code),
                })
            }
            PaymentMethodType::CreditCard => {
                let Some(brand) = provider else {
                    let why = "provider is required: the card's brand, such as VISA";
                    return Err(FieldError::new(PROVIDER, why));
                };
                let approval_code =
                    fields.required_text("external_ref_id", limits::EXTERNAL_REF_ID)?;
                // Whoever sends a card's number in the wrong field has charged the card all the same.
                Ok(Self::Recorded(PaymentDetails {
                    method,
                    provider: Provider::from(&*redact(&brand)),
                    external_ref_id: Some(redact(&approval_code).into_owned()),
                }))
            }
            PaymentMethodType::Cash => match provider.map(Provider::from) {
                None | Some(Provider::Cash) => Ok(Self::Recorded(PaymentDetails {
                    method,
                    provider: Provider::Cash,
                    external_ref_id: None,
                })),
                Some(_) => {
                    let why = "provider of a cash payment must be CASH or left out";
                    Err(FieldError::new(PROVIDER, why))
                }
            },
            _ => {
                let why = format!("this gateway does not take {method} payments yet");
                Err(FieldError::new(METHOD, why))
            }
        }
    }
}

fn method(fields: &Fields, intent: &Intent) -> Result<PaymentMethodType, FieldError> {
    let method = PaymentMethodType::from(fields.required_text(METHOD, 64)?);
    if !method.is_known() {
        let why = format!("payment_method_type must be one of {}", known_methods());
        return Err(FieldError::new(METHOD, why));
    }
    if !intent.payment_method_types.contains(&method) {
        let allowed: Vec<_> = intent
            .payment_method_types
            .iter()
            .map(PaymentMethodType::as_str)
            .collect();
        let why = format!(
            "this payment intent does not allow {method}: it was created for {}",
            allowed.join(", ")
        );
        return Err(FieldError::new(METHOD, why));
    }
    Ok(method)
}

/// The wallet that the customer pays with. This gateway has an adapter for one.
fn wallet(provider: Option<String>, intent: &Intent) -> Result<Provider, FieldError> {
    let paypay = Provider::PayPay;
    match provider.map(Provider::from) {
        None => {
            let why = format!("provider is required for QR payments: {paypay}");
            Err(FieldError::new(PROVIDER, why))
        }
        Some(provider) if provider != paypay => {
            let why = format!("provider of a QR payment must be {paypay}");
            Err(FieldError::new(PROVIDER, why))
        }
        Some(_) if intent.currency != Currency::JPY => {
            let why = format!(
                "{paypay} takes JPY only, and this payment intent is in {}: take it another way",
                intent.currency
            );
            Err(FieldError::new(PROVIDER, why))
        }
        Some(provider) => Ok(provider),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::intent::tests::intent;
    use mpac_pgw_protocol::PaymentIntentStatus;

    fn read(json: &str) -> Result<ConfirmOrder, FieldError> {
        let mut intent = intent(PaymentIntentStatus::RequiresPaymentMethod);
        intent.payment_method_types = ["qr_mpm", "qr_cpm", "credit_card", "cash"]
            .map(PaymentMethodType::from)
            .to_vec();
        ConfirmOrder::read(&Fields::parse(json.as_bytes()).unwrap(), &intent)
    }

    #[test]
    fn the_guides_three_methods_are_read() {
        let order = read(r#"{"payment_method_type":"qr_mpm","provider":"PAYPAY"}"#).unwrap();
        assert_eq!(
            order,
            ConfirmOrder::Qr {
                provider: Provider::PayPay
            }
        );
        let card =
            r#"{"payment_method_type":"credit_card","provider":"VISA","external_ref_id":"A1"}"#;
        let ConfirmOrder::Recorded(card) = read(card).unwrap() else {
            panic!()
        };
        assert_eq!(card.provider.as_str(), "VISA");
        assert_eq!(card.external_ref_id.as_deref(), Some("A1"));
        for cash in [
            r#"{"payment_method_type":"cash"}"#,
            r#"{"payment_method_type":"cash","provider":"CASH"}"#,
            r#"{"payment_method_type":"cash","provider":null}"#,
        ] {
            let ConfirmOrder::Recorded(cash) = read(cash).unwrap() else {
                panic!()
            };
            assert_eq!(cash.provider, Provider::Cash);
        }
    }

    #[test]
    fn a_card_number_in_the_wrong_field_is_masked_and_the_payment_recorded() {
        // A test number, put together here so that no file holds one.
        let number = ["4111", "1111", "1111", "1111"].concat();
        let json = format!(
            r#"{{"payment_method_type":"credit_card","provider":"VISA {number}","external_ref_id":"{number}"}}"#
        );
        let ConfirmOrder::Recorded(card) = read(&json).unwrap() else {
            panic!()
        };
        assert_eq!(card.provider.as_str(), "VISA ************1111");
        assert_eq!(card.external_ref_id.as_deref(), Some("************1111"));
    }

    #[test]
    fn codes_of_every_wallet_are_taken() {
        let read = |code: &str| {
            read(&format!(
                r#"{{"payment_method_type":"qr_cpm","provider":"PAYPAY","customer_code":"{code}"}}"#
            ))
        };
        assert!(read(&"A".repeat(512)).is_ok());
        let refused = read(&"A".repeat(513)).unwrap_err();
        assert_eq!(refused.param.as_deref(), Some(CUSTOMER_CODE));
    }

    #[test]
    fn whatever_is_wrong_is_named() {
        let table = [
            (r#"{}"#, METHOD),
            (r#"{"payment_method_type":7}"#, METHOD),
            (r#"{"payment_method_type":"cheque"}"#, METHOD),
            (
                r#"{"payment_method_type":"qr_cpm","customer_code":"1"}"#,
                PROVIDER,
            ),
            (
                r#"{"payment_method_type":"qr_cpm","provider":"PAYPAY"}"#,
                CUSTOMER_CODE,
            ),
            (
                r#"{"payment_method_type":"qr_cpm","provider":"PAYPAY","customer_code":""}"#,
                CUSTOMER_CODE,
            ),
            (
                r#"{"payment_method_type":"qr_mpm","provider":"LINEPAY"}"#,
                PROVIDER,
            ),
            (r#"{"payment_method_type":"qr_mpm"}"#, PROVIDER),
            (
                r#"{"payment_method_type":"qr_mpm","provider":"ALIPAY"}"#,
                PROVIDER,
            ),
            (
                r#"{"payment_method_type":"qr_mpm","provider":""}"#,
                PROVIDER,
            ),
            (
                r#"{"payment_method_type":"cash","provider":"VISA"}"#,
                PROVIDER,
            ),
            (
                r#"{"payment_method_type":"credit_card","external_ref_id":"A1"}"#,
                PROVIDER,
            ),
            (
                r#"{"payment_method_type":"credit_card","provider":"VISA"}"#,
                "external_ref_id",
            ),
            (
                r#"{"payment_method_type":"credit_card","provider":"VISA","external_ref_id":""}"#,
                "external_ref_id",
            ),
            (
                r#"{"payment_method_type":"credit_card","provider":"VISA","external_ref_id":9}"#,
                "external_ref_id",
            ),
        ];
        for (json, param) in table {
            assert_eq!(
                read(json).unwrap_err().param.as_deref(),
                Some(param),
                "{json}"
            );
        }
    }

    #[test]
    fn a_scanned_code_is_read_and_never_shown() {
        let order = read(
            r#"{"payment_method_type":"qr_cpm","provider":"PAYPAY","customer_code":"281012345678901234"}"#,
        )
        .unwrap();
        assert!(!format!("{order:?}").contains("28101234"), "{order:?}");
        let ConfirmOrder::Scanned { customer_code, .. } = order else {
            panic!()
        };
        assert_eq!(customer_code.expose(), "281012345678901234");
    }

    #[test]
    fn a_wallet_takes_yen_only() {
        let mut intent = intent(PaymentIntentStatus::RequiresPaymentMethod);
        intent.payment_method_types = vec![PaymentMethodType::QrMpm];
        intent.currency = "USD".parse().unwrap();
        let fields =
            Fields::parse(br#"{"payment_method_type":"qr_mpm","provider":"PAYPAY"}"#).unwrap();
        let error = ConfirmOrder::read(&fields, &intent).unwrap_err();
        assert!(error.message.contains("USD"), "{}", error.message);
    }

    #[test]
    fn a_method_the_intent_does_not_allow_is_refused() {
        let intent = intent(PaymentIntentStatus::RequiresPaymentMethod);
        let fields =
            Fields::parse(br#"{"payment_method_type":"qr_mpm","provider":"PAYPAY"}"#).unwrap();
        let error = ConfirmOrder::read(&fields, &intent).unwrap_err();
        assert!(
            error.message.contains("created for cash"),
            "{}",
            error.message
        );
    }
}
