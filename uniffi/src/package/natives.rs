//! The SDK's library for each ABI of Android: compiled, linked, stripped and checked.

use std::fs;

use anyhow::{Context, Result};
use camino::{Utf8Path, Utf8PathBuf};

use super::{
    abi::{ABIS, Abi},
    bionic::Bionic,
    elf::{self, NAME},
    linker::Linker,
    toolchain::{Toolchain, remapped_paths},
};
use crate::{
    count::Counts,
    report::{Outcome, Report},
    step::Step,
    tools,
    workspace::Workspace,
};

/// A library that is ready to ship.
#[derive(Debug)]
pub(crate) struct Native {
    pub(crate) abi: &'static Abi,
    pub(crate) path: Utf8PathBuf,
    /// The same, linked for tests on Linux.
    pub(crate) linux: Utf8PathBuf,
}

/// Builds the library for every ABI. None if a step failed.
pub(crate) fn build(workspace: &Workspace, report: &mut Report) -> Option<Vec<Native>> {
    let toolchain = compiler(workspace, report)?;
    build_with(workspace, report, &toolchain)
}

/// Finds or makes the compiler. None if a step failed.
pub(crate) fn compiler(workspace: &Workspace, report: &mut Report) -> Option<Toolchain> {
    report.prepare("android: compiler", |step| {
        Toolchain::prepare(step, workspace)
    })
}

/// The same as [`build`], where there is a compiler already.
pub(crate) fn build_with(
    workspace: &Workspace,
    report: &mut Report,
    toolchain: &Toolchain,
) -> Option<Vec<Native>> {
    let mut natives = Vec::new();
    for abi in &ABIS {
        report.step(&format!("android: library for {}", abi.name), |step| {
            natives.push(build_one(workspace, step, toolchain, abi)?);
            Ok(Outcome::Tested(Counts::one(true)))
        });
    }
    (natives.len() == ABIS.len()).then_some(natives)
}

fn build_one(
    workspace: &Workspace,
    step: &mut Step,
    toolchain: &Toolchain,
    abi: &'static Abi,
) -> Result<Native> {
    let folder = workspace.target.join("xtask/android").join(abi.name);
    // Each compiler's in a folder of its own, or one would compile everything after the other.
    let target = folder.with_file_name("cargo");
    let linker = Linker::make(step, workspace, toolchain, abi, &folder)?;
    // Downloads happen here: where the compiler runs there may be no network.
    let fetch = ["fetch", "--locked", "--target", abi.target];
    step.check(workspace.cargo().args(fetch))?;
    let mut command = toolchain.enter(&workspace.root, &[&workspace.root, &workspace.target])?;
    command.args(toolchain.variables(abi, &linker.program)?);
    command.arg(format!("CARGO_TARGET_DIR={target}"));
    command.arg(format!(
        "CARGO_TARGET_{}_RUSTFLAGS=-Clink-arg=-Wl,--build-id=sha1,--no-undefined {}",
        abi.target.replace('-', "_").to_uppercase(),
        remapped_paths(workspace)?.join(" ")
    ));
    command.args(["cargo", "rustc", "--locked", "--release"]);
    command.args(["--package=mpac-pgw-sdk", "--lib", "--target", abi.target]);
    // One kind of library only: beside another one it would be linked without optimisation.
    command.arg("--crate-type=cdylib").args(toolchain.options());
    command.args(["--", &format!("-Clink-arg=-L{}", linker.libraries)]);
    step.check(&mut command)?;

    let linked = target.join(abi.target).join("release").join(NAME);
    let unstripped = fs::read(&linked).with_context(|| format!("could not read {linked}"))?;
    let home = tools::cargo_home()?;
    elf::check_unstripped(&unstripped, &[workspace.root.as_str(), home.as_str()])?;
    let native = Native {
        abi,
        path: folder.join(NAME),
        linux: folder.join("linux").join(NAME),
    };
    let linux = target
        .join(abi.target)
        .join("release/deps")
        .join(format!("{NAME}.linux"));
    for (from, to) in [(&linked, &native.path), (&linux, &native.linux)] {
        strip(workspace, step, toolchain, from, to)?;
    }
    let library = fs::read(&native.path)?;
    elf::check(&library, abi, &Bionic::read(&workspace.root, abi)?)?;
    println!("    {}: {} bytes of {}", abi.name, library.len(), abi.limit);
    Ok(native)
}

fn strip(
    workspace: &Workspace,
    step: &mut Step,
    toolchain: &Toolchain,
    from: &Utf8Path,
    to: &Utf8Path,
) -> Result<()> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut command = toolchain.enter(&workspace.root, &[&workspace.root, &workspace.target])?;
    command.arg(toolchain.program("llvm-strip"));
    step.check(command.args(["-o", to.as_str(), from.as_str()]))?;
    Ok(())
}
