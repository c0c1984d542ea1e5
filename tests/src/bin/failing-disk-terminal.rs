//! A till in a process of its own, for `tests/disk_faults.rs` to run on a disk that fails.
//!
//! It takes one payment, and says what it did and heard, a line each. As an app should, it goes
//! by what calls return: a payment that was refused is none. A later life only brings back what
//! an earlier one has left, and brings it to an end.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use mpac_pgw_sdk::{
    CardRequest, FailureCode, PaymentAttempt, PaymentEvent, PaymentEventKind, PaymentListener,
    PaymentMethod, PaymentState, PaymentTerminal, TerminalConfig,
};
use mpac_pgw_tests::{approve, paypay};

/// How long the till is on while the disk fails: what it has not done by then may be for ever.
const SHORT_LIFE: Duration = Duration::from_millis(2500);
const LONG_LIFE: Duration = Duration::from_secs(60);

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [gateway_url, folder, story] = &arguments[..] else {
        bail!("failing-disk-terminal GATEWAY FOLDER STORY");
    };
    let mut config = TerminalConfig::new(gateway_url, folder);
    config.polling.min_interval = Some(Duration::from_secs(1).into());
    config.polling.max_interval = Some(Duration::from_secs(1).into());
    let terminal = match PaymentTerminal::open(config, None) {
        Ok(terminal) => terminal,
        Err(error) => return say(&format!("refused to open: {error}")),
    };
    for damaged in terminal.damaged_records() {
        say(&format!("damaged: {}", damaged.reason))?;
    }
    let (sender, events) = mpsc::channel();
    let till = Till {
        terminal,
        story,
        events,
    };
    let listener = Arc::new(Listener(sender));
    if story == "recover" {
        for attempt in till.terminal.recover_pending(listener)? {
            say("recovered")?;
            till.bring_back(&attempt)?;
        }
        return Ok(());
    }
    let token = std::env::var("MPAC_PAYMENT_TOKEN").context("a payment token")?;
    let method = match &**story {
        "cash" => PaymentMethod::Cash,
        "card" => PaymentMethod::CreditCard,
        _ => paypay(),
    };
    match till.terminal.confirm_payment(token, method, listener) {
        Ok(attempt) => till.listen(&attempt),
        Err(error) => say(&format!("refused: {error}")),
    }
}

struct Listener(Sender<PaymentEvent>);

impl PaymentListener for Listener {
    fn on_event(&self, event: PaymentEvent) {
        if say(&format!("event {}", event.name)).is_err() {
            return;
        }
        if matches!(
            event.kind,
            PaymentEventKind::PaymentFailed {
                code: FailureCode::StorageUnavailable,
                ..
            }
        ) {
            // The power goes before that is acknowledged. Nothing was started all the same.
            std::process::exit(0);
        }
        // Without anybody who listens, the test is over.
        let _ = self.0.send(event);
    }
}

struct Till<'a> {
    terminal: Arc<PaymentTerminal>,
    story: &'a str,
    events: Receiver<PaymentEvent>,
}

impl Till<'_> {
    /// Until the attempt ends, or nothing more is heard of it.
    fn listen(&self, attempt: &PaymentAttempt) -> Result<()> {
        let life = match self.story {
            "recover" => LONG_LIFE,
            _ => SHORT_LIFE,
        };
        let end = Instant::now() + life;
        let mut seen_code = false;
        let left = || end.saturating_duration_since(Instant::now());
        while let Ok(event) = self.events.recv_timeout(left()) {
            match event.kind {
                kind if kind.is_final() => {
                    say(&format!("acknowledged {}", attempt.acknowledge()))?;
                    return say("over");
                }
                PaymentEventKind::CardAppRequested { request } => {
                    say("card charged")?;
                    if !self.hand_over(&request)? {
                        return Ok(());
                    }
                }
                PaymentEventKind::QrReady { .. } if !seen_code => {
                    seen_code = true;
                    match self.story {
                        "switch" => {
                            match attempt.switch_method(PaymentMethod::Cash) {
                                Ok(outcome) => say(&format!("switch {outcome:?}"))?,
                                // The customer pays by the code, or not at all.
                                Err(error) => return say(&format!("switch refused: {error}")),
                            }
                        }
                        "cancel" | "recover" => say(&format!("cancel {:?}", attempt.cancel()))?,
                        _ => {}
                    }
                }
                _ => {}
            }
        }
        say("switched off")
    }

    fn bring_back(&self, attempt: &PaymentAttempt) -> Result<()> {
        if let PaymentState::AwaitingCardApp { request } = attempt.state() {
            self.hand_over(&request)?;
        }
        self.listen(attempt)
    }

    /// The app keeps a result that was refused, and hands it in again in its next life.
    fn hand_over(&self, request: &CardRequest) -> Result<bool> {
        let told = self.terminal.complete_card_payment(approve(request));
        match &told {
            Ok(()) => say("card taken")?,
            Err(error) => say(&format!("card refused: {error}"))?,
        }
        Ok(told.is_ok())
    }
}

fn say(line: &str) -> Result<()> {
    use std::io::Write;
    writeln!(std::io::stdout(), "{line}")?;
    Ok(())
}
