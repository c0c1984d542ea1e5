//! The documentation of the package, as Xcode shows it.

use std::fs;

use anyhow::{Context, Result};
use serde_json::Value;

use super::folder::Package;
use crate::{
    files, package::archive::Archive, step::Step, test::swift::symbol_graph,
    test::toolchain::Toolchain, workspace::Workspace,
};

/// What apps read about. Its sources compile on Linux, too.
const MODULE: &str = "MpacPgw";

/// Compiles the package, and puts the zip of a DocC archive into it; DocC may warn of nothing.
pub(crate) fn add(
    workspace: &Workspace,
    step: &mut Step,
    toolchain: &Toolchain,
    package: &Package,
) -> Result<()> {
    let shared = [workspace.root.clone(), workspace.target.clone()];
    let work = workspace.target.join("xtask/apple/documentation");
    let build = work.join("build");
    let mut arguments = vec!["package", "--scratch-path", build.as_str()];
    arguments.extend(["dump-symbol-graph", "--minimum-access-level", "public"]);
    arguments.push("--skip-synthesized-members");
    let mut command = toolchain.swift(&package.folder, &arguments, &shared, &[])?;
    step.check(&mut command)?;

    // The other modules' symbols are beside this one's.
    let symbols = work.join("symbols");
    files::remove(&symbols)?;
    let contents = fs::read(symbol_graph(&build, MODULE)?)?;
    files::write(&symbols.join(format!("{MODULE}.symbols.json")), &contents)?;

    let catalog = package
        .folder
        .join(format!("Sources/{MODULE}/{MODULE}.docc"));
    let name = format!("{MODULE}.doccarchive");
    let archive = work.join(&name);
    files::remove(&archive)?;
    let mut arguments = vec!["convert", catalog.as_str(), "--warnings-as-errors"];
    arguments.extend(["--additional-symbol-graph-dir", symbols.as_str()]);
    arguments.extend(["--fallback-display-name", MODULE]);
    arguments.extend(["--fallback-bundle-identifier", "com.mpac.pgw"]);
    arguments.extend(["--output-path", archive.as_str()]);
    step.check(&mut toolchain.program("docc", &work, &arguments, &shared)?)?;

    let mut zip = Archive::default();
    for path in files::list(&archive)? {
        let contents = fs::read(archive.join(&path))?;
        let contents = match path.extension() {
            Some("json") => in_order(&contents).with_context(|| format!("in {path}"))?,
            _ => contents,
        };
        zip.add(&format!("{name}/{path}"), contents)?;
    }
    zip.write(&package.folder.join(format!("{name}.zip")))
}

/// DocC writes the members of an object in another order each time.
fn in_order(json: &[u8]) -> Result<Vec<u8>> {
    let value: Value = serde_json::from_slice(json)?;
    Ok(serde_json::to_vec(&value)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_page_is_the_same_bytes() -> Result<()> {
        let page = br#"{"b": [2, 1], "a": {"d": 1.5, "c": null}}"#;
        let again = br#"{"a": {"c": null, "d": 1.5}, "b": [2, 1]}"#;
        assert_eq!(in_order(page)?, in_order(again)?);
        assert_eq!(in_order(page)?, br#"{"a":{"c":null,"d":1.5},"b":[2,1]}"#);
        Ok(())
    }
}
