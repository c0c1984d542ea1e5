//! What an app shows: the state of an attempt, and how it ended.

use mpac_pgw_protocol::Timestamp;
use serde::{Deserialize, Serialize};

use crate::card::CardRequest;
use crate::facts::Receipt;
use crate::qr::QrCode;
use crate::record::End;

/// Where an attempt stands.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
#[non_exhaustive]
pub enum PaymentState {
    /// The gateway is being asked. Nothing to show yet but progress.
    Confirming,
    /// The QR code is to be shown to the customer.
    AwaitingCustomer {
        /// The code to show.
        qr: QrCode,
    },
    /// The card app has the payment. After a restart it may never have got it: ask it about
    /// `attempt_id`, and launch it with this same request only when it knows nothing of that.
    AwaitingCardApp {
        /// What was asked of the card app.
        request: CardRequest,
    },
    /// The provider is working on the payment; the customer has done their part.
    Processing,
    /// The customer has paid, and the money is reserved; the merchant takes it later, by a capture, or
    /// lets go of it. The customer is done. An app that does not wait for the capture may
    /// [`acknowledge`](crate::PaymentAttempt::acknowledge) it.
    Authorized,
    /// The payment is being withdrawn; no code is to be shown any more. Until the gateway has said so
    /// it may still be paid: what comes of it comes as an event.
    Cancelling,
    /// The outcome is not known at the moment. The payment may or may not have happened; the SDK
    /// keeps asking.
    Verifying {
        /// Since when.
        since: Timestamp,
        /// Why.
        cause: UncertaintyCause,
    },
    /// The attempt has a result. All but [`PaymentResult::Unresolved`] are final.
    Finished {
        /// The result.
        result: PaymentResult,
    },
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
#[non_exhaustive]
pub enum PaymentResult {
    /// Paid: the gateway says so.
    Succeeded {
        /// What was paid, and how.
        receipt: Receipt,
    },
    /// Not paid.
    Failed {
        /// What kind of failure, for programs.
        code: FailureCode,
        /// What happened, for developers: in English, free of secrets, and in the gateway's own words where
        /// it has any. For the staff there is the code's message.
        reason: String,
        /// The word of the wallet or the card app that refused, where there is one. Card numbers in it
        /// are masked.
        provider_reason: Option<String>,
        /// Whether confirming the same payment token again can work, once what the code names is put
        /// right: with another method, wallet, card or customer's code, or a little later.
        can_retry: bool,
    },
    /// Not paid, because it was withdrawn.
    Cancelled {
        /// By whom.
        by: CancelledBy,
    },
    /// Not known. Never treat this as failed: the customer may have been charged. The attempt
    /// stays in the journal, is still asked about, and ends in another result once it is known.
    Unresolved {
        /// Why it is not known.
        cause: UncertaintyCause,
        /// What the staff should do now.
        next_step: NextStep,
    },
}

impl PaymentResult {
    /// Whether nothing can change this result any more.
    #[must_use]
    pub fn is_final(&self) -> bool {
        !matches!(self, Self::Unresolved { .. })
    }
}

impl PaymentResult {
    pub(crate) fn unresolved(cause: UncertaintyCause) -> Self {
        Self::Unresolved {
            cause,
            next_step: cause.next_step(),
        }
    }
}

/// What kind of failure it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, uniffi::Enum)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FailureCode {
    /// The gateway or its provider reports the payment as failed. Create a new PaymentIntent.
    PaymentFailed,
    /// The gateway does not know the payment token. Create a new PaymentIntent; when that fails too,
    /// terminal and back end talk to different gateways.
    UnknownToken,
    /// The PaymentIntent's time is over. Create a new one.
    PaymentIntentExpired,
    /// The PaymentIntent was not created for this method. Choose another one.
    MethodNotAllowed,
    /// The gateway does not take the wallet that was named, or not for this payment. Choose another
    /// one.
    UnknownProvider,
    /// There is no gateway at the configured address: 404 for its very path. Nothing was sent. Correct
    /// [`gateway_url`](crate::TerminalConfig::gateway_url).
    GatewayMisconfigured,
    /// There is not enough money behind the code that the customer showed. Nothing was charged.
    InsufficientFunds,
    /// The code that the customer showed was used before, has expired, or is not known to the wallet.
    /// Nothing was charged. Ask for a fresh one.
    CustomerCodeExpired,
    /// The wallet would not charge the code that the customer showed, for another reason. Nothing was
    /// charged. Ask for another way to pay; the reason holds the gateway's own words.
    CustomerCodeRefused,
    /// The gateway has been too busy for a while to even look the PaymentIntent up. Nothing was sent.
    /// Try again in a minute.
    RateLimited,
    /// The gateway refused the request before anything happened, for another reason: a wrong
    /// parameter, a state that does not allow it. The reason holds its own words.
    GatewayRefused,
    /// The card was declined.
    CardDeclined,
    /// The card app could not take the payment. Nothing was charged.
    CardAppError,
    /// This terminal could not write its journal, so nothing was started.
    StorageUnavailable,
}

