//! `cargo xtask bench`: the figures that the project promises, measured.

mod jvm;
#[path = "../../src/gateway/benches/gateway/machine.rs"]
#[allow(dead_code, reason = "the other benchmarks say more of it")]
mod machine;
#[path = "../../src/gateway/benches/gateway/report.rs"]
#[allow(dead_code, reason = "the other benchmarks have targets of more kinds")]
mod report;
mod rows;
#[path = "../../src/gateway/benches/gateway/series.rs"]
#[allow(
    dead_code,
    reason = "the other benchmarks have figures of one measurement"
)]
mod series;
mod swift;

use std::env;
use std::fs;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, ensure};
use camino::Utf8PathBuf;
use clap::ValueEnum;

use self::report::Report;
use self::rows::Rows;
use crate::step::Step;
use crate::test::Built;
use crate::workspace::{GATEWAY, Workspace};

/// What can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Subject {
    /// Rates, start and memory of the local gateway.
    Gateway,
    /// Times, memory and size of the terminal: in Rust, Kotlin and Swift.
    Sdk,
}

/// Measures what is built as it ships. With `check`, a missed target is a failure.
pub(crate) fn run(workspace: &Workspace, subject: Subject, check: bool) -> Result<ExitCode> {
    let mut command = workspace.cargo();
    let program = workspace
        .target
        .join(format!("gateway/mpac-gateway{}", env::consts::EXE_SUFFIX));
    match subject {
        Subject::Gateway => command
            .args(["bench", "--quiet", "--profile", "gateway"])
            .args(["--package", "mpac-gateway", "--bench", "gateway", "--"]),
        Subject::Sdk => {
            let mut gateway = workspace.cargo();
            gateway.args(["build", "--quiet", "--profile", "gateway"]);
            succeed(gateway.args(GATEWAY))?;
            // As apps get it.
            command
                .args(["bench", "--quiet", "--profile", "release"])
                .args(["--package", "mpac-pgw-tests", "--bench", "sdk", "--"])
                .args(["--program", program.as_str()])
        }
    };
    if check {
        command.arg("--check");
    }
    let status = command.status().context("running cargo")?;
    let mut code = ExitCode::from(u8::from(!status.success()));
    if subject == Subject::Sdk {
        let bindings = report::finish(bindings(workspace, program), check);
        if status.success() {
            code = bindings;
        }
    }
    Ok(code)
}

/// The SDK as Kotlin and Swift have it, beside what an app would write by hand.
fn bindings(workspace: &Workspace, gateway: Utf8PathBuf) -> Result<Report> {
    let load_average = machine::load_average();
    let built = built(workspace, gateway)?;
    let mut step = Step::start(workspace.target.join("xtask/logs/bench-sdk.log"))?;
    let (mut rows, mut report) = (Rows::default(), Report::default());
    for measure in [jvm::measure, swift::measure] {
        let measured = measure(workspace, &mut step, &built, &mut rows);
        if let Some(reason) = measured.with_context(|| format!("see {}", step.log_path()))? {
            report.note(format!("SKIPPED: {reason}"));
        }
    }
    let stripped = workspace.target.join("xtask/stripped");
    step.check(
        Command::new("strip")
            .arg("-o")
            .args([&stripped, &built.library]),
    )?;
    rows.size("library of this machine, stripped", &stripped)?;
    fs::remove_file(stripped)?;
    rows.report(&mut report);
    let machine = machine::description();
    report.note(format!("{machine}; load average before: {load_average}"));
    Ok(report)
}

/// The library that apps load: smallest alone, without the crate's other kinds.
fn built(workspace: &Workspace, gateway: Utf8PathBuf) -> Result<Built> {
    let mut command = workspace.cargo();
    command.args(["rustc", "--quiet", "--release", "--package", "mpac-pgw-sdk"]);
    succeed(command.args(["--lib", "--crate-type", "cdylib"]))?;
    let (prefix, suffix) = (env::consts::DLL_PREFIX, env::consts::DLL_SUFFIX);
    let library_directory = workspace.target.join("release");
    Ok(Built {
        library: library_directory.join(format!("{prefix}mpac_pgw_sdk{suffix}")),
        library_directory,
        gateway,
    })
}

fn succeed(command: &mut Command) -> Result<()> {
    let status = command.status().context("running cargo")?;
    ensure!(status.success(), "cargo fails");
    Ok(())
}
