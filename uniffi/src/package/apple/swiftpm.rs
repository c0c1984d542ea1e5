//! What SwiftPM says to the package. On Linux it is asked about what only Apple's systems take, too.

use std::{collections::BTreeSet, fs};

use anyhow::{Context, Result, ensure};
use camino::Utf8Path;
use serde_json::Value;

use super::{folder::Package, xcframework};
use crate::{
    bindings::C_MODULE, files, package::archive::Archive, step::Step, test::toolchain::Toolchain,
    workspace::Workspace,
};

/// Has the zip's checksum computed and the package described by SwiftPM itself.
pub(crate) fn check(
    workspace: &Workspace,
    step: &mut Step,
    toolchain: &Toolchain,
    package: &Package,
) -> Result<()> {
    let shared = [workspace.root.clone(), workspace.target.clone()];
    let mut run = |directory, arguments: &[&str]| {
        let mut command = toolchain.swift(directory, arguments, &shared, &[])?;
        step.check(&mut command)
    };
    let zip = package.zip.as_str();
    let output = run(&package.folder, &["package", "compute-checksum", zip])?;
    let computed = output.lines().last().unwrap_or_default().trim();
    ensure!(
        computed == package.checksum,
        "SwiftPM's checksum is {computed}, not {}",
        package.checksum
    );
    run(&package.folder, &["package", "dump-package"])?;

    // The same package as a Mac has it. SwiftPM looks at each folder and into the XCFramework.
    let apple = workspace.target.join("xtask/apple/described");
    files::remove(&apple)?;
    Archive::read(&package.zip)?.unpack(&apple)?;
    let sources = package.folder.join("Sources");
    for path in files::list(&sources)? {
        let contents = fs::read(sources.join(&path))?;
        files::write(&apple.join("Sources").join(&path), &contents)?;
    }
    let manifest = fs::read_to_string(package.folder.join("Package.swift"))?;
    files::write(&apple.join("Package.swift"), for_mac(&manifest)?.as_bytes())?;
    let described = run(&apple, &["package", "describe", "--type", "json"])?;
    let compiled = libraries(&described)?;
    let shipped = folders(&sources)?;
    ensure!(
        compiled == shipped,
        "SwiftPM compiles {compiled:?} of {shipped:?}"
    );
    Ok(())
}

/// The manifest as a Mac reads it, with the XCFramework unpacked beside it.
fn for_mac(manifest: &str) -> Result<String> {
    let binary = "Target.binaryTarget(";
    let (before, rest) = manifest.split_once(binary).context("no binary target")?;
    let (_, after) = rest.split_once(")\n").context("no end of it")?;
    ensure!(before.contains("os(Linux)"), "it is the same everywhere");
    let before = before.replace("os(Linux)", "os(Windows)");
    let framework = xcframework::name();
    Ok(format!(
        "{before}{binary}name: \"{C_MODULE}\", path: \"{framework}\")\n{after}"
    ))
}

fn folders(folder: &Utf8Path) -> Result<BTreeSet<String>> {
    let entries = folder.read_dir_utf8()?;
    entries
        .map(|entry| Ok(entry?.file_name().to_owned()))
        .collect()
}

/// The names of what is compiled from sources; there has to be the XCFramework, too.
fn libraries(described: &str) -> Result<BTreeSet<String>> {
    let start = described.find('{').context("SwiftPM describes nothing")?;
    let package: Value = serde_json::from_str(&described[start..])?;
    let targets = package["targets"].as_array().context("no targets")?;
    let of_type = |kind: &str| -> BTreeSet<String> {
        let targets = targets.iter().filter(|target| target["type"] == kind);
        let names = targets.filter_map(|target| target["name"].as_str());
        names.map(ToOwned::to_owned).collect()
    };
    let binary = of_type("binary");
    ensure!(
        binary == BTreeSet::from([C_MODULE.to_owned()]),
        "SwiftPM finds the libraries {binary:?}"
    );
    Ok(of_type("library"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mac_reads_the_other_half_of_the_manifest() -> Result<()> {
        let manifest = "#if os(Linux)\nx\n#else\n    let core = Target.binaryTarget(\n        \
                        name: \"a\",\n        url: \"b\")\n#endif\n";
        assert_eq!(
            for_mac(manifest)?,
            "#if os(Windows)\nx\n#else\n    let core = Target.binaryTarget(name: \
             \"MpacPgwCoreFFI\", path: \"MpacPgwCoreFFI.xcframework\")\n#endif\n"
        );
        assert!(for_mac("let core = 1\n").is_err());
        Ok(())
    }

    #[test]
    fn a_package_without_its_library_is_refused() -> Result<()> {
        let described = r#"warning: w
            {"targets": [{"name": "A", "type": "library"}, {"name": "T", "type": "test"},
            {"name": "MpacPgwCoreFFI", "type": "binary"}]}"#;
        assert_eq!(libraries(described)?, BTreeSet::from(["A".to_owned()]));
        assert!(libraries(&described.replace("binary", "system-target")).is_err());
        Ok(())
    }
}
