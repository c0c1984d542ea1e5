//! The folder that becomes a distribution repository: a Swift package with the XCFramework's zip.

use std::fs;

use anyhow::{Context, Result, ensure};
use camino::{Utf8Path, Utf8PathBuf};

use super::{
    libraries::Library,
    manifest::{self, Manifest},
    privacy, xcframework,
};
use crate::{
    bindings::{C_MODULE, SwiftCode},
    files,
    package::{maven::sha256, notices},
    step::Step,
    test::ios::modules::{self, Module},
    workspace::Workspace,
};

/// Where this project has the modules, and which of them ship.
const CORE: &str = "bindings/swift";
const APPS: &str = "ios";

/// A package that is ready.
#[derive(Debug)]
pub(crate) struct Package {
    pub(crate) folder: Utf8PathBuf,
    /// The XCFramework's zip.
    pub(crate) zip: Utf8PathBuf,
    /// What SwiftPM holds the zip against.
    pub(crate) checksum: String,
}

/// Makes the package in `folder`, which it empties before. It takes the zip from `url`, or from beside
/// its manifest.
pub(crate) fn make(
    workspace: &Workspace,
    step: &mut Step,
    libraries: &[Library],
    code: &SwiftCode,
    framework: &Utf8Path,
    folder: &Utf8Path,
    url: Option<&str>,
) -> Result<Package> {
    files::remove(folder)?;
    let zip = xcframework::zip(framework)?;
    let checksum = sha256(&zip);
    let name = format!("{}.zip", xcframework::name());
    let package = Package {
        folder: folder.to_owned(),
        zip: folder.join(&name),
        checksum,
    };
    files::write(&package.zip, &zip)?;

    let sources = folder.join("Sources");
    copy(&workspace.root.join(CORE), &sources, |path| {
        let generated = path.components().nth(1).map(|part| part.as_str()) == Some("Generated");
        !generated && !path.starts_with(C_MODULE)
    })?;
    for (path, contents) in &code.swift {
        files::write(&sources.join("MpacPgw/Generated").join(path), contents)?;
    }
    for (path, contents) in &code.c {
        files::write(&folder.join("Linux").join(C_MODULE).join(path), contents)?;
    }
    let core = modules(&sources, &[])?;
    copy(&workspace.root.join(APPS), &sources, |_| true)?;
    let apps = modules(&sources, &core)?;
    let folders: Vec<_> = core
        .iter()
        .chain(&apps)
        .map(|module| &module.folder)
        .collect();
    privacy::check_swift(&folders)?;
    let privacy = privacy::check(&workspace.root, libraries)?;
    let holder = sources.join(manifest::WITH_PRIVACY);
    files::write(&holder.join("PrivacyInfo.xcprivacy"), &privacy)?;

    let manifest = Manifest {
        core: &core,
        apps: &apps,
        products: products(&workspace.root.join(APPS), &apps)?,
        zip: &name,
        url,
        checksum: &package.checksum,
    };
    files::write(&folder.join("Package.swift"), manifest.text()?.as_bytes())?;
    documents(workspace, step, libraries, folder)?;
    Ok(package)
}

/// Licences, and what people read first.
fn documents(
    workspace: &Workspace,
    step: &mut Step,
    libraries: &[Library],
    folder: &Utf8Path,
) -> Result<()> {
    let targets: Vec<&str> = libraries
        .iter()
        .map(|library| library.slice.target)
        .collect();
    let notices = notices::collect(workspace, step, &targets)?;
    files::write(&folder.join("THIRD-PARTY-NOTICES.txt"), notices.as_bytes())?;
    for (from, to) in [("LICENSE", "LICENSE"), ("ios/README.md", "README.md")] {
        let from = workspace.root.join(from);
        if from.exists() {
            files::write(&folder.join(to), &fs::read(&from)?)?;
        }
    }
    Ok(())
}

/// Copies the sources of a package.
fn copy(package: &Utf8Path, to: &Utf8Path, wanted: impl Fn(&Utf8Path) -> bool) -> Result<()> {
    let from = package.join("Sources");
    for path in files::list(&from)?.iter().filter(|path| wanted(path)) {
        let contents = fs::read(from.join(path))
            .with_context(|| format!("could not read {}", from.join(path)))?;
        files::write(&to.join(path), &contents)?;
    }
    Ok(())
}

/// The modules in a folder but for those that are known, in order.
fn modules(sources: &Utf8Path, known: &[Module]) -> Result<Vec<Module>> {
    let mut found = Vec::new();
    for entry in sources.read_dir_utf8()? {
        let entry = entry?;
        if known.iter().all(|module| module.name != entry.file_name()) {
            found.extend(modules::read(APPS, entry.path())?);
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

/// Which of the modules apps are to import: the products of their package.
fn products<'a>(package: &Utf8Path, modules: &'a [Module]) -> Result<Vec<&'a str>> {
    let path = package.join("Package.swift");
    let text = fs::read_to_string(&path).with_context(|| format!("could not read {path}"))?;
    let names = modules.iter().map(|module| module.name.as_str());
    let found: Vec<&str> = names
        .filter(|name| text.contains(&format!(".library(name: \"{name}\"")))
        .collect();
    ensure!(!found.is_empty(), "{path} has no product");
    Ok(found)
}
