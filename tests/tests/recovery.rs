//! Attempts outlive the process that began them.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mpac_pgw_sdk::{
    CancelOutcome, PaymentEvent, PaymentListener, PaymentMethod, PaymentState, PaymentTerminal,
    TerminalConfig, TerminalError,
};
use mpac_pgw_tests::{Recorder, TestGateway, Till, approve, patiently, paypay, reopen};

#[test]
fn a_payment_made_while_the_terminal_was_down_is_found() {
    let gateway = TestGateway::start().unwrap();
    let mut till = Till::open(gateway.url()).unwrap();
    let order = gateway.create(&["qr_mpm"]).unwrap();
    let (attempt, before) = till.confirm(&order.payment_token, paypay()).unwrap();
    before.wait_for("qr_ready");

    till.reopen().unwrap();
    gateway.pay(&order).unwrap();
    let again = till.confirm(&order.payment_token, paypay());
    let attempt_id = attempt.id();
    assert_eq!(
        again.map(drop),
        Err(TerminalError::AttemptInProgress { attempt_id })
    );

    let after = Arc::new(Recorder::default());
    let recovered = till.terminal.recover_pending(after.clone()).unwrap();
    assert_eq!(recovered.len(), 1);
    assert_eq!(recovered[0].id(), attempt.id());
    after.wait_for("payment_success");
}

/// Answers each request after a while, remembers how many were under way at the same time, and asks
/// for no second question meanwhile.
fn slow_gateway(listener: TcpListener) -> (Arc<AtomicUsize>, Arc<AtomicUsize>) {
    let [served, most, under_way] = [(); 3].map(|()| Arc::new(AtomicUsize::new(0)));
    let answers = (served.clone(), most.clone());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let (served, most, under_way) = (served.clone(), most.clone(), under_way.clone());
            std::thread::spawn(move || {
                let mut request = [0; 4096];
                while stream.read(&mut request).is_ok_and(|read| read > 0) {
                    most.fetch_max(under_way.fetch_add(1, SeqCst) + 1, SeqCst);
                    std::thread::sleep(Duration::from_millis(20));
                    under_way.fetch_sub(1, SeqCst);
                    served.fetch_add(1, SeqCst);
                    let answer =
                        b"HTTP/1.1 503 Busy\r\nretry-after: 60\r\ncontent-length: 0\r\n\r\n";
                    // The terminal may have gone.
                    let _ = stream.write_all(answer);
                }
            });
        }
    });
    answers
}

#[test]
fn a_restart_asks_about_a_few_attempts_at_a_time() {
    const ATTEMPTS: usize = 40;
    // Free when it was asked for: nobody listens there yet.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let mut till = Till::open(&format!("http://{address}")).unwrap();
    let ended = Arc::new(Recorder::default());
    for number in 0..ATTEMPTS {
        let token = format!("pi_{number}_secret_{number}");
        till.terminal
            .confirm_payment(token, paypay(), ended.clone())
            .unwrap();
    }
    till.terminal.shut_down();
    // One that was just about to ask still does.
    patiently("the end of their threads", || {
        Arc::strong_count(&ended) == 1
    });
    let (served, most) = slow_gateway(TcpListener::bind(address).unwrap());
    till.reopen().unwrap();
    let recovered = till.terminal.recover_pending(Arc::new(Recorder::default()));
    assert_eq!(recovered.unwrap().len(), ATTEMPTS);
    patiently("a question about each", || served.load(SeqCst) >= ATTEMPTS);
    let most = most.load(SeqCst);
    assert!(most <= 8, "{most} at the same time");
}

/// Has a bug at the final event, as bad as it gets: a Rust listener that panics.
#[derive(Default)]
struct Clumsy(Recorder);

impl PaymentListener for Clumsy {
    #[allow(clippy::panic)]
    fn on_event(&self, event: PaymentEvent) {
        let is_final = event.kind.is_final();
        self.0.on_event(event);
        assert!(!is_final, "the app has a bug");
    }
}

