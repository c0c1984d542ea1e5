//! Format, lints, documentation, tests.

use super::Run;
use crate::{
    count::{self, Counts},
    report::Outcome,
};

/// Checks that pass or fail as a whole. Nobody reads documentation of xtask, and its dependencies
/// are the largest.
const CHECKS: [(&str, &[&str]); 3] = [
    ("rust: format", &["fmt", "--all", "--check"]),
    (
        "rust: lints",
        &["clippy", "--workspace", "--all-targets", "--", "-Dwarnings"],
    ),
    (
        "rust: documentation",
        &["doc", "--workspace", "--exclude", "xtask", "--no-deps"],
    ),
];

/// The SDK's threads, on models of the standard library's: with a flag for everything that is built,
/// so in a folder of its own.
const SCHEDULES: [&str; 7] = [
    "test",
    "--package=mpac-pgw-sdk",
    "--lib",
    "schedules",
    "--no-fail-fast",
    "--",
    "--nocapture",
];

pub(super) fn run(run: &mut Run) {
    let workspace = &run.workspace;
    for (name, arguments) in CHECKS {
        run.report.step(name, |step| {
            let mut command = workspace.cargo();
            command.env("RUSTDOCFLAGS", "-Dwarnings").args(arguments);
            let finished = step.run(&mut command)?;
            Ok(Outcome::Tested(Counts::one(finished.status.success())))
        });
    }
    run.report.step("rust: tests", |step| {
        let arguments = ["test", "--workspace", "--no-fail-fast"];
        let finished = step.run(workspace.cargo().args(arguments))?;
        let counts = count::libtest(&finished.output);
        Ok(Outcome::Tested(super::with_status(counts, finished.status)))
    });
    run.report.step("rust: schedules", |step| {
        let mut command = workspace.cargo();
        command
            .args(SCHEDULES)
            .env("RUSTFLAGS", "--cfg shuttle")
            .env("CARGO_TARGET_DIR", workspace.target.join("shuttle"))
            .env("CARGO_PROFILE_DEV_OPT_LEVEL", "1")
            .env("CARGO_PROFILE_DEV_DEBUG", "line-tables-only");
        let finished = step.run(&mut command)?;
        let counts = count::libtest(&finished.output);
        Ok(Outcome::Tested(super::with_status(counts, finished.status)))
    });
}
