//! A till in a process of its own, for `tests/crashes.rs` to kill.
//!
//! It does what an app should: brings unfinished attempts back first, and takes the payment anew
//! only when there are none. What it does goes to stdout, a line each. At the point it was told
//! it says `stop` and waits to be killed. The points need no help from the SDK: each write of the
//! journal goes through the app's vault, and each event through its listener.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use mpac_pgw_sdk::{
    CardRequest, PaymentAttempt, PaymentEvent, PaymentEventKind, PaymentListener, PaymentMethod,
    PaymentState, PaymentTerminal, TerminalConfig, Vault, VaultError,
};
use mpac_pgw_tests::{CardApp, CardStep, paypay, scanned};

const PATIENCE: Duration = Duration::from_secs(60);

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [gateway_url, folder, story, point, number] = &arguments[..] else {
        bail!("crashing-terminal GATEWAY FOLDER STORY POINT NUMBER");
    };
    let stop = Arc::new(Stop {
        point: point.clone(),
        number: number.parse()?,
        passed: AtomicUsize::new(0),
    });
    let till = Till::open(gateway_url, Path::new(folder), story.clone(), stop)?;
    till.take_payment()
}

/// The point at which to wait for the end.
struct Stop {
    point: String,
    number: usize,
    passed: AtomicUsize,
}

impl Stop {
    fn is_here(&self, point: &str) -> bool {
        point == self.point && self.passed.fetch_add(1, Ordering::SeqCst) + 1 == self.number
    }

    fn at(&self, point: &str) {
        if self.is_here(point) {
            say("stop");
            loop {
                std::thread::park();
            }
        }
    }

    /// Goes on, so that the end may come anywhere in what follows.
    fn soon_after(&self, point: &str) {
        if self.is_here(point) {
            say("stop");
        }
    }
}

fn say(line: &str) {
    // Without anybody who listens, there is no test any more.
    if writeln!(io::stdout(), "{line}").is_err() {
        std::process::exit(1);
    }
}

/// Called right before each write of the journal.
struct StoppingVault {
    journal: PathBuf,
    stop: Arc<Stop>,
}

impl Vault for StoppingVault {
    fn seal(&self, plain: Vec<u8>) -> Result<Vec<u8>, VaultError> {
        self.stop.at("write");
        let mut sealed = plain.clone();
        sealed.reverse();
        if self.stop.is_here("torn write") {
            // What a crash in the middle of the write leaves behind.
            let torn = tear(&self.journal, &plain, &sealed[..sealed.len() / 2]);
            torn.map_err(|_| VaultError::Unavailable)?;
            say("stop");
            loop {
                std::thread::park();
            }
        }
        Ok(sealed)
    }

    fn open_sealed(&self, mut sealed: Vec<u8>) -> Result<Vec<u8>, VaultError> {
        sealed.reverse();
        Ok(sealed)
    }
}

fn tear(journal: &Path, plain: &[u8], half: &[u8]) -> Result<()> {
    let entry: serde_json::Value = serde_json::from_slice(plain)?;
    let id = entry["attempt"]["attempt_id"].as_str().context("an id")?;
    std::fs::write(journal.join(id).with_extension("tmp"), half)?;
    Ok(())
}

/// The app's listener, with a note on disk of the outcome.
struct Listener {
    note: PathBuf,
    events: Sender<PaymentEvent>,
    stop: Arc<Stop>,
}

impl PaymentListener for Listener {
    fn on_event(&self, event: PaymentEvent) {
        let replayed = if event.replayed { "again" } else { "first" };
        say(&format!(
            "event {} {} {replayed}",
            event.attempt_id, event.name
        ));
        self.stop.at("event");
        if event.kind.is_final() && write_durably(&self.note, &event.name).is_err() {
            // As good as killed: the outcome is not acknowledged.
            return;
        }
        self.stop.at("event noted");
        // Without anybody who listens, the payment is over.
        let _ = self.events.send(event);
        self.stop.soon_after("event taken");
    }
}

