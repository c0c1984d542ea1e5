//! What it costs to wait for a customer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use mpac_pgw_sdk::{PaymentAttempt, PaymentState, PaymentTerminal, TerminalConfig};
use mpac_pgw_tests::{Order, Recorder, TestGateway, patiently, paypay};
use tempfile::TempDir;

use super::bare::Bare;
use super::report::{Report, Target};
use super::series::Series;
use super::usage::Usage;

/// A terminal with customers who look at codes.
struct Counter {
    terminal: Arc<PaymentTerminal>,
    attempts: Vec<Arc<PaymentAttempt>>,
    _journal: TempDir,
}

impl Counter {
    fn open(gateway: &TestGateway, interval: Duration) -> Result<Self> {
        let journal = tempfile::tempdir()?;
        let mut config = TerminalConfig::new(gateway.url(), journal.path());
        config.polling.min_interval = Some(interval.into());
        config.polling.max_interval = Some(interval.into());
        Ok(Self {
            terminal: PaymentTerminal::open(config, None)?,
            attempts: Vec::new(),
            _journal: journal,
        })
    }

    fn show_codes(&mut self, orders: &[Order]) -> Result<()> {
        let screen = Arc::new(Recorder::default());
        for order in orders {
            let token = order.payment_token.clone();
            let attempt = self
                .terminal
                .confirm_payment(token, paypay(), screen.clone())?;
            self.attempts.push(attempt);
        }
        let shows = |attempt: &Arc<PaymentAttempt>| {
            matches!(attempt.state(), PaymentState::AwaitingCustomer { .. })
        };
        patiently("every code", || self.attempts.iter().all(shows));
        Ok(())
    }
}

/// Memory and threads of many at once.
pub(crate) fn many(gateway: &TestGateway, report: &mut Report) -> Result<()> {
    const MANY: usize = 100;
    eprintln!("measuring {MANY} attempts that wait");
    let orders: Vec<Order> = (0..=MANY)
        .map(|_| gateway.create(&["qr_mpm"]))
        .collect::<Result<_>>()?;
    let mut counter = Counter::open(gateway, Duration::from_secs(15))?;
    // The first one pays for what they share.
    counter.show_codes(&orders[..1])?;
    let before = Usage::now()?;
    counter.show_codes(&orders[1..])?;
    // Events are told.
    std::thread::sleep(Duration::from_millis(300));
    let after = Usage::now()?;
    let row = |report: &mut Report, what: &str, unit, value: f64, most| {
        let what = format!("{what}, {MANY} waiting attempts");
        report.row(what, unit, Series::of(value), Target::Below(most));
    };
    let memory = after.memory_mib - before.memory_mib;
    row(report, "memory (RSS)", "MiB", memory, 20.0);
    let threads = after.threads - before.threads;
    row(report, "threads", "", threads, 110.0);
    Ok(())
}

/// What the processor does for one question.
pub(crate) fn polls(gateway: &TestGateway, report: &mut Report) -> Result<()> {
    const CUSTOMERS: usize = 8;
    const SECONDS: u32 = 10;
    eprintln!("measuring polls for {} s", 2 * SECONDS);
    let second = Duration::from_secs(1);
    let orders: Vec<Order> = (0..CUSTOMERS)
        .map(|_| gateway.create(&["qr_mpm"]))
        .collect::<Result<_>>()?;
    let polls = f64::from(SECONDS) * CUSTOMERS as f64;

    let mut counter = Counter::open(gateway, second)?;
    counter.show_codes(&orders)?;
    let before = Usage::now()?;
    std::thread::sleep(SECONDS * second);
    let after = Usage::now()?;
    drop(counter);

    let bare = Bare::new(gateway.url());
    let began = Instant::now();
    let by_hand = std::thread::scope(|scope| {
        let bare = &bare;
        for order in &orders {
            scope.spawn(move || {
                // Until behind the last measurement, so that what it has slept still counts.
                for number in 1..=SECONDS + 2 {
                    let due = began + number * second;
                    std::thread::sleep(due.saturating_duration_since(Instant::now()));
                    bare.retrieve(order)
                        .unwrap_or_else(|error| eprintln!("{error:#}"));
                }
            });
        }
        std::thread::sleep(second / 2);
        let before = Usage::now()?;
        std::thread::sleep(SECONDS * second);
        anyhow::Ok((before, Usage::now()?))
    })?;

    let each = |before: f64, after: f64| Series::of((after - before) / polls);
    let (before_by_hand, after_by_hand) = by_hand;
    report.row(
        "processor time for a poll",
        "ms",
        each(before.cpu_milliseconds, after.cpu_milliseconds),
        Target::Below(0.2),
    );
    report.row(
        "  by hand: a thread, ureq and a sleep",
        "ms",
        each(
            before_by_hand.cpu_milliseconds,
            after_by_hand.cpu_milliseconds,
        ),
        Target::None,
    );
    report.row(
        "wake-ups for a poll",
        "",
        each(before.wake_ups, after.wake_ups),
        Target::None,
    );
    report.row(
        "  by hand",
        "",
        each(before_by_hand.wake_ups, after_by_hand.wake_ups),
        Target::None,
    );
    Ok(())
}
