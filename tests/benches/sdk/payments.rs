//! From the app's call to the code on show, beside the two requests alone.

use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use mpac_pgw_sdk::{PaymentEvent, PaymentListener, PaymentTerminal, TerminalConfig};
use mpac_pgw_tests::{TestGateway, paypay};

use super::bare::Bare;
use super::report::{Report, Target};
use super::series::Series;

/// Tells when the code is there.
#[derive(Debug)]
pub(crate) struct Screen(Mutex<Sender<Instant>>);

impl PaymentListener for Screen {
    fn on_event(&self, event: PaymentEvent) {
        if event.name == "qr_ready" {
            let told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            // Nobody may be waiting any more.
            let _ = told.send(Instant::now());
        }
    }
}

pub(crate) fn measure(gateway: &TestGateway, times: usize, report: &mut Report) -> Result<()> {
    eprintln!("measuring {times} payments");
    let folder = tempfile::tempdir()?;
    let config = TerminalConfig::new(gateway.url(), folder.path());
    let terminal = PaymentTerminal::open(config, None)?;
    let bare = Bare::new(gateway.url());
    let (told, codes) = channel();
    let screen = Arc::new(Screen(Mutex::new(told)));
    let (mut shown, mut returned) = (Series::default(), Series::default());
    let (mut requests, mut overhead) = (Series::default(), Series::default());
    for _ in 0..times {
        let [mine, theirs] = [(), ()].map(|()| gateway.create(&["qr_mpm"]));
        let (mine, theirs) = (mine?, theirs?);

        let began = Instant::now();
        bare.retrieve(&theirs)?;
        bare.confirm(&theirs)?;
        let alone = began.elapsed();

        let began = Instant::now();
        let attempt = terminal.confirm_payment(mine.payment_token, paypay(), screen.clone())?;
        let called = began.elapsed();
        let code = codes.recv_timeout(Duration::from_secs(30));
        let took = code.context("no code")?.duration_since(began);
        // It would poll while the next one is measured.
        let _ = attempt.cancel();
        attempt.acknowledge();

        let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
        requests.add(milliseconds(alone));
        returned.add(milliseconds(called));
        shown.add(milliseconds(took));
        overhead.add(milliseconds(took) - milliseconds(alone));
    }
    let none = Target::None;
    report.row("confirm_payment returns", "ms", returned, none);
    report.row("confirm_payment to qr_ready", "ms", shown, none);
    report.row("  the same two requests, bare ureq", "ms", requests, none);
    let most = Target::Below(1.5);
    report.row("  above these, syncs included", "ms", overhead, most);
    Ok(())
}
