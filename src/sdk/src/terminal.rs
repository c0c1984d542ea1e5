//! The entry to the SDK.

use std::sync::Arc;

use mpac_pgw_protocol::{
    Amount, Currency, PaymentIntentId, PaymentIntentStatus, PaymentMethodType, PaymentToken,
    Timestamp,
};

use crate::attempt::PaymentAttempt;
use crate::card::CardResult;
use crate::clock::{Entropy, SystemClock, SystemEntropy};
use crate::config::{Settings, TerminalConfig};
use crate::driver::{self, Begin, Command};
use crate::error::{CardResultRefusal, TerminalError};
use crate::events::PaymentListener;
use crate::exchange::{self, Answer, Request};
use crate::facts::AttemptSummary;
use crate::flow::{Effect, Flow};
use crate::journal::{Found, Journal, Owner};
use crate::logging;
use crate::method::PaymentMethod;
use crate::record::AttemptRecord;
use crate::registry::{Registry, Running};
use crate::services::Services;
use crate::state::UncertaintyCause;
use crate::sync::mpsc;
use crate::transport::Transport;
use crate::vault::Vault;

/// A PaymentIntent as the terminal sees it (guide, *Creating a PaymentIntent*).
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PaymentIntent {
    /// `pi_…`.
    pub id: PaymentIntentId,
    /// Where it stands.
    pub status: PaymentIntentStatus,
    /// Minor units.
    pub amount: Amount,
    /// ISO 4217.
    pub currency: Currency,
    /// The methods the customer may choose from.
    pub payment_method_types: Vec<PaymentMethodType>,
    /// When it can no longer be paid.
    pub expires_at: Timestamp,
}

/// A file of the journal that could not be read. A damaged one is kept under another name; one that
/// the vault did not open, or did not seal, stays and is tried again at the next
/// [`PaymentTerminal::open`]. While the vault is locked, or missing, no payment is begun, as the file
/// may stand for the same one: what it stands for is looked for again by each call that could.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct DamagedRecord {
    /// The attempt that it was written for.
    pub attempt_id: String,
    /// Where the file is now.
    pub path: String,
    /// What is wrong with it.
    pub reason: String,
    /// Whether it can still be read, once the device is unlocked or the terminal opened with its
    /// vault. Until then it cannot be settled by hand.
    pub is_locked: bool,
    /// Which payment it is about, where that can be read; so for the rest. It is kept unsealed, for
    /// people to look the payment up by.
    pub payment_intent_id: Option<PaymentIntentId>,
    /// How the customer was to pay.
    pub method: Option<PaymentMethodType>,
    /// Minor units; with the currency, once the gateway has told them.
    pub amount: Option<Amount>,
    /// ISO 4217.
    pub currency: Option<Currency>,
    /// When it was begun, by this terminal's clock.
    pub created_at: Option<Timestamp>,
}

/// A payment terminal: takes payments, and remembers them across restarts.
///
/// All methods may be called from any thread. Those that say so block; the others return at once.
/// Keep one for as long as the app lives: dropping it is [`PaymentTerminal::shut_down`].
///
/// ```no_run
/// use std::sync::Arc;
/// use mpac_pgw_sdk::*;
///
/// struct Till;
/// impl PaymentListener for Till {
///     fn on_event(&self, event: PaymentEvent) {
///         match event.kind {
///             PaymentEventKind::QrReady { qr } => println!("{}", qr_text(&qr.content).unwrap()),
///             PaymentEventKind::PaymentSuccess { receipt } => println!("paid: {}", receipt.amount),
///             other => println!("{}", other.name()),
///         }
///     }
/// }
///
/// let config = TerminalConfig::new("http://127.0.0.1:4242", "/var/lib/till");
/// let terminal = PaymentTerminal::open(config, None)?;
/// terminal.recover_pending(Arc::new(Till))?;
/// let token = "pi_01HXY_secret_abc".to_owned(); // from the merchant's back end
/// let method = PaymentMethod::QrMpm { provider: "PAYPAY".to_owned() };
/// let attempt = terminal.confirm_payment(token, method, Arc::new(Till))?;
/// # Ok::<(), TerminalError>(())
/// ```
#[derive(uniffi::Object)]
pub struct PaymentTerminal {
    settings: Settings,
    services: Arc<Services>,
    registry: Arc<Registry>,
}

