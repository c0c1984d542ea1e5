//! How long a start takes with payments that are still open.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use mpac_pgw_sdk::{PaymentState, PaymentTerminal, TerminalConfig};
use mpac_pgw_tests::{TestGateway, Till, patiently, paypay};

use super::milliseconds;
use super::report::{Report, Target};

pub(crate) fn measure(gateway: &TestGateway, report: &mut Report) -> Result<()> {
    eprintln!("measuring starts");
    let till = Till::open(gateway.url())?;
    let order = gateway.create(&["qr_mpm"])?;
    let (attempt, _) = till.confirm(&order.payment_token, paypay())?;
    let shows = || matches!(attempt.state(), PaymentState::AwaitingCustomer { .. });
    patiently("a code", shows);
    let id = attempt.id();
    let file = till.journal()?.pop().context("an attempt on disk")?;
    drop(till);
    for (pending, target) in [
        (0, Target::None),
        (100, Target::None),
        (1_000, Target::Below(50.0)),
    ] {
        let folder = tempfile::tempdir()?;
        let config = TerminalConfig::new(gateway.url(), folder.path());
        // It makes the folder's mark.
        PaymentTerminal::open(config.clone(), None)?.shut_down();
        store(folder.path(), &id, &file, pending)?;
        // The first one finds that they come from elsewhere, and writes them anew.
        PaymentTerminal::open(config.clone(), None)?.shut_down();
        let opened = milliseconds(11, || {
            PaymentTerminal::open(config.clone(), None)?.shut_down();
            Ok(())
        })?;
        report.row(format!("open, {pending} pending"), "ms", opened, target);
    }
    Ok(())
}

/// So many attempts like this one.
fn store(folder: &Path, id: &str, file: &[u8], times: usize) -> Result<()> {
    let text = String::from_utf8(file.to_vec())?;
    for number in 0..times {
        let other = uuid::Uuid::from_u128(number as u128).to_string();
        fs::write(
            folder.join(format!("{other}.attempt")),
            text.replace(id, &other),
        )?;
    }
    Ok(())
}
