//! `cargo xtask bench`: the figures that the project promises, measured.

use std::env;
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use clap::ValueEnum;

use crate::workspace::{GATEWAY, Workspace};

/// What can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Subject {
    /// Rates, start and memory of the local gateway.
    Gateway,
    /// Times, memory and size of the terminal.
    Sdk,
}

/// Measures what is built as it ships. With `check`, a missed target is a failure.
pub(crate) fn run(workspace: &Workspace, subject: Subject, check: bool) -> Result<ExitCode> {
    let mut command = workspace.cargo();
    match subject {
        Subject::Gateway => command
            .args(["bench", "--quiet", "--profile", "gateway"])
            .args(["--package", "mpac-gateway", "--bench", "gateway", "--"]),
        Subject::Sdk => {
            let mut gateway = workspace.cargo();
            gateway.args(["build", "--quiet", "--profile", "gateway"]);
            let built = gateway.args(GATEWAY).status().context("running cargo")?;
            ensure!(built.success(), "the gateway does not build");
            let program = format!("gateway/mpac-gateway{}", env::consts::EXE_SUFFIX);
            // As apps get it.
            command
                .args(["bench", "--quiet", "--profile", "release"])
                .args(["--package", "mpac-pgw-tests", "--bench", "sdk", "--"])
                .args(["--program", workspace.target.join(program).as_str()])
        }
    };
    if check {
        command.arg("--check");
    }
    let status = command.status().context("running cargo")?;
    Ok(ExitCode::from(u8::from(!status.success())))
}