impl std::fmt::Debug for PaymentTerminal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PaymentTerminal").finish_non_exhaustive()
    }
}

impl PaymentTerminal {
    /// Opens the terminal on its data directory. Blocks for a few file operations.
    ///
    /// With a `vault`, what is kept on disk is sealed by it.
    ///
    /// # Errors
    /// [`TerminalError::InvalidConfiguration`], [`TerminalError::Storage`] or
    /// [`TerminalError::DirectoryInUse`].
    pub fn open(
        config: TerminalConfig,
        vault: Option<Arc<dyn Vault>>,
    ) -> Result<Arc<Self>, TerminalError> {
        let settings = config.check()?;
        let transport = Transport::new(&config, &settings)?;
        SystemEntropy.random()?;
        logging::start();
        let owner = Owner {
            gateway_url: transport.base_url(),
            device_id: config.device_id.as_deref(),
            seals_existing: config.seal_existing_journal,
        };
        let (journal, found) = Journal::open(&config.data_directory, vault, &owner)?;
        let services = Services::new(
            Box::new(SystemClock),
            || Box::new(SystemEntropy),
            Box::new(transport),
            Box::new(journal),
        );
        Ok(Arc::new(Self::with(settings, services, found)))
    }

    /// Asks the gateway for the PaymentIntent of a token. Blocks for one request.
    ///
    /// # Errors
    /// [`TerminalError::InvalidPaymentToken`], [`TerminalError::Gateway`],
    /// [`TerminalError::NoAnswer`]; or [`TerminalError::InvalidConfiguration`], when what answers at
    /// [`gateway_url`](TerminalConfig::gateway_url) is no gateway.
    pub fn retrieve_payment_intent(
        &self,
        payment_token: String,
    ) -> Result<PaymentIntent, TerminalError> {
        let request = Request::Retrieve {
            payment_token: parse_token(&payment_token)?,
        };
        drop(self.registry.open()?);
        let reply = self.services.gateway.send(&request);
        match exchange::read(&request, &reply) {
            Answer::Intent(intent) => Ok(PaymentIntent {
                id: intent.id,
                status: intent.status,
                amount: intent.amount,
                currency: intent.currency,
                payment_method_types: intent.payment_method_types,
                expires_at: intent.expires_at,
            }),
            Answer::Refused { http_status, error } => Err(TerminalError::Gateway {
                code: error.code.to_string(),
                reason: error.message,
                param: error.param,
                http_status: http_status.into(),
            }),
            Answer::Busy => Err(TerminalError::NoAnswer {
                cause: UncertaintyCause::RateLimited,
            }),
            Answer::Unsure(cause) => Err(TerminalError::NoAnswer { cause }),
            Answer::NoSuchPath => {
                let reason = "404: there is no gateway at this address";
                Err(TerminalError::configuration("gateway_url", reason))
            }
            Answer::Confirmed(_) => Err(TerminalError::NoAnswer {
                cause: UncertaintyCause::InvalidResponse,
            }),
        }
    }

    /// Starts an attempt to take a payment, and returns at once: what becomes of it comes as
    /// events. The attempt is on disk by then, and before the gateway is asked for more than how the
    /// PaymentIntent stands. As long as a file of the journal is locked (the device is not unlocked
    /// yet), it is [`TerminalError::Storage`].
    ///
    /// # Errors
    /// [`TerminalError::InvalidPaymentToken`], [`TerminalError::InvalidArgument`],
    /// [`TerminalError::AttemptInProgress`] or [`TerminalError::Storage`].
    pub fn confirm_payment(
        &self,
        payment_token: String,
        method: PaymentMethod,
        listener: Arc<dyn PaymentListener>,
    ) -> Result<Arc<PaymentAttempt>, TerminalError> {
        let payment_token = parse_token(&payment_token)?;
        let method = method.prepare()?;
        let mut attempts = self.registry.open()?;
        attempts.look_again(&self.services)?;
        if let Some(attempt_id) = attempts.unfinished(payment_token.payment_intent_id()) {
            return Err(TerminalError::AttemptInProgress { attempt_id });
        }
        attempts.check_unlocked()?;
        let created_at = self.services.clock.now().wall;
        let record = AttemptRecord::new(
            payment_token,
            method,
            created_at,
            &mut *(self.services.entropy)(),
        )?;
        let flow = self.flow(record.clone());
        // The threads first: once the record is on disk, nothing is left that could fail.
        let (attempt, running) = self.launch(flow, listener)?;
        running.driver.send(Command::Begin(Begin::Start));
        if let Err(error) = self.services.save(&record) {
            running.driver.send(Command::Stop);
            return Err(error.into());
        }
        running.driver.send(Command::Saved);
        attempts.add(running);
        Ok(attempt)
    }