/// Who withdrew a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, uniffi::Enum)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CancelledBy {
    /// This terminal: through [`PaymentAttempt::cancel`](crate::PaymentAttempt::cancel), or because it
    /// was opened with another gateway's address before anything was sent.
    Terminal,
    /// The customer or the staff, in the card app.
    CardApp,
    /// The merchant's back end or the gateway itself.
    Gateway,
    /// The PaymentIntent's time was over before the gateway heard of a payment. Cash that was
    /// taken while the gateway could not be reached has to be given back, or recorded with a new
    /// PaymentIntent.
    Expiry,
}

/// Why an outcome is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, uniffi::Enum)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum UncertaintyCause {
    /// The gateway cannot be reached.
    ConnectionLost,
    /// The network does not know the gateway's host, or the proxy's.
    NameNotResolved,
    /// The terminal's clock is wrong, so no certificate can be checked: a flat battery, mostly.
    ClockWrong,
    /// What answers for the gateway has a certificate that nobody vouches for: a Wi-Fi that wants a
    /// sign-in first, mostly.
    CaptivePortal,
    /// What answers is another host than the gateway: a Wi-Fi that wants a sign-in first, or the
    /// configured address is wrong.
    WrongHost,
    /// The gateway's certificate has expired.
    CertificateExpired,
    /// The gateway's certificate cannot be checked: no authority that this terminal trusts vouches
    /// for it, or the gateway does not send the certificates in between.
    CertificateUntrusted,
    /// The gateway has no version of TLS or no cipher in common with this terminal, or does not
    /// speak TLS at all.
    TlsFailed,
    /// The proxy wants a user name and a password, or another one than is configured.
    ProxyAuthenticationRequired,
    /// The gateway answers with a server error.
    GatewayError,
    /// The gateway asks to be asked less often.
    RateLimited,
    /// The answer is not one a gateway gives; a proxy or a captive portal may be in between.
    InvalidResponse,
    /// The gateway's answers contradict each other, or what is known: another amount, another
    /// currency, or another payment's id.
    ContradictoryAnswer,
    /// The payment's time is over and the gateway still names no final status.
    NoFinalStatus,
    /// The card app has not answered. The card may have been charged.
    CardAppSilent,
    /// The card **was charged**, but the gateway would not record it.
    CardChargedNotRecorded,
    /// The card **was charged**, and the gateway says that the payment was paid by card, but not
    /// whether it was by this charge. Compare its approval code with the card app's.
    CardChargeNotMatched,
}

impl UncertaintyCause {
    /// How much the staff has to do about it. What waiting alone may cure weighs nothing.
    pub(crate) fn weight(self) -> u8 {
        match self {
            Self::ConnectionLost
            | Self::NameNotResolved
            | Self::ClockWrong
            | Self::CaptivePortal
            | Self::WrongHost
            | Self::CertificateExpired
            | Self::CertificateUntrusted
            | Self::TlsFailed
            | Self::ProxyAuthenticationRequired
            | Self::GatewayError
            | Self::RateLimited
            | Self::InvalidResponse
            | Self::NoFinalStatus => 0,
            Self::ContradictoryAnswer => 1,
            Self::CardAppSilent => 2,
            Self::CardChargedNotRecorded | Self::CardChargeNotMatched => 3,
        }
    }

