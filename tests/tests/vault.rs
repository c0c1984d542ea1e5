//! With a vault, nothing secret lies on disk in the clear, and a locked vault loses nothing.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use mpac_pgw_sdk::{
    CardRequest, PaymentMethod, PaymentTerminal, TerminalConfig, TerminalError, Vault, VaultError,
};
use mpac_pgw_tests::{Recorder, TestGateway, approve, reopen, scanned};

/// Stands for a keystore: what it seals cannot be read, and at times it is locked.
#[derive(Default)]
struct Keystore {
    locked: AtomicBool,
    /// As with some keystores, what is locked still seals.
    seals_always: bool,
    key: u8,
    /// It says what is wrong.
    is_frank: bool,
}

impl Keystore {
    fn is_locked(&self) -> bool {
        self.locked.load(Ordering::SeqCst)
    }

    fn locked(&self) -> VaultError {
        match self.is_frank {
            true => VaultError::Locked,
            false => VaultError::Unavailable,
        }
    }

    fn turn(&self, bytes: &[u8]) -> Vec<u8> {
        let turned = bytes.iter().map(|byte| byte ^ 0x5a ^ self.key);
        turned.collect()
    }
}

impl Vault for Keystore {
    fn seal(&self, plain: Vec<u8>) -> Result<Vec<u8>, VaultError> {
        if self.is_locked() && !self.seals_always {
            return Err(self.locked());
        }
        Ok([&[self.key], &*self.turn(&plain)].concat())
    }

    fn open_sealed(&self, sealed: Vec<u8>) -> Result<Vec<u8>, VaultError> {
        match sealed.split_first() {
            _ if self.is_locked() => Err(self.locked()),
            Some((key, sealed)) if *key == self.key => Ok(self.turn(sealed)),
            _ if self.is_frank => Err(VaultError::KeyGone),
            _ => Err(VaultError::Unavailable),
        }
    }
}

/// A terminal with a card payment at the card app, switched off and on again.
struct Restarted {
    gateway: TestGateway,
    folder: tempfile::TempDir,
    token: String,
    request: CardRequest,
}

impl Restarted {
    fn new(vault: &Arc<Keystore>) -> anyhow::Result<Self> {
        let gateway = TestGateway::start()?;
        let token = gateway.create(&["credit_card"])?.payment_token;
        let folder = tempfile::tempdir()?;
        let config = TerminalConfig::new(gateway.url(), folder.path());
        let terminal = PaymentTerminal::open(config, Some(vault.clone()))?;
        let events = Arc::new(Recorder::default());
        let card = PaymentMethod::CreditCard;
        terminal.confirm_payment(token.clone(), card, events.clone())?;
        let request = events.wait_for_card_request();
        terminal.shut_down();
        Ok(Self {
            gateway,
            folder,
            token,
            request,
        })
    }

    fn open(&self, vault: Option<Arc<Keystore>>) -> Result<Arc<PaymentTerminal>, TerminalError> {
        let folder = self.folder.path();
        let config = TerminalConfig::new(self.gateway.url(), folder);
        reopen(&config, vault.map(|vault| vault as Arc<dyn Vault>))
    }

    /// Begins again what is at the card app already.
    fn begin_again(
        &self,
        terminal: &PaymentTerminal,
        events: &Arc<Recorder>,
    ) -> Result<(), TerminalError> {
        let card = PaymentMethod::CreditCard;
        let begun = terminal.confirm_payment(self.token.clone(), card, events.clone());
        begun.map(drop)
    }
}

fn assert_locked<T: std::fmt::Debug>(refused: Result<T, TerminalError>) {
    let Err(TerminalError::Storage { reason }) = refused else {
        unreachable!("{refused:?}");
    };
    assert!(reason.contains("unlock"), "{reason}");
}

