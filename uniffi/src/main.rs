//! `cargo xtask`: the project's own tasks, with no other tool to install.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool answers on them"
)]

mod bindings;
mod count;
mod report;
mod step;
mod test;
mod tools;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::{
    bindings::Flavor,
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
    /// Runs the project's tests, and installs what they need where it can.
    Test {
        /// What to test; everything when left out.
        #[arg(value_enum)]
        suites: Vec<Suite>,
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
        Task::Test { suites } => Ok(test::run(workspace, &suites)),
    }
}
