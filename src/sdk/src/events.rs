//! What an app hears.

use mpac_pgw_protocol::{PaymentIntentId, PaymentIntentStatus, PaymentMethodType};

use crate::card::CardRequest;
use crate::facts::Receipt;
use crate::qr::QrCode;
use crate::record::AttemptRecord;
use crate::state::{CancelledBy, FailureCode, NextStep, PaymentResult, UncertaintyCause};

/// Receives the events of an attempt.
///
/// Called one event at a time and in order, by the executor that was given with it, or else on a
/// thread of the SDK; a slow listener delays nobody's polling. It may call back into the SDK. How it
/// returns decides nothing: an outcome stays in the journal until
/// [`PaymentAttempt::acknowledge`](crate::PaymentAttempt::acknowledge).
#[uniffi::export(foreign)]
pub trait PaymentListener: Send + Sync {
    /// Takes one event. Each comes once; after a restart, an outcome that was not acknowledged comes
    /// again, as `replayed`.
    fn on_event(&self, event: PaymentEvent);
}

/// One event of an attempt.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PaymentEvent {
    /// The attempt, the same after a restart.
    pub attempt_id: String,
    /// The PaymentIntent.
    pub payment_intent_id: PaymentIntentId,
    /// How the customer pays.
    pub method: PaymentMethodType,
    /// The stable name, such as `payment_success`.
    pub name: String,
    /// Whether this event may have been delivered before, by an earlier process.
    pub replayed: bool,
    /// Whether the attempt is over with this event: store the outcome, then acknowledge it. The money
    /// is booked by `payment_intent_id`, as each attempt for one that is paid succeeds.
    pub is_final: bool,
    /// What happened.
    pub kind: PaymentEventKind,
}

impl PaymentEvent {
    pub(crate) fn new(record: &AttemptRecord, kind: PaymentEventKind, replayed: bool) -> Self {
        log::info!("attempt {}: {}", record.attempt_id, kind.name());
        Self {
            attempt_id: record.attempt_id.clone(),
            payment_intent_id: record.payment_intent_id().clone(),
            method: record.method_type(),
            name: kind.name().to_owned(),
            is_final: kind.is_final(),
            replayed,
            kind,
        }
    }
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
#[non_exhaustive]
pub enum PaymentEventKind {
    /// `qr_ready`: show this code. A later one replaces it.
    QrReady {
        /// The code to show.
        qr: QrCode,
    },
    /// `card_app_requested`: launch MPACCreditCard with this request, once.
    CardAppRequested {
        /// What to hand over.
        request: CardRequest,
    },
    /// `status_changed`: the gateway reports another status.
    StatusChanged {
        /// The status now.
        status: PaymentIntentStatus,
    },
    /// `switch_refused`: the method that was switched to is not taken, and the attempt goes on as
    /// before. `qr_ready` follows, with the code to pay by.
    SwitchRefused {
        /// What kind of refusal, for programs.
        code: FailureCode,
        /// What happened, for developers.
        reason: String,
    },
    /// `connection_lost`: the gateway does not answer. Nothing is decided by that.
    ConnectionLost {
        /// Why.
        cause: UncertaintyCause,
    },
    /// `connection_restored`: it answers again.
    ConnectionRestored,
    /// `payment_authorized`: the customer has paid, and the money is reserved until the merchant captures
    /// it. [`PaymentSuccess`](Self::PaymentSuccess) follows with the capture; an app that does not wait for
    /// that may acknowledge it now.
    PaymentAuthorized,
    /// `payment_success`: paid.
    PaymentSuccess {
        /// What was paid, and how.
        receipt: Receipt,
    },
    /// `payment_failed`: not paid.
    PaymentFailed {
        /// What kind of failure, for programs.
        code: FailureCode,
        /// What happened, for developers.
        reason: String,
        /// The word of the wallet or the card app that refused, where there is one.
        provider_reason: Option<String>,
        /// As in [`PaymentResult::Failed`].
        can_retry: bool,
    },
    /// `payment_cancelled`: not paid, because withdrawn.
    PaymentCancelled {
        /// By whom.
        by: CancelledBy,
    },
    /// `payment_unresolved`: not known. Never treat it as failed.
    PaymentUnresolved {
        /// Why it is not known.
        cause: UncertaintyCause,
        /// What the staff should do now.
        next_step: NextStep,
    },
}

impl PaymentEventKind {
    /// The stable name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::QrReady { .. } => "qr_ready",
            Self::CardAppRequested { .. } => "card_app_requested",
            Self::StatusChanged { .. } => "status_changed",
            Self::SwitchRefused { .. } => "switch_refused",
            Self::ConnectionLost { .. } => "connection_lost",
            Self::ConnectionRestored => "connection_restored",
            Self::PaymentAuthorized => "payment_authorized",
            Self::PaymentSuccess { .. } => "payment_success",
            Self::PaymentFailed { .. } => "payment_failed",
            Self::PaymentCancelled { .. } => "payment_cancelled",
            Self::PaymentUnresolved { .. } => "payment_unresolved",
        }
    }
}

impl PaymentEventKind {
    /// Whether the attempt is over with this event.
    #[must_use]
    pub fn is_final(&self) -> bool {
        matches!(
            self,
            Self::PaymentSuccess { .. }
                | Self::PaymentFailed { .. }
                | Self::PaymentCancelled { .. }
        )
    }
}

impl From<PaymentResult> for PaymentEventKind {
    fn from(result: PaymentResult) -> Self {
        match result {
            PaymentResult::Succeeded { receipt } => Self::PaymentSuccess { receipt },
            PaymentResult::Failed {
                code,
                reason,
                provider_reason,
                can_retry,
            } => Self::PaymentFailed {
                code,
                reason,
                provider_reason,
                can_retry,
            },
            PaymentResult::Cancelled { by } => Self::PaymentCancelled { by },
            PaymentResult::Unresolved { cause, next_step } => {
                Self::PaymentUnresolved { cause, next_step }
            }
        }
    }
}
