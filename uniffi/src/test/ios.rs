//! ios/ and bindings/swift as an app for iOS takes them, where there is no Xcode: compiled for real
//! Apple targets, and held to what the oldest iOS has.

mod compiler;
mod documentation;
mod misuse;
pub(crate) mod modules;
mod standard;
mod target;

use self::{compiler::Compiler, target::Target};
use super::{Run, toolchain::Toolchain};
use crate::{
    bindings::Flavor,
    count::Counts,
    report::{Outcome, Report},
    workspace::Workspace,
};

pub(super) fn run(run: &mut Run) {
    let mut found = None;
    let ready = run.report.step("ios: tools", |step| {
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
    if run.build_for(Flavor::Swift).is_none() {
        return;
    }
    let targets = match run.all {
        true => vec![Target::SIMULATOR, Target::DEVICE],
        false => vec![Target::SIMULATOR],
    };
    for target in targets {
        check(&run.workspace, &mut run.report, &toolchain, target);
    }
}

/// Compiles all modules for a target, and what must not compile.
fn check(workspace: &Workspace, report: &mut Report, toolchain: &Toolchain, target: Target) {
    let mut found = None;
    let name = target.name;
    let ready = report.step(&format!("ios: Swift's library, {name}"), |step| {
        let compiler = Compiler::prepare(step, workspace, toolchain, target)?;
        Ok(match compiler {
            Ok(compiler) => {
                found = Some(compiler);
                Outcome::Prepared
            }
            Err(reason) => Outcome::Skipped(reason),
        })
    });
    let (true, Some(compiler)) = (ready, found) else {
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
    if target == Target::SIMULATOR {
        report.step("ios: documentation", |step| {
            documentation::check(step, &compiler, &modules)
        });
    }
}
