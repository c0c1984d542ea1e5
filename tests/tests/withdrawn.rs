//! What the app withdraws while its thread waits for the gateway stays withdrawn. One test: it counts
//! the threads of its process.

use std::net::TcpListener;
use std::sync::Arc;

use mpac_pgw_sdk::CancelOutcome;
use mpac_pgw_tests::{Recorder, Till, patiently, paypay};

/// More than have their turn with the gateway at the same time.
const ATTEMPTS: usize = 12;

/// How many threads of attempts there are. The system keeps fifteen letters of a name.
fn threads() -> std::io::Result<usize> {
    let tasks = std::fs::read_dir("/proc/self/task")?;
    let threads = tasks
        .filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok())
        .filter(|name| "mpac-pgw-attempt".starts_with(name.trim()))
        .filter(|name| name.len() > 10)
        .count();
    Ok(threads)
}

#[test]
fn what_is_withdrawn_before_its_turn_is_told_once_and_stays_away() {
    // Somebody who takes connections and never says a word.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let mut till = Till::open(&url).unwrap();
    for number in 0..ATTEMPTS {
        let token = format!("pi_01HXYNOBODY{number}_secret_x");
        till.confirm(&token, paypay()).unwrap();
    }
    till.reopen().unwrap();
    let events = Arc::new(Recorder::default());
    let attempts = till.terminal.recover_pending(events.clone()).unwrap();
    assert_eq!(attempts.len(), ATTEMPTS);
    for attempt in attempts.iter().rev() {
        assert_eq!(attempt.cancel(), CancelOutcome::Cancelled);
        assert!(attempt.acknowledge());
    }
    drop(silent);
    patiently("the end of the threads", || threads().unwrap() == 0);
    assert_eq!(till.journal().unwrap().len(), 0, "files in the journal");
    assert_eq!(events.names(), vec!["payment_cancelled"; ATTEMPTS]);
}
