use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use anyhow::{Context, Result, ensure};
use mpac_pgw_protocol::PaymentIntent;
use serde_json::{Value, json};

use crate::http;

/// The merchant's id and secret key.
pub const MERCHANT: &str = "test_merchant:sk_test_end_to_end";

/// A gateway in a process of its own, with nothing in its store.
#[derive(Debug)]
pub struct TestGateway {
    program: PathBuf,
    process: Child,
    url: String,
}

/// An order that the merchant's back end has created.
#[derive(Debug)]
pub struct Order {
    /// The PaymentIntent's id.
    pub id: String,
    /// What the terminal gets.
    pub payment_token: String,
}

impl TestGateway {
    /// Starts the gateway on a free port, and waits until it says where.
    ///
    /// # Errors
    /// When the binary cannot be built or does not start.
    pub fn start() -> Result<Self> {
        Self::start_program(binary()?)
    }

    /// The same with a gateway that was built in another way.
    ///
    /// # Errors
    /// When the program does not start.
    pub fn start_program(program: &Path) -> Result<Self> {
        Self::serve(program, &["--ephemeral", "--listen", "127.0.0.1:0"])
    }

    /// Starts the gateway on a file and a port of the test's choice, so that it can go and come
    /// back.
    ///
    /// # Errors
    /// When the binary cannot be built or does not start.
    pub fn start_at(database: &Path, port: u16) -> Result<Self> {
        let database = database.to_str().context("a path in UTF-8")?;
        let listen = format!("127.0.0.1:{port}");
        // The port after it may be somebody else's.
        let free = ["--paypay-listen", "127.0.0.1:0"];
        let arguments = [&["--db", database, "--listen", &listen], &free[..]].concat();
        Self::serve(binary()?, &arguments)
    }

    fn serve(program: &Path, arguments: &[&str]) -> Result<Self> {
        let mut process = Command::new(program)
            .arg("serve")
            .args(arguments)
            .args(["--merchant", MERCHANT])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("starting the gateway")?;
        let output = process.stdout.take().context("the gateway's output")?;
        let mut lines = BufReader::new(output).lines();
        let url = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| find_url(&line))
            .context("the gateway printed no URL")?;
        // Read on, or the gateway would write into a closed pipe.
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        Ok(Self {
            program: program.to_owned(),
            process,
            url,
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The merchant's back end creates a PaymentIntent of 2,500 yen.
    ///
    /// # Errors
    /// When the gateway refuses.
    pub fn create(&self, methods: &[&str]) -> Result<Order> {
        let mut arguments = vec![
            "create",
            "--merchant",
            MERCHANT,
            "--amount",
            "2500",
            "--json",
        ];
        for method in methods {
            arguments.extend(["--method", method]);
        }
        let answer = self.run(&arguments)?;
        let intent: PaymentIntent = serde_json::from_slice(&answer)?;
        let token = intent.payment_token.context("a payment token")?;
        Ok(Order {
            id: intent.id.to_string(),
            payment_token: token.expose().to_owned(),
        })
    }

    /// The customer pays the code of an order.
    ///
    /// # Errors
    /// When there is no code to pay.
    pub fn pay(&self, order: &Order) -> Result<()> {
        self.run(&["pay", &order.id]).map(drop)
    }

    /// The customer opens the wallet and shows a code. What comes of it: `approved` or
    /// `not-enough-balance`.
    ///
    /// # Errors
    /// When there is no wallet.
    pub fn customer_code(&self, outcome: &str) -> Result<String> {
        let shown = self.run(&["customer-code", "--outcome", outcome])?;
        Ok(String::from_utf8(shown)?.trim().to_owned())
    }

    /// Has requests go wrong, by a rule of `/_local/faults`.
    ///
    /// # Errors
    /// When there is no such fault.
    pub fn add_fault(&self, rule: &Value) -> Result<()> {
        http::post(&self.url, "/_local/faults", rule)
    }

    /// Has the gateway's time go forward.
    ///
    /// # Errors
    /// When the gateway refuses.
    pub fn advance_clock(&self, seconds: u64) -> Result<()> {
        http::post(&self.url, "/_local/clock", &json!({ "seconds": seconds }))
    }

    fn run(&self, arguments: &[&str]) -> Result<Vec<u8>> {
        let output = Command::new(&self.program)
            .args(arguments)
            .args(["--gateway", &self.url])
            .output()?;
        ensure!(
            output.status.success(),
            "mpac-gateway {}: {}",
            arguments.first().copied().unwrap_or_default(),
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(output.stdout)
    }
}

impl Drop for TestGateway {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn find_url(line: &str) -> Option<String> {
    let start = line.find("http://127.0.0.1:")?;
    let url: String = line[start..]
        .chars()
        .take_while(|c| !c.is_whitespace() && !matches!(c, '\'' | '"' | ')'))
        .collect();
    Some(url.trim_end_matches('/').to_owned())
}

/// Builds the gateway once, so that `cargo test -p mpac-pgw-tests` alone tests the code as it is.
fn binary() -> Result<&'static PathBuf> {
    static BINARY: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    BINARY
        .get_or_init(|| build().map_err(|error| format!("{error:#}")))
        .as_ref()
        .map_err(|error| anyhow::anyhow!("{error}"))
}

fn build() -> Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    // What cargo says of this test's package is not to be seen: some build scripts look at it, and
    // would build everything anew each time.
    for (name, _) in std::env::vars_os() {
        let is_ours = |start| name.to_string_lossy().starts_with(start);
        if is_ours("CARGO_PKG_") || is_ours("CARGO_MANIFEST_") {
            build.env_remove(name);
        }
    }
    let built = build
        .args(["build", "--quiet", "--package", "mpac-gateway"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status()?;
    ensure!(built.success(), "the gateway does not build");
    // This test lies in `<target>/<profile>/deps`.
    let test = std::env::current_exe()?;
    let folder = test.ancestors().nth(2).context("a target folder")?;
    Ok(folder.join(format!("mpac-gateway{}", std::env::consts::EXE_SUFFIX)))
}
