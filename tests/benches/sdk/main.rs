//! How soon the terminal shows a code, and what waiting for a payment costs.
//!
//! `cargo xtask bench sdk` runs it, built as it ships, against the gateway's program on this machine.
//! Beside it stands what an app would write by hand with the same HTTP client, in the same run.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool answers on them"
)]

mod bare;
mod codes;
mod journals;
#[path = "../../../src/gateway/benches/gateway/machine.rs"]
mod machine;
mod payments;
#[path = "../../../src/gateway/benches/gateway/report.rs"]
#[allow(dead_code, reason = "the other benchmark has targets of more kinds")]
mod report;
#[path = "../../../src/gateway/benches/gateway/series.rs"]
mod series;
mod usage;
mod waiting;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;
use clap::Parser;
use mpac_pgw_tests::TestGateway;

use report::Report;
use series::Series;

/// Measures the terminal: times and memory, each beside its target.
#[derive(Debug, Parser)]
struct Args {
    /// Fail when a target is missed, not only when something goes wrong.
    #[arg(long)]
    check: bool,
    /// The gateway's program.
    #[arg(long, value_name = "FILE")]
    program: PathBuf,
    /// How many payments are begun.
    #[arg(long, default_value_t = 300)]
    payments: usize,
    /// What cargo tells every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> ExitCode {
    let args = Args::parse();
    report::finish(run(&args), args.check)
}

fn run(args: &Args) -> Result<Report> {
    let load_average = machine::load_average();
    let gateway = TestGateway::start_program(&args.program)?;
    let mut report = Report::default();
    // Before anything has taken memory.
    waiting::many(&gateway, &mut report)?;
    waiting::polls(&gateway, &mut report)?;
    payments::measure(&gateway, args.payments, &mut report)?;
    journals::measure(&gateway, &mut report)?;
    codes::measure(&mut report)?;
    let folder = tempfile::tempdir()?;
    report.note(format!(
        "one sync of this disk: {:.0} µs; {}; load average before: {load_average}",
        machine::disk_sync(folder.path())?.median() * 1e6,
        machine::description()
    ));
    Ok(report)
}

/// How many milliseconds something takes, each of so many times.
fn milliseconds(times: usize, mut something: impl FnMut() -> Result<()>) -> Result<Series> {
    let mut series = Series::default();
    for _ in 0..times {
        let began = Instant::now();
        something()?;
        series.add(began.elapsed().as_secs_f64() * 1e3);
    }
    Ok(series)
}
