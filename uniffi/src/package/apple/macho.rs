//! What a static library for Apple's systems is held against before it ships: Xcode would refuse it
//! in an app, or the App Store would.

use std::{collections::BTreeSet, fs};

use anyhow::{Context, Result, ensure};
use camino::Utf8Path;
use goblin::{
    archive::Archive,
    mach::{MachO, load_command::CommandVariant, symbols::N_EXT},
};

use super::{
    libsystem::{LIST, LibSystem},
    slice::Slice,
};

/// What every library of the SDK is called.
pub(crate) const NAME: &str = "libmpac_pgw_sdk.a";

/// The segment of LLVM's bitcode: the App Store takes none since 2022, and lipo stumbles over it.
const BITCODE: &str = "__LLVM";

/// The names that a static library defines and needs.
#[derive(Debug, Default)]
pub(crate) struct Symbols {
    pub(crate) defined: BTreeSet<String>,
    /// By one member, and defined by none.
    pub(crate) undefined: BTreeSet<String>,
}

/// The names that one object or program defines and needs.
pub(crate) fn symbols(path: &Utf8Path) -> Result<Symbols> {
    let bytes = fs::read(path).with_context(|| format!("could not read {path}"))?;
    let object = MachO::parse(&bytes, 0).with_context(|| format!("in {path}"))?;
    let mut symbols = Symbols::default();
    collect(&object, &mut symbols).with_context(|| format!("in {path}"))?;
    Ok(symbols)
}

/// Whether a name is that of a function of UniFFI's, as Mach-O has it.
pub(crate) fn is_ffi(name: &str) -> bool {
    name.starts_with("_uniffi_") || name.starts_with("_ffi_")
}

/// Holds the library against what Apple demands; the error says everything that is wrong. No path in
/// `paths` may be in there.
pub(crate) fn check(
    library: &[u8],
    slice: &Slice,
    system: &LibSystem,
    paths: &[&str],
) -> Result<Symbols> {
    let mut faults = BTreeSet::new();
    let mut symbols = Symbols::default();
    for (name, object) in members(library)? {
        match MachO::parse(object, 0) {
            Ok(object) => {
                for fault in build(&object, slice).into_iter().chain(bitcode(&object)) {
                    faults.insert(format!("{name} {fault}"));
                }
                collect(&object, &mut symbols).with_context(|| format!("in {name}"))?;
            }
            Err(_) => {
                faults.insert(format!("{name} is no Mach-O file"));
            }
        }
    }
    let Symbols { defined, undefined } = &mut symbols;
    undefined.retain(|name| !defined.contains(name));
    for name in undefined.iter().filter(|name| !system.contains(name)) {
        faults.insert(format!(
            "it needs {name}, which is not in {LIST}: a name of libSystem in {} {} is added there",
            slice.system.name,
            slice.system.oldest()
        ));
    }
    for path in paths {
        if contains(library, path) {
            faults.insert(format!("the path {path} of this machine is in it"));
        }
    }
    let faults: Vec<String> = faults.into_iter().collect();
    ensure!(faults.is_empty(), "{}: {}", slice.target, faults.join("; "));
    Ok(symbols)
}

/// Two members may have one name.
fn members(library: &[u8]) -> Result<Vec<(String, &[u8])>> {
    let archive = Archive::parse(library).context("not a static library")?;
    let mut found = Vec::new();
    for index in 0..archive.len() {
        let member = archive.get_at(index).context("no such member")?;
        let start = usize::try_from(member.offset)?;
        let contents = library
            .get(start..start + member.size())
            .context("a member goes beyond the end")?;
        found.push((member.extended_name().to_owned(), contents));
    }
    ensure!(!found.is_empty(), "the library has no member");
    Ok(found)
}

/// The processor, the system and its oldest release.
fn build(object: &MachO<'_>, slice: &Slice) -> Vec<String> {
    let mut faults = Vec::new();
    if object.header.cputype() != slice.cpu {
        faults.push(format!("is not for {}", slice.arch));
    }
    let versions: Vec<_> = object
        .load_commands
        .iter()
        .filter_map(|command| match &command.command {
            CommandVariant::BuildVersion(version) => Some((version.platform, version.minos)),
            _ => None,
        })
        .collect();
    let system = slice.system;
    match versions[..] {
        [(platform, minimum)] => {
            if platform != system.platform {
                faults.push(format!(
                    "is for the platform {platform}, not {}",
                    system.platform
                ));
            }
            if minimum != system.packed_minimum() {
                let (major, minor) = (minimum >> 16, (minimum >> 8) & 0xff);
                let oldest = system.oldest();
                faults.push(format!("is for {major}.{minor} and newer, not {oldest}"));
            }
        }
        _ => faults.push(format!(
            "says {} times which system it is for",
            versions.len()
        )),
    }
    faults
}

fn bitcode(object: &MachO<'_>) -> Option<String> {
    let sections = object.segments.sections().flatten();
    let bitcode = sections
        .flatten()
        .any(|(section, _)| section.segname().is_ok_and(|name| name == BITCODE));
    bitcode.then(|| "has bitcode".to_owned())
}

fn collect(object: &MachO<'_>, symbols: &mut Symbols) -> Result<()> {
    for symbol in object.symbols() {
        let (name, entry) = symbol?;
        if entry.is_stab() {
            continue;
        }
        if entry.is_undefined() {
            symbols.undefined.insert(name.to_owned());
        } else if entry.n_type & N_EXT != 0 {
            symbols.defined.insert(name.to_owned());
        }
    }
    Ok(())
}

fn contains(library: &[u8], text: &str) -> bool {
    library
        .windows(text.len())
        .any(|part| part == text.as_bytes())
}

/// The processors in a library, whether it is for one or for several.
pub(crate) fn processors(library: &[u8]) -> Result<BTreeSet<u32>> {
    if !library.starts_with(&[0xca, 0xfe, 0xba, 0xbe]) {
        let members = members(library)?;
        let (name, first) = members.first().context("the library has no member")?;
        let object = MachO::parse(first, 0).with_context(|| format!("in {name}"))?;
        return Ok(BTreeSet::from([object.header.cputype()]));
    }
    let fat = goblin::mach::MultiArch::new(library)?;
    let mut found = BTreeSet::new();
    for arch in fat.iter_arches() {
        found.insert(arch?.cputype());
    }
    Ok(found)
}

#[cfg(test)]
mod tests;