    /// Takes the card app's answer, also after a restart and before `recover_pending`. Returns
    /// once the answer is on disk: from then on it is the SDK's to remember. Blocks while a request is
    /// under way.
    ///
    /// # Errors
    /// [`TerminalError::CardResultRefused`], [`TerminalError::Storage`] or
    /// [`TerminalError::ShutDown`]; then nothing has changed. After the last two, hand the answer in
    /// again once there is space, or to the next terminal.
    pub fn complete_card_payment(&self, result: CardResult) -> Result<(), TerminalError> {
        // First: one that was shut down refuses nothing, as the next may know another key.
        let mut attempts = self.registry.open()?;
        // Before the journal, the gateway and the app's own listener see it. A signature is over all
        // that the card app has written, so it comes first.
        let result = self.settings.card_app_keys.check(result)?;
        let mut result = result.without_card_data();
        // Ours are in small letters, which not every library keeps.
        result.attempt_id.make_ascii_lowercase();
        if let Some(running) = attempts.running(&result.attempt_id) {
            let commands = running.driver.commands.clone();
            // Not while holding the lock: the thread may be in the middle of a request.
            drop(attempts);
            let (answer, told) = mpsc::channel();
            let sent = commands.send(Command::CardResult(Box::new(result), answer));
            return match sent.map(|()| told.recv()) {
                Ok(Ok(told)) => told,
                // The thread is gone: with the terminal, or because the attempt is over.
                _ => {
                    drop(self.registry.open()?);
                    Err(CardResultRefusal::NotWaiting.into())
                }
            };
        }
        attempts.look_again(&self.services)?;
        let mut pending = attempts.pending.iter();
        let Some(position) = pending.position(|record| record.attempt_id == result.attempt_id)
        else {
            attempts.check_unlocked()?;
            return Err(CardResultRefusal::UnknownAttempt.into());
        };
        let mut flow = self.flow(attempts.pending[position].clone());
        let effects = flow.card_result(self.services.clock.now(), result)?;
        if effects.contains(&Effect::SaveFirst) {
            self.services.save(flow.record())?;
        }
        attempts.pending[position] = flow.record().clone();
        Ok(())
    }

    /// Brings back every attempt that was not acknowledged and is not running: each goes on where it was,
    /// and its outcome is told again, as `replayed`. Those of this process that have their final result
    /// are among them. Call it once after [`PaymentTerminal::open`]. The gateway is asked about a few at
    /// a time. Where threads are short, it brings back what it can; the next call brings back the rest.
    ///
    /// # Errors
    /// [`TerminalError::Storage`], also when all there is to bring back is locked: unlock the device,
    /// then call it again.
    pub fn recover_pending(
        &self,
        listener: Arc<dyn PaymentListener>,
    ) -> Result<Vec<Arc<PaymentAttempt>>, TerminalError> {
        let mut attempts = self.registry.open()?;
        attempts.look_again(&self.services)?;
        let (mut recovered, mut line) = (Vec::new(), Vec::new());
        while let Some(record) = attempts.pending.pop() {
            match self.launch(self.flow(record.clone()), listener.clone()) {
                Ok((attempt, running)) => {
                    // Those that may have a customer first.
                    let is_decided = record.final_result().is_some();
                    line.push((is_decided, running.driver.commands.clone()));
                    attempts.add(running);
                    recovered.push(attempt);
                }
                // Those that were begun go on, so the app gets them; the others wait for the next call.
                Err(error) => {
                    attempts.pending.push(record);
                    if recovered.is_empty() {
                        return Err(error);
                    }
                    log::error!("not all attempts could be brought back: {error}");
                    break;
                }
            }
        }
        if recovered.is_empty() {
            attempts.check_unlocked()?;
        }
        line.sort_by_key(|(is_decided, _)| *is_decided);
        for (_, driver) in line {
            self.services.begin_in_turn(driver);
        }
        recovered.reverse();
        Ok(recovered)
    }

