//! The folder of the journal is the terminal's alone, and stays on its device.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use mpac_pgw_sdk::{
    PaymentMethod, PaymentTerminal, TerminalConfig, TerminalError, Vault, VaultError,
};
use mpac_pgw_tests::{Recorder, TestGateway, patiently, paypay, reopen};

/// Nobody listens there.
const GATEWAY: &str = "http://127.0.0.1:9";

/// An attempt that the gateway has never heard of.
const FORGED: &str = r#"{"version":1,"gateway_url":"http://127.0.0.1:9","attempt":{"attempt_id":"6b0f4c1e-7f0a-4a53-9d58-0c0c0c0c0c0c","payment_token":"pi_01HXYEXAMPLE_secret_forged","method":{"type":"cash"},"switched_from":null,"paid_by":null,"created_at":"2025-12-08T10:00:00Z","confirm_key":"1","cancel_key":"2","card_nonce":"3","stage":{"name":"finished","result":{"type":"succeeded"}},"intent":null,"qr":null,"approval":null,"unresolved":null}}"#;
const FORGED_NAME: &str = "6b0f4c1e-7f0a-4a53-9d58-0c0c0c0c0c0c.attempt";

fn open(folder: &Path) -> Result<Arc<PaymentTerminal>, TerminalError> {
    open_with(GATEWAY, folder, |_| {}, None)
}

fn open_with(
    gateway: &str,
    folder: &Path,
    change: impl Fn(&mut TerminalConfig),
    vault: Option<Arc<dyn Vault>>,
) -> Result<Arc<PaymentTerminal>, TerminalError> {
    let mut config = TerminalConfig::new(gateway, folder);
    change(&mut config);
    reopen(&config, vault)
}

fn is_refused_storage(opened: Result<Arc<PaymentTerminal>, TerminalError>) -> bool {
    matches!(opened.map(drop), Err(TerminalError::Storage { .. }))
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().mode() & 0o7777
}

#[test]
fn a_folder_that_others_may_write_to_is_closed_to_them() {
    for open_to in [0o777, 0o770, 0o702, 0o775] {
        let folder = tempfile::tempdir().unwrap();
        let rights = std::fs::Permissions::from_mode(open_to);
        std::fs::set_permissions(folder.path(), rights).unwrap();
        open(folder.path()).unwrap();
        assert_eq!(mode(folder.path()) & 0o022, 0, "{open_to:o}");
    }
    // A new one is closed from the start, and so is every file in it.
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("a/b");
    let terminal = open(&folder).unwrap();
    let token = "pi_01HXYEXAMPLE_secret_abc".to_owned();
    let listener = Arc::new(Recorder::default());
    let begun = terminal.confirm_payment(token, PaymentMethod::Cash, listener);
    begun.unwrap();
    assert_eq!(mode(&folder), 0o700);
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}

/// What came of opening a folder with these rights, which must be as it was.
fn refusal(folder: &Path, rights: u32) -> String {
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(rights)).unwrap();
    let before = std::fs::metadata(folder).unwrap();
    let opened = open(folder).map(drop);
    let Err(TerminalError::InvalidConfiguration { field, reason }) = opened else {
        unreachable!("{rights:o} was not refused: {opened:?}");
    };
    assert_eq!(field, "data_directory");
    let after = std::fs::metadata(folder).unwrap();
    assert_eq!((after.mode(), after.uid()), (before.mode(), before.uid()));
    reason
}

#[test]
fn a_folder_that_others_use_too_is_left_as_it_is_and_refused_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    for rights in [0o1777, 0o1770, 0o1757] {
        let reason = refusal(folder.path(), rights);
        assert!(reason.contains("a folder of the app's own"), "{reason}");
    }
    let left = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(left, 0, "nothing was made in it");
    // Where nobody else may write, nothing has to be changed.
    for rights in [0o1755, 0o1700] {
        let rights = std::fs::Permissions::from_mode(rights);
        std::fs::set_permissions(folder.path(), rights).unwrap();
        open(folder.path()).unwrap();
    }
}

#[test]
fn an_apps_own_files_beside_the_journal_are_no_reason_to_refuse() {
    let folder = tempfile::tempdir().unwrap();
    open(folder.path()).unwrap().shut_down();
    std::fs::write(folder.path().join("settings.json"), "{}").unwrap();
    let is_root = chown(folder.path().join("settings.json"), Some(12345), None).is_ok();
    let rights = std::fs::Permissions::from_mode(0o775);
    if is_root {
        // Root may change any folder, and so has to keep off those with anything else in them.
        refusal(folder.path(), 0o775);
        std::fs::remove_file(folder.path().join("settings.json")).unwrap();
    }
    std::fs::set_permissions(folder.path(), rights).unwrap();
    open(folder.path()).unwrap();
    assert_eq!(mode(folder.path()), 0o700);
}

