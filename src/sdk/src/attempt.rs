//! The handle that an app holds.

use std::sync::{Arc, Weak};
use std::time::Duration;

use mpac_pgw_protocol::PaymentIntentId;

use crate::driver::{Command, DriverHandle};
use crate::error::TerminalError;
use crate::facts::{ConnectionState, PaymentFacts};
use crate::method::PaymentMethod;
use crate::period::Period;
use crate::record::AttemptRecord;
use crate::registry::Registry;
use crate::services::Services;
use crate::state::{CancelOutcome, PaymentState, SwitchOutcome};
use crate::sync::mpsc::{self, RecvTimeoutError};

/// How long a cancel waits for the gateway, in all 3 s.
const CANCEL_LOOKS: u32 = 60;
const CANCEL_LOOK_AFTER: Duration = Duration::from_millis(50);

/// One attempt to take a payment. Dropping the handle stops nothing.
///
/// All methods may be called from any thread, also from within a listener.
#[derive(uniffi::Object)]
pub struct PaymentAttempt {
    id: String,
    payment_intent_id: PaymentIntentId,
    driver: DriverHandle,
    services: Arc<Services>,
    registry: Weak<Registry>,
}

impl PaymentAttempt {
    pub(crate) fn new(
        id: String,
        payment_intent_id: PaymentIntentId,
        driver: DriverHandle,
        services: Arc<Services>,
        registry: Weak<Registry>,
    ) -> Self {
        Self {
            id,
            payment_intent_id,
            driver,
            services,
            registry,
        }
    }
}

impl std::fmt::Debug for PaymentAttempt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PaymentAttempt")
            .field("id", &self.id)
            .field("payment_intent_id", &self.payment_intent_id)
            .field("state", &self.state())
            .finish_non_exhaustive()
    }
}

#[uniffi::export]
impl PaymentAttempt {
    /// The attempt's id, the same after a restart.
    #[must_use]
    pub fn id(&self) -> String {
        self.id.clone()
    }

    /// The PaymentIntent.
    #[must_use]
    pub fn payment_intent_id(&self) -> PaymentIntentId {
        self.payment_intent_id.clone()
    }

    /// Where the attempt stands now.
    #[must_use]
    pub fn state(&self) -> PaymentState {
        self.driver.state.get().summary.state
    }

    /// What is known of it: amount, method, times. It grows once the gateway has answered.
    #[must_use]
    pub fn facts(&self) -> PaymentFacts {
        self.driver.state.get().summary.facts
    }

    /// Whether the gateway answers.
    #[must_use]
    pub fn connection(&self) -> ConnectionState {
        self.driver.state.get().summary.connection
    }

    /// The time left to pay the code on show, by the gateway's clock. `None` without a code, and where
    /// its end or that clock is not known. Zero until the next code comes, which takes a poll; up to a
    /// minute where the code was good for less than that.
    #[must_use]
    pub fn remaining(&self) -> Option<Period> {
        let end = self.driver.state.get().code_end?;
        let now = self.services.clock.now().monotonic;
        Some(end.saturating_sub(now).into())
    }

    /// Withdraws the payment, and reports what happened.
    ///
    /// Of what was never sent nobody needs to be asked: it is [`CancelOutcome::Cancelled`] at once, also
    /// without a network. Otherwise the gateway is asked. As soon as that fails, or after 3 s at the
    /// latest, the answer is [`CancelOutcome::Queued`]: the SDK goes on trying, and what becomes of it
    /// comes as an event. After a shutdown nothing is cancelled: [`CancelOutcome::NotCancellable`].
    #[must_use]
    pub fn cancel(&self) -> CancelOutcome {
        if let Some(outcome) = self.begin_cancel() {
            return outcome;
        }
        let (answer, outcome) = mpsc::channel();
        if !self.driver.send(Command::Cancel(answer)) {
            return self.outcome_without_thread();
        }
        for _ in 0..CANCEL_LOOKS {
            match outcome.recv_timeout(CANCEL_LOOK_AFTER) {
                Ok(outcome) => return outcome,
                // The thread may just have begun to wait for an answer.
                Err(RecvTimeoutError::Timeout) => {
                    if let Some(outcome) = self.cancel_at_once() {
                        return outcome;
                    }
                }
                // The thread has ended: with a final result, or because the terminal was shut down.
                Err(RecvTimeoutError::Disconnected) => return self.outcome_without_thread(),
            }
        }
        self.driver.saved.queue_cancel(&self.services);
        CancelOutcome::Queued
    }

    /// The first half of [`cancel`](Self::cancel): what it comes to where nobody needs to be asked;
    /// otherwise the attempt shows [`PaymentState::Cancelling`] from now on, and `cancel` has to follow.
    #[must_use]
    pub fn begin_cancel(&self) -> Option<CancelOutcome> {
        let outcome = self.cancel_at_once();
        if outcome.is_none() {
            self.driver.state.show_cancelling(true);
        }
        outcome
    }

