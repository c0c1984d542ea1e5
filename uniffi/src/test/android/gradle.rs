//! Debian's Gradle, as a stranger's build: it takes the modules from the folder by one line each.

use std::{fs, process::Command};

use anyhow::{Result, ensure};
use camino::Utf8Path;

use crate::{
    count::Counts,
    files,
    package::aar::{CONTRACT, TERMINAL},
    report::Outcome,
    step::Step,
    tools::{self, Tool, tool},
};

const TOOLS: [Tool; 1] = [tool("gradle", "gradle")];

/// Copies what Gradle finds, and looks whether it is what an app needs.
pub(super) fn check(step: &mut Step, repository: &Utf8Path, work: &Utf8Path) -> Result<Outcome> {
    if let Some(reason) = tools::ensure(step, &TOOLS)? {
        return Ok(Outcome::Skipped(reason));
    }
    let work = work.join("gradle");
    files::remove(&work)?;
    let version = env!("CARGO_PKG_VERSION");
    let script = format!(
        "repositories {{\n    maven {{ url '{repository}' }}\n    mavenCentral()\n}}\n\
         configurations {{ app }}\n\
         dependencies {{\n    app 'com.mpac:{TERMINAL}:{version}'\n    \
         app 'com.mpac:{CONTRACT}:{version}'\n}}\n\
         task found(type: Copy) {{\n    from configurations.app\n    into 'found'\n}}\n"
    );
    files::write(&work.join("build.gradle"), script.as_bytes())?;
    files::write(&work.join("settings.gradle"), b"rootProject.name = 'app'\n")?;
    step.check(
        Command::new("gradle")
            .args(["--no-daemon", "--console=plain", "--gradle-user-home"])
            .arg(tools::cache()?.join("gradle"))
            .arg("found")
            .current_dir(&work),
    )?;
    let found = files::list(&work.join("found"))?;
    let own = format!("{TERMINAL}-{version}.aar");
    for name in [
        own.as_str(),
        "jna-",
        "kotlin-stdlib-",
        "kotlinx-coroutines-android-",
        CONTRACT,
    ] {
        ensure!(
            found.iter().any(|file| file.as_str().starts_with(name)),
            "Gradle found no {name}, only {found:?}"
        );
    }
    let jna = found.iter().find(|file| file.as_str().starts_with("jna-"));
    ensure!(
        jna.is_some_and(|file| file.extension() == Some("aar")),
        "Gradle took JNA's jar, which has no library for Android"
    );
    ensure!(fs::metadata(work.join("found").join(own))?.len() > 0);
    Ok(Outcome::Tested(Counts::one(true)))
}
