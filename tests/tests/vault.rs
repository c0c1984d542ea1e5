//! With a vault, nothing secret lies on disk in the clear, and a locked vault loses nothing.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use mpac_pgw_sdk::{
    PaymentMethod, PaymentTerminal, TerminalConfig, TerminalError, Vault, VaultError,
};
use mpac_pgw_tests::{Recorder, TestGateway, approve, scanned};

/// Stands for a keystore: what it seals cannot be read, and at times it is locked.
#[derive(Default)]
struct Keystore {
    locked: AtomicBool,
}

impl Keystore {
    fn turn(&self, bytes: Vec<u8>) -> Result<Vec<u8>, VaultError> {
        if self.locked.load(Ordering::SeqCst) {
            return Err(VaultError::Unavailable);
        }
        Ok(bytes.into_iter().map(|byte| byte ^ 0x5a).collect())
    }
}

impl Vault for Keystore {
    fn seal(&self, plain: Vec<u8>) -> Result<Vec<u8>, VaultError> {
        self.turn(plain)
    }

    fn open_sealed(&self, sealed: Vec<u8>) -> Result<Vec<u8>, VaultError> {
        self.turn(sealed)
    }
}

#[test]
fn the_journal_is_sealed_and_survives_a_locked_vault() {
    let gateway = TestGateway::start().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let keystore = Arc::new(Keystore::default());
    let open = |vault: Option<Arc<dyn Vault>>| {
        let config = TerminalConfig::new(gateway.url(), folder.path().to_string_lossy());
        PaymentTerminal::open(config, vault).unwrap()
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
        let config = TerminalConfig::new(gateway.url(), folder.path().to_string_lossy());
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
