//! How fast the gateway is, how soon it answers and how much memory it takes.
//!
//! `cargo xtask bench gateway` runs it. The gateway is the program itself, on files in a temporary
//! folder. The load comes from one thread of this process and shares the machine with it, as a
//! developer's own back end does.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool answers on them"
)]

mod connection;
mod load;
mod machine;
mod process;
mod report;
mod series;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

use load::{Load, Work};
use process::Process;
use report::{Report, Target};
use series::Series;

/// Measures the gateway: rates, start and memory, each beside its target.
#[derive(Debug, Parser)]
struct Args {
    /// Fail when a target is missed, not only when something goes wrong.
    #[arg(long)]
    check: bool,
    /// How many payments are stored for the second half of the figures.
    #[arg(long, default_value_t = 100_000)]
    stored: usize,
    /// How often each rate is measured; the median counts.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Measure this program instead, to compare.
    #[arg(long, value_name = "FILE", default_value = env!("CARGO_BIN_EXE_mpac-gateway"))]
    program: PathBuf,
    /// What cargo tells every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

/// Keep-alive connections.
const CONNECTIONS: usize = 8;
/// Payments of one measurement: about two seconds.
const PAYMENTS: usize = 8_000;
/// Parts of a measurement. Between them it is the turn of what it is compared with, so that a machine
/// whose speed drifts favours neither.
const PARTS: usize = 8;
/// Retrievals of one measurement.
const RETRIEVALS: usize = 30_000;
/// How often each kind of start is measured.
const STARTS: usize = 11;

fn main() -> ExitCode {
    let args = Args::parse();
    report::finish(run(&args), args.check)
}

fn run(args: &Args) -> Result<Report> {
    let program = &args.program;
    let load_average = machine::load_average();
    let folder = tempfile::tempdir()?;
    let load = Load::new(CONNECTIONS)?;

    eprintln!("storing {} payments", args.stored);
    let file = folder.path().join("full.db");
    let full = Process::start(program, &file)?;
    let stored = load.pay(&full, args.stored)?;
    let memory = Series::of(full.memory_mib()?);

    let mut rates = Rates::default();
    for round in 0..args.rounds {
        eprintln!("measuring rates, {} of {}", round + 1, args.rounds);
        let empty = Process::start(program, &folder.path().join(format!("empty-{round}.db")))?;
        rates.memory_idle.add(empty.memory_mib()?);
        rates.pay(&load, &empty, &full)?;
        rates
            .retrieve
            .add(load.retrieve(&full, &stored.paid, RETRIEVALS)?);
    }
    drop(full);

    eprintln!("measuring starts");
    let (mut starts, mut restarts) = (Series::default(), Series::default());
    for number in 0..STARTS {
        let new = folder.path().join(format!("new-{number}.db"));
        starts.add(Process::milliseconds_to_answer(program, &new)?);
        restarts.add(Process::milliseconds_to_answer(program, &file)?);
    }

    let (at_least, below) = (Target::AtLeast, Target::Below);
    let stored_too = |what: &str| format!("{what}, {} stored", args.stored);
    let pay = "create + confirm";
    let mut report = Report::default();
    report.row(
        format!("{pay}, nothing stored"),
        "op/s",
        rates.empty,
        at_least(4_000.0),
    );
    report.row(stored_too(pay), "op/s", rates.full, at_least(4_000.0));
    report.row(
        "  of the rate with nothing stored",
        "",
        rates.ratio,
        at_least(0.9),
    );
    let cpu = "  gateway's processor time for each";
    report.row(
        format!("{cpu}, nothing stored"),
        "µs",
        rates.cpu_empty,
        Target::None,
    );
    report.row(stored_too(cpu), "µs", rates.cpu_full, Target::None);
    report.row(
        stored_too("retrieve by payment_token"),
        "/s",
        rates.retrieve,
        at_least(15_000.0),
    );
    report.row("start to first answer, new file", "ms", starts, below(50.0));
    report.row(
        stored_too("start to first answer"),
        "ms",
        restarts,
        below(50.0),
    );
    report.row(
        "memory (RSS) when idle",
        "MiB",
        rates.memory_idle,
        below(20.0),
    );
    report.row(
        format!("memory (RSS) after {} payments", args.stored),
        "MiB",
        memory,
        below(64.0),
    );
    report.note(format!(
        "operation: create (signed, verified) and confirm (cash), each with an Idempotency-Key, on \
         {CONNECTIONS} keep-alive connections; the {} were stored at {:.0} op/s",
        args.stored,
        stored.rate()
    ));
    report.note(format!(
        "sync policy of every figure: {}",
        mpac_gateway::SYNC_POLICY
    ));
    report.note(format!(
        "one sync of this disk: {:.0} µs; gateway: profile `gateway`, `serve --quiet`, which logs \
         warnings only",
        machine::disk_sync(folder.path())?.median() * 1e6
    ));
    report.note(format!(
        "{}; load average before: {load_average}",
        machine::description()
    ));
    Ok(report)
}

/// What is measured in every round.
#[derive(Debug, Default)]
struct Rates {
    empty: Series,
    full: Series,
    ratio: Series,
    cpu_empty: Series,
    cpu_full: Series,
    retrieve: Series,
    memory_idle: Series,
}

impl Rates {
    /// Pays at both gateways in turn.
    fn pay(&mut self, load: &Load, empty: &Process, full: &Process) -> Result<()> {
        let (mut at_empty, mut at_full) = (Work::default(), Work::default());
        for part in 0..PARTS {
            let pay = |at: &mut Work, gateway| {
                load.pay(gateway, PAYMENTS / PARTS).map(|work| at.add(work))
            };
            // First the one, then the other.
            if part % 2 == 0 {
                pay(&mut at_empty, empty)?;
                pay(&mut at_full, full)?;
            } else {
                pay(&mut at_full, full)?;
                pay(&mut at_empty, empty)?;
            }
        }
        self.empty.add(at_empty.rate());
        self.full.add(at_full.rate());
        self.ratio.add(at_full.rate() / at_empty.rate());
        self.cpu_empty.add(at_empty.cpu_microseconds());
        self.cpu_full.add(at_full.cpu_microseconds());
        Ok(())
    }
}
