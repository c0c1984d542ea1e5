//! A terminal that was shut down says, sends and writes nothing more; the next one goes on from
//! the disk.

use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};

use mpac_pgw_sdk::{PaymentMethod, TerminalError};
use mpac_pgw_tests::{
    Network, Proxy, Recorder, ReplyFate, RequestFate, TestGateway, Till, approve, patiently,
};

/// Holds back each reply until the test lets it through.
struct Held {
    arrived: Mutex<Sender<usize>>,
    released: Mutex<Receiver<()>>,
}

impl Network for Held {
    fn request(&self, _: usize) -> RequestFate {
        RequestFate::Forwarded
    }

    fn reply(&self, number: usize) -> ReplyFate {
        // Once the test is over, everything passes.
        let _ = self
            .arrived
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .send(number);
        let _ = self
            .released
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .recv();
        ReplyFate::PassedOn
    }
}

fn hold() -> (Held, Receiver<usize>, Sender<()>) {
    let (arrived, arrivals) = mpsc::channel();
    let (release, released) = mpsc::channel();
    let held = Held {
        arrived: Mutex::new(arrived),
        released: Mutex::new(released),
    };
    (held, arrivals, release)
}

/// Whatever request was under way, of a payment that takes two.
#[test]
fn a_shutdown_during_a_request_decides_nothing() {
    for requests_before in 0..2 {
        let gateway = TestGateway::start().unwrap();
        let (held, arrivals, release) = hold();
        let proxy = Proxy::start(gateway.url(), Arc::new(held)).unwrap();
        let mut till = Till::open(&proxy.url()).unwrap();
        let order = gateway.create(&["cash"]).unwrap();
        let (_, events) = till
            .confirm(&order.payment_token, PaymentMethod::Cash)
            .unwrap();
        for _ in 0..requests_before {
            arrivals.recv().unwrap();
            release.send(()).unwrap();
        }
        arrivals.recv().unwrap();
        till.terminal.shut_down();
        drop(release);
        patiently("the old threads to end", || Arc::strong_count(&events) == 1);
        let heard = events.names();
        let is_final = |name: &String| name.starts_with("payment_");
        assert!(!heard.iter().any(is_final), "{heard:?}");

        till.reopen().unwrap();
        let events = Arc::new(Recorder::default());
        let recovered = till.terminal.recover_pending(events.clone()).unwrap();
        assert_eq!(recovered.len(), 1);
        events.wait_for("payment_success");
    }
}

/// `Ok` means that the result is on disk, whatever comes next.
#[test]
fn a_card_result_that_was_taken_is_kept_through_a_shutdown() {
    let gateway = TestGateway::start().unwrap();
    let mut taken = 0;
    for _ in 0..40 {
        let mut till = Till::open(gateway.url()).unwrap();
        let order = gateway.create(&["credit_card"]).unwrap();
        let card = PaymentMethod::CreditCard;
        let (_, events) = till.confirm(&order.payment_token, card).unwrap();
        let result = approve(&events.wait_for_card_request());
        let answer = std::thread::scope(|scope| {
            let handing_in = scope.spawn(|| till.terminal.complete_card_payment(result.clone()));
            till.terminal.shut_down();
            handing_in.join().unwrap()
        });
        till.reopen().unwrap();
        match answer {
            Ok(()) => taken += 1,
            Err(TerminalError::ShutDown) => {
                till.terminal.complete_card_payment(result).unwrap();
            }
            Err(error) => unreachable!("{error}"),
        }
        // Nothing is left only where the old terminal's app has heard the success already.
        let events_after = Arc::new(Recorder::default());
        if till
            .terminal
            .recover_pending(events_after.clone())
            .unwrap()
            .is_empty()
        {
            events.wait_for("payment_success");
        } else {
            events_after.wait_for("payment_success");
        }
    }
    println!("{taken} of 40 results were taken before the shutdown");
}

/// Settled by hand means settled: the same order can be taken again at once.
#[test]
fn an_acknowledged_attempt_is_out_of_the_way() {
    let gateway = TestGateway::start().unwrap();
    for _ in 0..20 {
        let till = Till::open(gateway.url()).unwrap();
        let order = gateway.create(&["credit_card", "cash"]).unwrap();
        let card = PaymentMethod::CreditCard;
        let (attempt, events) = till.confirm(&order.payment_token, card).unwrap();
        let result = approve(&events.wait_for_card_request());
        // Paid in cash at another terminal meanwhile.
        let other = Till::open(gateway.url()).unwrap();
        let (_, paid) = other
            .confirm(&order.payment_token, PaymentMethod::Cash)
            .unwrap();
        paid.wait_for("payment_success");
        till.terminal.complete_card_payment(result).unwrap();
        events.wait_for("payment_unresolved");
        assert!(attempt.acknowledge());
        till.confirm(&order.payment_token, PaymentMethod::Cash)
            .unwrap();
    }
}
