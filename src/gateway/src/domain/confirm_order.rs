use mpac_pgw_protocol::{PaymentMethodType, Provider};

use super::{Intent, PaymentDetails, limits, new_intent::known_methods};
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
    /// Record a payment that took place elsewhere: by card or in cash.
    Recorded(PaymentDetails),
}

const METHOD: &str = "payment_method_type";
const PROVIDER: &str = "provider";

/// The wallets whose codes this gateway can make.
const WALLETS: [Provider; 2] = [Provider::PayPay, Provider::LinePay];

impl ConfirmOrder {
    pub(crate) fn read(fields: &Fields, intent: &Intent) -> Result<Self, FieldError> {
        let method = method(fields, intent)?;
        let provider = fields.text(PROVIDER, limits::PROVIDER)?;
        match method {
            PaymentMethodType::QrMpm => wallet(provider).map(|provider| Self::Qr { provider }),
            PaymentMethodType::CreditCard => {
                let Some(brand) = provider else {
                    let why = "provider is required: the card's brand, such as VISA";
                    return Err(FieldError::new(PROVIDER, why));
                };
                let approval_code =
                    fields.required_text("external_ref_id", limits::EXTERNAL_REF_ID)?;
                Ok(Self::Recorded(PaymentDetails {
                    method,
                    provider: Provider::from(brand),
                    external_ref_id: Some(approval_code),
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

fn wallet(provider: Option<String>) -> Result<Provider, FieldError> {
    let known = || WALLETS.map(|wallet| wallet.to_string()).join(" or ");
    let Some(name) = provider else {
        let why = format!("provider is required for qr_mpm: {}", known());
        return Err(FieldError::new(PROVIDER, why));
    };
    let provider = Provider::from(name);
    if WALLETS.contains(&provider) {
        Ok(provider)
    } else {
        let why = format!("provider of a qr_mpm payment must be {}", known());
        Err(FieldError::new(PROVIDER, why))
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
    fn whatever_is_wrong_is_named() {
        let table = [
            (r#"{}"#, METHOD),
            (r#"{"payment_method_type":7}"#, METHOD),
            (r#"{"payment_method_type":"cheque"}"#, METHOD),
            (
                r#"{"payment_method_type":"qr_cpm","customer_code":"1"}"#,
                METHOD,
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