#[test]
fn what_was_locked_when_the_terminal_was_opened_is_never_begun_a_second_time() {
    for seals_always in [false, true] {
        let keystore = Arc::new(Keystore {
            seals_always,
            ..Keystore::default()
        });
        let before = Restarted::new(&keystore).unwrap();
        keystore.locked.store(true, Ordering::SeqCst);
        let terminal = before.open(Some(keystore.clone())).unwrap();
        let events = Arc::new(Recorder::default());
        assert_locked(before.begin_again(&terminal, &events));
        assert_locked(terminal.recover_pending(events.clone()));
        assert_locked(terminal.complete_card_payment(approve(&before.request)));
        assert_eq!(terminal.damaged_records().len(), 1);

        keystore.locked.store(false, Ordering::SeqCst);
        let attempt_id = before.request.attempt_id.clone();
        assert_eq!(
            before.begin_again(&terminal, &events),
            Err(TerminalError::AttemptInProgress { attempt_id })
        );
        assert!(terminal.damaged_records().is_empty());
        let recovered = terminal.recover_pending(events.clone()).unwrap();
        assert_eq!(recovered.len(), 1);
        terminal
            .complete_card_payment(approve(&before.request))
            .unwrap();
        events.wait_for("payment_success");
        assert!(!events.names().contains(&"card_app_requested".to_owned()));
    }
}

#[test]
fn whatever_comes_first_after_the_vault_is_unlocked_finds_the_attempt() {
    let keystore = Arc::new(Keystore::default());
    let before = Restarted::new(&keystore).unwrap();
    for recovers_first in [false, true] {
        keystore.locked.store(true, Ordering::SeqCst);
        let terminal = before.open(Some(keystore.clone())).unwrap();
        keystore.locked.store(false, Ordering::SeqCst);
        let events = Arc::new(Recorder::default());
        if recovers_first {
            assert_eq!(terminal.recover_pending(events.clone()).unwrap().len(), 1);
            events.wait_for("payment_success");
        } else {
            let result = approve(&before.request);
            terminal.complete_card_payment(result).unwrap();
        }
        terminal.shut_down();
    }
}

#[test]
fn without_the_vault_that_sealed_it_nothing_is_begun_beside_an_attempt() {
    let keystore = Arc::new(Keystore::default());
    let before = Restarted::new(&keystore).unwrap();
    let terminal = before.open(None).unwrap();
    let events = Arc::new(Recorder::default());
    let refused = before.begin_again(&terminal, &events);
    let Err(TerminalError::Storage { reason }) = refused else {
        unreachable!("{refused:?}");
    };
    assert!(reason.contains("open the terminal with"), "{reason}");
}

#[test]
fn what_no_vault_will_ever_open_keeps_nobody_from_paying() {
    let before = Restarted::new(&Arc::new(Keystore::default())).unwrap();
    // The key is gone, and there is a new one.
    let terminal = before
        .open(Some(Arc::new(Keystore {
            key: 1,
            ..Keystore::default()
        })))
        .unwrap();
    let events = Arc::new(Recorder::default());
    assert!(terminal.recover_pending(events.clone()).unwrap().is_empty());
    assert_eq!(terminal.damaged_records().len(), 1);
    let order = before.gateway.create(&["cash"]).unwrap();
    terminal
        .confirm_payment(order.payment_token, PaymentMethod::Cash, events.clone())
        .unwrap();
    events.wait_for("payment_success");
}

