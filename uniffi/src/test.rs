//! `cargo xtask test`: every test of the project, in one run with one verdict.

mod android;
mod api;
mod backend;
mod cut;
pub(crate) mod gateway;
pub(crate) mod ios;
pub(crate) mod kotlin;
mod paypay;
mod rust;
pub(crate) mod swift;
pub(crate) mod toolchain;
mod web;

use std::{
    env,
    process::{ExitCode, ExitStatus},
};

use anyhow::Result;
use camino::{Utf8Path, Utf8PathBuf};
use clap::ValueEnum;

use crate::{
    bindings::{self, Flavor},
    count::Counts,
    report::{Outcome, Report},
    workspace::{GATEWAY, SDK, Verbosity, Workspace},
};

/// A part of the project that is tested by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Suite {
    /// Format, lints, documentation and all Rust tests.
    Rust,
    /// bindings/kotlin on the JVM, against the real library and gateway.
    Kotlin,
    /// android/ under Robolectric.
    Android,
    /// bindings/swift, against the real library and gateway.
    Swift,
    /// ios/ and bindings/swift, compiled for iOS.
    Ios,
    /// examples/backend against the real gateway.
    Backend,
    /// PayPay's own SDKs against the gateway's stand-in for PayPay.
    #[value(name = "paypay")]
    PayPay,
    /// The gateway's web pages in Chromium.
    Web,
    /// The gateway's description of its API, held against the gateway by schemathesis.
    Api,
}

/// Runs the suites asked for, or all, and prints the verdict as the last line.
pub(crate) fn run(workspace: Workspace, suites: &[Suite], all: bool) -> ExitCode {
    let strict = env::var_os("CI").is_some_and(|value| !value.is_empty());
    let report = Report::new(workspace.target.join("xtask/logs"), strict);
    let mut run = Run {
        workspace,
        report,
        all,
        sdk: Build::Pending,
        gateway: Build::Pending,
    };
    for suite in Suite::value_variants() {
        if suites.is_empty() || suites.contains(suite) {
            match suite {
                Suite::Rust => rust::run(&mut run),
                Suite::Kotlin => kotlin::run(&mut run),
                Suite::Android => android::run(&mut run),
                Suite::Swift => swift::run(&mut run),
                Suite::Ios => ios::run(&mut run),
                Suite::Backend => backend::run(&mut run),
                Suite::PayPay => paypay::run(&mut run),
                Suite::Web => web::run(&mut run),
                Suite::Api => api::run(&mut run),
            }
        }
    }
    run.report.finish()
}

/// One run of the tests, and what its suites share.
#[derive(Debug)]
pub(crate) struct Run {
    workspace: Workspace,
    report: Report,
    /// What takes many minutes, too.
    all: bool,
    sdk: Build,
    gateway: Build,
}

/// Something that several suites need, and that is built once.
#[derive(Debug, Clone)]
enum Build {
    Pending,
    Failed,
    Done(Utf8PathBuf),
}

/// What the tests and the benchmark of a binding run against.
#[derive(Debug)]
pub(crate) struct Built {
    /// The SDK's dynamic library, and its directory.
    pub(crate) library: Utf8PathBuf,
    pub(crate) library_directory: Utf8PathBuf,
    pub(crate) gateway: Utf8PathBuf,
}

impl Built {
    /// How the tests of every binding are told.
    fn variables(&self) -> [(&'static str, &Utf8Path); 2] {
        [
            ("MPAC_SDK_LIBRARY_DIR", &self.library_directory),
            ("MPAC_GATEWAY_BIN", &self.gateway),
        ]
    }
}

impl Run {
    /// Builds the SDK and the gateway and generates one binding. None if a step failed.
    fn build_for(&mut self, flavor: Flavor) -> Option<Built> {
        let library = self.sdk()?;
        let gateway = self.gateway()?;
        let workspace = &self.workspace;
        let name = format!("{}: generate bindings", flavor.name().to_lowercase());
        let generated = self.report.step(&name, |step| {
            let directory = bindings::generate(workspace, &library, flavor)?;
            step.note(directory.as_str())?;
            Ok(Outcome::Prepared)
        });
        generated.then(|| Built {
            library_directory: library
                .parent()
                .map_or_else(Utf8PathBuf::default, Utf8Path::to_owned),
            library,
            gateway,
        })
    }

    fn sdk(&mut self) -> Option<Utf8PathBuf> {
        let before = self.sdk.clone();
        self.sdk = self.build(before, "build the SDK", &SDK, Workspace::build_sdk);
        self.sdk.path()
    }

    fn gateway(&mut self) -> Option<Utf8PathBuf> {
        let (before, locate) = (self.gateway.clone(), Workspace::build_gateway);
        self.gateway = self.build(before, "build the gateway", &GATEWAY, locate);
        self.gateway.path()
    }

    /// Builds with progress, then asks cargo, which has nothing left to do, where the result is.
    fn build(
        &mut self,
        before: Build,
        name: &str,
        arguments: &[&str],
        locate: fn(&Workspace, Verbosity) -> Result<Utf8PathBuf>,
    ) -> Build {
        match before {
            Build::Pending => {}
            Build::Done(_) => return before,
            Build::Failed => {
                self.report.fail(name, "not tried again: it failed above");
                return Build::Failed;
            }
        }
        let workspace = &self.workspace;
        let mut result = Build::Failed;
        self.report.step(name, |step| {
            step.check(workspace.cargo().arg("build").args(arguments))?;
            result = Build::Done(locate(workspace, Verbosity::Quiet)?);
            Ok(Outcome::Prepared)
        });
        result
    }
}

impl Build {
    fn path(&self) -> Option<Utf8PathBuf> {
        match self {
            Self::Done(path) => Some(path.clone()),
            Self::Pending | Self::Failed => None,
        }
    }
}

/// A tool that fails without a failed test (it crashed, or did not compile) is itself a failure.
fn with_status(mut counts: Counts, status: ExitStatus) -> Counts {
    if !status.success() && counts.failed == 0 {
        counts.failed = 1;
    }
    counts
}
