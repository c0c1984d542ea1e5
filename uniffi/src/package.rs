//! `cargo xtask package`: what the project ships, in the form in which its users take it.

pub(crate) mod aar;
mod abi;
pub(crate) mod apk;
pub(crate) mod apple;
pub(crate) mod archive;
mod bionic;
pub(crate) mod consumer;
mod elf;
pub(crate) mod linker;
mod maven;
pub(crate) mod natives;
mod notices;
mod sample;
pub(crate) mod toolbox;
pub(crate) mod toolchain;
mod unwinder;

use std::process::ExitCode;

use clap::ValueEnum;

use crate::{
    bindings::{self, Flavor},
    report::{Outcome, Report},
    tools,
    workspace::{Verbosity, Workspace},
};

/// For whom a package is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Platform {
    /// The AAR and the card app's jar, in a Maven repository folder.
    Android,
    /// The XCFramework and the Swift package around it, in a folder for a repository.
    Ios,
}

/// Makes one package. Nobody can use a part of it: whatever is missing is a failure.
pub(crate) fn run(workspace: &Workspace, platform: Platform, url: Option<&str>) -> ExitCode {
    let mut report = Report::new(workspace.target.join("xtask/logs"), true);
    match platform {
        Platform::Android => android(workspace, &mut report),
        Platform::Ios => {
            let folder = workspace.root.join("dist/ios");
            apple::package(workspace, &mut report, &folder, url);
        }
    }
    report.finish()
}

fn android(workspace: &Workspace, report: &mut Report) {
    let Some(natives) = natives::build(workspace, report) else {
        return;
    };
    let generated = report.step("android: generate bindings", |step| {
        if let Some(reason) = tools::ensure(step, &tools::MAVEN)? {
            return Ok(Outcome::Skipped(reason));
        }
        let library = workspace.build_sdk(Verbosity::Quiet)?;
        bindings::generate(workspace, &library, Flavor::KotlinAndroid)?;
        Ok(Outcome::Prepared)
    });
    if !generated {
        return;
    }
    let libraries: Vec<_> = natives
        .iter()
        .map(|native| (native.abi, native.path.as_path()))
        .collect();
    report.step("android: AAR", |step| {
        aar::package(workspace, step, &libraries)
    });
}