    /// Asks the gateway at once: for when the app is back in the foreground.
    pub fn poll_now(&self) {
        // Without its thread the attempt is over, and there is nothing to ask.
        self.driver.send(Command::PollNow);
    }

    /// Says that the outcome is the app's to remember now: call it once the app has stored it. Until
    /// then it stays in the journal and comes back from
    /// [`PaymentTerminal::recover_pending`](crate::PaymentTerminal::recover_pending). The outcome is a
    /// final result; a [`PaymentResult::Unresolved`](crate::PaymentResult) that the staff has settled by
    /// hand; or [`PaymentState::Authorized`], when nobody waits for the capture. What is not final is
    /// then asked about no more. [`state`](Self::state) stays as it is, and
    /// [`attempts`](crate::PaymentTerminal::attempts) names it no more.
    ///
    /// Book the money under [`payment_intent_id`](Self::payment_intent_id), once: another attempt for a
    /// PaymentIntent that is paid ends as succeeded too.
    ///
    /// Returns whether the attempt has left the journal: not without an outcome, nor where another one
    /// than [`state`](Self::state) shows is found out meanwhile, nor where the disk does not let it, nor
    /// after [`shut_down`](crate::PaymentTerminal::shut_down). Calling it again does no harm. Blocks for
    /// one file operation; for an outcome that is not final also while requests are under way: for one,
    /// and for those that follow from its answer at once.
    pub fn acknowledge(&self) -> bool {
        self.acknowledge_as(&self.state())
    }
}

impl PaymentAttempt {
    /// Lets go of the outcome that is `seen`: what is found out while this waits for the attempt's thread
    /// is not what the app has stored.
    pub(crate) fn acknowledge_as(&self, seen: &PaymentState) -> bool {
        let shown = self.driver.state.get();
        let (is_outcome, is_final) = match seen {
            PaymentState::Finished { result } => (true, result.is_final()),
            PaymentState::Authorized => (true, false),
            _ => (false, false),
        };
        let Some(registry) = self.registry.upgrade() else {
            return false;
        };
        if !is_outcome || shown.summary.state != *seen {
            return false;
        }
        // With an outcome its thread ends, unless it was taken up again.
        let is_settled = is_final || shown.is_over;
        let driver = registry
            .driver(&self.id)
            .unwrap_or_else(|| self.driver.clone());
        let (answer, is_gone) = mpsc::channel();
        let still = (!is_settled).then(|| seen.clone());
        if driver.send(Command::Acknowledge(still, answer))
            && let Ok(is_gone) = is_gone.recv()
        {
            return is_gone;
        }
        let forget = |record: &AttemptRecord| self.services.forget(record).is_ok();
        is_settled && registry.acknowledge(&self.id, forget)
    }

    /// Lets the customer pay another way than by the code on show: by another wallet's code, by a
    /// code that the customer shows, or in cash. The old code is withdrawn as part of it; if it was
    /// paid in the last moment, that payment wins. The events of this attempt tell. When the new
    /// method is refused, `switch_refused` says why, `qr_ready` brings a code back, and the attempt
    /// goes on with that.
    ///
    /// A card cannot be switched to, because its app charges before the gateway hears of it:
    /// cancel, and create a new PaymentIntent. Blocks while requests are under way: for one, and for
    /// those that follow from its answer at once.
    ///
    /// # Errors
    /// [`TerminalError::InvalidArgument`], [`TerminalError::ShutDown`], and [`TerminalError::Storage`]
    /// when the switch could not be written down; then nothing has changed, and the code on show still
    /// counts.
    pub fn switch_method(&self, method: PaymentMethod) -> Result<SwitchOutcome, TerminalError> {
        let method = method.prepare()?;
        let (answer, outcome) = mpsc::channel();
        let command = Command::SwitchMethod(method, answer);
        let sent = self.driver.send(command);
        let outcome = sent.then(|| outcome.recv());
        match outcome {
            Some(Ok(told)) => told,
            _ if self.driver.state.is_closed() => Err(TerminalError::ShutDown),
            _ => Ok(SwitchOutcome::NotSwitchable),
        }
    }

    /// The answer to a cancel that needs no request.
    fn cancel_at_once(&self) -> Option<CancelOutcome> {
        if let PaymentState::Finished { result } = self.state()
            && result.is_final()
        {
            return Some(CancelOutcome::from(&result));
        }
        if self.driver.state.is_closed() {
            return None;
        }
        if self.driver.saved.is_beyond_cancel() {
            return Some(CancelOutcome::NotCancellable);
        }
        let record = self.driver.saved.withdraw(&self.services)?;
        if let Some(registry) = self.registry.upgrade() {
            registry.withdrawn(record);
        }
        Some(CancelOutcome::Cancelled)
    }

    fn outcome_without_thread(&self) -> CancelOutcome {
        self.driver.state.show_cancelling(false);
        match self.state() {
            PaymentState::Finished { result } => CancelOutcome::from(&result),
            _ => CancelOutcome::NotCancellable,
        }
    }
}
