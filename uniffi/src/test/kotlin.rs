//! bindings/kotlin through Maven.

use std::{fs, process::Command};

use anyhow::{Context, Result};
use camino::Utf8Path;

use super::Run;
use crate::{
    bindings::Flavor,
    count::{self, Counts},
    report::Outcome,
    tools::{self, Tool, tool},
};

const TOOLS: [Tool; 2] = [tool("mvn", "maven"), tool("javac", "default-jdk-headless")];

/// Where Maven's test plugins report, below the module.
const REPORTS: [&str; 2] = ["target/surefire-reports", "target/failsafe-reports"];

pub(super) fn run(run: &mut Run) {
    let ready = run.report.step("kotlin: tools", |step| {
        Ok(tools::ensure(step, &TOOLS)?.map_or(Outcome::Prepared, Outcome::Skipped))
    });
    if !ready {
        return;
    }
    let Some(built) = run.build_for(Flavor::Kotlin) else {
        return;
    };
    let module = run.workspace.root.join("bindings/kotlin");
    run.report.step("kotlin: tests", |step| {
        for reports in REPORTS.map(|path| module.join(path)) {
            if reports.exists() {
                fs::remove_dir_all(reports)?;
            }
        }
        let finished = step.run(
            Command::new("mvn")
                .args(["--batch-mode", "--no-transfer-progress", "--file"])
                .arg(module.join("pom.xml"))
                .arg("verify")
                .envs(built.variables()),
        )?;
        let mut counts = Counts::default();
        for reports in REPORTS {
            counts += read_reports(&module.join(reports))?;
        }
        Ok(Outcome::Tested(super::with_status(counts, finished.status)))
    });
}

fn read_reports(directory: &Utf8Path) -> Result<Counts> {
    let mut counts = Counts::default();
    if !directory.exists() {
        return Ok(counts);
    }
    for entry in directory.read_dir_utf8()? {
        let entry = entry?;
        let name = entry.file_name();
        if name.starts_with("TEST-") && name.ends_with(".xml") {
            let xml = fs::read_to_string(entry.path())?;
            counts += count::surefire(&xml).with_context(|| format!("in {}", entry.path()))?;
        }
    }
    Ok(counts)
}
