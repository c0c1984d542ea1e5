//! What the licences of others ask us to pass on, for each library that is in ours.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
};

use anyhow::{Context, Result, ensure};
use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;

use crate::{step::Step, workspace::Workspace};

const HEAD: &str = "\
The native library of this SDK contains the software below, each under the licence that is named.
Those under the Apache License 2.0 may be used under the text in the file LICENSE.

Rust's standard library (https://www.rust-lang.org): MIT OR Apache-2.0
";

/// Apple's systems have an unwinder of their own.
const UNWINDER: &str = "LLVM's libunwind (https://llvm.org): Apache-2.0 WITH LLVM-exception\n";

/// A crate that is linked in.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Linked {
    name: String,
    version: String,
    licence: String,
    folder: Utf8PathBuf,
}

/// The notices of what the SDK contains on these targets.
pub(crate) fn collect(workspace: &Workspace, step: &mut Step, targets: &[&str]) -> Result<String> {
    let folders = folders(workspace)?;
    let mut linked = BTreeSet::new();
    for target in targets {
        let tree = step.check(
            workspace
                .cargo()
                .args(["tree", "--locked", "--package=mpac-pgw-sdk"])
                .args(["--edges=normal,no-proc-macro", "--prefix=none"])
                .args(["--no-dedupe", "--quiet", "--format={p}|{l}|", "--target"])
                .arg(target),
        )?;
        for line in tree.lines().filter(|line| line.contains('|')) {
            let (name, version, licence) =
                parse(line).with_context(|| format!("cargo tree says {line}"))?;
            let folder = folders.get(&format!("{name} {version}"));
            // Without one it is a part of this project.
            if let Some(folder) = folder {
                linked.insert(Linked {
                    name: name.to_owned(),
                    version: version.to_owned(),
                    licence: licence.to_owned(),
                    folder: folder.clone(),
                });
            }
        }
    }
    ensure!(
        !linked.is_empty(),
        "the SDK seems to contain no other crate"
    );
    let mut head = HEAD.to_owned();
    if targets.iter().any(|target| target.contains("android")) {
        head.push_str(UNWINDER);
    }
    text(head, &linked)
}

/// `name vVERSION|LICENCE|`, and what cargo adds in parentheses.
fn parse(line: &str) -> Option<(&str, &str, &str)> {
    let (package, rest) = line.split_once('|')?;
    let (licence, _) = rest.split_once('|')?;
    let mut words = package.split(' ');
    Some((words.next()?, words.next()?.strip_prefix('v')?, licence))
}

/// Where each crate of a registry was unpacked.
fn folders(workspace: &Workspace) -> Result<BTreeMap<String, Utf8PathBuf>> {
    let output = workspace
        .cargo()
        .args(["metadata", "--locked", "--quiet", "--format-version=1"])
        .output()
        .context("could not run cargo")?;
    ensure!(output.status.success(), "cargo metadata failed");
    let metadata: Value = serde_json::from_slice(&output.stdout)?;
    let packages = metadata["packages"].as_array().into_iter().flatten();
    Ok(packages
        .filter(|package| package["source"].is_string())
        .filter_map(|package| {
            let of = |key: &str| package[key].as_str();
            let manifest = Utf8Path::new(of("manifest_path")?);
            let name = format!("{} {}", of("name")?, of("version")?);
            Some((name, manifest.parent()?.to_owned()))
        })
        .collect())
}

fn text(head: String, linked: &BTreeSet<Linked>) -> Result<String> {
    let mut text = head;
    let mut apart: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for one in linked {
        let name = format!("{} {}", one.name, one.version);
        let at = format!("https://crates.io/crates/{}/{}", one.name, one.version);
        writeln!(text, "{name} ({at}): {}", one.licence)?;
        if one
            .licence
            .split(" OR ")
            .any(|choice| choice == "Apache-2.0")
        {
            continue;
        }
        for licence in texts(&one.folder)? {
            apart.entry(licence).or_default().push(name.clone());
        }
    }
    text.push_str(
        "\nWhat is under the Mozilla Public License 2.0 (https://mozilla.org/MPL/2.0/) is unchanged;\n\
         its source is at the address beside its name.\n",
    );
    for (licence, names) in apart {
        let rule = "-".repeat(72);
        write!(text, "\n{rule}\n{}\n\n{licence}", names.join(", "))?;
    }
    Ok(text)
}

/// The licences and notices that a crate brings.
fn texts(folder: &Utf8Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for entry in folder.read_dir_utf8()? {
        let path = entry?.into_path();
        let name = path.file_name().unwrap_or_default().to_uppercase();
        if ["LICEN", "COPYING", "NOTICE"]
            .iter()
            .any(|word| name.starts_with(word))
            && path.is_file()
        {
            let text = fs::read_to_string(&path).with_context(|| format!("in {path}"))?;
            found.push(text.trim().replace('\r', "") + "\n");
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_without_apache_brings_its_own_text() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let folder = Utf8Path::from_path(folder.path()).context("a UTF-8 path")?;
        fs::write(folder.join("LICENSE-ISC"), "\r\nThe ISC text\r\n")?;
        let one = |name: &str, licence: &str| Linked {
            name: name.to_owned(),
            version: "1.2.3".to_owned(),
            licence: licence.to_owned(),
            folder: folder.to_owned(),
        };
        let both = BTreeSet::from([
            one("a", "MIT OR Apache-2.0"),
            one("b", "Apache-2.0 AND ISC"),
        ]);
        let text = text(HEAD.to_owned(), &both)?;
        assert!(text.contains("a 1.2.3 (https://crates.io/crates/a/1.2.3): MIT OR Apache-2.0\n"));
        assert!(text.ends_with("\nb 1.2.3\n\nThe ISC text\n"), "{text}");
        assert_eq!(
            parse("time v0.3.55 (proc-macro)|MIT OR Apache-2.0|"),
            Some(("time", "0.3.55", "MIT OR Apache-2.0"))
        );
        Ok(())
    }
}
