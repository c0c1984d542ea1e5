//! The SDK's static library for each of Apple's systems and processors: compiled, pared and
//! checked.

use std::fs;

use anyhow::{Context, Result};
use camino::{Utf8Path, Utf8PathBuf};

use super::{
    compiler::Compiler,
    libsystem::LibSystem,
    macho::{self, NAME, Symbols},
    slice::{SLICES, Slice},
};
use crate::{
    count::Counts,
    report::{Outcome, Report},
    step::Step,
    tools,
    workspace::Workspace,
};

/// A library for one slice that is ready to ship.
#[derive(Debug)]
pub(crate) struct Library {
    pub(crate) slice: &'static Slice,
    pub(crate) path: Utf8PathBuf,
    pub(crate) symbols: Symbols,
}

/// Finds or makes the compiler. None if a step failed.
pub(crate) fn compiler(workspace: &Workspace, report: &mut Report) -> Option<Compiler> {
    report.prepare("ios: compiler", |step| Compiler::prepare(step, workspace))
}

/// Builds the library for every slice. None if a step failed.
pub(crate) fn build(
    workspace: &Workspace,
    report: &mut Report,
    compiler: &Compiler,
) -> Option<Vec<Library>> {
    let mut libraries = Vec::new();
    for slice in &SLICES {
        report.step(&format!("ios: library for {}", slice.target), |step| {
            let library = build_one(workspace, step, compiler, slice)?;
            println!(
                "    {}: {} bytes",
                slice.target,
                library.path.metadata()?.len()
            );
            libraries.push(library);
            Ok(Outcome::Tested(Counts::one(true)))
        });
    }
    (libraries.len() == SLICES.len()).then_some(libraries)
}

/// Builds the library for one slice.
pub(crate) fn build_one(
    workspace: &Workspace,
    step: &mut Step,
    compiler: &Compiler,
    slice: &'static Slice,
) -> Result<Library> {
    let folder = workspace.target.join("xtask/apple");
    let target = folder.join("cargo");
    // Downloads happen here: where the compiler runs there may be no network.
    let fetch = ["fetch", "--locked", "--target", slice.target];
    step.check(workspace.cargo().args(fetch))?;
    let mut command = compiler.enter(workspace, &workspace.root)?;
    compiler.compile_for(&mut command, workspace, slice)?;
    command.arg(format!("CARGO_TARGET_DIR={target}"));
    command.args(["cargo", "rustc", "--locked", "--release"]);
    command.args(["--package=mpac-pgw-sdk", "--lib", "--target", slice.target]);
    // The only kind of library that needs no linker.
    command
        .arg("--crate-type=staticlib")
        .args(compiler.options());
    step.check(&mut command)?;

    let built = target.join(slice.target).join("release").join(NAME);
    let path = folder.join(slice.target).join(NAME);
    pare(workspace, step, compiler, &built, &path)?;
    let library = fs::read(&path).with_context(|| format!("could not read {path}"))?;
    let system = LibSystem::read(&workspace.root, slice)?;
    let (home, cache) = (tools::cargo_home()?, tools::cache()?);
    let paths = [workspace.root.as_str(), home.as_str(), cache.as_str()];
    let symbols = macho::check(&library, slice, &system, &paths)?;
    Ok(Library {
        slice,
        path,
        symbols,
    })
}

/// Takes out LLVM's bitcode, which std has for a link that optimises across libraries, and the debug
/// information of C code with its paths.
fn pare(
    workspace: &Workspace,
    step: &mut Step,
    compiler: &Compiler,
    from: &Utf8Path,
    to: &Utf8Path,
) -> Result<()> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).with_context(|| format!("could not create {folder}"))?;
    }
    let mut command = compiler.enter(workspace, &workspace.root)?;
    command.arg(compiler.program("llvm-objcopy"));
    command.args(["--strip-debug", "--remove-section=__LLVM,__bitcode"]);
    command.arg("--remove-section=__LLVM,__cmdline");
    step.check(command.args([from, to]))?;
    Ok(())
}
