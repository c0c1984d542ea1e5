//! `cargo xtask simulate`: the SDK's simulation, for longer than in the tests.

use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::workspace::Workspace;

/// Runs `seeds` payments, or one seed with a trace.
pub(crate) fn run(workspace: &Workspace, seeds: u64, seed: Option<u64>) -> Result<ExitCode> {
    let (name, value) = match seed {
        Some(seed) => ("MPAC_SIMULATION_SEED", seed),
        None => ("MPAC_SIMULATION_SEEDS", seeds),
    };
    test(workspace, "simulation", name, value)
}

/// Takes every path with one fault more than in the tests.
pub(crate) fn explore(workspace: &Workspace) -> Result<ExitCode> {
    test(workspace, "exploration", "MPAC_EXPLORATION_FAULTS", 3)
}

fn test(workspace: &Workspace, tests: &str, name: &str, value: u64) -> Result<ExitCode> {
    let status = workspace
        .cargo()
        .args(["test", "--package", "mpac-pgw-sdk", "--lib", tests])
        .args(["--", "--nocapture"])
        .env(name, value.to_string())
        .status()
        .context("running cargo")?;
    Ok(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
