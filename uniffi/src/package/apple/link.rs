//! Programs that use all that the library exports: linked for a device, which shows what an app gains,
//! and for macOS against the names that its libSystem really has.

use std::{collections::BTreeSet, fmt::Write as _, fs, process::Command};

use anyhow::{Context, Result, ensure};
use camino::{Utf8Path, Utf8PathBuf};
use goblin::mach::MachO;

use super::{
    compiler::Compiler,
    libraries::Library,
    libsystem::LibSystem,
    macho::{Symbols, is_ffi},
    slice::Slice,
};
use crate::{files, step::Step, workspace::Workspace};

/// As many bytes as an app may gain.
const LIMIT: u64 = 1_800_000;

/// Newer than what the linkers know of makes no difference here.
const SDK_VERSION: &str = "18.0";

/// Measures what an app for devices gains: a program with all that Swift calls, and one without, each
/// stripped and without dead code.
pub(crate) fn measure(
    workspace: &Workspace,
    step: &mut Step,
    compiler: &Compiler,
    library: &Library,
) -> Result<()> {
    let folder = sources(workspace, library)?;
    let slice = library.slice;
    let mut linked = |name: &str, with: &[&Utf8Path]| {
        let program = link(workspace, step, compiler, slice, &folder, name, with)?;
        if !with.is_empty() {
            holds_all(&program, &library.symbols)?;
        }
        strip(workspace, step, compiler, &program)?;
        anyhow::Ok(program.metadata()?.len())
    };
    let without = linked("empty", &[])?;
    let with = linked("calls", &[&library.path])?;
    let gained = with - without.min(with);
    println!("    an app gains {gained} bytes of {LIMIT}");
    step.note(&format!("with it {with} bytes, without it {without}"))?;
    ensure!(
        gained <= LIMIT,
        "an app gains {gained} bytes, more than {LIMIT}"
    );
    Ok(())
}

/// Links for macOS against the names of its libSystem, by Zig's linker or Apple's.
pub(crate) fn for_macos(
    workspace: &Workspace,
    step: &mut Step,
    compiler: &Compiler,
    library: &Library,
) -> Result<()> {
    let folder = sources(workspace, library)?;
    let slice = library.slice;
    let output = folder.join("calls.dylib");
    let mut command = match compiler {
        Compiler::Xcode(_) => {
            let mut command = Command::new("xcrun");
            command.args(["--sdk", "macosx", "clang", "-target", &slice.triple()]);
            command
        }
        Compiler::Debian(_, libraries) => {
            let mut command = Command::new(libraries.with_file_name("zig"));
            // Zig has Rust's name of the processor.
            let arch = slice.target.split('-').next().unwrap_or_default();
            let system = format!("{arch}-macos.{}", slice.system.oldest());
            command.args(["cc", "-target", &system]);
            let cache = workspace.target.join("xtask/apple/zig");
            command.env("ZIG_LOCAL_CACHE_DIR", &cache);
            command.env("ZIG_GLOBAL_CACHE_DIR", &cache);
            command
        }
    };
    command.args([
        "-dynamiclib",
        "-Wl,-dead_strip",
        "-o",
        output.as_str(),
        "calls.c",
    ]);
    step.check(command.arg(&library.path).current_dir(&folder))?;
    holds_all(&output, &library.symbols)
}

/// Writes the programs; answers where.
fn sources(workspace: &Workspace, library: &Library) -> Result<Utf8PathBuf> {
    let folder = workspace.target.join("xtask/apple/link");
    let folder = folder.join(library.slice.target);
    files::write(&folder.join("empty.c"), b"int main(void) { return 0; }\n")?;
    let calls = calls(&library.symbols)?;
    files::write(&folder.join("calls.c"), calls.as_bytes())?;
    Ok(folder)
}

/// What Swift calls, as C says it.
fn exported(symbols: &Symbols) -> impl Iterator<Item = &str> {
    symbols
        .defined
        .iter()
        .filter(|name| is_ffi(name))
        .filter_map(|name| name.strip_prefix('_'))
}

