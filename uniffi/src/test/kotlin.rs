//! bindings/kotlin and bindings/kotlin-testing through Maven.

use std::{fs, process::Command};

use anyhow::{Context, Result};
use camino::Utf8Path;

use super::Run;
use crate::{
    bindings::Flavor,
    count::{self, Counts},
    report::Outcome,
    surface,
    tools::{self, Tool, tool},
};

const TOOLS: [Tool; 2] = [tool("mvn", "maven"), tool("javac", "default-jdk-headless")];

/// Where Maven's test plugin reports, for each module.
const REPORTS: [&str; 2] = [
    "kotlin/target/surefire-reports",
    "kotlin-testing/target/surefire-reports",
];

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
    let (workspace, library) = (&run.workspace, &built.library);
    run.report.step("kotlin: surface", |_| {
        surface::check(workspace, library, Flavor::Kotlin)?;
        Ok(Outcome::Tested(Counts::one(true)))
    });
    let modules = run.workspace.root.join("bindings");
    run.report.step("kotlin: tests", |step| {
        for reports in REPORTS.map(|path| modules.join(path)) {
            if reports.exists() {
                fs::remove_dir_all(reports)?;
            }
        }
        let finished = step.run(
            Command::new("mvn")
                .args(["--batch-mode", "--no-transfer-progress", "--file"])
                .arg(modules.join("pom.xml"))
                .arg("verify")
                .envs(built.variables()),
        )?;
        let mut counts = Counts::default();
        for reports in REPORTS {
            counts += read_reports(&modules.join(reports))?;
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
