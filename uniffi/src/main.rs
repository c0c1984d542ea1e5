//! `cargo xtask`: the project's own tasks, with no other tool to install.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool answers on them"
)]

mod bench;
mod bindings;
mod chroot;
mod count;
mod files;
mod package;
mod packages;
mod polish;
mod report;
mod simulate;
mod step;
mod surface;
mod test;
mod tools;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::{
    bench::Subject,
    bindings::Flavor,
    package::Platform,
    test::Suite,
    workspace::{Verbosity, Workspace},
};

/// The project's own tasks.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Builds the SDK and generates the Kotlin and Swift code over it.
    Bindings {
        /// What to generate; Kotlin for the JVM and Swift when left out.
        #[arg(value_enum)]
        flavors: Vec<Flavor>,
    },
    /// Makes what the project ships, ready to be taken into an app.
    Package {
        /// For whom.
        #[arg(value_enum)]
        platform: Platform,
        /// Where the XCFramework's zip will be for everybody. Without it, the Swift package takes the zip
        /// that lies beside its manifest.
        #[arg(long)]
        url: Option<String>,
    },
    /// Runs the project's tests, and installs what they need where it can.
    Test {
        /// What to test; everything when left out.
        #[arg(value_enum)]
        suites: Vec<Suite>,
        /// What takes many minutes, too: each of the AAR's rules, whole apps, payments with each of
        /// Android's libraries, and the package for iOS with apps that are linked with it.
        #[arg(long)]
        all: bool,
    },
    /// Measures what the project promises, and prints each figure beside its target.
    Bench {
        /// What to measure.
        #[arg(value_enum)]
        subject: Subject,
        /// Fail when a target is missed, not only when something goes wrong.
        #[arg(long)]
        check: bool,
    },
    /// Plays payments against faults and crashes on a virtual clock, for longer than the tests do.
    Simulate {
        /// How many payments.
        #[arg(long, default_value_t = 1_000_000)]
        seeds: u64,
        /// Replays one payment with a trace: the seed that a failure has printed.
        #[arg(long, conflicts_with = "seeds")]
        seed: Option<u64>,
        /// Takes every path with up to three faults instead; the tests do with two.
        #[arg(long, conflicts_with_all = ["seeds", "seed"])]
        exhaustive: bool,
    },
}

fn main() -> ExitCode {
    match run(Cli::parse().task) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<ExitCode> {
    let workspace = Workspace::locate()?;
    match task {
        Task::Bindings { flavors } => {
            let flavors = if flavors.is_empty() {
                Flavor::DEFAULT.to_vec()
            } else {
                flavors
            };
            let library = workspace.build_sdk(Verbosity::Progress)?;
            for flavor in flavors {
                let directory = bindings::generate(&workspace, &library, flavor)?;
                println!("{} bindings: {directory}", flavor.name());
            }
            Ok(ExitCode::SUCCESS)
        }
        Task::Package { platform, url } => Ok(package::run(&workspace, platform, url.as_deref())),
        Task::Bench { subject, check } => bench::run(&workspace, subject, check),
        Task::Simulate {
            exhaustive: true, ..
        } => simulate::explore(&workspace),
        Task::Simulate { seeds, seed, .. } => simulate::run(&workspace, seeds, seed),
        Task::Test { suites, all } => Ok(test::run(workspace, &suites, all)),
    }
}
