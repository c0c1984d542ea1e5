//! `cargo xtask bench`: the figures that the project promises, measured.

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::ValueEnum;

use crate::workspace::Workspace;

/// What can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Subject {
    /// Rates, start and memory of the local gateway.
    Gateway,
}

/// Measures with everything built for speed. With `check`, a missed target is a failure.
pub(crate) fn run(workspace: &Workspace, subject: Subject, check: bool) -> Result<ExitCode> {
    let mut command = workspace.cargo();
    match subject {
        Subject::Gateway => command
            .args(["bench", "--quiet", "--profile", "gateway"])
            .args(["--package", "mpac-gateway", "--bench", "gateway", "--"]),
    };
    if check {
        command.arg("--check");
    }
    let status = command.status().context("running cargo")?;
    Ok(ExitCode::from(u8::from(!status.success())))
}