    /// Lets go of a damaged record, once somebody has found out what became of its payment and has set
    /// that right by hand: its file is removed for good. Tells whether there was one; the second time
    /// there is none.
    ///
    /// # Errors
    /// [`TerminalError::Storage`] while it is [locked](DamagedRecord::is_locked), as it may still be
    /// brought back, and when it cannot be removed; or [`TerminalError::ShutDown`].
    pub fn settle_damaged_record(&self, attempt_id: String) -> Result<bool, TerminalError> {
        let mut attempts = self.registry.open()?;
        attempts.look_again(&self.services)?;
        attempts.settle_damaged(&attempt_id, &self.services)
    }
}

#[uniffi::export]
impl PaymentTerminal {
    /// The attempts that are running, or wait for [`recover_pending`](Self::recover_pending), in the order
    /// in which they were begun. It starts nothing, and asks nobody. Those that were acknowledged are
    /// not among them.
    #[must_use]
    pub fn attempts(&self) -> Vec<AttemptSummary> {
        let now = self.services.clock.now();
        self.registry
            .summaries(|record| self.flow(record.clone()).shown(now).summary)
    }

    /// Files of the journal that could not be read. Each may stand for a payment: look it up in the
    /// gateway's dashboard, then [settle](Self::settle_damaged_record) it.
    #[must_use]
    pub fn damaged_records(&self) -> Vec<DamagedRecord> {
        self.registry.damaged()
    }

    /// Stops all attempts and releases the data directory. Their records stay in the journal, for
    /// `recover_pending`. Calls after this return [`TerminalError::ShutDown`].
    ///
    /// Blocks for up to half a second where a listener is just taking an event; nothing is told
    /// afterwards. A listener that calls this itself is not waited for. Up to half a second more may go
    /// by where the disk does not come to the end of a write.
    pub fn shut_down(&self) {
        self.registry.shut_down();
        self.services.release();
    }
}

impl Drop for PaymentTerminal {
    fn drop(&mut self) {
        self.shut_down();
    }
}

impl PaymentTerminal {
    pub(crate) fn with(settings: Settings, services: Services, found: Found) -> Self {
        Self {
            settings,
            services: Arc::new(services),
            registry: Arc::new(Registry::new(found)),
        }
    }

    fn flow(&self, record: AttemptRecord) -> Flow {
        Flow::new(
            record,
            self.settings.pacing.clone(),
            (self.services.entropy)(),
            self.services.clock.now(),
        )
        .asking_the_card_app_in(self.settings.card_app_keys.contract_version())
    }

    /// Starts the threads of an attempt, which wait for [`Command::Begin`].
    fn launch(
        &self,
        flow: Flow,
        listener: Arc<dyn PaymentListener>,
    ) -> Result<(Arc<PaymentAttempt>, Running), TerminalError> {
        let id = flow.record().attempt_id.clone();
        let payment_intent_id = flow.record().payment_intent_id().clone();
        let registry = Arc::downgrade(&self.registry);
        let ended = id.clone();
        let on_end = move |left, withdrawn| {
            if let Some(registry) = registry.upgrade() {
                registry.ended(&ended, left, withdrawn);
            }
        };
        let driver = driver::start(self.services.clone(), flow, listener, on_end)?;
        let running = Running {
            attempt_id: id.clone(),
            payment_intent_id: payment_intent_id.clone(),
            driver: driver.clone(),
        };
        let attempt = PaymentAttempt::new(
            id,
            payment_intent_id,
            driver,
            self.services.clone(),
            Arc::downgrade(&self.registry),
        );
        Ok((Arc::new(attempt), running))
    }
}

fn parse_token(text: &str) -> Result<PaymentToken, TerminalError> {
    text.parse()
        .map_err(
            |error: mpac_pgw_protocol::PaymentTokenError| TerminalError::InvalidPaymentToken {
                reason: error.to_string(),
            },
        )
}
