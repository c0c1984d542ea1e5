//! android/ through Maven: compiled against Android's classes, tested under Robolectric. With `--all`,
//! the libraries that ship take payments too, each on its processor, and the unit tests run there.

mod gradle;
mod modules;
mod payments;
mod processor;
mod shrunk;
mod units;

use super::{Run, kotlin};
use crate::{bindings::Flavor, package::natives, report::Outcome, tools};

/// Payment terminals run Android 7. Without it the tests run on a recent one.
const OLDEST_ANDROID: &str = "-Drobolectric.sdk=24";

pub(super) fn run(run: &mut Run) {
    let ready = run.report.step("android: tools", |step| {
        Ok(tools::ensure(step, &tools::MAVEN)?.map_or(Outcome::Prepared, Outcome::Skipped))
    });
    if !ready {
        return;
    }
    let Some(built) = run.build_for(Flavor::KotlinAndroid) else {
        return;
    };
    let project = run.workspace.root.join("android");
    let tested = run.report.step("android: tests", |step| {
        kotlin::verify(
            step,
            &project,
            &["card-contract", "terminal", "samples"],
            &built,
        )
    });
    if tested {
        run.report.step("android: tests on API 24", |step| {
            let names = ["card-contract", "terminal"];
            let mut maven = kotlin::maven(&project, &built);
            maven.args(["verify", OLDEST_ANDROID, "--projects"]);
            maven.args([&names.join(","), "--also-make"]);
            kotlin::test(step, &project, &names, &mut maven)
        });
        modules::run(run, &built);
    }
    if run.all {
        native(run);
    }
}

/// What takes long where it was not done before: std is compiled for each processor.
fn native(run: &mut Run) {
    if let Some(toolchain) = natives::compiler(&run.workspace, &mut run.report) {
        payments::run(run, &toolchain);
        units::run(run, &toolchain);
    }
}
