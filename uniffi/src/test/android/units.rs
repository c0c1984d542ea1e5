//! The unit tests of what ships on 64-bit and 32-bit ARM. They run on Linux, under an emulator.

use std::fs;

use anyhow::{Context, Result};

use super::processor::{ALL, Processor};
use crate::{
    count,
    package::toolchain::Toolchain,
    report::Outcome,
    step::Step,
    test::{Run, with_status},
    tools,
    workspace::Workspace,
};

const ARGUMENTS: [&str; 8] = [
    "test",
    "--offline",
    "--locked",
    "--no-fail-fast",
    "--lib",
    "--package=mpac-pgw-protocol",
    "--package=mpac-pgw-sdk",
    "-Zbuild-std=std,panic_unwind,test",
];

pub(super) fn run(run: &mut Run, toolchain: &Toolchain) {
    let workspace = &run.workspace;
    for processor in ALL {
        let name = format!("android: unit tests on {}", processor.debian);
        run.report
            .step(&name, |step| test(step, workspace, toolchain, processor));
    }
}

fn test(
    step: &mut Step,
    workspace: &Workspace,
    toolchain: &Toolchain,
    processor: &Processor,
) -> Result<Outcome> {
    let Toolchain::Debian(..) = toolchain else {
        return Ok(Outcome::Skipped("the NDK has no Linux".to_owned()));
    };
    let root = match processor.sysroot(step)? {
        Ok(root) => root,
        Err(reason) => return Ok(Outcome::Skipped(reason)),
    };
    let folder = workspace.target.join("xtask/units");
    fs::create_dir_all(&folder)?;
    // It is linked statically, so that it also runs where the compiler does.
    let emulator = processor.emulator.program;
    let copy = folder.join(emulator);
    let found = tools::find(emulator).with_context(|| format!("there is no {emulator}"))?;
    fs::copy(found, &copy)?;
    step.check(
        workspace
            .cargo()
            .args(["fetch", "--locked", "--target", processor.target]),
    )?;

    let upper = processor.target.replace('-', "_").to_uppercase();
    let flags = format!("--target={} --sysroot={root}", processor.triple);
    let link: String = ["-fuse-ld=lld", &flags]
        .join(" ")
        .split(' ')
        .map(|flag| format!("-Clink-arg={flag} "))
        .collect();
    let mut command = toolchain.enter(
        &workspace.root,
        &[&workspace.root, &workspace.target, &root],
    )?;
    command.args(toolchain.cargo_variables(processor.target, &flags, "clang")?);
    command.args([
        // std is compiled here, too: without it an emulator takes an hour.
        "CARGO_PROFILE_DEV_OPT_LEVEL=2",
        "CARGO_PROFILE_DEV_DEBUG=line-tables-only",
        // The longest two search paths of a payment, which no processor changes.
        "MPAC_EXPLORATION_FAULTS=1",
        "MPAC_SIMULATION_SEEDS=2000",
        &format!("CARGO_TARGET_DIR={folder}"),
        &format!("CARGO_TARGET_{upper}_RUSTFLAGS={}", link.trim_end()),
        &format!("CARGO_TARGET_{upper}_RUNNER={copy} -L {root}"),
        "cargo",
    ]);
    command.args(ARGUMENTS).args(["--target", processor.target]);
    // Their time limits are too short for an emulator.
    command.args(["--", "--skip=transport::tests"]);
    let finished = step.run(&mut command)?;
    let counts = count::libtest(&finished.output);
    Ok(Outcome::Tested(with_status(counts, finished.status)))
}
