//! The XCFramework: the libraries by system, each with the C module that Swift imports.

use std::{fs, process::Command};

use anyhow::{Context, Result, ensure};
use camino::{Utf8Path, Utf8PathBuf};
use plist::{Dictionary, Value};

use super::{
    compiler::Compiler,
    libraries::Library,
    macho::{self, NAME},
    slice::Slice,
};
use crate::{
    bindings::{C_MODULE, SwiftCode},
    files,
    package::archive::Archive,
    step::Step,
    workspace::Workspace,
};

/// What the framework is called, also in its zip file.
pub(crate) fn name() -> String {
    format!("{C_MODULE}.xcframework")
}

/// Makes the framework in `folder`, which it empties before.
pub(crate) fn make(
    workspace: &Workspace,
    step: &mut Step,
    compiler: &Compiler,
    libraries: &[Library],
    code: &SwiftCode,
    folder: &Utf8Path,
) -> Result<()> {
    files::remove(folder)?;
    // One library of each system, for all of its processors.
    let systems = libraries.chunk_by(|a, b| a.slice.system.name == b.slice.system.name);
    let mut entries = Vec::new();
    for of_one in systems {
        let slices: Vec<&Slice> = of_one.iter().map(|library| library.slice).collect();
        let identifier = identifier(&slices);
        let home = folder.join(&identifier);
        // In a folder of the module's own: Xcode copies the headers of all frameworks into one.
        let headers = home.join("Headers").join(C_MODULE);
        for (path, contents) in headers_of(code)? {
            files::write(&headers.join(path), &contents)?;
        }
        let library = home.join(NAME);
        unite(workspace, step, compiler, of_one, &library)?;
        let processors = macho::processors(&fs::read(&library)?)?;
        let wanted = slices.iter().map(|slice| slice.cpu).collect();
        ensure!(processors == wanted, "{identifier} is for {processors:?}");
        entries.push(entry(&identifier, &slices));
    }
    if matches!(compiler, Compiler::Xcode(_)) {
        return by_xcode(step, folder);
    }
    let info = Value::Dictionary(Dictionary::from_iter([
        ("AvailableLibraries", Value::Array(entries)),
        ("CFBundlePackageType", "XFWK".into()),
        ("XCFrameworkFormatVersion", "1.0".into()),
    ]));
    let mut text = Vec::new();
    info.to_writer_xml(&mut text)?;
    text.push(b'\n');
    files::write(&folder.join("Info.plist"), &text)
}

/// The framework's zip file: the same framework is the same bytes.
pub(crate) fn zip(framework: &Utf8Path) -> Result<Vec<u8>> {
    let mut archive = Archive::default();
    archive.add_folder(&format!("{}/", name()), framework, |_| true)?;
    archive.to_bytes()
}

/// The header, and a map that leaves the linking to Xcode.
fn headers_of(code: &SwiftCode) -> Result<Vec<(Utf8PathBuf, Vec<u8>)>> {
    let header = Utf8PathBuf::from(format!("{C_MODULE}.h"));
    let contents = code.c.get(&header);
    let contents = contents.with_context(|| format!("no {header} was generated"))?;
    let map = format!("module {C_MODULE} {{\n    header \"{header}\"\n    export *\n}}\n");
    Ok(vec![
        (header, contents.clone()),
        ("module.modulemap".into(), map.into_bytes()),
    ])
}

fn unite(
    workspace: &Workspace,
    step: &mut Step,
    compiler: &Compiler,
    libraries: &[Library],
    to: &Utf8Path,
) -> Result<()> {
    if let [library] = libraries {
        let contents =
            fs::read(&library.path).with_context(|| format!("could not read {}", library.path))?;
        return files::write(to, &contents);
    }
    let mut command = compiler.enter(workspace, &workspace.root)?;
    match compiler {
        Compiler::Xcode(_) => command.args(["xcrun", "lipo"]),
        Compiler::Debian(..) => command.arg("llvm-lipo"),
    };
    command.arg("-create");
    command.args(libraries.iter().map(|library| &library.path));
    step.check(command.args(["-output", to.as_str()]))?;
    Ok(())
}

/// Apple's name of a library's folder, as in `ios-arm64_x86_64-simulator`.
fn identifier(slices: &[&Slice]) -> String {
    let archs: Vec<&str> = slices.iter().map(|slice| slice.arch).collect();
    let supported = slices.first().map(|slice| slice.system.supported);
    let (system, variant) = supported.unwrap_or_default();
    let variant = variant.map(|variant| format!("-{variant}"));
    format!(
        "{system}-{}{}",
        archs.join("_"),
        variant.unwrap_or_default()
    )
}

fn entry(identifier: &str, slices: &[&Slice]) -> Value {
    let archs = slices.iter().map(|slice| Value::from(slice.arch)).collect();
    let supported = slices.first().map(|slice| slice.system.supported);
    let (system, variant) = supported.unwrap_or_default();
    let mut entry = Dictionary::from_iter([
        ("BinaryPath", Value::from(NAME)),
        ("HeadersPath", "Headers".into()),
        ("LibraryIdentifier", identifier.into()),
        ("LibraryPath", NAME.into()),
        ("SupportedArchitectures", Value::Array(archs)),
        ("SupportedPlatform", system.into()),
    ]);
    if let Some(variant) = variant {
        entry.insert("SupportedPlatformVariant".to_owned(), variant.into());
    }
    Value::Dictionary(entry)
}

/// Lets Xcode put the same folders together.
fn by_xcode(step: &mut Step, folder: &Utf8Path) -> Result<()> {
    let parts = Utf8PathBuf::from(format!("{folder}.parts"));
    files::remove(&parts)?;
    fs::rename(folder, &parts).with_context(|| format!("could not create {parts}"))?;
    let mut command = Command::new("xcodebuild");
    command.arg("-create-xcframework");
    let mut homes = Vec::new();
    for home in parts.read_dir_utf8()? {
        homes.push(home?.into_path());
    }
    homes.sort();
    for home in homes {
        command.args(["-library", home.join(NAME).as_str()]);
        command.args(["-headers", home.join("Headers").as_str()]);
    }
    step.check(command.args(["-output", folder.as_str()]))?;
    files::remove(&parts)
}

#[cfg(test)]
mod tests {
    use super::{super::slice::SLICES, *};

    #[test]
    fn a_folder_is_named_as_xcode_names_it() {
        let [device, arm_simulator, simulator, arm_mac, _] = &SLICES;
        assert_eq!(identifier(&[device]), "ios-arm64");
        assert_eq!(
            identifier(&[arm_simulator, simulator]),
            "ios-arm64_x86_64-simulator"
        );
        assert_eq!(identifier(&[arm_mac]), "macos-arm64");
    }

    #[test]
    fn only_a_simulator_is_a_variant() -> Result<()> {
        let variant = |slice| {
            let entry = entry("id", &[slice]).into_dictionary().unwrap_or_default();
            entry.get("SupportedPlatformVariant").cloned()
        };
        assert_eq!(variant(&SLICES[0]), None);
        assert_eq!(variant(&SLICES[1]), Some("simulator".into()));
        Ok(())
    }
}
