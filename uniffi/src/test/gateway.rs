//! The real gateway, as a process of its own.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    process::{Child, ChildStdout, Command, Stdio},
    sync::mpsc,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use camino::Utf8Path;

/// The merchant that the gateway knows.
pub(crate) const MERCHANT: &str = "test_merchant";
/// Its secret key: made up, and searched for in everything the back ends print.
pub(crate) const SECRET: &str = "sk_test_canary_5f1d0c";

const PATIENCE: Duration = Duration::from_secs(30);

/// A gateway that runs until it is dropped.
#[derive(Debug)]
pub(crate) struct Gateway {
    process: Child,
    /// The address with its port, as in `127.0.0.1:4242`.
    pub(super) address: String,
    /// The same of its stand-in for PayPay.
    pub(super) paypay: String,
}

impl Gateway {
    /// Starts it on a free port with an empty store, and waits until it says where it listens.
    pub(crate) fn start(program: &Utf8Path, log: &Utf8Path) -> Result<Self> {
        let log = File::create(log).with_context(|| format!("could not write {log}"))?;
        let mut process = Command::new(program)
            .args(["serve", "--ephemeral", "--listen", "127.0.0.1:0"])
            .args(["--merchant", &format!("{MERCHANT}:{SECRET}")])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .with_context(|| format!("could not run {program}"))?;
        let stdout = process.stdout.take();
        let mut gateway = Self {
            process,
            address: String::new(),
            paypay: String::new(),
        };
        let stdout = stdout.context("the gateway has no stdout")?;
        (gateway.address, gateway.paypay) = addresses_from(stdout)?;
        Ok(gateway)
    }

    /// Whether the process is still there.
    pub(super) fn is_running(&mut self) -> Result<bool> {
        Ok(self.process.try_wait()?.is_none())
    }

    /// Where clients find it.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        // It may have ended by itself, and either way there is nobody left to tell.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The gateway's address, in the first line that has one, and that of its stand-in for PayPay.
fn addresses_from(stdout: ChildStdout) -> Result<(String, String)> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut first = None;
        // Reads on after the addresses were found: a full pipe would stop the gateway.
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            let Some(address) = address(&line) else {
                continue;
            };
            let gateway = first.get_or_insert_with(|| address.clone());
            if line.trim_start().starts_with("PayPay ") {
                // Only the first pair is waited for.
                let _ = sender.send((gateway.clone(), address));
            }
        }
    });
    match receiver.recv_timeout(PATIENCE) {
        Ok(addresses) => Ok(addresses),
        Err(mpsc::RecvTimeoutError::Disconnected) => bail!("the gateway ended before it listened"),
        Err(mpsc::RecvTimeoutError::Timeout) => {
            bail!(
                "the gateway named no address within {} s",
                PATIENCE.as_secs()
            )
        }
    }
}

/// The address in a line such as `Listening on http://127.0.0.1:4242/`.
fn address(line: &str) -> Option<String> {
    let (_, rest) = line.split_once("http://127.0.0.1:")?;
    let port: String = rest.chars().take_while(char::is_ascii_digit).collect();
    (!port.is_empty()).then(|| format!("127.0.0.1:{port}"))
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn the_address_is_found_in_what_the_gateway_prints() {
        let cases = [
            ("http://127.0.0.1:4242", Some("127.0.0.1:4242")),
            (
                "  PayPay  http://127.0.0.1:4243, the phone http://127.0.0.1:4243/wallet",
                Some("127.0.0.1:4243"),
            ),
            ("  API  http://127.0.0.1:80/v1 (test)", Some("127.0.0.1:80")),
            ("http://127.0.0.1:/", None),
            ("mpac-gateway 0.1.0", None),
        ];
        for (line, expected) in cases {
            assert_eq!(address(line).as_deref(), expected, "{line}");
        }
    }
}
