//! Payments with the libraries that ship, on each processor, by the tests of bindings/kotlin.
//!
//! A library for Android finds on Linux nearly all that it needs. What is missing there, or other, is
//! in a stand-in for bionic, beside the library that was linked for it.

use std::{fs, os::unix::fs::symlink, process::Command};

use anyhow::{Context, Result};
use camino::Utf8Path;
use goblin::elf::{Elf, header::EM_ARM};

use super::processor::Processor;
use crate::{
    bindings::Flavor,
    package::{
        linker::STAND_IN,
        natives::{self, Native},
        toolchain::Toolchain,
    },
    report::Outcome,
    step::Step,
    test::{Built, Run, kotlin},
    workspace::Workspace,
};

/// Payments of every kind, what outlives a killed process, pictures, and code of the app's that throws:
/// whatever depends on the processor or on Android's C library.
const TESTS: &str =
    "PaymentsTest,KilledProcessTest,RecoveryTest,PanicTest,QrCodeTest,ListenerTest#*throws*";

/// The names under which a library for Android looks for bionic.
const BIONIC: [&str; 4] = ["libc.so", "libdl.so", "liblog.so", "libm.so"];

pub(super) fn run(run: &mut Run, toolchain: &Toolchain) {
    let Some(natives) = natives::build_with(&run.workspace, &mut run.report, toolchain) else {
        return;
    };
    let Some(built) = run.build_for(Flavor::Kotlin) else {
        return;
    };
    let modules = run.workspace.root.join("bindings");
    let compiled = run.report.step("android: compile the payments", |step| {
        step.check(kotlin::maven(&modules, &built).args(["--projects=kotlin", "test-compile"]))?;
        Ok(Outcome::Prepared)
    });
    if !compiled {
        return;
    }
    let workspace = &run.workspace;
    for native in natives {
        let name = format!("android: payments on {}", native.abi.name);
        run.report.step(&name, |step| {
            pay(step, workspace, &built, toolchain, &native)
        });
    }
}

fn pay(
    step: &mut Step,
    workspace: &Workspace,
    built: &Built,
    toolchain: &Toolchain,
    native: &Native,
) -> Result<Outcome> {
    let folder = native.linux.parent().context("a library is in a folder")?;
    let code = workspace.root.join(STAND_IN);
    let modules = workspace.root.join("bindings");
    let mut maven = kotlin::maven(&modules, built);
    maven.env("MPAC_SDK_LIBRARY_DIR", folder);
    maven.args(["--projects=kotlin", "surefire:test"]);
    maven.arg(format!("-Dtest={TESTS}"));
    let mut compiler = match Processor::of(native.abi.name) {
        None => Command::new("cc"),
        Some(processor) => {
            let root = match processor.sysroot(step)? {
                Ok(root) => root,
                Err(reason) => return Ok(Outcome::Skipped(reason)),
            };
            maven.arg(format!("-Djvm={}", processor.java(&root)));
            processor.compiler(toolchain, workspace, &root)?
        }
    };
    accept_soft_floats(&native.linux)?;
    compiler.args(["-shared", "-fPIC", "-O1", "-o"]);
    step.check(compiler.args([&folder.join(BIONIC[0]), &code]))?;
    for name in &BIONIC[1..] {
        link(BIONIC[0], &folder.join(name))?;
    }
    kotlin::test(step, &modules, &["kotlin"], &mut maven)
}

/// Android passes floats otherwise than Debian on 32-bit ARM, where glibc refuses a library that says so.
/// No function of the SDK is passed any.
fn accept_soft_floats(library: &Utf8Path) -> Result<()> {
    const FLAGS: usize = 36;
    const SOFT_FLOATS: u32 = 0x200;
    let mut bytes = fs::read(library).with_context(|| format!("could not read {library}"))?;
    let header = Elf::parse(&bytes)?.header;
    if header.e_machine == EM_ARM {
        let flags = header.e_flags & !SOFT_FLOATS;
        bytes[FLAGS..FLAGS + 4].copy_from_slice(&flags.to_le_bytes());
        fs::write(library, bytes)?;
    }
    Ok(())
}

/// A symbolic link, unless something has that name.
fn link(target: &str, path: &Utf8Path) -> Result<()> {
    if !path.exists() {
        symlink(target, path).with_context(|| format!("could not link {path}"))?;
    }
    Ok(())
}
