use crate::string_enum::string_enum;

string_enum! {
    /// How a customer may pay (guide, *Payment Method Types*).
    pub enum PaymentMethodType {
        /// A QR code that the merchant shows.
        QrMpm => "qr_mpm",
        /// A QR code or barcode that the customer shows.
        QrCpm => "qr_cpm",
        /// A card, taken by the external app MPACCreditCard.
        CreditCard => "credit_card",
        /// Cash, confirmed by the staff.
        Cash => "cash",
    }
}

impl PaymentMethodType {
    /// Who moves the money (guide, *Processing Modes*); `None` for a method this version does
    /// not know.
    #[must_use]
    pub fn processing_mode(&self) -> Option<ProcessingMode> {
        match self {
            Self::QrMpm | Self::QrCpm => Some(ProcessingMode::PgwProcessed),
            Self::CreditCard => Some(ProcessingMode::External),
            Self::Cash => Some(ProcessingMode::Manual),
            Self::Unknown { .. } => None,
        }
    }
}

string_enum! {
    /// Who moves the money (guide, *Processing Modes*).
    pub enum ProcessingMode {
        /// The gateway itself, through a provider.
        PgwProcessed => "pgw_processed",
        /// An external app; the gateway records the result.
        External => "external",
        /// The staff; the gateway records it.
        Manual => "manual",
    }
}

string_enum! {
    /// When the money is taken (guide, *Creating a PaymentIntent*).
    pub enum CaptureMethod {
        /// At once, when the customer pays. The default.
        Automatic => "automatic",
        /// Reserved first, taken by a later capture.
        Manual => "manual",
    }
}

string_enum! {
    /// Who provides a payment: a QR wallet, a card brand, or cash (guide, *Payment Flow by
    /// Method*). Card brands and further wallets arrive as [`Provider::Unknown`].
    pub enum Provider {
        /// PayPay.
        PayPay => "PAYPAY",
        /// LINE Pay.
        LinePay => "LINEPAY",
        /// Cash.
        Cash => "CASH",
    }
}

// `Unknown` holds a String, so the default cannot be derived by the macro.
#[allow(clippy::derivable_impls)]
impl Default for CaptureMethod {
    fn default() -> Self {
        Self::Automatic
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processing_modes_are_the_guides() {
        let table = [
            ("qr_mpm", "pgw_processed"),
            ("qr_cpm", "pgw_processed"),
            ("credit_card", "external"),
            ("cash", "manual"),
        ];
        for (method, mode) in table {
            let found = PaymentMethodType::from(method).processing_mode().unwrap();
            assert_eq!(found.as_str(), mode, "{method}");
        }
        assert_eq!(PaymentMethodType::from("cheque").processing_mode(), None);
    }
}