#[test]
fn a_record_whose_key_is_gone_shows_its_facts_and_is_settled_once() {
    for is_frank in [false, true] {
        let before = Restarted::new(&Arc::new(Keystore::default())).unwrap();
        let other = Arc::new(Keystore {
            key: 1,
            is_frank,
            ..Keystore::default()
        });
        let terminal = before.open(Some(other.clone())).unwrap();
        let damaged = terminal.damaged_records();
        let [record] = &damaged[..] else {
            unreachable!("{damaged:?}");
        };
        let request = &before.request;
        assert_eq!(record.attempt_id, request.attempt_id);
        let id = Some(request.payment_intent_id.clone());
        assert_eq!(record.payment_intent_id, id);
        assert_eq!(record.amount, Some(request.amount));
        assert_eq!(record.currency, Some(request.currency));
        let method = record.method.as_ref().map(|method| method.as_str());
        assert_eq!(method, Some("credit_card"));
        assert!(record.created_at.is_some() && !record.is_locked);
        assert_eq!(record.reason.contains("gone for ever"), is_frank);

        let settle = |id: &str| terminal.settle_damaged_record(id.to_owned());
        assert_eq!(settle("somebody else's"), Ok(false));
        assert_eq!(settle(&record.attempt_id), Ok(true));
        assert_eq!(settle(&record.attempt_id), Ok(false));
        assert!(terminal.damaged_records().is_empty());
        terminal.shut_down();
        assert_eq!(settle(&record.attempt_id), Err(TerminalError::ShutDown));
        let terminal = before.open(Some(other)).unwrap();
        assert!(terminal.damaged_records().is_empty());
    }
}

#[test]
fn what_is_only_locked_is_never_settled_and_comes_back() {
    for is_frank in [false, true] {
        let keystore = Arc::new(Keystore {
            is_frank,
            ..Keystore::default()
        });
        let before = Restarted::new(&keystore).unwrap();
        let id = before.request.attempt_id.clone();
        keystore.locked.store(true, Ordering::SeqCst);
        let terminal = before.open(Some(keystore.clone())).unwrap();
        assert_locked(terminal.settle_damaged_record(id.clone()));
        assert!(terminal.damaged_records()[0].is_locked);
        keystore.locked.store(false, Ordering::SeqCst);
        assert_eq!(terminal.settle_damaged_record(id), Ok(false));
        let events = Arc::new(Recorder::default());
        assert_eq!(terminal.recover_pending(events).unwrap().len(), 1);
    }
}

#[test]
fn what_can_be_read_of_a_damaged_record_is_shown_without_a_vault_too() {
    let gateway = TestGateway::start().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let open = || {
        let config = TerminalConfig::new(gateway.url(), folder.path());
        reopen(&config, None).unwrap()
    };
    let order = gateway.create(&["qr_mpm"]).unwrap();
    let terminal = open();
    let events = Arc::new(Recorder::default());
    let qr = PaymentMethod::QrMpm {
        provider: "PAYPAY".to_owned(),
    };
    let attempt = terminal
        .confirm_payment(order.payment_token, qr, events.clone())
        .unwrap();
    events.wait_for("qr_ready");
    terminal.shut_down();
    let path = folder.path().join(attempt.id()).with_extension("attempt");
    let whole = std::fs::read_to_string(&path).unwrap();
    let strange = whole.replace("\"stage\":", "\"stage\":1,\"was\":");
    for (content, is_known) in [(strange.as_str(), true), (&whole[..100], false)] {
        std::fs::write(&path, content).unwrap();
        // Found, and found again where it was set aside.
        for _ in 0..2 {
            let terminal = open();
            let damaged = terminal.damaged_records();
            assert_eq!(damaged.len(), 1);
            assert_eq!(damaged[0].attempt_id, attempt.id());
            let id = damaged[0].payment_intent_id.as_ref();
            assert_eq!(id.is_some_and(|id| id.as_str() == order.id), is_known);
            terminal.shut_down();
        }
        let terminal = open();
        assert_eq!(terminal.settle_damaged_record(attempt.id()), Ok(true));
        terminal.shut_down();
        assert!(open().damaged_records().is_empty());
    }
}

