//! The AAR in the hands of an app: found by Maven, shrunk by R8, packed into an APK.

use super::{
    super::{Built, Run},
    gradle, shrunk,
};
use crate::{
    count::Counts,
    package::{aar::Modules, apk, toolbox::Toolbox},
    report::Outcome,
    tools,
};

/// What becomes an APK: the smallest that there can be, and the samples.
const APPS: [&str; 3] = [
    "android/consumer",
    "examples/android-till",
    "examples/android-card-app",
];

/// Tests the modules that the tests before have compiled. What takes minutes is for `--all`.
pub(super) fn run(run: &mut Run, built: &Built) {
    let all = run.all;
    let workspace = &run.workspace;
    let work = workspace.target.join("xtask/android-modules");
    let repository = work.join("repository");
    let toolbox = run.report.prepare("android: modules", |step| {
        Modules::compiled(workspace).publish(step, &[], &repository)?;
        Toolbox::prepare(workspace, step)
    });
    let Some(toolbox) = toolbox else {
        return;
    };
    run.report.step("android: shrunk app", |step| {
        let app = shrunk::App::compile(workspace, step, &toolbox, &repository, &work)?;
        let mut counts = Counts::one(true);
        app.check(step, built)?;
        if all {
            counts += app.check_each_rule(step, built)?;
        }
        Ok(Outcome::Tested(counts))
    });
    if !all {
        return;
    }
    run.report.step("android: APK", |step| {
        if let Some(reason) = tools::ensure(step, &apk::TOOLS)? {
            return Ok(Outcome::Skipped(reason));
        }
        let mut counts = Counts::default();
        for app in APPS {
            let source = workspace.root.join(app);
            let apk = apk::build(step, &toolbox, &repository, &source, &work.join(app))?;
            println!("    {apk}: {} bytes", apk.metadata()?.len());
            counts += Counts::one(true);
        }
        Ok(Outcome::Tested(counts))
    });
    run.report.step("android: Gradle", |step| {
        gradle::check(step, &repository, &work)
    });
}
