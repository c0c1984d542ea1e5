//! ios/ and bindings/swift as an app for iOS takes them, where there is no Xcode: compiled for real
//! Apple targets, and held to what the oldest iOS has.

mod compiler;
mod documentation;
mod link;
mod misuse;
pub(crate) mod modules;
mod project;
mod standard;

use self::compiler::Compiler;
use super::{Run, toolchain::Toolchain};
use crate::{
    bindings::Flavor,
    count::Counts,
    package::apple::{
        self,
        libraries::Library,
        slice::{SLICES, Slice},
    },
    report::{Outcome, Report},
    workspace::Workspace,
};

pub(super) fn run(run: &mut Run) {
    let Some(toolchain) = run.report.prepare("ios: tools", Toolchain::prepare) else {
        return;
    };
    let workspace = &run.workspace;
    run.report.step("ios: projects", |step| {
        project::check(step, workspace, &toolchain)
    });
    if run.build_for(Flavor::Swift).is_none() {
        return;
    }
    let Run {
        workspace,
        report,
        all,
        ..
    } = run;
    let [device, _, simulator, ..] = &SLICES;
    if !*all {
        check(workspace, report, &toolchain, simulator, &[]);
        return;
    }
    // Beside the one that people have made.
    let package = workspace.target.join("xtask/ios/package");
    let libraries = apple::package(workspace, report, &package, None).unwrap_or_default();
    for slice in [simulator, device] {
        check(workspace, report, &toolchain, slice, &libraries);
    }
}

/// Compiles all modules for a target, and what must not compile; links them with its library.
fn check(
    workspace: &Workspace,
    report: &mut Report,
    toolchain: &Toolchain,
    slice: &Slice,
    libraries: &[Library],
) {
    let name = match slice.is_device() {
        true => "device",
        false => "simulator",
    };
    let compiler = report.prepare(&format!("ios: Swift's library, {name}"), |step| {
        Compiler::prepare(step, workspace, toolchain, slice)
    });
    let Some(compiler) = compiler else {
        return;
    };
    let mut modules = Vec::new();
    let compiled = report.step(&format!("ios: Swift, {name}"), |step| {
        let mut counts = Counts::default();
        for module in modules::find(workspace)? {
            compiler.compile(step, &module)?;
            counts += Counts::one(true);
            modules.push(module);
        }
        Ok(Outcome::Tested(counts))
    });
    if !compiled {
        return;
    }
    report.step(&format!("ios: misuse, {name}"), |step| {
        misuse::check(step, workspace, &compiler)
    });
    // It is the same for every target.
    if !slice.is_device() {
        report.step("ios: documentation", |step| {
            documentation::check(step, &compiler, &modules)
        });
    }
    let library = libraries
        .iter()
        .find(|library| library.slice.target == slice.target);
    if let Some(library) = library {
        report.step(&format!("ios: link, {name}"), |step| {
            link::check(step, workspace, &compiler, &modules, library)
        });
    }
}
