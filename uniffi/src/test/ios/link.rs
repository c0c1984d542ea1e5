//! The Swift and the Rust half in one: no function that one calls may be missing in the other.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use camino::Utf8PathBuf;

use super::{compiler::Compiler, modules::Module};
use crate::{
    count::Counts,
    files,
    package::apple::{
        libraries::Library,
        libsystem::LibSystem,
        macho::{self, is_ffi},
    },
    report::Outcome,
    step::Step,
    workspace::Workspace,
};

/// How names begin that Swift's runtime has on every device.
const RUNTIME: [&str; 2] = ["_swift_", "__swift_"];

/// What Swift itself needs of libSystem: closures as blocks, rounding, and functions that are found late.
const SWIFTS: [&str; 9] = [
    "__Block_copy",
    "__Block_release",
    "__NSConcreteStackBlock",
    "_ceil",
    "_floor",
    "_rint",
    "_round",
    "_trunc",
    "dyld_stub_binder",
];

/// Links each sample app with all modules and the library. What is Apple's is left for the device to
/// find.
pub(super) fn check(
    step: &mut Step,
    workspace: &Workspace,
    compiler: &Compiler<'_>,
    modules: &[Module],
    library: &Library,
) -> Result<Outcome> {
    let (apps, package): (Vec<_>, Vec<_>) = modules.iter().partition(|module| module.is_app());
    let mut called = BTreeSet::new();
    for module in &package {
        let needed = macho::symbols(&compiler.object(module))?.undefined;
        called.extend(needed.into_iter().filter(|name| is_ffi(name)));
    }
    let exported = library.symbols.defined.iter().filter(|name| is_ffi(name));
    let exported: BTreeSet<String> = exported.cloned().collect();
    step.note(&format!(
        "Swift calls {} functions of the library's {}",
        called.len(),
        exported.len()
    ))?;
    ensure!(!called.is_empty(), "Swift calls nothing of the library");
    let missing: Vec<_> = called.difference(&exported).collect();
    ensure!(missing.is_empty(), "the library lacks {missing:?}");

    let system = LibSystem::read(&workspace.root, library.slice)?;
    let names: Vec<&str> = modules.iter().map(|module| module.name.as_str()).collect();
    let mut counts = Counts::default();
    for app in apps {
        let program = link(step, compiler, &system, library, &package, app)?;
        let needed = macho::symbols(&program)?.undefined;
        let unknown: Vec<_> = needed
            .iter()
            .filter(|name| !system.contains(name) && !is_apples(name, &names))
            .collect();
        ensure!(unknown.is_empty(), "{}: nothing has {unknown:?}", app.name);
        counts += Counts::one(true);
    }
    Ok(Outcome::Tested(counts))
}

fn link(
    step: &mut Step,
    compiler: &Compiler<'_>,
    system: &LibSystem,
    library: &Library,
    package: &[&Module],
    app: &Module,
) -> Result<Utf8PathBuf> {
    let (slice, folder) = (library.slice, compiler.folder());
    let program = folder.join(&app.name);
    files::write(&folder.join("libSystem.tbd"), system.stub(slice).as_bytes())?;
    let modules = package.iter().copied().chain([app]);
    let objects: Vec<_> = modules.map(|module| compiler.object(module)).collect();
    let oldest = slice.system.oldest();
    let mut arguments = vec!["-arch", slice.arch, "-platform_version"];
    arguments.extend([slice.system.linker, &oldest, &oldest, "-L.", "-lSystem"]);
    arguments.extend(["-undefined", "dynamic_lookup", "-ObjC"]);
    arguments.extend(objects.iter().map(|object| object.as_str()));
    arguments.extend([library.path.as_str(), "-o", program.as_str()]);
    step.check(&mut compiler.run("ld64.lld", folder, &arguments)?)?;
    Ok(program)
}

/// True for a name of Swift's runtime, or of a Swift module that is none of `own`.
fn is_apples(name: &str, own: &[&str]) -> bool {
    if SWIFTS.contains(&name) || RUNTIME.iter().any(|prefix| name.starts_with(prefix)) {
        return true;
    }
    // A module's name follows its length; its own names for Swift's own types begin otherwise.
    name.strip_prefix("_$s").is_some_and(|rest| {
        !own.iter()
            .any(|own| rest.starts_with(&format!("{}{own}", own.len())))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_apples_may_be_left_to_be_found() {
        let own = ["MpacPgw"];
        for name in [
            "_swift_release",
            "_$s10Foundation4DataV",
            "_$sSS",
            "_$s12MpacPgwOtherX",
        ] {
            assert!(is_apples(name, &own), "{name}");
        }
        for name in ["_$s7MpacPgw6SecretV", "_uniffi_mpac_pgw_sdk_fn", "_malloc"] {
            assert!(!is_apples(name, &own), "{name}");
        }
    }
}
