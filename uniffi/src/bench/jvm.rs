//! bindings/kotlin on the JVM, by the program in bindings/kotlin-bench.

use std::process::{Command, Stdio};
use std::{fs, io};

use anyhow::{Result, ensure};

use super::rows::Rows;
use crate::bindings::{self, Flavor};
use crate::step::Step;
use crate::test::Built;
use crate::test::gateway::{Gateway, MERCHANT, SECRET};
use crate::tools;
use crate::workspace::Workspace;

/// The program and what it stands on, without their tests.
const BUILD: [&str; 8] = [
    "--batch-mode",
    "--no-transfer-progress",
    "--activate-profiles=bench",
    "--projects=kotlin-bench",
    "--also-make",
    "-Dmaven.test.skip",
    // The format, too.
    "verify",
    "--quiet",
];

/// All of Java's heap is touched from the start, and little memory goes to the compiler: what is left is
/// what the attempts take.
const STEADY: [&str; 5] = [
    "-Xms64m",
    "-Xmx64m",
    "-XX:+UseSerialGC",
    "-XX:+AlwaysPreTouch",
    "-XX:TieredStopAtLevel=1",
];

/// The program's parts, how often each is run, in a JVM of its own, and that JVM's options.
const PARTS: [(&str, usize, &[&str]); 5] = [
    ("first-sdk", 11, &[]),
    ("first-by-hand", 11, &[]),
    ("warm", 1, &[]),
    ("waiting-sdk", 3, &STEADY),
    ("waiting-by-hand", 3, &STEADY),
];

/// `Some` says why this machine cannot.
pub(super) fn measure(
    workspace: &Workspace,
    step: &mut Step,
    built: &Built,
    rows: &mut Rows,
) -> Result<Option<String>> {
    if let Some(reason) = tools::ensure(step, &tools::MAVEN)? {
        return Ok(Some(reason));
    }
    bindings::generate(workspace, &built.library, Flavor::Kotlin)?;
    let modules = workspace.root.join("bindings");
    step.check(Command::new("mvn").args(BUILD).current_dir(&modules))?;
    let module = modules.join("kotlin-bench/target");
    let jars = module.join("lib");
    let folder = workspace.target.join("xtask/bench-journal");
    let logs = workspace.target.join("xtask/logs");
    let gateway = Gateway::start(&built.gateway, &logs.join("bench-gateway.log"))?;
    for (part, times, options) in PARTS {
        for number in 1..=times {
            eprintln!("measuring Kotlin: {part}, {number} of {times}");
            let mut java = Command::new("java");
            java.args(options)
                .arg(format!("-Djna.library.path={}", built.library_directory))
                .args(["-cp", &format!("{module}/classes:{jars}/*")])
                .args(["com.mpac.pgw.bench.MainKt", part, built.gateway.as_str()])
                .args([&gateway.url(), &format!("{MERCHANT}:{SECRET}")])
                .arg(&folder);
            let measured = java.stderr(Stdio::inherit()).output()?;
            fs::remove_dir_all(&folder).or_else(|error| match error.kind() {
                io::ErrorKind::NotFound => Ok(()),
                _ => Err(error),
            })?;
            ensure!(measured.status.success(), "{part}: {}", measured.status);
            rows.read(&String::from_utf8(measured.stdout)?)?;
        }
    }
    for entry in jars.read_dir_utf8()? {
        let jar = entry?;
        if let name @ ("jna" | "mpac-pgw-sdk") = name(jar.file_name()) {
            rows.size(&format!("Kotlin: {name}.jar"), jar.path())?;
        }
    }
    Ok(None)
}

/// An artefact's name, without its version.
fn name(jar: &str) -> &str {
    jar.split_once(|c: char| c.is_ascii_digit())
        .map_or(jar, |(name, _)| name.trim_end_matches('-'))
}
