//! The project's Swift modules, in the order in which they are compiled.

use std::{collections::BTreeSet, fs};

use anyhow::{Context, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};

use crate::{files, workspace::Workspace};

/// Where the packages are; the folders in `Sources` are their modules.
const PACKAGES: [&str; 2] = ["bindings/swift", "ios"];

/// What stands for the package of a sample app: it sees nothing of the others' but what is public.
const APP: &str = "app";

/// One module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Module {
    pub(crate) name: String,
    /// The package it is in: what is said to be for the package only is not for the other one.
    pub(super) package: &'static str,
    pub(crate) folder: Utf8PathBuf,
    pub(super) sources: Vec<Utf8PathBuf>,
    pub(crate) imports: BTreeSet<String>,
}

impl Module {
    /// Whether it is a whole app, one of the samples.
    pub(super) fn is_app(&self) -> bool {
        self.package == APP
    }

    /// What SwiftPM makes a bundle of.
    pub(crate) fn has_resources(&self) -> bool {
        self.folder.join("Resources").is_dir()
    }

    /// The articles of the module's documentation.
    pub(super) fn catalog(&self) -> Option<Utf8PathBuf> {
        let catalog = self.folder.join(format!("{}.docc", self.name));
        catalog.is_dir().then_some(catalog)
    }
}

/// All of them, each after those that it imports.
pub(super) fn find(workspace: &Workspace) -> Result<Vec<Module>> {
    let mut found = Vec::new();
    for package in PACKAGES {
        let sources = workspace.root.join(package).join("Sources");
        let entries = sources
            .read_dir_utf8()
            .with_context(|| format!("could not read {sources}"))?;
        for entry in entries {
            found.extend(read(package, entry?.path())?);
        }
    }
    for sample in samples(workspace)? {
        for entry in sample.read_dir_utf8()? {
            let entry = entry?;
            if entry.path().is_dir() {
                found.extend(read(APP, entry.path())?);
            }
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    in_order(found)
}

/// The folders of the sample apps for iOS.
pub(super) fn samples(workspace: &Workspace) -> Result<Vec<Utf8PathBuf>> {
    let examples = workspace.root.join("examples");
    let mut found = Vec::new();
    for entry in examples
        .read_dir_utf8()
        .with_context(|| format!("could not read {examples}"))?
    {
        let sample = entry?.into_path();
        if sample
            .file_name()
            .is_some_and(|name| name.starts_with("ios-"))
        {
            found.push(sample);
        }
    }
    found.sort();
    Ok(found)
}

/// None of a folder without Swift, such as that of the C header.
pub(crate) fn read(package: &'static str, folder: &Utf8Path) -> Result<Option<Module>> {
    let (mut sources, mut imports) = (Vec::new(), BTreeSet::new());
    for path in files::list(folder)? {
        if path.extension() == Some("swift") {
            let path = folder.join(path);
            let text =
                fs::read_to_string(&path).with_context(|| format!("could not read {path}"))?;
            imports.extend(text.lines().filter_map(imported).map(str::to_owned));
            sources.push(path);
        }
    }
    let name = folder.file_name().unwrap_or_default().to_owned();
    Ok((!sources.is_empty()).then(|| Module {
        name,
        package,
        folder: folder.to_owned(),
        sources,
        imports,
    }))
}

/// The module that a line imports.
fn imported(line: &str) -> Option<&str> {
    const KINDS: [&str; 6] = ["struct", "class", "enum", "protocol", "func", "typealias"];
    let mut words = line.split_whitespace();
    loop {
        match words.next()? {
            "import" => break,
            "public" | "package" | "internal" | "private" | "fileprivate" => {}
            attribute if attribute.starts_with('@') => {}
            _ => return None,
        }
    }
    let word = words.next()?;
    let name = if KINDS.contains(&word) {
        words.next()?
    } else {
        word
    };
    name.split('.').next()
}

fn in_order(mut rest: Vec<Module>) -> Result<Vec<Module>> {
    let mut ordered = Vec::new();
    while !rest.is_empty() {
        let names: BTreeSet<String> = rest.iter().map(|module| module.name.clone()).collect();
        let (ready, blocked): (Vec<_>, Vec<_>) = rest
            .into_iter()
            .partition(|module| module.imports.is_disjoint(&names));
        if ready.is_empty() {
            bail!("these modules import each other: {names:?}");
        }
        ordered.extend(ready);
        rest = blocked;
    }
    Ok(ordered)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module(name: &str, imports: &[&str]) -> Module {
        Module {
            name: name.to_owned(),
            package: "ios",
            folder: name.into(),
            sources: Vec::new(),
            imports: imports.iter().map(|&name| name.to_owned()).collect(),
        }
    }

    #[test]
    fn imports_are_found_however_they_are_written() {
        for (line, name) in [
            ("import Foundation", Some("Foundation")),
            (
                "    @preconcurrency internal import UIKit.UIView",
                Some("UIKit"),
            ),
            ("import struct Foundation.Data // why", Some("Foundation")),
            ("// import Foundation", None),
            ("let important = 1", None),
            ("", None),
        ] {
            assert_eq!(imported(line), name, "{line}");
        }
    }

    #[test]
    fn a_module_comes_after_those_that_it_imports() -> Result<()> {
        let all = ["App", "Base", "Fake"].map(|name| match name {
            "App" => module(name, &["Fake", "UIKit"]),
            "Fake" => module(name, &["Base"]),
            _ => module(name, &[]),
        });
        let names: Vec<_> = in_order(all.to_vec())?
            .into_iter()
            .map(|m| m.name)
            .collect();
        assert_eq!(names, ["Base", "Fake", "App"]);
        assert!(in_order(vec![module("A", &["B"]), module("B", &["A"])]).is_err());
        Ok(())
    }
}
