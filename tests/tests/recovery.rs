//! Attempts outlive the process that began them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use mpac_pgw_sdk::{
    ListenerError, PaymentEvent, PaymentListener, PaymentMethod, PaymentTerminal, TerminalConfig,
    TerminalError,
};
use mpac_pgw_tests::{Recorder, TestGateway, Till, approve, paypay};

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

#[test]
fn the_card_apps_answer_counts_after_a_restart_too() {
    for recover_first in [true, false] {
        let gateway = TestGateway::start().unwrap();
        let mut till = Till::open(gateway.url()).unwrap();
        let order = gateway.create(&["credit_card"]).unwrap();
        let card = PaymentMethod::CreditCard;
        let (_, before) = till.confirm(&order.payment_token, card).unwrap();
        let result = approve(&before.wait_for_card_request());

        till.reopen().unwrap();
        let after = Arc::new(Recorder::default());
        if recover_first {
            till.terminal.recover_pending(after.clone()).unwrap();
            till.terminal.complete_card_payment(result).unwrap();
        } else {
            till.terminal.complete_card_payment(result).unwrap();
            till.terminal.recover_pending(after.clone()).unwrap();
        }
        after.wait_for("payment_success");
        let launched_again = after
            .names()
            .iter()
            .any(|name| name == "card_app_requested");
        assert!(!launched_again, "the card app was launched twice");
    }
}

/// Refuses its first final events, as an app that throws does.
#[derive(Default)]
struct Clumsy {
    refusals_left: AtomicUsize,
    heard: Recorder,
}

impl PaymentListener for Clumsy {
    fn on_event(&self, event: PaymentEvent) -> Result<(), ListenerError> {
        let is_final = event.kind.is_final();
        self.heard.on_event(event)?;
        // As bad as it gets: a Rust listener that panics.
        #[allow(clippy::panic)]
        let bug = || panic!("the app has a bug");
        let left = |left: usize| left.checked_sub(1);
        let order = Ordering::SeqCst;
        if is_final && self.refusals_left.fetch_update(order, order, left).is_ok() {
            bug();
        }
        Ok(())
    }
}

#[test]
fn a_final_event_that_the_app_did_not_take_is_delivered_again() {
    let gateway = TestGateway::start().unwrap();
    let till = Till::open(gateway.url()).unwrap();
    let order = gateway.create(&["cash"]).unwrap();
    let clumsy = Arc::new(Clumsy {
        refusals_left: AtomicUsize::new(2),
        ..Clumsy::default()
    });
    till.terminal
        .confirm_payment(order.payment_token, PaymentMethod::Cash, clumsy.clone())
        .unwrap();
    mpac_pgw_tests::patiently("a third delivery", || {
        let names = clumsy.heard.names();
        names
            .iter()
            .filter(|name| *name == "payment_success")
            .count()
            == 3
    });
    mpac_pgw_tests::patiently("forgetting it then", || till.journal().unwrap().is_empty());
}

#[test]
fn an_accepted_event_is_not_delivered_again_though_the_terminal_is_shut_down_at_once() {
    let gateway = TestGateway::start().unwrap();
    let mut till = Till::open(gateway.url()).unwrap();
    for _ in 0..50 {
        let order = gateway.create(&["cash"]).unwrap();
        let (_, events) = till
            .confirm(&order.payment_token, PaymentMethod::Cash)
            .unwrap();
        events.wait_for("payment_success");
        till.reopen().unwrap();
        let again = till.terminal.recover_pending(Arc::new(Recorder::default()));
        assert_eq!(again.unwrap().len(), 0);
    }
}

#[test]
fn a_damaged_file_is_set_aside_and_blocks_nothing() {
    let gateway = TestGateway::start().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let files = [
        ("torn", r#"{"version":1,"gateway_url":"x","att"#),
        ("newer", r#"{"version":4,"something":"else"}"#),
        ("short", "{"),
    ];
    for (name, content) in files {
        std::fs::write(folder.path().join(name).with_extension("attempt"), content).unwrap();
    }
    let config = TerminalConfig::new(gateway.url(), folder.path().to_string_lossy());
    let terminal = PaymentTerminal::open(config, None).unwrap();
    let damaged = terminal.damaged_records();
    assert_eq!(damaged.len(), files.len());
    for record in &damaged {
        assert!(std::path::Path::new(&record.path).exists(), "{record:?}");
    }
    assert!(
        damaged
            .iter()
            .any(|record| record.reason.contains("version is 4"))
    );
    let recovered = terminal.recover_pending(Arc::new(Recorder::default()));
    assert!(recovered.unwrap().is_empty());
}

#[test]
fn a_directory_belongs_to_one_terminal_and_one_gateway() {
    let gateway = TestGateway::start().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let open = |url: &str| {
        PaymentTerminal::open(
            TerminalConfig::new(url, folder.path().to_string_lossy()),
            None,
        )
    };
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
    let elsewhere = open("https://other.example");
    assert!(matches!(
        elsewhere,
        Err(TerminalError::InvalidConfiguration { .. })
    ));
    assert!(open(gateway.url()).is_ok());
}