fn write_durably(path: &Path, text: &str) -> io::Result<()> {
    let mut file = std::fs::File::create(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

struct Till {
    folder: PathBuf,
    story: String,
    terminal: Arc<PaymentTerminal>,
    listener: Arc<Listener>,
    events: Receiver<PaymentEvent>,
    card_app: CardApp,
    stop: Arc<Stop>,
}

impl Till {
    fn open(gateway_url: &str, folder: &Path, story: String, stop: Arc<Stop>) -> Result<Self> {
        let journal = folder.join("journal");
        let mut config = TerminalConfig::new(gateway_url, &journal);
        config.polling.min_interval = Some(Duration::from_secs(1).into());
        config.polling.max_interval = Some(Duration::from_secs(1).into());
        let vault = StoppingVault {
            journal,
            stop: stop.clone(),
        };
        let (sender, events) = mpsc::channel();
        Ok(Self {
            folder: folder.to_owned(),
            story,
            terminal: PaymentTerminal::open(config, Some(Arc::new(vault)))?,
            listener: Arc::new(Listener {
                note: folder.join("note"),
                events: sender,
                stop: stop.clone(),
            }),
            events,
            card_app: CardApp::new(&folder.join("card-app")),
            stop,
        })
    }

    fn take_payment(&self) -> Result<()> {
        let mut attempts = self.terminal.recover_pending(self.listener.clone())?;
        let was_told = self.listener.note.exists();
        if attempts.is_empty() && was_told {
            say("nothing left to do");
            return Ok(());
        }
        if attempts.is_empty() {
            say("begin");
            attempts.push(self.begin()?);
        }
        ensure!(attempts.len() == 1, "{attempts:?}");
        self.see_through(&attempts[0])?;
        self.stop.at("acknowledge");
        ensure!(
            attempts[0].acknowledge(),
            "the outcome cannot be acknowledged"
        );
        ensure!(!self.is_anything_left()?, "an acknowledged attempt stays");
        self.stop.at("acknowledged");
        Ok(())
    }

    fn begin(&self) -> Result<Arc<PaymentAttempt>> {
        let method = match &*self.story {
            "card" => PaymentMethod::CreditCard,
            "cash" => PaymentMethod::Cash,
            "scan" => scanned(&std::env::var("MPAC_CUSTOMER_CODE")?),
            _ => paypay(),
        };
        let token = std::env::var("MPAC_PAYMENT_TOKEN")?;
        let listener = self.listener.clone();
        Ok(self.terminal.confirm_payment(token, method, listener)?)
    }

    fn see_through(&self, attempt: &PaymentAttempt) -> Result<()> {
        let mut handed_over = false;
        // The card app was to be launched before the crash. It knows whether it was.
        if let PaymentState::AwaitingCardApp { request } = attempt.state() {
            ensure!(!self.handed_over().exists(), "the SDK forgot the result");
            handed_over = true;
            self.hand_over(&request)?;
        }
        let mut on_show = false;
        loop {
            let event = self.events.recv_timeout(PATIENCE)?;
            match event.kind {
                kind if kind.is_final() => return Ok(()),
                PaymentEventKind::CardAppRequested { request } if !handed_over => {
                    handed_over = true;
                    self.hand_over(&request)?;
                }
                _ => {}
            }
            if !on_show && matches!(attempt.state(), PaymentState::AwaitingCustomer { .. }) {
                on_show = true;
                if self.story == "cancel" {
                    say(&format!("cancel {:?}", attempt.cancel()));
                } else {
                    say("code on show");
                }
            }
        }
    }

    fn hand_over(&self, request: &CardRequest) -> Result<()> {
        let result = self.card_app.show(request, |step| {
            self.stop.at(match step {
                CardStep::Launched => "card app launched",
                CardStep::Charged => "card charged",
            });
        })?;
        self.terminal.complete_card_payment(result)?;
        // From now on the result is the SDK's to keep.
        write_durably(&self.handed_over(), &request.attempt_id)?;
        self.stop.at("card result taken");
        Ok(())
    }

    fn handed_over(&self) -> PathBuf {
        self.folder.join("handed-over")
    }

    fn is_anything_left(&self) -> Result<bool> {
        let files = std::fs::read_dir(self.folder.join("journal"))?;
        let mut names = files.filter_map(|file| Some(file.ok()?.file_name()));
        Ok(names.any(|name| name != "lock" && name != "device"))
    }
}
