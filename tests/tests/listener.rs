//! How events reach an app: in order, once, and without holding anything up.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use mpac_pgw_sdk::{
    CancelOutcome, PaymentAttempt, PaymentEvent, PaymentEventKind, PaymentListener, PaymentMethod,
    PaymentState, PaymentTerminal, TerminalError,
};
use mpac_pgw_tests::{Recorder, TestGateway, Till, approve, patiently, paypay};

/// Takes each event only when the test lets it.
struct Slow {
    permits: Mutex<Receiver<()>>,
    heard: Recorder,
}

impl Slow {
    fn new() -> (Arc<Self>, Sender<()>) {
        let (permit, permits) = mpsc::channel();
        let slow = Self {
            permits: Mutex::new(permits),
            heard: Recorder::default(),
        };
        (Arc::new(slow), permit)
    }
}

impl PaymentListener for Slow {
    fn on_event(&self, event: PaymentEvent) {
        let permits = self.permits.lock().unwrap_or_else(PoisonError::into_inner);
        if permits.recv().is_ok() {
            self.heard.on_event(event);
        }
    }
}

#[test]
fn a_slow_listener_holds_up_neither_its_own_polling_nor_other_attempts() {
    let gateway = TestGateway::start().unwrap();
    let till = Till::open(gateway.url()).unwrap();
    let order = gateway.create(&["qr_mpm"]).unwrap();
    let (slow, permit) = Slow::new();
    let attempt = till
        .terminal
        .confirm_payment(order.payment_token.clone(), paypay(), slow.clone())
        .unwrap();
    patiently("a code", || {
        matches!(attempt.state(), PaymentState::AwaitingCustomer { .. })
    });
    gateway.pay(&order).unwrap();
    // Not one event has been taken, and the payment is known all the same.
    patiently("the result", || {
        matches!(attempt.state(), PaymentState::Finished { .. })
    });
    assert!(slow.heard.names().is_empty());

    let other = Arc::new(Recorder::default());
    let cash = gateway.create(&["cash"]).unwrap();
    till.terminal
        .confirm_payment(cash.payment_token, PaymentMethod::Cash, other.clone())
        .unwrap();
    other.wait_for("payment_success");

    for _ in 0..4 {
        permit.send(()).unwrap();
    }
    slow.heard.wait_for("payment_success");
    assert_eq!(
        slow.heard.names(),
        [
            "status_changed",
            "qr_ready",
            "status_changed",
            "payment_success"
        ]
    );
}

/// Does everything an app may do, from within the callback.
#[derive(Default)]
struct Busy {
    terminal: OnceLock<Arc<PaymentTerminal>>,
    attempt: OnceLock<Arc<PaymentAttempt>>,
    next_token: OnceLock<String>,
    cancelled: Mutex<Option<CancelOutcome>>,
    heard: Recorder,
    retried: Arc<Recorder>,
}

impl PaymentListener for Busy {
    fn on_event(&self, event: PaymentEvent) {
        let terminal = self.terminal.wait();
        match &event.kind {
            PaymentEventKind::CardAppRequested { request } => {
                let taken = terminal.complete_card_payment(approve(request));
                assert_eq!(taken, Ok(()));
            }
            PaymentEventKind::QrReady { .. } => {
                let attempt = self.attempt.wait();
                attempt.poll_now();
                let outcome = attempt.cancel();
                *self
                    .cancelled
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner) = Some(outcome);
            }
            PaymentEventKind::PaymentFailed { .. } => {
                let token = self.next_token.wait().clone();
                let retried = self.retried.clone();
                let begun = terminal.confirm_payment(token, PaymentMethod::Cash, retried);
                assert_eq!(begun.map(drop), Ok(()));
            }
            PaymentEventKind::PaymentSuccess { .. } | PaymentEventKind::PaymentCancelled { .. } => {
                assert!(self.attempt.wait().acknowledge(), "{}", event.name);
            }
            _ => {}
        }
        self.heard.on_event(event);
    }
}

#[test]
fn a_listener_may_call_back() {
    let gateway = TestGateway::start().unwrap();
    let till = Till::open(gateway.url()).unwrap();
    let confirm = |order: &mpac_pgw_tests::Order, method| {
        let busy = Arc::new(Busy::default());
        let _ = busy.terminal.set(till.terminal.clone());
        let token = order.payment_token.clone();
        let _ = busy.next_token.set(token.clone());
        let attempt = till
            .terminal
            .confirm_payment(token, method, busy.clone())
            .unwrap();
        let _ = busy.attempt.set(attempt);
        busy
    };

    let card = confirm(
        &gateway.create(&["credit_card"]).unwrap(),
        PaymentMethod::CreditCard,
    );
    card.heard.wait_for("payment_success");

    let qr = confirm(&gateway.create(&["qr_mpm"]).unwrap(), paypay());
    qr.heard.wait_for("payment_cancelled");
    let outcome = *qr.cancelled.lock().unwrap();
    assert_eq!(outcome, Some(CancelOutcome::Cancelled));

    // Refused because the order takes cash only; tried again in cash, from the callback.
    let failed = confirm(&gateway.create(&["cash"]).unwrap(), paypay());
    failed.heard.wait_for("payment_failed");
    failed.retried.wait_for("payment_success");
}

/// Shuts the terminal down from within a callback.
struct Quitter {
    terminal: OnceLock<Arc<PaymentTerminal>>,
    quit: AtomicBool,
}

impl PaymentListener for Quitter {
    fn on_event(&self, _: PaymentEvent) {
        self.terminal.wait().shut_down();
        self.quit.store(true, Ordering::SeqCst);
    }
}

#[test]
fn a_terminal_may_be_shut_down_from_a_callback() {
    let gateway = TestGateway::start().unwrap();
    let mut till = Till::open(gateway.url()).unwrap();
    let order = gateway.create(&["qr_mpm"]).unwrap();
    let quitter = Arc::new(Quitter {
        terminal: OnceLock::new(),
        quit: AtomicBool::new(false),
    });
    let _ = quitter.terminal.set(till.terminal.clone());
    till.terminal
        .confirm_payment(order.payment_token.clone(), paypay(), quitter.clone())
        .unwrap();
    patiently("shutting down", || quitter.quit.load(Ordering::SeqCst));
    let closed = till.terminal.retrieve_payment_intent(order.payment_token);
    assert_eq!(closed, Err(TerminalError::ShutDown));
    let refused = till.terminal.recover_pending(Arc::new(Recorder::default()));
    assert_eq!(refused.map(drop), Err(TerminalError::ShutDown));
    till.reopen().unwrap();
    let recovered = till.terminal.recover_pending(Arc::new(Recorder::default()));
    assert_eq!(recovered.unwrap().len(), 1);
}
