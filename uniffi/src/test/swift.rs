//! bindings/swift and ios/ through SwiftPM.

mod pictures;

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    process::Command,
};

use anyhow::{Result, bail, ensure};
use camino::{Utf8Path, Utf8PathBuf};

use super::{Built, Run, toolchain::Toolchain};
use crate::{
    bindings::Flavor,
    count::{self, Counts},
    report::{Outcome, Report},
    surface, tools,
};

pub(super) fn run(run: &mut Run) {
    let Some(toolchain) = run.report.prepare("swift: tools", Toolchain::prepare) else {
        return;
    };
    let Some(built) = run.build_for(Flavor::Swift) else {
        return;
    };
    let shared = [run.workspace.root.clone(), run.workspace.target.clone()];
    let package = |folder: &str| Package {
        toolchain: &toolchain,
        built: &built,
        root: run.workspace.root.join(folder),
        shared: &shared,
    };

    let sdk = package("bindings/swift");
    sdk.format(&mut run.report, "swift: format", &[]);
    if sdk.build(&mut run.report, "swift: build") {
        let workspace = &run.workspace;
        run.report.step("swift: surface", |step| {
            let mut command = sdk.command("package", &[])?;
            command.args(["dump-symbol-graph", "--minimum-access-level", "public"]);
            step.check(command.args(["--skip-synthesized-members"]))?;
            let graph = symbol_graph(&scratch(&sdk.root)?, "MpacPgw")?;
            let surface = surface::swift(&std::fs::read_to_string(graph)?)?;
            surface::compare(workspace, "bindings/swift/api/MpacPgw.txt", &surface)?;
            surface::check(workspace, &built.library, Flavor::Swift)?;
            Ok(Outcome::Tested(Counts::one(true)))
        });
        sdk.test(&mut run.report, "swift: tests");
    }

    // The layer for apps, with stand-ins for Apple's frameworks.
    let apps = package("ios");
    let examples = run.workspace.root.join("examples");
    let samples = ["ios-till", "ios-card-app"].map(|name| examples.join(name));
    apps.format(&mut run.report, "swift: format of ios", &samples);
    if apps.build(&mut run.report, "swift: build of ios") {
        let pictures = apps.root.join(".build/pictures");
        // Those of an earlier run say nothing.
        let _ = std::fs::remove_dir_all(&pictures);
        apps.test(&mut run.report, "swift: tests of ios");
        run.report.step("swift: pictures of ios", |step| {
            let counts = pictures::decode(step, &pictures)?;
            Ok(Outcome::Tested(counts))
        });
    }
}

/// A package that is tested.
struct Package<'a> {
    toolchain: &'a Toolchain,
    built: &'a Built,
    root: Utf8PathBuf,
    shared: &'a [Utf8PathBuf],
}

impl Package<'_> {
    fn command(&self, verb: &str, options: &[&str]) -> Result<Command> {
        let (toolchain, built) = (self.toolchain, self.built);
        swift_pm(toolchain, verb, options, &self.root, self.shared, built)
    }

    /// The package, and folders that it takes sources from.
    fn format(&self, report: &mut Report, name: &str, others: &[Utf8PathBuf]) {
        report.step(name, |step| {
            let mut sources = hand_written(&self.root)?;
            for other in others {
                ensure!(other.is_dir(), "there is no {other}");
                sources.push(other.clone());
            }
            let mut arguments = vec!["format", "lint", "--strict", "--recursive"];
            arguments.extend(sources.iter().map(|path| path.as_str()));
            let mut command = self
                .toolchain
                .swift(&self.root, &arguments, self.shared, &[])?;
            let finished = step.run(&mut command)?;
            Ok(Outcome::Tested(Counts::one(finished.status.success())))
        });
    }

    /// Whether it compiles.
    fn build(&self, report: &mut Report, name: &str) -> bool {
        report.step(name, |step| {
            step.check(&mut self.command("build", &["--build-tests"])?)?;
            Ok(Outcome::Prepared)
        })
    }

    fn test(&self, report: &mut Report, name: &str) {
        report.step(name, |step| {
            let finished = step.run(&mut self.command("test", &["--skip-build"])?)?;
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
) -> Result<Command> {
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

/// Where SwiftPM has written the symbols of a module: in a folder of the platform's name.
pub(crate) fn symbol_graph(scratch: &Utf8Path, module: &str) -> Result<Utf8PathBuf> {
    let name = format!("symbolgraph/{module}.symbols.json");
    for entry in scratch.read_dir_utf8()? {
        let graph = entry?.path().join(&name);
        if graph.is_file() {
            return Ok(graph);
        }
    }
    bail!("SwiftPM has written no symbols of {module} below {scratch}")
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
