//! What SwiftPM says to the package. On Linux it is asked about what only Apple's systems take, too.

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::folder::Package;
use crate::{files, step::Step, test::toolchain::Toolchain, workspace::Workspace};

/// Has the manifest read and the zip's checksum computed by SwiftPM itself.
pub(crate) fn check(
    workspace: &Workspace,
    step: &mut Step,
    toolchain: &Toolchain,
    package: &Package,
) -> Result<()> {
    let shared = [workspace.root.clone(), workspace.target.clone()];
    let mut run = |directory, arguments: &[&str]| {
        let mut command = toolchain.swift(directory, arguments, &shared, &[])?;
        step.check(&mut command)
    };
    let zip = package.zip.as_str();
    let output = run(&package.folder, &["package", "compute-checksum", zip])?;
    let computed = output.lines().last().unwrap_or_default().trim();
    ensure!(
        computed == package.checksum,
        "SwiftPM's checksum is {computed}, not {}",
        package.checksum
    );
    let output = run(&package.folder, &["package", "dump-package"])?;
    targets(&output)?;

    // The same manifest as a Mac reads it.
    let apple = workspace.target.join("xtask/apple/manifest");
    let manifest = std::fs::read_to_string(package.folder.join("Package.swift"))?;
    ensure!(
        manifest.contains("os(Linux)"),
        "the manifest is the same everywhere"
    );
    let manifest = manifest.replace("os(Linux)", "os(Windows)");
    files::write(&apple.join("Package.swift"), manifest.as_bytes())?;
    let output = run(&apple, &["package", "dump-package"])?;
    for name in targets(&output)? {
        let sources = package.folder.join("Sources").join(&name);
        ensure!(sources.is_dir(), "there is no {sources}");
    }
    Ok(())
}

/// The names of what is compiled from sources; there has to be a library, too.
fn targets(dump: &str) -> Result<Vec<String>> {
    let start = dump.find('{').context("SwiftPM has dumped nothing")?;
    let package: Value = serde_json::from_str(&dump[start..])?;
    let targets = package["targets"].as_array().context("no targets")?;
    let (mut sources, mut libraries) = (Vec::new(), 0);
    for target in targets {
        match target["type"].as_str() {
            Some("regular") => {
                let name = target["name"].as_str().context("a target has no name")?;
                sources.push(name.to_owned());
            }
            Some("binary" | "system") => libraries += 1,
            _ => {}
        }
    }
    ensure!(libraries == 1, "{libraries} libraries");
    ensure!(!sources.is_empty(), "no Swift is in the package");
    Ok(sources)
}
