//! The app: its steps.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use mpac_pgw_sdk::{
    CardOutcome, CardRequest, CardResult, PaymentAttempt, PaymentEvent, PaymentEventKind,
    PaymentListener, PaymentMethod, PaymentTerminal, Period, PollingPolicy, TerminalConfig,
};
use mpac_pgw_tests::{approve, reopen};
use serde_json::Value;
use tempfile::TempDir;

use crate::trace::{Codes, Line, did, heard, refused, seen, word};

/// How long the app waits for something that is sure to come.
const PATIENCE: Duration = Duration::from_secs(30);

/// An app with a terminal.
pub(crate) struct App {
    folder: TempDir,
    /// Whom it believes beside the world's authorities.
    authorities: Vec<Vec<u8>>,
    terminal: Arc<PaymentTerminal>,
    attempt: Option<Arc<PaymentAttempt>>,
    ear: Sender<PaymentEvent>,
    events: Receiver<PaymentEvent>,
    /// What the card app was asked last.
    card: Option<CardRequest>,
    codes: Codes,
    pub(crate) trace: Vec<String>,
}

struct Ear(Sender<PaymentEvent>);

impl PaymentListener for Ear {
    fn on_event(&self, event: PaymentEvent) {
        // Nobody listens to a terminal that was shut down.
        let _ = self.0.send(event);
    }
}

impl App {
    pub(crate) fn open(argument: &Value, authorities: Vec<Vec<u8>>) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut config = config(&folder, argument)?;
        config.extra_root_certificates = authorities.clone();
        let terminal = PaymentTerminal::open(config, None)?;
        let (ear, events) = channel();
        Ok(Self {
            folder,
            authorities,
            terminal,
            attempt: None,
            ear,
            events,
            card: None,
            codes: Codes::default(),
            trace: Vec::new(),
        })
    }

    /// What the app does. Everything else is somebody else's.
    pub(crate) const STEPS: [&str; 12] = [
        "app restarts",
        "app confirms",
        "app recovers",
        "app retrieves",
        "app hears",
        "app sees",
        "app cancels",
        "app switches",
        "app acknowledges",
        "app polls",
        "card app answers",
        "disk fails",
    ];

    pub(crate) fn act(&mut self, name: &str, argument: &Value) -> Result<()> {
        match name {
            "app restarts" => self.restart(argument)?,
            "app confirms" => self.confirm(argument)?,
            "app recovers" => self.recover()?,
            "app retrieves" => self.retrieve(argument)?,
            "app hears" => self.hear(argument.as_str().context("an event's name")?)?,
            "app sees" => self.see(argument.as_str().context("a state's name")?)?,
            "app cancels" => {
                let outcome = self.attempt()?.cancel();
                self.note(did("cancels").word("outcome", outcome));
            }
            "app switches" => {
                let switched = self.attempt()?.switch_method(method(argument)?);
                self.note(match switched {
                    Ok(outcome) => did("switches").word("outcome", outcome),
                    Err(error) => refused("switches", &error),
                });
            }
            "app acknowledges" => {
                let is_gone = self.attempt()?.acknowledge();
                self.note(did("acknowledges").json("gone", is_gone));
            }
            "app polls" => self.attempt()?.poll_now(),
            "card app answers" => self.card_app(argument)?,
            "disk fails" => std::fs::remove_dir_all(self.folder.path())?,
            _ => bail!("the app does no such thing"),
        }
        Ok(())
    }

    /// Closes the app, and writes down what nobody has listened to.
    pub(crate) fn end(mut self) -> Vec<String> {
        self.terminal.shut_down();
        while let Ok(event) = self.events.try_recv() {
            self.trace.push(heard(&event, &mut self.codes));
        }
        self.trace
    }

    fn restart(&mut self, argument: &Value) -> Result<()> {
        self.terminal.shut_down();
        let mut config = config(&self.folder, argument)?;
        config.extra_root_certificates = self.authorities.clone();
        self.terminal = reopen(&config, None)?;
        // What the old one has told and nobody has heard is lost with it.
        (self.ear, self.events) = channel();
        self.attempt = None;
        self.note(did("restarts"));
        Ok(())
    }

    fn confirm(&mut self, argument: &Value) -> Result<()> {
        let token = text(argument, "token")?;
        let ear = Arc::new(Ear(self.ear.clone()));
        let begun = self.terminal.confirm_payment(token, method(argument)?, ear);
        let line = match begun {
            Ok(attempt) => {
                self.attempt = Some(attempt);
                did("confirms")
            }
            Err(error) => refused("confirms", &error),
        };
        self.note(line);
        Ok(())
    }

    fn recover(&mut self) -> Result<()> {
        let ear = Arc::new(Ear(self.ear.clone()));
        let recovered = self.terminal.recover_pending(ear)?;
        self.note(did("recovers").json("attempts", recovered.len()));
        self.attempt = recovered.into_iter().next();
        Ok(())
    }

    fn retrieve(&mut self, argument: &Value) -> Result<()> {
        let token = text(argument, "token")?;
        self.note(match self.terminal.retrieve_payment_intent(token) {
            Ok(intent) => did("retrieves")
                .text("status", intent.status.as_str())
                .json("amount", intent.amount.minor_units()),
            Err(error) => refused("retrieves", &error),
        });
        Ok(())
    }

    /// Waits for an event, and writes down all that come before it.
    fn hear(&mut self, name: &str) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let event = match self.events.recv_timeout(left) {
                Ok(event) => event,
                Err(RecvTimeoutError::Timeout) => bail!("not heard: {name}"),
                Err(error) => return Err(error.into()),
            };
            self.trace.push(heard(&event, &mut self.codes));
            if let PaymentEventKind::CardAppRequested { request } = &event.kind {
                self.card = Some(request.clone());
            }
            if event.name == name {
                return Ok(());
            }
            ensure!(!event.kind.is_final(), "{} instead of {name}", event.name);
        }
    }

    /// Waits for a state.
    fn see(&mut self, name: &str) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let state = self.attempt()?.state();
            if word(&state) == name {
                let line = seen(&state, &mut self.codes);
                self.note(line);
                return Ok(());
            }
            ensure!(
                Instant::now() < deadline,
                "{} instead of {name}",
                word(&state)
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn card_app(&mut self, argument: &Value) -> Result<()> {
        let request = self.card.as_ref().context("the card app was not asked")?;
        let mut result = approve(request);
        for (member, value) in argument.as_object().context("an object")? {
            let text = || value.as_str().map(str::to_owned);
            match member.as_str() {
                "outcome" => result.outcome = outcome(value)?,
                "amount" => result.amount = value.as_i64().context("a number")?.try_into()?,
                "nonce" => result.nonce = text().context("a text")?.into(),
                "attempt_id" => result.attempt_id = text().context("a text")?,
                "approval_code" => result.approval_code = text().map(Into::into),
                "card_brand" => result.card_brand = text(),
                _ => bail!("a card result has no {member}"),
            }
        }
        if result.outcome != CardOutcome::Approved {
            result = CardResult {
                approval_code: None,
                card_brand: None,
                ..result
            };
        }
        let line = Line::new("card app", "answers");
        self.note(match self.terminal.complete_card_payment(result) {
            Ok(()) => line,
            Err(error) => line.error(&error),
        });
        Ok(())
    }

    fn attempt(&self) -> Result<&PaymentAttempt> {
        self.attempt.as_deref().context("there is no attempt")
    }

    fn note(&mut self, line: Line) {
        self.trace.push(line.end());
    }
}

