//! bindings/kotlin and bindings/kotlin-testing through Maven.

use std::{fs, process::Command};

use anyhow::{Context, Result};
use camino::Utf8Path;

use super::{Built, Run};
use crate::{
    bindings::Flavor,
    count::{self, Counts},
    report::Outcome,
    step::Step,
    surface, tools,
};

pub(super) fn run(run: &mut Run) {
    let ready = run.report.step("kotlin: tools", |step| {
        Ok(tools::ensure(step, &tools::MAVEN)?.map_or(Outcome::Prepared, Outcome::Skipped))
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
        verify(step, &modules, &["kotlin", "kotlin-testing"], &built)
    });
}

/// Builds and tests Maven's modules in the directories `names` of `project`.
pub(super) fn verify(
    step: &mut Step,
    project: &Utf8Path,
    names: &[&str],
    built: &Built,
) -> Result<Outcome> {
    test(step, project, names, maven(project, built).arg("verify"))
}

/// Maven in `project`; what it is to do is still to come.
pub(super) fn maven(project: &Utf8Path, built: &Built) -> Command {
    let mut maven = Command::new("mvn");
    maven
        .args(["--batch-mode", "--no-transfer-progress", "--file"])
        .arg(project.join("pom.xml"))
        .envs(built.variables());
    maven
}

/// Runs tests by Maven, and counts what it reports for the modules in the directories `names`.
pub(super) fn test(
    step: &mut Step,
    project: &Utf8Path,
    names: &[&str],
    maven: &mut Command,
) -> Result<Outcome> {
    let reports: Vec<_> = names
        .iter()
        .map(|name| project.join(name).join("target/surefire-reports"))
        .collect();
    for reports in reports.iter().filter(|reports| reports.exists()) {
        fs::remove_dir_all(reports)?;
    }
    let finished = step.run(maven)?;
    let mut counts = Counts::default();
    for reports in &reports {
        counts += read_reports(reports)?;
    }
    Ok(Outcome::Tested(super::with_status(counts, finished.status)))
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