#[test]
fn an_outcome_comes_back_until_it_is_acknowledged_and_then_no_more() {
    let gateway = TestGateway::start().unwrap();
    let mut till = Till::open(gateway.url()).unwrap();
    let order = gateway.create(&["cash"]).unwrap();
    let clumsy = Arc::new(Clumsy::default());
    let attempt = till
        .terminal
        .confirm_payment(order.payment_token, PaymentMethod::Cash, clumsy.clone())
        .unwrap();
    clumsy.0.wait_for("payment_success");
    // However the listener has returned, nothing is decided by it, also not by a shutdown.
    for _ in 0..2 {
        till.reopen().unwrap();
        assert!(!attempt.acknowledge(), "its terminal is gone");
        let again = Arc::new(Recorder::default());
        assert_eq!(
            till.terminal.recover_pending(again.clone()).unwrap().len(),
            1
        );
        assert!(again.wait_for("payment_success").replayed);
    }
    let again = Arc::new(Recorder::default());
    patiently("the end of its thread", || {
        let recovered = till.terminal.recover_pending(again.clone()).unwrap();
        !recovered.is_empty()
    });
    assert!(
        again.wait_for("payment_success").replayed,
        "in the same process, too"
    );
    till.reopen().unwrap();
    let last = till.terminal.recover_pending(again).unwrap().remove(0);
    patiently("the result", || {
        matches!(last.state(), PaymentState::Finished { .. })
    });
    assert!(last.acknowledge());
    assert!(till.journal().unwrap().is_empty());
    assert!(last.acknowledge(), "a second time does no harm");
    assert!(matches!(last.state(), PaymentState::Finished { .. }));
    till.reopen().unwrap();
    let none = till.terminal.recover_pending(Arc::new(Recorder::default()));
    assert_eq!(none.unwrap().len(), 0);
}

/// Lets go of the final event only when the gate is opened.
#[derive(Default)]
struct Gated {
    heard: Recorder,
    gate: Mutex<()>,
}

impl PaymentListener for Gated {
    fn on_event(&self, event: PaymentEvent) {
        let is_final = event.kind.is_final();
        self.heard.on_event(event);
        if is_final {
            drop(self.gate.lock());
        }
    }
}

#[test]
fn an_outcome_that_the_disk_does_not_let_go_of_is_not_acknowledged() {
    let gateway = TestGateway::start().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let config = TerminalConfig::new(gateway.url(), folder.path());
    let terminal = PaymentTerminal::open(config, None).unwrap();
    let order = gateway.create(&["cash"]).unwrap();
    let listener = Arc::new(Gated::default());
    let closed = listener.gate.lock().unwrap();
    let token = order.payment_token;
    let attempt = terminal
        .confirm_payment(token, PaymentMethod::Cash, listener.clone())
        .unwrap();
    listener.heard.wait_for("payment_success");

    // A folder in the place of the file is not removed.
    let file = folder.path().join(format!("{}.attempt", attempt.id()));
    std::fs::remove_file(&file).unwrap();
    std::fs::create_dir(&file).unwrap();
    assert!(!attempt.acknowledge(), "its thread is still there");
    drop(closed);
    for _ in 0..50 {
        assert!(!attempt.acknowledge());
        std::thread::sleep(Duration::from_millis(10));
    }
    std::fs::remove_dir(&file).unwrap();
    assert!(attempt.acknowledge());
    assert!(attempt.acknowledge());
}

#[test]
fn a_charge_to_give_back_is_acknowledged_as_often_as_one_likes() {
    let gateway = TestGateway::start().unwrap();
    let mut till = Till::open(gateway.url()).unwrap();
    let order = gateway.create(&["credit_card", "qr_mpm"]).unwrap();
    let card = PaymentMethod::CreditCard;
    let (attempt, events) = till.confirm(&order.payment_token, card).unwrap();
    let result = approve(&events.wait_for_card_request());
    // Meanwhile another terminal has the order withdrawn.
    let other = Till::open(gateway.url()).unwrap();
    let (withdrawn, shown) = other.confirm(&order.payment_token, paypay()).unwrap();
    shown.wait_for("qr_ready");
    assert_eq!(withdrawn.cancel(), CancelOutcome::Cancelled);
    till.terminal.complete_card_payment(result).unwrap();
    events.wait_for("payment_unresolved");
    assert!(attempt.acknowledge());
    assert!(attempt.acknowledge(), "a second time does no harm");
    assert!(till.journal().unwrap().is_empty());
    till.reopen().unwrap();
    assert!(!attempt.acknowledge(), "its terminal is gone");
}

#[test]
fn what_is_acknowledged_does_not_come_back_though_the_terminal_is_shut_down_at_once() {
    let gateway = TestGateway::start().unwrap();
    let mut till = Till::open(gateway.url()).unwrap();
    for _ in 0..50 {
        let order = gateway.create(&["cash"]).unwrap();
        let (attempt, events) = till
            .confirm(&order.payment_token, PaymentMethod::Cash)
            .unwrap();
        events.wait_for("payment_success");
        assert!(attempt.acknowledge());
        till.reopen().unwrap();
        let again = till.terminal.recover_pending(Arc::new(Recorder::default()));
        assert_eq!(again.unwrap().len(), 0);
    }
}

