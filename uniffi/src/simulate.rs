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
    let status = workspace
        .cargo()
        .args(["test", "--package", "mpac-pgw-sdk", "--lib", "simulation"])
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
