use std::fmt;
use std::time::Duration;

/// The calls of this client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// Create a QR code.
    CreateCode,
    /// Delete a QR code.
    DeleteCode,
    /// Look up the payment of a QR code.
    CodePaymentDetails,
    /// Charge a customer who consented before.
    CreatePayment,
    /// Look up a payment.
    PaymentDetails,
    /// Cancel a payment, whatever became of it.
    CancelPayment,
    /// Capture an authorised payment.
    Capture,
    /// Authorise a payment of a customer who consented before.
    Preauthorize,
    /// Release an authorised payment.
    Revert,
    /// Refund a payment.
    Refund,
    /// Look up a refund.
    RefundDetails,
    /// Ask for an account-link page.
    CreateAccountLinkSession,
    /// Look up a customer's consent.
    UserAuthorizationStatus,
    /// End a customer's consent.
    UnlinkUser,
}

impl Operation {
    /// Every call.
    pub const ALL: &'static [Self] = &[
        Self::CreateCode,
        Self::DeleteCode,
        Self::CodePaymentDetails,
        Self::CreatePayment,
        Self::PaymentDetails,
        Self::CancelPayment,
        Self::Capture,
        Self::Preauthorize,
        Self::Revert,
        Self::Refund,
        Self::RefundDetails,
        Self::CreateAccountLinkSession,
        Self::UserAuthorizationStatus,
        Self::UnlinkUser,
    ];

    /// PayPay's name of the call, by which its help pages know it.
    #[must_use]
    pub fn api_name(self) -> &'static str {
        match self {
            Self::CreateCode => "v2_createDynamicQRCode",
            Self::DeleteCode => "v2_deleteDynamicQRCode",
            Self::CodePaymentDetails => "v2_getQRPaymentDetails",
            Self::CreatePayment => "v2_createPayment",
            Self::PaymentDetails => "v2_getPaymentDetail",
            Self::CancelPayment => "v2_cancelPayment",
            Self::Capture => "v2_captureAuthorizedOrder",
            Self::Preauthorize => "v2_createOrderAndAuthorize",
            Self::Revert => "v2_revertAuthorizedOrder",
            Self::Refund => "v2_createRefundPayment",
            Self::RefundDetails => "v2_getRefundDetails",
            Self::CreateAccountLinkSession => "v1_qrSession",
            Self::UserAuthorizationStatus => "v2_userAuthStatus",
            Self::UnlinkUser => "v2_unlinkUser",
        }
    }

    /// Whether its request tells when it was made.
    pub(crate) fn says_when(self) -> bool {
        self != Self::CreateAccountLinkSession
    }

    /// Whether the same request may reach PayPay twice: it asks only, or PayPay knows the operation by
    /// its ids and carries it out once.
    ///
    /// Not a capture, for which PayPay wants a new merchantCaptureId at each try; and not what PayPay's
    /// documents leave open.
    pub(crate) fn may_be_repeated(self) -> bool {
        match self {
            Self::CodePaymentDetails
            | Self::PaymentDetails
            | Self::RefundDetails
            | Self::UserAuthorizationStatus => true,
            // A second code is refused, or is the first one again.
            Self::CreateCode | Self::DeleteCode => true,
            // The earlier result is returned.
            Self::CreatePayment | Self::Preauthorize | Self::Refund => true,
            // To be repeated until it is accepted.
            Self::CancelPayment => true,
            Self::Capture | Self::Revert | Self::CreateAccountLinkSession | Self::UnlinkUser => {
                false
            }
        }
    }

    /// How long PayPay wants to be given to answer. Less makes more answers unknown.
    #[must_use]
    pub fn read_timeout(self) -> Duration {
        let seconds = match self {
            Self::CreateAccountLinkSession => 10,
            Self::DeleteCode
            | Self::CodePaymentDetails
            | Self::PaymentDetails
            | Self::CancelPayment
            | Self::RefundDetails
            | Self::UserAuthorizationStatus
            | Self::UnlinkUser => 15,
            Self::CreateCode
            | Self::CreatePayment
            | Self::Capture
            | Self::Preauthorize
            | Self::Revert
            | Self::Refund => 30,
        };
        Duration::from_secs(seconds)
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.api_name())
    }
}
