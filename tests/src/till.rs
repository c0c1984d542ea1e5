use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;
use mpac_pgw_sdk::{
    CardOutcome, CardRequest, CardResult, PaymentAttempt, PaymentEvent, PaymentEventKind,
    PaymentListener, PaymentMethod, PaymentTerminal, TerminalConfig, TerminalError, Vault,
};
use tempfile::TempDir;

/// How long the tests wait for something that is sure to come.
const PATIENCE: Duration = Duration::from_secs(30);

/// A listener that remembers every event.
#[derive(Debug, Default)]
pub struct Recorder {
    events: Mutex<Vec<PaymentEvent>>,
    news: Condvar,
}

impl PaymentListener for Recorder {
    fn on_event(&self, event: PaymentEvent) {
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        events.push(event);
        self.news.notify_all();
    }
}

impl Recorder {
    /// Waits for an event.
    ///
    /// # Panics
    /// When it does not come.
    pub fn wait_for(&self, name: &str) -> PaymentEvent {
        let events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        let missing =
            |events: &mut Vec<PaymentEvent>| events.iter().all(|event| event.name != name);
        let (events, waited) = self
            .news
            .wait_timeout_while(events, PATIENCE, missing)
            .unwrap_or_else(PoisonError::into_inner);
        let heard: Vec<&str> = events.iter().map(|event| event.name.as_str()).collect();
        assert!(!waited.timed_out(), "no {name} among {heard:?}");
        let found = events.iter().find(|event| event.name == name);
        found
            .cloned()
            .unwrap_or_else(|| unreachable!("waited for it"))
    }

    /// The request for the card app, once it is there.
    ///
    /// # Panics
    /// When it does not come.
    pub fn wait_for_card_request(&self) -> CardRequest {
        match self.wait_for("card_app_requested").kind {
            PaymentEventKind::CardAppRequested { request } => request,
            other => unreachable!("{other:?} has another name"),
        }
    }

    /// The names of all events so far.
    pub fn names(&self) -> Vec<String> {
        let events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        events.iter().map(|event| event.name.clone()).collect()
    }

    /// All events so far.
    pub fn events(&self) -> Vec<PaymentEvent> {
        let events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        events.clone()
    }
}

/// A terminal on a journal of its own.
#[derive(Debug)]
pub struct Till {
    journal: TempDir,
    gateway_url: String,
    /// The terminal.
    pub terminal: Arc<PaymentTerminal>,
}

impl Till {
    /// Opens a terminal that polls every second.
    ///
    /// # Errors
    /// When it does not open.
    pub fn open(gateway_url: &str) -> Result<Self> {
        Self::open_with(gateway_url, |_| {})
    }

    /// Opens one with a configuration of the test's own.
    ///
    /// # Errors
    /// When it does not open.
    pub fn open_with(
        gateway_url: &str,
        configure: impl FnOnce(&mut TerminalConfig),
    ) -> Result<Self> {
        let journal = tempfile::tempdir()?;
        let mut config = config(gateway_url, &journal);
        configure(&mut config);
        Ok(Self {
            terminal: PaymentTerminal::open(config, None)?,
            journal,
            gateway_url: gateway_url.to_owned(),
        })
    }

    /// Begins to take a payment, and listens to it.
    ///
    /// # Errors
    /// What the terminal refuses.
    pub fn confirm(
        &self,
        payment_token: &str,
        method: PaymentMethod,
    ) -> Result<(Arc<PaymentAttempt>, Arc<Recorder>), TerminalError> {
        let events = Arc::new(Recorder::default());
        let token = payment_token.to_owned();
        let attempt = self
            .terminal
            .confirm_payment(token, method, events.clone())?;
        Ok((attempt, events))
    }

    /// Shuts the terminal down and opens another on the same journal, as after a restart.
    ///
    /// # Errors
    /// When it does not open.
    pub fn reopen(&mut self) -> Result<()> {
        self.reopen_with(|_| {})
    }

    /// The same, with a configuration of the test's own.
    ///
    /// # Errors
    /// When it does not open.
    pub fn reopen_with(&mut self, configure: impl FnOnce(&mut TerminalConfig)) -> Result<()> {
        self.terminal.shut_down();
        let mut config = config(&self.gateway_url, &self.journal);
        configure(&mut config);
        self.terminal = reopen(&config, None)?;
        Ok(())
    }

    /// The files of unfinished attempts.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn journal(&self) -> Result<Vec<Vec<u8>>> {
        let mut files = Vec::new();
        for entry in std::fs::read_dir(self.journal.path())? {
            let path = entry?.path();
            if path.extension().is_some_and(|end| end == "attempt") {
                files.push(std::fs::read(path)?);
            }
        }
        Ok(files)
    }
}

fn config(gateway_url: &str, journal: &TempDir) -> TerminalConfig {
    let mut config = TerminalConfig::new(gateway_url, journal.path());
    config.polling.min_interval = Some(Duration::from_secs(1).into());
    config.polling.max_interval = Some(Duration::from_secs(1).into());
    config
}

/// A payment by the code of a wallet.
#[must_use]
pub fn paypay() -> PaymentMethod {
    PaymentMethod::QrMpm {
        provider: "PAYPAY".to_owned(),
    }
}

/// A payment by a code that the customer shows and the terminal has scanned.
#[must_use]
pub fn scanned(customer_code: &str) -> PaymentMethod {
    PaymentMethod::QrCpm {
        provider: "PAYPAY".to_owned(),
        customer_code: customer_code.into(),
    }
}

/// The card app's answer when the card is good.
#[must_use]
pub fn approve(request: &CardRequest) -> CardResult {
    CardResult {
        version: request.version,
        attempt_id: request.attempt_id.clone(),
        nonce: request.nonce.clone(),
        outcome: CardOutcome::Approved,
        amount: request.amount,
        currency: request.currency,
        approval_code: Some("APPROVAL1".into()),
        card_brand: Some("VISA".to_owned()),
        masked_pan: None,
        reason: None,
        processed_at: None,
        signed_text: None,
    }
}

/// Opens a terminal where another was just shut down: where the disk is slow, that one may hold the
/// folder for a moment more.
///
/// # Errors
/// When it does not open.
pub fn reopen(
    config: &TerminalConfig,
    vault: Option<Arc<dyn Vault>>,
) -> Result<Arc<PaymentTerminal>, TerminalError> {
    let began = std::time::Instant::now();
    loop {
        match PaymentTerminal::open(config.clone(), vault.clone()) {
            Err(TerminalError::DirectoryInUse) if began.elapsed() < PATIENCE => {
                std::thread::sleep(Duration::from_millis(10));
            }
            opened => return opened,
        }
    }
}

/// Waits until `condition` holds.
///
/// # Panics
/// When it never does.
pub fn patiently(what: &str, mut condition: impl FnMut() -> bool) {
    let began = std::time::Instant::now();
    while !condition() {
        assert!(began.elapsed() < PATIENCE, "{what} did not happen");
        std::thread::sleep(Duration::from_millis(10));
    }
}
