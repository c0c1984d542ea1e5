//! Plays the customer: reads the code for a few seconds, then pays with the wallet.

use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use mpac_pgw_protocol::PaymentIntentId;

/// How long the customer takes to find the phone.
pub(crate) const THINKS_FOR: Duration = Duration::from_secs(3);

/// Pays after a while. What comes back says how it went.
pub(crate) fn pay_soon(gateway_url: &str, id: &PaymentIntentId) -> Receiver<Result<()>> {
    let url = format!("{gateway_url}/_local/payment_intents/{id}/pay");
    let (done, paid) = mpsc::channel();
    thread::spawn(move || {
        thread::sleep(THINKS_FOR);
        // Nobody listens any more when the sale is over already.
        let _ = done.send(pay(&url));
    });
    paid
}

fn pay(url: &str) -> Result<()> {
    let agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .proxy(None)
        .build()
        .new_agent();
    let response = agent
        .post(url)
        .send_empty()
        .context("the customer's wallet")?;
    ensure!(
        response.status().is_success(),
        "the wallet was answered with HTTP {}; a simulated customer needs a local gateway",
        response.status()
    );
    Ok(())
}
