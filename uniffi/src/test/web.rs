//! The gateway's web pages in Chromium, against the real gateway.

use std::process::Command;

use super::Run;
use crate::{
    count,
    report::Outcome,
    tools::{self, tool},
};

pub(super) fn run(run: &mut Run) {
    let ready = run.report.step("web: tools", |step| {
        let needed = [
            tool("node", "nodejs"),
            tool("npm", "npm"),
            tool("chromium", "chromium"),
        ];
        let missing = tools::ensure(step, &needed)?;
        Ok(missing.map_or(Outcome::Prepared, Outcome::Skipped))
    });
    if !ready {
        return;
    }
    let Some(gateway) = run.gateway() else {
        return;
    };
    let directory = run.workspace.root.join("tests/web");
    let installed = run.report.step("web: packages", |step| {
        // What the lock file names, and none of their scripts.
        let mut npm = Command::new("npm");
        step.check(npm.args(["ci", "--ignore-scripts"]).current_dir(&directory))?;
        Ok(Outcome::Prepared)
    });
    if installed {
        run.report.step("web: browser tests", |step| {
            let mut command = Command::new("node");
            // One file at a time: each has a browser and a gateway of its own.
            command
                .args(["--test", "--test-reporter=tap", "--test-concurrency=1"])
                .env("MPAC_GATEWAY_BIN", &gateway)
                .current_dir(&directory);
            if let Some(chromium) = tools::find("chromium") {
                command.env("CHROMIUM_BIN", chromium);
            }
            let finished = step.run(&mut command)?;
            let counts = count::node(&finished.output);
            Ok(Outcome::Tested(super::with_status(counts, finished.status)))
        });
    }
}
