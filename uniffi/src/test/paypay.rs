//! tests/paypay-sdks: PayPay's own SDKs, unmodified, against the gateway's stand-in for PayPay.

use std::{
    fs::{self, File},
    hash::{DefaultHasher, Hash, Hasher},
    io::Write,
    net::TcpStream,
    process::Command,
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use camino::{Utf8Path, Utf8PathBuf};

use super::{Run, cut::Message, gateway::Gateway};
use crate::{
    count::{self, Counts},
    report::Outcome,
    step::Step,
    tools::{self, Tool, tool},
};

/// The stand-in's one merchant. The secret protects nothing.
const MERCHANT: [(&str, &str); 3] = [
    ("PAYPAY_MERCHANT_ID", "test_merchant_at_paypay"),
    ("PAYPAY_API_KEY", "test_paypay_api_key"),
    (
        "PAYPAY_API_SECRET",
        "bXBhYy1nYXRld2F5OiBhIHN0YW5kLWluIGZvciBQYXlQYXk=",
    ),
];

const PATIENCE: Duration = Duration::from_secs(20);

/// One SDK, and how to install and use it.
struct Sdk {
    name: &'static str,
    tools: &'static [Tool],
    /// What says which versions to install.
    pins: &'static [&'static str],
    /// Installs into the working directory, where the pins are.
    install: &'static [&'static str],
    /// The variable that has programs find what was installed, and where that is.
    found_by: (&'static str, &'static str),
    tests: &'static [&'static str],
    count: fn(&str) -> Counts,
}

const SDKS: [Sdk; 2] = [
    Sdk {
        name: "node",
        tools: &[tool("node", "nodejs"), tool("npm", "npm")],
        pins: &["package.json", "package-lock.json", ".npmrc"],
        install: &["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        found_by: ("NODE_PATH", "node_modules"),
        tests: &["node", "--test", "--test-reporter=tap"],
        count: count::node,
    },
    Sdk {
        name: "python",
        tools: &[tool("python3", "python3"), tool("pip3", "python3-pip")],
        pins: &["requirements.txt"],
        install: &[
            "python3",
            "-m",
            "pip",
            "install",
            "--disable-pip-version-check",
            "--require-hashes",
            "--only-binary=:all:",
            "--target=packages",
            "--requirement=requirements.txt",
        ],
        found_by: ("PYTHONPATH", "packages"),
        tests: &["python3", "-B", "-m", "unittest"],
        count: count::unittest,
    },
];

pub(super) fn run(run: &mut Run) {
    let gateway = run.gateway();
    for sdk in &SDKS {
        let directory = run.workspace.root.join("tests/paypay-sdks").join(sdk.name);
        let mut installed = None;
        run.report
            .step(&format!("paypay: {} SDK", sdk.name), |step| {
                if let Some(reason) = tools::ensure(step, sdk.tools)? {
                    return Ok(Outcome::Skipped(reason));
                }
                installed = Some(install(step, sdk, &directory)?);
                Ok(Outcome::Prepared)
            });
        if let (Some(installed), Some(gateway)) = (installed, &gateway) {
            calls(run, sdk, &directory, &installed, gateway);
        }
    }
}

/// Installs an SDK into the user's cache, unless it is there; answers where.
fn install(step: &mut Step, sdk: &Sdk, directory: &Utf8Path) -> Result<Utf8PathBuf> {
    let mut pins = Vec::new();
    for name in sdk.pins {
        let path = directory.join(name);
        let pin = fs::read(&path).with_context(|| format!("could not read {path}"))?;
        pins.push((*name, pin));
    }
    // Other pins are another installation: one that is there is never changed.
    let mut hasher = DefaultHasher::new();
    pins.hash(&mut hasher);
    let name = format!("{}-{:016x}", sdk.name, hasher.finish());
    let cache = tools::cache()?.join("paypay-sdks");
    fs::create_dir_all(&cache).with_context(|| format!("could not create {cache}"))?;
    // Two test runs on one machine must not install into the same directory.
    let lock = File::create(cache.join(format!("{name}.lock")))?;
    lock.lock()?;
    let installed = cache.join(&name);
    if installed.exists() {
        step.note(installed.as_str())?;
        return Ok(installed);
    }
    // It gets its name when it is whole.
    let unfinished = cache.join(format!("{name}.tmp"));
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished)?;
    }
    fs::create_dir(&unfinished)?;
    for (name, pin) in &pins {
        fs::write(unfinished.join(name), pin)?;
    }
    step.check(&mut command(sdk.install, &unfinished))?;
    fs::rename(&unfinished, &installed).with_context(|| format!("could not create {installed}"))?;
    Ok(installed)
}

fn calls(run: &mut Run, sdk: &Sdk, directory: &Utf8Path, installed: &Utf8Path, gateway: &Utf8Path) {
    let out = run.workspace.target.join("xtask");
    run.report
        .step(&format!("paypay: {} calls", sdk.name), |step| {
            let log = out.join(format!("logs/paypay-{}-gateway.log", sdk.name));
            let gateway = Gateway::start(gateway, &log)?;
            let authority = out.join(format!("paypay-{}-ca.pem", sdk.name));
            let pem = get(&gateway.paypay, "/ca.pem")?;
            fs::write(&authority, pem).with_context(|| format!("could not write {authority}"))?;
            let (variable, packages) = sdk.found_by;
            let mut tests = command(sdk.tests, directory);
            tests
                .env(variable, installed.join(packages))
                .env("PAYPAY_URL", format!("http://{}", gateway.paypay))
                .env("NODE_EXTRA_CA_CERTS", &authority)
                // A proxy has no way to this machine's own address.
                .env("NO_PROXY", "localhost,127.0.0.1")
                .env("no_proxy", "localhost,127.0.0.1")
                .envs(MERCHANT);
            let finished = step.run(&mut tests)?;
            let counts = (sdk.count)(&finished.output);
            Ok(Outcome::Tested(super::with_status(counts, finished.status)))
        });
}

/// The body of what an HTTP server has at a path.
fn get(address: &str, path: &str) -> Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n")?;
    let answer = Message::read(stream)?;
    ensure!(
        answer.is_success(),
        "GET http://{address}{path} did not succeed"
    );
    Ok(answer.body().to_vec())
}

fn command(words: &[&str], directory: &Utf8Path) -> Command {
    let (program, arguments) = words.split_first().unwrap_or((&"", &[]));
    let mut command = Command::new(program);
    command.args(arguments).current_dir(directory);
    command
}
