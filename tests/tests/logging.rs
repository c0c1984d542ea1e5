//! The SDK's own messages, in a sink of the app's. One test: the sink is the process's.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use mpac_pgw_sdk::{LogLevel, LogSink, PaymentMethod, set_log_level, set_log_sink};
use mpac_pgw_tests::{TestGateway, Till, patiently};

#[derive(Default)]
struct Sink(Mutex<Vec<(LogLevel, String)>>);

impl Sink {
    fn has(&self, part: &str) -> bool {
        let messages = self.0.lock().unwrap();
        messages.iter().any(|(_, message)| message.contains(part))
    }

    fn clear(&self) {
        self.0.lock().unwrap().clear();
    }
}

impl LogSink for Sink {
    fn log(&self, level: LogLevel, message: String) {
        // It is nobody's business what a sink logs itself.
        log::error!("echo of {message}");
        self.0.lock().unwrap().push((level, message));
    }
}

/// The worst of sinks: it blocks, calls the SDK that is just logging, and throws.
struct Bad(Arc<Till>);

impl LogSink for Bad {
    fn log(&self, _: LogLevel, _: String) {
        let _ = self.0.terminal.damaged_records();
        std::thread::sleep(Duration::from_millis(100));
        panic!("a sink that throws");
    }
}

#[test]
fn an_app_hears_what_it_asks_for_and_its_sink_harms_nothing() {
    let gateway = TestGateway::start().unwrap();
    let till = Arc::new(Till::open(gateway.url()).unwrap());
    let pay = || {
        let order = gateway.create(&["cash"]).unwrap();
        let cash = PaymentMethod::Cash;
        let (_, events) = till.confirm(&order.payment_token, cash).unwrap();
        events.wait_for("payment_success");
        order.payment_token
    };
    let sink = Arc::new(Sink::default());
    pay();
    set_log_sink(Some(sink.clone()));
    // From now on it is what needs attention.
    pay();
    set_log_level(LogLevel::Info);
    assert!(!sink.has(""), "{:?}", sink.0);
    pay();
    patiently("an event in the log", || sink.has("payment_success"));
    assert!(!sink.has("ureq") && !sink.has("echo"), "{:?}", sink.0);
    set_log_level(LogLevel::Debug);
    let token = pay();
    let (_, secret) = token.split_once("_secret_").unwrap();
    patiently("the HTTP library", || {
        let messages = sink.0.lock().unwrap();
        messages.iter().any(|(level, _)| *level == LogLevel::Debug)
    });
    assert!(!sink.has(secret), "{:?}", sink.0);
    let levels: Vec<LogLevel> = sink
        .0
        .lock()
        .unwrap()
        .iter()
        .map(|(level, _)| *level)
        .collect();
    assert!(levels.contains(&LogLevel::Info) && levels.contains(&LogLevel::Debug));

    set_log_sink(Some(Arc::new(Bad(till.clone()))));
    pay();
    set_log_sink(Some(sink.clone()));
    pay();
    patiently("the next sink", || sink.has("payment_success"));

    set_log_level(LogLevel::Off);
    pay();
    // What was logged before has been told by now, or is told first.
    set_log_level(LogLevel::Error);
    log::error!("the last one");
    patiently("the last one", || sink.has("the last one"));
    sink.clear();
    pay();
    set_log_sink(None);
    log::error!("to the platform");
    pay();
    assert!(!sink.has(""), "{:?}", sink.0);
}
