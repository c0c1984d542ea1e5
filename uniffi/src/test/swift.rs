//! bindings/swift through SwiftPM.

use std::hash::{DefaultHasher, Hash, Hasher};

use anyhow::{Result, bail, ensure};
use camino::{Utf8Path, Utf8PathBuf};

use super::{Built, Run, toolchain::Toolchain};
use crate::{
    bindings::Flavor,
    count::{self, Counts},
    report::Outcome,
    surface, tools,
};

pub(super) fn run(run: &mut Run) {
    let mut found = None;
    let ready = run.report.step("swift: tools", |step| {
        Ok(match Toolchain::prepare(step)? {
            Ok(toolchain) => {
                found = Some(toolchain);
                Outcome::Prepared
            }
            Err(reason) => Outcome::Skipped(reason),
        })
    });
    let (true, Some(toolchain)) = (ready, found) else {
        return;
    };
    let Some(built) = run.build_for(Flavor::Swift) else {
        return;
    };
    let package = run.workspace.root.join("bindings/swift");
    let shared = [run.workspace.root.clone(), run.workspace.target.clone()];

    run.report.step("swift: format", |step| {
        let sources = hand_written(&package)?;
        let mut arguments = vec!["format", "lint", "--strict", "--recursive"];
        arguments.extend(sources.iter().map(|path| path.as_str()));
        let finished = step.run(&mut toolchain.swift(&package, &arguments, &shared, &[])?)?;
        Ok(Outcome::Tested(Counts::one(finished.status.success())))
    });

    let compiled = run.report.step("swift: build", |step| {
        let mut command = swift_pm(
            &toolchain,
            "build",
            &["--build-tests"],
            &package,
            &shared,
            &built,
        )?;
        step.check(&mut command)?;
        Ok(Outcome::Prepared)
    });
    if compiled {
        let (workspace, library) = (&run.workspace, &built.library);
        run.report.step("swift: surface", |step| {
            let mut command = swift_pm(&toolchain, "package", &[], &package, &shared, &built)?;
            command.args(["dump-symbol-graph", "--minimum-access-level", "public"]);
            step.check(command.args(["--skip-synthesized-members"]))?;
            let graph = symbol_graph(&scratch(&package)?)?;
            let surface = surface::swift(&std::fs::read_to_string(graph)?)?;
            surface::compare(workspace, "bindings/swift/api/MpacPgw.txt", &surface)?;
            surface::check(workspace, library, Flavor::Swift)?;
            Ok(Outcome::Tested(Counts::one(true)))
        });
        run.report.step("swift: tests", |step| {
            let mut command = swift_pm(
                &toolchain,
                "test",
                &["--skip-build"],
                &package,
                &shared,
                &built,
            )?;
            let finished = step.run(&mut command)?;
            let counts = count::swift(&finished.output);
            Ok(Outcome::Tested(super::with_status(counts, finished.status)))
        });
    }
}

pub(crate) fn swift_pm(
    toolchain: &Toolchain,
    verb: &str,
    options: &[&str],
    package: &Utf8Path,
    shared: &[Utf8PathBuf],
    built: &Built,
) -> Result<std::process::Command> {
    let scratch = scratch(package)?;
    let libraries = built.library_directory.as_str();
    let search = format!("-L{libraries}");
    let mut arguments = vec![verb];
    arguments.extend(options);
    arguments.extend(["--package-path", package.as_str()]);
    arguments.extend(["--scratch-path", scratch.as_str()]);
    for flag in [search.as_str(), "-rpath", libraries] {
        arguments.extend(["-Xlinker", flag]);
    }
    let mut shared = shared.to_vec();
    shared.push(scratch.clone());
    let mut variables = built.variables().to_vec();
    variables.push(("LD_LIBRARY_PATH", &built.library_directory));
    toolchain.swift(package, &arguments, &shared, &variables)
}

/// Build products are specific to a checkout: two must not share them.
fn scratch(package: &Utf8Path) -> Result<Utf8PathBuf> {
    let mut hasher = DefaultHasher::new();
    package.hash(&mut hasher);
    let scratch = tools::cache()?.join(format!("swift-build/{:016x}", hasher.finish()));
    std::fs::create_dir_all(&scratch)?;
    Ok(scratch)
}

/// Where SwiftPM has written the symbols of the SDK's module: in a folder of the platform's name.
fn symbol_graph(scratch: &Utf8Path) -> Result<Utf8PathBuf> {
    for entry in scratch.read_dir_utf8()? {
        let graph = entry?.path().join("symbolgraph/MpacPgw.symbols.json");
        if graph.is_file() {
            return Ok(graph);
        }
    }
    bail!("SwiftPM has written no symbols below {scratch}")
}

/// What people wrote, and so what has to be formatted.
fn hand_written(package: &Utf8Path) -> Result<Vec<Utf8PathBuf>> {
    let manifest = package.join("Package.swift");
    // swift-format says nothing about a file that is not there.
    ensure!(manifest.is_file(), "there is no {manifest}");
    let mut found = vec![manifest];
    for directory in ["Sources", "Tests", "Examples"].map(|name| package.join(name)) {
        if !directory.is_dir() {
            continue;
        }
        for entry in directory.read_dir_utf8()? {
            let path = entry?.into_path();
            match path.file_name() {
                Some("MpacPgwCoreFFI") => {}
                // Beside it are the generated sources.
                Some("MpacPgw") => {
                    for entry in path.read_dir_utf8()? {
                        let path = entry?.into_path();
                        if path.file_name() != Some("Generated") {
                            found.push(path);
                        }
                    }
                }
                _ => found.push(path),
            }
        }
    }
    Ok(found)
}
