//! Plays the customer: scans the code, reads the page that it leads to, and presses *Pay*.

use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use ureq::Agent;

/// How long the customer takes to find the phone.
pub(crate) const THINKS_FOR: Duration = Duration::from_secs(3);

/// Pays after a while. What comes back says how it went.
pub(crate) fn pay_soon(qr_content: &str) -> Receiver<Result<()>> {
    let page = qr_content.to_owned();
    let (done, paid) = mpsc::channel();
    thread::spawn(move || {
        thread::sleep(THINKS_FOR);
        // Nobody listens any more when the sale is over already.
        let _ = done.send(pay(&page));
    });
    paid
}

/// Opens the wallet's page, and sends its form as a browser would.
fn pay(page: &str) -> Result<()> {
    const REAL: &str =
        "the simulated customer pays at a local gateway; this code needs a real phone";
    let origin = origin(page).context(REAL)?;
    let phone: Agent = Agent::config_builder()
        .http_status_as_error(false)
        .proxy(None)
        .timeout_global(Some(Duration::from_secs(10)))
        .build()
        .new_agent();
    let mut shown = phone.get(page).call().context("the wallet's page")?;
    ensure!(shown.status().is_success(), "{REAL}");
    let html = shown.body_mut().read_to_string()?;
    let action = between(&html, "action=\"", "\"").context(REAL)?;
    ensure!(html.contains(r#"name="act" value="pay""#), "{REAL}");
    let receipt = phone
        .post(format!("{origin}{action}"))
        .header("Origin", origin)
        .send_form([("act", "pay")])
        .context("the wallet's page")?;
    ensure!(
        receipt.status().is_success(),
        "the wallet answered HTTP {}",
        receipt.status()
    );
    Ok(())
}

/// Scheme, host and port of an address that a machine serves to itself.
fn origin(page: &str) -> Option<&str> {
    let host = page.strip_prefix("http://")?;
    let end = host.find('/')?;
    page.get(..page.len() - host.len() + end)
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(found, _)| found)
}