/// Only root can give a folder away.
#[test]
fn a_folder_of_another_user_is_taken_over_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    if chown(folder.path(), Some(12345), None).is_err() {
        return;
    }
    open(folder.path()).unwrap();
    let owner = std::fs::metadata(folder.path()).unwrap().uid();
    assert_ne!(owner, 12345);
}

#[test]
fn the_lock_follows_no_link_cuts_nothing_off_and_is_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let precious = folder.path().join("precious");
    let journal = folder.path().join("journal");
    let lock = journal.join("lock");
    std::fs::create_dir(&journal).unwrap();
    std::fs::write(&precious, "precious").unwrap();
    for target in [&precious, &folder.path().join("missing")] {
        symlink(target, &lock).unwrap();
        assert!(is_refused_storage(open(&journal)), "{}", target.display());
        std::fs::remove_file(&lock).unwrap();
    }
    assert_eq!(std::fs::read(&precious).unwrap(), b"precious");
    assert!(!folder.path().join("missing").exists());

    make_pipe(&lock);
    assert!(is_refused_storage(open(&journal)));
    std::fs::remove_file(&lock).unwrap();
    std::fs::create_dir(&lock).unwrap();
    assert!(is_refused_storage(open(&journal)));
    std::fs::remove_dir(&lock).unwrap();

    std::fs::rename(&precious, &lock).unwrap();
    open(&journal).unwrap();
    assert_eq!(std::fs::read(&lock).unwrap(), b"precious");
}

#[test]
fn an_attempt_that_is_no_file_of_the_journals_is_neither_followed_nor_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let target = elsewhere.path().join("forged");
    std::fs::write(&target, FORGED).unwrap();
    let attempt = folder.path().join(FORGED_NAME);
    type Plant<'a> = &'a dyn Fn(&Path);
    let plants: [Plant<'_>; 3] = [
        &|path| symlink(&target, path).unwrap(),
        &make_pipe,
        &|path| std::fs::create_dir(path).unwrap(),
    ];
    for plant in plants {
        plant(&attempt);
        let terminal = open(folder.path()).unwrap();
        assert_eq!(terminal.damaged_records().len(), 1);
        let recovered = terminal.recover_pending(Arc::new(Recorder::default()));
        assert!(recovered.unwrap().is_empty());
        terminal.shut_down();
        let _ = std::fs::remove_file(&attempt);
        let _ = std::fs::remove_dir(&attempt);
    }
    assert_eq!(std::fs::read_to_string(&target).unwrap(), FORGED);
}

#[test]
fn what_is_written_goes_through_no_link() {
    let gateway = TestGateway::start().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let target = elsewhere.path().join("precious");
    std::fs::write(&target, "precious").unwrap();
    let terminal = open_with(gateway.url(), folder.path(), |_| {}, None).unwrap();
    let order = gateway.create(&["qr_mpm"]).unwrap();
    let events = Arc::new(Recorder::default());
    let attempt = terminal
        .confirm_payment(order.payment_token, paypay(), events.clone())
        .unwrap();
    events.wait_for("qr_ready");
    let unfinished = folder.path().join(attempt.id()).with_extension("tmp");
    // The code is told before it is written down.
    patiently("the record to be written", || {
        symlink(&target, &unfinished).is_ok()
    });
    assert!(attempt.cancel() == mpac_pgw_sdk::CancelOutcome::Cancelled);
    events.wait_for("payment_cancelled");
    assert_eq!(std::fs::read(&target).unwrap(), b"precious");
}

/// Seals so that it knows its own again.
struct Keystore;

impl Vault for Keystore {
    fn seal(&self, plain: Vec<u8>) -> Result<Vec<u8>, VaultError> {
        Ok(plain.into_iter().map(|byte| byte ^ 0x5a).collect())
    }

    fn open_sealed(&self, sealed: Vec<u8>) -> Result<Vec<u8>, VaultError> {
        self.seal(sealed)
    }
}

#[test]
fn with_a_vault_a_planted_success_is_told_to_nobody() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(FORGED_NAME), FORGED).unwrap();
    let vault = || Some(Arc::new(Keystore) as Arc<dyn Vault>);
    for _ in 0..2 {
        let terminal = open_with(GATEWAY, folder.path(), |_| {}, vault()).unwrap();
        let damaged = terminal.damaged_records();
        assert_eq!(damaged.len(), 1);
        assert!(damaged[0].reason.contains("seal an existing"));
        assert!(Path::new(&damaged[0].path).exists());
        let events = Arc::new(Recorder::default());
        assert!(terminal.recover_pending(events.clone()).unwrap().is_empty());
        assert!(events.names().is_empty());
        terminal.shut_down();
    }
}