fn config(folder: &TempDir, argument: &Value) -> Result<TerminalConfig> {
    let mut config = TerminalConfig::new("", folder.path());
    config.polling = every(1);
    config.request_timeout = Some(seconds(20));
    for (option, value) in argument.as_object().context("an object")? {
        let number = || value.as_u64().context("seconds");
        match option.as_str() {
            "gateway_url" => config.gateway_url = value.as_str().context("a URL")?.to_owned(),
            "request_timeout_s" => config.request_timeout = Some(seconds(number()?)),
            "poll_s" => config.polling = every(number()?),
            "backoff_after_s" => config.polling.backoff_after = Some(seconds(number()?)),
            _ => bail!("there is no option {option}"),
        }
    }
    Ok(config)
}

/// Ask as often as that, whatever happens.
fn every(interval: u64) -> PollingPolicy {
    let interval = Some(seconds(interval));
    PollingPolicy {
        min_interval: interval,
        max_interval: interval,
        backoff_interval: interval,
        unresolved_interval: interval,
        expiry_grace: Some(seconds(1)),
        ..PollingPolicy::default()
    }
}

fn seconds(seconds: u64) -> Period {
    Duration::from_secs(seconds).into()
}

fn method(argument: &Value) -> Result<PaymentMethod> {
    let provider = || text(argument, "provider");
    Ok(match argument["method"].as_str() {
        Some("qr_mpm") => PaymentMethod::QrMpm {
            provider: provider()?,
        },
        Some("qr_cpm") => PaymentMethod::QrCpm {
            provider: provider()?,
            customer_code: text(argument, "customer_code")?.into(),
        },
        Some("credit_card") => PaymentMethod::CreditCard,
        Some("cash") => PaymentMethod::Cash,
        other => bail!("there is no method {other:?}"),
    })
}

fn outcome(value: &Value) -> Result<CardOutcome> {
    Ok(match value.as_str() {
        Some("approved") => CardOutcome::Approved,
        Some("declined") => CardOutcome::Declined,
        Some("cancelled") => CardOutcome::Cancelled,
        Some("error") => CardOutcome::Error,
        other => bail!("there is no card outcome {other:?}"),
    })
}

fn text(argument: &Value, member: &str) -> Result<String> {
    let found = argument[member].as_str();
    Ok(found.with_context(|| format!("no {member}"))?.to_owned())
}