/// Each thread is a stack, and a busy shop may have hundreds of outcomes.
#[test]
fn an_outcome_that_nobody_acknowledges_needs_no_thread() {
    let gateway = TestGateway::start().unwrap();
    let till = Till::open(gateway.url()).unwrap();
    for _ in 0..20 {
        let order = gateway.create(&["cash"]).unwrap();
        let (_, events) = till
            .confirm(&order.payment_token, PaymentMethod::Cash)
            .unwrap();
        events.wait_for("payment_success");
    }
    let threads = || {
        let tasks = std::fs::read_dir("/proc/self/task")
            .into_iter()
            .flatten()
            .flatten();
        let names = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("comm")).ok());
        names.filter(|name| name.starts_with("mpac-pgw")).count()
    };
    // The other tests have some, too.
    patiently("their end", || threads() < 20);
    assert_eq!(till.journal().unwrap().len(), 20);
}

#[test]
fn a_damaged_file_is_set_aside_and_blocks_nothing() {
    let gateway = TestGateway::start().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let files = [
        ("torn", r#"{"version":1,"gateway_url":"x","att"#),
        ("newer", r#"{"version":999,"something":"else"}"#),
        ("short", "{"),
    ];
    for (name, content) in files {
        std::fs::write(folder.path().join(name).with_extension("attempt"), content).unwrap();
    }
    let config = TerminalConfig::new(gateway.url(), folder.path());
    let terminal = PaymentTerminal::open(config, None).unwrap();
    let damaged = terminal.damaged_records();
    assert_eq!(damaged.len(), files.len());
    for record in &damaged {
        assert!(std::path::Path::new(&record.path).exists(), "{record:?}");
    }
    assert!(
        damaged
            .iter()
            .any(|record| record.reason.contains("version is 999"))
    );
    let recovered = terminal.recover_pending(Arc::new(Recorder::default()));
    assert!(recovered.unwrap().is_empty());
}

/// A disk that failed for a moment has lost nothing.
#[test]
fn what_can_be_read_after_all_is_brought_back_and_not_settled_by_hand() {
    let gateway = TestGateway::start().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let open = || {
        let config = TerminalConfig::new(gateway.url(), folder.path());
        reopen(&config, None).unwrap()
    };
    let terminal = open();
    let order = gateway.create(&["qr_mpm"]).unwrap();
    let events = Arc::new(Recorder::default());
    let token = order.payment_token.clone();
    let attempt = terminal
        .confirm_payment(token, paypay(), events.clone())
        .unwrap();
    events.wait_for("qr_ready");
    terminal.shut_down();
    let file = folder.path().join(attempt.id()).with_extension("attempt");
    let aside = file.with_extension("aside");
    std::fs::rename(&file, &aside).unwrap();
    std::fs::create_dir(&file).unwrap();
    let terminal = open();
    assert_eq!(terminal.damaged_records().len(), 1);
    std::fs::remove_dir(&file).unwrap();
    std::fs::rename(&aside, &file).unwrap();

    let settled = terminal.settle_damaged_record(attempt.id());
    assert!(
        matches!(settled, Err(TerminalError::Storage { .. })),
        "{settled:?}"
    );
    assert!(file.exists() && terminal.damaged_records().is_empty());
    let events = Arc::new(Recorder::default());
    let recovered = terminal.recover_pending(events.clone()).unwrap();
    assert_eq!(recovered.len(), 1);
    gateway.pay(&order).unwrap();
    recovered[0].poll_now();
    events.wait_for("payment_success");
}

#[test]
fn a_directory_belongs_to_one_terminal_and_one_gateway() {
    let gateway = TestGateway::start().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let open = |url: &str| PaymentTerminal::open(TerminalConfig::new(url, folder.path()), None);
    let terminal = open(gateway.url()).unwrap();
    assert_eq!(
        open(gateway.url()).map(drop),
        Err(TerminalError::DirectoryInUse)
    );

    let order = gateway.create(&["credit_card"]).unwrap();
    let events = Arc::new(Recorder::default());
    terminal
        .confirm_payment(
            order.payment_token,
            PaymentMethod::CreditCard,
            events.clone(),
        )
        .unwrap();
    events.wait_for_card_request();
    terminal.shut_down();
    let other = TerminalConfig::new("https://other.example", folder.path());
    let elsewhere = reopen(&other, None).map(drop);
    assert!(matches!(
        elsewhere,
        Err(TerminalError::InvalidConfiguration { .. })
    ));
    assert!(reopen(&TerminalConfig::new(gateway.url(), folder.path()), None).is_ok());
}
