//! The gateway's description of its API, held against the gateway by schemathesis: requests that
//! follow the description and requests that do not, alone and one after another.

use std::fs;

use anyhow::{Context, Result, bail, ensure};
use camino::Utf8Path;
use serde_json::Value;

use super::{
    Run,
    gateway::{Gateway, MERCHANT, SECRET},
};
use crate::{
    count::Counts,
    packages::{Packages, command},
    report::Outcome,
    step::Step,
};

/// Requests are made up from it: a failure comes again.
const SEED: &str = "1";

/// Wheels are all it takes; there are some for every platform, so that pins have no hashes.
const SCHEMATHESIS: Packages = Packages::python(
    "schemathesis",
    &[
        "python3",
        "-m",
        "pip",
        "install",
        "--disable-pip-version-check",
        "--only-binary=:all:",
        "--target=packages",
        "--requirement=requirements.txt",
    ],
);

pub(super) fn run(run: &mut Run) {
    let directory = run.workspace.root.join("tests/openapi");
    let out = run.workspace.target.join("xtask");
    let program = run.gateway();
    let mut installed = None;
    run.report.step("api: schemathesis", |step| {
        let packages = SCHEMATHESIS.install(step, "schemathesis", &directory)?;
        Ok(match packages {
            Ok(folder) => {
                installed = Some(folder.join("packages"));
                Outcome::Prepared
            }
            Err(reason) => Outcome::Skipped(reason),
        })
    });
    let (Some(installed), Some(program)) = (installed, program) else {
        return;
    };
    run.report.step("api: requests", |step| {
        let log = out.join("logs/api-gateway.log");
        let mut gateway = Gateway::start(&program, &log)?;
        let found_in = format!("{directory}:{installed}");
        let counts = requests(step, &found_in, &out, &gateway)?;
        ensure!(gateway.is_running()?, "the gateway ended: see {log}");
        let log = fs::read_to_string(&log).context("the gateway's log")?;
        if let Some(line) = log.lines().find(|line| is_server_error(line)) {
            bail!("a server error: {line}");
        }
        Ok(Outcome::Tested(counts))
    });
}

fn requests(
    step: &mut Step,
    python_path: &str,
    out: &Utf8Path,
    gateway: &Gateway,
) -> Result<Counts> {
    let report = out.join("schemathesis.json");
    let description = format!("{}/openapi.json", gateway.url());
    // It keeps notes of its own in the current folder.
    let mut command = command(&["python3", "-B", "-m", "schemathesis.cli", "run"], out);
    command
        .arg(description)
        .args([
            "--checks",
            "all",
            "--workers",
            "2",
            "--seed",
            SEED,
            "--no-color",
        ])
        .args(["--report", "json", "--report-json-path", report.as_str()])
        .env("SCHEMATHESIS_HOOKS", "hooks")
        .env("PYTHONPATH", python_path)
        .env("MPS_MERCHANT_ID", MERCHANT)
        .env("MPS_SECRET_KEY", SECRET)
        // A proxy has no way to this machine's own address.
        .env("NO_PROXY", "localhost,127.0.0.1")
        .env("no_proxy", "localhost,127.0.0.1");
    let finished = step.run(&mut command)?;
    let report = fs::read_to_string(&report).context("schemathesis made no report")?;
    Ok(super::with_status(counts(&report)?, finished.status))
}

/// Operations of the API, and what was found wrong.
fn counts(report: &str) -> Result<Counts> {
    let report: Value = serde_json::from_str(report)?;
    let number = |pointer: &str| {
        let value = report.pointer(pointer).and_then(Value::as_u64);
        value.with_context(|| format!("the report has no {pointer}"))
    };
    let failed = number("/test_cases/unique_failures")? + number("/test_cases/errored")?;
    Ok(Counts {
        passed: number("/operations/tested")?.saturating_sub(failed),
        failed,
        skipped: number("/operations/selected")? - number("/operations/tested")?,
    })
}

/// Whether a line of the gateway's log tells of an answer from 500 on: `… GET /path 200 0.1 ms`.
fn is_server_error(line: &str) -> bool {
    let mut words = line.rsplit(' ');
    let status = (words.next() == Some("ms")).then(|| words.nth(1)).flatten();
    status.is_some_and(|status| status.len() == 3 && status.starts_with('5'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_are_counted_by_operation() -> Result<()> {
        let report = r#"{"operations": {"selected": 38, "tested": 37},
            "test_cases": {"generated": 4744, "unique_failures": 2, "errored": 1}}"#;
        let expected = Counts {
            passed: 34,
            failed: 3,
            skipped: 1,
        };
        assert_eq!(counts(report)?, expected);
        assert!(counts("{}").is_err());
        Ok(())
    }

    #[test]
    fn server_errors_are_seen_in_the_log() {
        for (line, expected) in [
            ("[INFO] GET /v1/payment_intents/pi_5 500 0.3 ms", true),
            ("[INFO] POST /v1/refunds 502 10000.0 ms", true),
            ("[INFO] GET /500 404 0.3 ms", false),
            ("[INFO] GET /v1/events 200 500.0 ms", false),
            ("[WARN] provider: 500", false),
            ("", false),
        ] {
            assert_eq!(is_server_error(line), expected, "{line}");
        }
    }
}