#[test]
fn the_journal_is_sealed_and_survives_a_locked_vault() {
    let gateway = TestGateway::start().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let keystore = Arc::new(Keystore::default());
    let open = |vault: Option<Arc<dyn Vault>>| {
        let config = TerminalConfig::new(gateway.url(), folder.path());
        reopen(&config, vault).unwrap()
    };
    let order = gateway.create(&["credit_card"]).unwrap();
    let (_, secret) = order.payment_token.split_once("_secret_").unwrap();

    let terminal = open(Some(keystore.clone()));
    let events = Arc::new(Recorder::default());
    let card = PaymentMethod::CreditCard;
    terminal
        .confirm_payment(order.payment_token.clone(), card, events.clone())
        .unwrap();
    let request = events.wait_for_card_request();
    let on_disk: Vec<u8> = std::fs::read_dir(folder.path())
        .unwrap()
        .flat_map(|entry| std::fs::read(entry.unwrap().path()).unwrap())
        .collect();
    assert!(on_disk.len() > 200, "the attempt is on disk");
    for canary in [secret, &request.nonce] {
        let found = on_disk
            .windows(canary.len())
            .any(|bytes| bytes == canary.as_bytes());
        assert!(!found, "a secret lies on disk in the clear");
    }
    terminal.shut_down();

    // Not yet unlocked after a reboot, or opened without the vault by mistake: told, and kept.
    keystore.locked.store(true, Ordering::SeqCst);
    for vault in [Some(keystore.clone() as Arc<dyn Vault>), None] {
        let terminal = open(vault);
        assert_eq!(terminal.damaged_records().len(), 1);
        terminal.shut_down();
    }

    keystore.locked.store(false, Ordering::SeqCst);
    let terminal = open(Some(keystore.clone()));
    assert!(terminal.damaged_records().is_empty());
    let events = Arc::new(Recorder::default());
    assert_eq!(terminal.recover_pending(events.clone()).unwrap().len(), 1);
    terminal.complete_card_payment(approve(&request)).unwrap();
    events.wait_for("payment_success");

    // Without the vault nothing is started.
    keystore.locked.store(true, Ordering::SeqCst);
    let order = gateway.create(&["cash"]).unwrap();
    let refused = terminal.confirm_payment(order.payment_token, PaymentMethod::Cash, events);
    assert!(matches!(refused, Err(TerminalError::Storage { .. })));
}

/// A vault that remembers what it was given to seal.
#[derive(Default)]
struct Witness {
    keystore: Keystore,
    seen: Mutex<Vec<String>>,
}

impl Vault for Witness {
    fn seal(&self, plain: Vec<u8>) -> Result<Vec<u8>, VaultError> {
        let text = String::from_utf8_lossy(&plain).into_owned();
        let mut seen = self.seen.lock().map_err(|_| VaultError::Unavailable)?;
        seen.push(text);
        self.keystore.seal(plain)
    }

    fn open_sealed(&self, sealed: Vec<u8>) -> Result<Vec<u8>, VaultError> {
        self.keystore.open_sealed(sealed)
    }
}

#[test]
fn a_customers_code_is_written_before_it_is_sent_and_forgotten_once_it_is_answered() {
    let gateway = TestGateway::start().unwrap();
    for (outcome, ends) in [
        ("approved", "payment_success"),
        ("not-enough-balance", "payment_failed"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let witness = Arc::new(Witness::default());
        let config = TerminalConfig::new(gateway.url(), folder.path());
        let terminal = PaymentTerminal::open(config, Some(witness.clone())).unwrap();
        let order = gateway.create(&["qr_cpm"]).unwrap();
        let code = gateway.customer_code(outcome).unwrap();
        let events = Arc::new(Recorder::default());
        terminal
            .confirm_payment(order.payment_token, scanned(&code), events.clone())
            .unwrap();
        events.wait_for(ends);

        let seen = witness.seen.lock().unwrap();
        let holds_code: Vec<bool> = seen.iter().map(|text| text.contains(&code)).collect();
        // Begun, about to be sent, answered.
        assert_eq!(holds_code, [true, true, false], "{outcome}");
    }
}
