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
}
