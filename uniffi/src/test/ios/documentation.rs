//! The documentation as Xcode shows it: DocC may warn of nothing, such as a link that leads nowhere.

use std::fs;

use anyhow::{Context, Result, ensure};
use camino::Utf8Path;
use serde_json::Value;

use super::{compiler::Compiler, modules::Module};
use crate::{count::Counts, files, report::Outcome, step::Step};

/// Converts the documentation of each module that has something for apps.
pub(super) fn check(
    step: &mut Step,
    compiler: &Compiler<'_>,
    modules: &[Module],
) -> Result<Outcome> {
    let mut counts = Counts::default();
    for module in modules {
        let name = module.name.as_str();
        let symbols = compiler.folder().join("symbols").join(name);
        files::remove(&symbols)?;
        fs::create_dir_all(&symbols)?;
        compiler.extract(step, name, &symbols)?;
        if is_empty(&symbols.join(format!("{name}.symbols.json")))? {
            continue;
        }
        let archive = compiler.folder().join(format!("{name}.doccarchive"));
        let mut arguments = vec!["convert"];
        let catalog = module.catalog();
        arguments.extend(catalog.as_ref().map(|catalog| catalog.as_str()));
        arguments.extend(["--additional-symbol-graph-dir", symbols.as_str()]);
        arguments.extend(["--fallback-display-name", name]);
        arguments.extend(["--fallback-bundle-identifier", name, "--warnings-as-errors"]);
        arguments.extend(["--output-path", archive.as_str()]);
        step.check(&mut compiler.run("docc", compiler.folder(), &arguments)?)?;
        counts += Counts::one(true);
    }
    Ok(Outcome::Tested(counts))
}

/// A module that has nothing for apps.
fn is_empty(graph: &Utf8Path) -> Result<bool> {
    let text = fs::read(graph).with_context(|| format!("could not read {graph}"))?;
    let graph: Value = serde_json::from_slice(&text)?;
    let symbols = graph["symbols"].as_array().context("no symbols")?;
    ensure!(graph["module"]["name"].is_string(), "no symbol graph");
    Ok(symbols.is_empty())
}
