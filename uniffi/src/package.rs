//! `cargo xtask package`: what the project ships, in the form in which its users take it.

mod abi;
mod bionic;
mod elf;
pub(crate) mod linker;
pub(crate) mod natives;
pub(crate) mod toolchain;
mod unwinder;

use std::process::ExitCode;

use clap::ValueEnum;

use crate::{report::Report, workspace::Workspace};

/// For whom a package is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Platform {
    /// The SDK's libraries for Android, in cargo's target directory.
    Android,
}

/// Makes one package. Nobody can use a part of it: whatever is missing is a failure.
pub(crate) fn run(workspace: &Workspace, platform: Platform) -> ExitCode {
    let mut report = Report::new(workspace.target.join("xtask/logs"), true);
    match platform {
        Platform::Android => {
            for native in natives::build(workspace, &mut report, &natives::ABIS).unwrap_or_default()
            {
                println!("{}: {}", native.abi.name, native.path);
            }
        }
    }
    report.finish()
}