    /// What the staff should do.
    #[must_use]
    pub fn next_step(self) -> NextStep {
        match self {
            Self::ConnectionLost | Self::NameNotResolved | Self::InvalidResponse => {
                NextStep::CheckNetwork
            }
            Self::ClockWrong => NextStep::SetClock,
            Self::CaptivePortal | Self::WrongHost => NextStep::SignInToWifi,
            Self::CertificateExpired
            | Self::CertificateUntrusted
            | Self::TlsFailed
            | Self::ProxyAuthenticationRequired => NextStep::CallAdministrator,
            Self::GatewayError
            | Self::RateLimited
            | Self::ContradictoryAnswer
            | Self::NoFinalStatus
            | Self::CardChargeNotMatched => NextStep::CheckWithGateway,
            Self::CardAppSilent => NextStep::CheckCardApp,
            Self::CardChargedNotRecorded => NextStep::RefundInCardApp,
        }
    }
}

/// What the staff should do about an unresolved payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, uniffi::Enum)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum NextStep {
    /// Get the terminal back on line; the result follows by itself.
    CheckNetwork,
    /// Set the terminal's date and time; the result follows by itself.
    SetClock,
    /// Open the Wi-Fi's page in a browser and sign in, or use another network; the result follows by
    /// itself.
    SignInToWifi,
    /// Call whoever looks after the terminal and its network; the result follows once they are done.
    CallAdministrator,
    /// Look the payment up in the gateway's dashboard before taking the money again.
    CheckWithGateway,
    /// Look in the card app whether the card was charged.
    CheckCardApp,
    /// Refund the charge in the card app, or settle it by hand; then call
    /// [`PaymentAttempt::acknowledge`](crate::PaymentAttempt::acknowledge).
    RefundInCardApp,
}

/// The answer to [`PaymentAttempt::cancel`](crate::PaymentAttempt::cancel).
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
#[non_exhaustive]
pub enum CancelOutcome {
    /// The attempt is withdrawn: nothing of it can be paid any more. When nothing was sent yet, the
    /// PaymentIntent itself stays open, for another attempt with the same token.
    Cancelled,
    /// Too late: it is paid. Treat it as the success that it is.
    AlreadySucceeded,
    /// It cannot be cancelled now, and goes on: the card app has it or has charged the card, the money is
    /// reserved, or the attempt is of a copied journal, which is only asked about. So it is once the
    /// terminal was shut down: nothing is withdrawn then, and the attempt waits in the journal for the
    /// next one.
    NotCancellable,
    /// The gateway has not answered yet. The SDK keeps trying, and the final event tells what became
    /// of it. The cancel is written down, so that a restart keeps trying too, unless the disk is full.
    Queued,
}

/// What a result means to somebody who asked for a cancel.
impl From<&PaymentResult> for CancelOutcome {
    fn from(result: &PaymentResult) -> Self {
        match result {
            PaymentResult::Succeeded { .. } => Self::AlreadySucceeded,
            PaymentResult::Cancelled { .. } => Self::Cancelled,
            PaymentResult::Failed { .. } => Self::NotCancellable,
            PaymentResult::Unresolved { .. } => Self::Queued,
        }
    }
}

/// The same, of what is on disk.
impl From<&End> for CancelOutcome {
    fn from(end: &End) -> Self {
        match end {
            End::Succeeded => Self::AlreadySucceeded,
            End::Cancelled { .. } => Self::Cancelled,
            End::Failed { .. } => Self::NotCancellable,
        }
    }
}

/// The answer to [`PaymentAttempt::switch_method`](crate::PaymentAttempt::switch_method).
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
#[non_exhaustive]
pub enum SwitchOutcome {
    /// The attempt goes on with the new method; the old code is withdrawn as part of it.
    Switching,
    /// The attempt cannot change its method now: its outcome is being found out, the card app has
    /// it, or it is over. Nor to a card, nor to a method that the PaymentIntent does not allow.
    NotSwitchable,
}