/// A program that keeps each function of the FFI alive, as the generated Swift does. It says nothing
/// of what is in its table, or clang would know that no function's address is zero.
fn calls(symbols: &Symbols) -> Result<String> {
    let (mut declared, mut table) = (String::new(), String::new());
    for name in exported(symbols) {
        writeln!(declared, "extern void {name}(void);")?;
        writeln!(table, "    {name},")?;
    }
    ensure!(
        !table.is_empty(),
        "the library exports nothing through UniFFI"
    );
    Ok(format!(
        "{declared}void (*volatile table[])(void) = {{\n{table}}};\n\
         int main(int count, char **arguments) {{ return table[count] == 0; }}\n"
    ))
}

/// Compiles and links one program.
fn link(
    workspace: &Workspace,
    step: &mut Step,
    compiler: &Compiler,
    slice: &Slice,
    folder: &Utf8Path,
    name: &str,
    with: &[&Utf8Path],
) -> Result<Utf8PathBuf> {
    let (object, program) = (format!("{name}.o"), folder.join(name));
    let mut run = |words: &[&str]| {
        let mut command = compiler.enter(workspace, folder)?;
        step.check(command.args(words))
    };
    let triple = slice.triple();
    let source = format!("{name}.c");
    if let Compiler::Xcode(_) = compiler {
        let clang = [
            "xcrun", "--sdk", "iphoneos", "clang", "-Os", "-target", &triple,
        ];
        let files: Vec<&str> = with.iter().map(|path| path.as_str()).collect();
        let rest = ["-Wl,-dead_strip", "-o", program.as_str(), &source];
        run(&[&clang[..], &rest, &files].concat())?;
        return Ok(program);
    }
    let target = format!("--target={triple}");
    run(&["clang", &target, "-Os", "-c", &source, "-o", &object])?;
    let stub = LibSystem::read(&workspace.root, slice)?.stub(slice);
    files::write(&folder.join("libSystem.tbd"), stub.as_bytes())?;
    let oldest = slice.system.oldest();
    let mut words = vec!["ld64.lld", "-arch", slice.arch, "-platform_version"];
    words.extend([slice.system.linker, &oldest, SDK_VERSION]);
    words.extend(["-L.", "-lSystem", "-dead_strip", "-adhoc_codesign", &object]);
    words.extend(with.iter().map(|path| path.as_str()));
    words.extend(["-o", program.as_str()]);
    run(&words)?;
    Ok(program)
}

fn strip(
    workspace: &Workspace,
    step: &mut Step,
    compiler: &Compiler,
    program: &Utf8Path,
) -> Result<()> {
    let mut command = compiler.enter(workspace, &workspace.root)?;
    match compiler {
        Compiler::Xcode(_) => command.args(["xcrun", "strip"]),
        Compiler::Debian(..) => command.arg("llvm-strip"),
    };
    step.check(command.arg(program))?;
    Ok(())
}

/// Nothing of the library was taken for dead.
fn holds_all(program: &Utf8Path, symbols: &Symbols) -> Result<()> {
    let linked = fs::read(program).with_context(|| format!("could not read {program}"))?;
    let object = MachO::parse(&linked, 0).with_context(|| format!("in {program}"))?;
    let mut held = BTreeSet::new();
    for symbol in object.symbols() {
        let (name, entry) = symbol?;
        if !entry.is_undefined() {
            held.insert(name.trim_start_matches('_'));
        }
    }
    for name in exported(symbols) {
        ensure!(
            held.contains(name.trim_start_matches('_')),
            "{program} has no {name}"
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_calls_what_is_exported_and_nothing_else() -> Result<()> {
        let defined = ["_ffi_mpac_a", "_uniffi_mpac_b", "_malloc", "_GFp_x"];
        let mut symbols = Symbols {
            defined: defined.map(ToOwned::to_owned).into(),
            ..Symbols::default()
        };
        let text = calls(&symbols)?;
        assert!(
            text.contains("= {\n    ffi_mpac_a,\n    uniffi_mpac_b,\n};"),
            "{text}"
        );
        symbols.defined.retain(|name| name == "_malloc");
        assert!(calls(&symbols).is_err());
        Ok(())
    }
}
