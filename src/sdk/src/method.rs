use std::fmt;

use mpac_pgw_protocol::PaymentMethodType;
use serde::{Deserialize, Serialize};

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
}

impl fmt::Debug for PaymentMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.method_type().as_str())
    }
}
