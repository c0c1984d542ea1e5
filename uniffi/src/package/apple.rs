//! `cargo xtask package ios`: the SDK as apps for iOS and macOS take it, in a folder that becomes a
//! distribution repository.

pub(crate) mod compiler;
mod documentation;
mod folder;
pub(crate) mod libraries;
pub(crate) mod libsystem;
mod link;
pub(crate) mod macho;
mod manifest;
mod privacy;
pub(crate) mod slice;
mod swiftpm;
mod xcframework;

use camino::Utf8Path;

use self::libraries::Library;
use crate::{
    bindings,
    count::Counts,
    report::{Outcome, Report},
    test::toolchain::Toolchain,
    workspace::Workspace,
};

/// Makes the package in `folder` and checks all of it. The XCFramework is taken from `url`, or from
/// beside the manifest. None if a step failed; otherwise the libraries that are in it.
pub(crate) fn package(
    workspace: &Workspace,
    report: &mut Report,
    folder: &Utf8Path,
    url: Option<&str>,
) -> Option<Vec<Library>> {
    let compiler = libraries::compiler(workspace, report)?;
    let libraries = libraries::build(workspace, report, &compiler)?;
    for library in &libraries {
        let slice = library.slice;
        if slice.is_device() {
            report.step("ios: an app's size", |step| {
                link::measure(workspace, step, &compiler, library)?;
                Ok(Outcome::Tested(Counts::one(true)))
            });
        } else if slice.is_mac() {
            report.step(&format!("ios: link for {}", slice.target), |step| {
                link::for_macos(workspace, step, &compiler, library)?;
                Ok(Outcome::Tested(Counts::one(true)))
            });
        }
    }
    let mut code = None;
    report.step("ios: generate bindings", |step| {
        let mut counts = Counts::default();
        for library in &libraries {
            step.note(library.slice.target)?;
            let generated = bindings::swift_code(workspace, &library.path)?;
            let same = code.as_ref().is_none_or(|first| *first == generated);
            anyhow::ensure!(same, "{} has other bindings", library.slice.target);
            counts += Counts::one(true);
            code = Some(generated);
        }
        Ok(Outcome::Tested(counts))
    });
    let code = code?;
    let mut package = None;
    report.step("ios: package", |step| {
        let framework = workspace
            .target
            .join("xtask/apple")
            .join(xcframework::name());
        xcframework::make(workspace, step, &compiler, &libraries, &code, &framework)?;
        let made = folder::make(workspace, step, &libraries, &code, &framework, folder, url)?;
        let size = made.zip.metadata()?.len();
        println!("    {}: {size} bytes, checksum {}", made.zip, made.checksum);
        package = Some(made);
        Ok(Outcome::Tested(Counts::one(true)))
    });
    let package = package?;
    let mut found = None;
    let accepted = report.step("ios: SwiftPM", |step| {
        let toolchain = match Toolchain::prepare(step)? {
            Ok(toolchain) => toolchain,
            Err(reason) => return Ok(Outcome::Skipped(reason)),
        };
        swiftpm::check(workspace, step, &toolchain, &package)?;
        found = Some(toolchain);
        Ok(Outcome::Tested(Counts::one(true)))
    });
    let toolchain = found?;
    let documented = report.step("ios: DocC archive", |step| {
        documentation::add(workspace, step, &toolchain, &package)?;
        Ok(Outcome::Tested(Counts::one(true)))
    });
    (accepted && documented).then_some(libraries)
}