#[test]
fn a_journal_from_before_the_vault_is_sealed_once_the_app_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let terminal = open(folder.path()).unwrap();
    let token = "pi_01HXYEXAMPLE_secret_abc".to_owned();
    let listener = || Arc::new(Recorder::default());
    let begun = terminal.confirm_payment(token, PaymentMethod::Cash, listener());
    let id = begun.unwrap().id();
    terminal.shut_down();
    let vault = || Some(Arc::new(Keystore) as Arc<dyn Vault>);
    for seals in [false, true, false] {
        let change = |config: &mut TerminalConfig| config.seal_existing_journal = seals;
        let terminal = open_with(GATEWAY, folder.path(), change, vault()).unwrap();
        let is_sealed = std::fs::read(folder.path().join(&id).with_extension("attempt"))
            .unwrap()
            .starts_with(b"mpac-sealed");
        let recovered = terminal.recover_pending(listener()).unwrap();
        // Left alone at first, then taken over, and sealed from then on.
        assert_eq!(recovered.len(), usize::from(is_sealed));
        assert_eq!(terminal.damaged_records().is_empty(), is_sealed);
        assert!(is_sealed || !seals);
        terminal.shut_down();
    }
}

/// The attempts in a folder that are marked as copies, and all of them.
fn copies(folder: &Path) -> (usize, usize) {
    let files = std::fs::read_dir(folder).unwrap();
    let attempts: Vec<String> = files
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "attempt"))
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect();
    let copied = |text: &&String| text.contains(r#""copied":true"#);
    (attempts.iter().filter(copied).count(), attempts.len())
}

#[test]
fn a_copied_folder_is_recognised_and_a_moved_one_is_not() {
    let parent = tempfile::tempdir().unwrap();
    let at = |name: &str| -> PathBuf { parent.path().join(name) };
    let begin = |name: &str| {
        let terminal = open(&at(name)).unwrap();
        let token = format!("pi_01HXY{}_secret_abc", name.to_uppercase());
        let listener = Arc::new(Recorder::default());
        let begun = terminal.confirm_payment(token, PaymentMethod::Cash, listener);
        begun.unwrap();
        terminal.shut_down();
    };
    let run = |command: &str| {
        let mut shell = Command::new("sh");
        shell.args(["-ec", command]).current_dir(parent.path());
        let status = shell.status().unwrap();
        assert!(status.success(), "{command}");
    };
    begin("till");
    open(&at("till")).unwrap().shut_down();
    assert_eq!(copies(&at("till")), (0, 1));

    std::fs::rename(at("till"), at("moved")).unwrap();
    open(&at("moved")).unwrap().shut_down();
    assert_eq!(copies(&at("moved")), (0, 1));

    for (name, command) in [
        ("a", "cp -a moved a"),
        ("b", "mkdir b && tar cf - -C moved . | tar xpf - -C b"),
        ("c", "mkdir c && cp -p moved/*.attempt c"),
    ] {
        run(command);
        open(&at(name)).unwrap().shut_down();
        assert_eq!(copies(&at(name)), (1, 1), "{command}");
        begin(name);
        open(&at(name)).unwrap().shut_down();
        assert_eq!(copies(&at(name)), (1, 2), "its own, after {command}");
    }
    open(&at("moved")).unwrap().shut_down();
    assert_eq!(copies(&at("moved")), (0, 1));

    // The very same files, on what the app knows to be another device.
    let named = |id: &str| {
        let id = id.to_owned();
        move |config: &mut TerminalConfig| config.device_id = Some(id.clone())
    };
    for (id, copied) in [("one", 0), ("one", 0), ("two", 1)] {
        open_with(GATEWAY, &at("moved"), named(id), None)
            .unwrap()
            .shut_down();
        assert_eq!(copies(&at("moved")), (copied, 1), "{id}");
    }
}

#[test]
fn a_path_that_lost_something_on_its_way_here_opens_no_journal() {
    let parent = tempfile::tempdir().unwrap();
    let lossy = parent.path().join("till-\u{fffd}");
    let opened = open(&lossy).map(drop);
    let Err(TerminalError::InvalidConfiguration { field, reason }) = opened else {
        panic!("it was not refused: {opened:?}");
    };
    assert_eq!(field, "data_directory");
    assert!(reason.contains("U+FFFD"), "{reason}");
    assert!(!lossy.exists());
}

fn make_pipe(path: &Path) {
    let status = Command::new("mkfifo").arg(path).status().unwrap();
    assert!(status.success());
    let is_pipe = |found: std::fs::Metadata| found.file_type().is_fifo();
    assert!(std::fs::metadata(path).is_ok_and(is_pipe));
}
