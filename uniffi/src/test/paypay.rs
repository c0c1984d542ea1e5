//! tests/paypay-sdks: PayPay's own SDKs, unmodified, against the gateway's stand-in for PayPay.

use std::{fs, io::Write, net::TcpStream, time::Duration};

use anyhow::{Context, Result, ensure};
use camino::Utf8Path;

use super::{Run, cut::Message, gateway::Gateway};
use crate::{
    count::{self, Counts},
    packages::{Packages, command},
    report::Outcome,
    tools::tool,
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

/// One SDK, and how to use it.
struct Sdk {
    packages: Packages,
    /// The variable that has programs find what was installed, and where that is.
    found_by: (&'static str, &'static str),
    tests: &'static [&'static str],
    count: fn(&str) -> Counts,
}

const SDKS: [Sdk; 2] = [
    Sdk {
        packages: Packages {
            name: "node",
            tools: &[tool("node", "nodejs"), tool("npm", "npm")],
            pins: &["package.json", "package-lock.json", ".npmrc"],
            install: &["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        },
        found_by: ("NODE_PATH", "node_modules"),
        tests: &["node", "--test", "--test-reporter=tap"],
        count: count::node,
    },
    Sdk {
        packages: Packages::pinned_python("python"),
        found_by: ("PYTHONPATH", "packages"),
        tests: &["python3", "-B", "-m", "unittest"],
        count: count::unittest,
    },
];

pub(super) fn run(run: &mut Run) {
    let gateway = run.gateway();
    for sdk in &SDKS {
        let name = sdk.packages.name;
        let directory = run.workspace.root.join("tests/paypay-sdks").join(name);
        let mut installed = None;
        run.report.step(&format!("paypay: {name} SDK"), |step| {
            let packages = sdk.packages.install(step, "paypay-sdks", &directory)?;
            Ok(match packages {
                Ok(folder) => {
                    installed = Some(folder);
                    Outcome::Prepared
                }
                Err(reason) => Outcome::Skipped(reason),
            })
        });
        if let (Some(installed), Some(gateway)) = (installed, &gateway) {
            calls(run, sdk, &directory, &installed, gateway);
        }
    }
}

fn calls(run: &mut Run, sdk: &Sdk, directory: &Utf8Path, installed: &Utf8Path, gateway: &Utf8Path) {
    let out = run.workspace.target.join("xtask");
    run.report
        .step(&format!("paypay: {} calls", sdk.packages.name), |step| {
            let log = out.join(format!("logs/paypay-{}-gateway.log", sdk.packages.name));
            let gateway = Gateway::start(gateway, &log)?;
            let authority = out.join(format!("paypay-{}-ca.pem", sdk.packages.name));
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
