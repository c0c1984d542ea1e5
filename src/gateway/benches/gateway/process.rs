//! The program under test.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use mpac_gateway::Merchant;

const PATIENCE: Duration = Duration::from_secs(30);

/// A gateway process. Dropping it kills it.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    address: SocketAddr,
}

impl Process {
    /// Starts a gateway on a database file and waits until it answers.
    pub(crate) fn start(program: &Path, file: &Path) -> Result<Self> {
        // Free when it was asked for: the port has to be known before the program runs.
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let mut command = Command::new(program);
        command
            .args(["serve", "--quiet", "--listen", &address.to_string()])
            .args(["--paypay-listen", "127.0.0.1:0", "--db"])
            .arg(file)
            .arg("--merchant")
            .arg(format!("{}:{}", Merchant::TEST_ID, Merchant::TEST_SECRET));
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn();
        let mut process = Self {
            child: child.context("cannot run the gateway")?,
            address,
        };
        process.wait_for_answer()?;
        Ok(process)
    }

    /// Milliseconds from the start of the program to its first answer.
    pub(crate) fn milliseconds_to_answer(program: &Path, file: &Path) -> Result<f64> {
        let start = Instant::now();
        let _process = Self::start(program, file)?;
        Ok(start.elapsed().as_secs_f64() * 1e3)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Memory that is in RAM (RSS), in MiB.
    pub(crate) fn memory_mib(&self) -> Result<f64> {
        let file = format!("/proc/{}/status", self.child.id());
        let status = fs::read_to_string(file).context("memory is read from /proc, on Linux")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB"));
        let kib: f64 = kib.context("/proc has no VmRSS")?.parse()?;
        Ok(kib / 1024.0)
    }

    /// Seconds that the processors have spent on it, in the program and for it in the system.
    pub(crate) fn cpu_seconds(&self) -> Result<f64> {
        /// What Linux counts these times in, on every machine.
        const TICKS_PER_SECOND: f64 = 100.0;
        let file = format!("/proc/{}/stat", self.child.id());
        let stat =
            fs::read_to_string(file).context("processor time is read from /proc, on Linux")?;
        // The program's name, in parentheses, may hold anything; utime and stime are the 12th and
        // 13th after it.
        let (_, fields) = stat.rsplit_once(')').context("/proc has no process name")?;
        let times = fields.split_ascii_whitespace().skip(11).take(2);
        let ticks: Vec<f64> = times.map(str::parse).collect::<Result<_, _>>()?;
        Ok(ticks.iter().sum::<f64>() / TICKS_PER_SECOND)
    }

    fn wait_for_answer(&mut self) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if self.answers() {
                return Ok(());
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("the gateway ended: {status}");
            }
            if Instant::now() > deadline {
                bail!("the gateway did not answer within {} s", PATIENCE.as_secs());
            }
            sleep(Duration::from_micros(200));
        }
    }

    /// Whether a request gets any answer; one that asks the database.
    fn answers(&self) -> bool {
        let ask = || -> std::io::Result<usize> {
            let mut stream = TcpStream::connect(self.address)?;
            stream.set_read_timeout(Some(PATIENCE))?;
            stream.write_all(
                b"GET /v1/payment_intents/pi_0?payment_token=pi_0_secret_0 HTTP/1.1\r\n\
                  Host: 127.0.0.1\r\n\r\n",
            )?;
            stream.read(&mut [0; 1024])
        };
        ask().is_ok_and(|read| read > 0)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself, and then there is nothing to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
