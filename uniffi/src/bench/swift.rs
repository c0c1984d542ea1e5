//! bindings/swift, by its program Bench.

use anyhow::Result;

use super::rows::Rows;
use crate::bindings::{self, Flavor};
use crate::step::Step;
use crate::test::Built;
use crate::test::swift::swift_pm;
use crate::test::toolchain::Toolchain;
use crate::workspace::Workspace;

/// `Some` says why this machine cannot.
pub(super) fn measure(
    workspace: &Workspace,
    step: &mut Step,
    built: &Built,
    rows: &mut Rows,
) -> Result<Option<String>> {
    let toolchain = match Toolchain::prepare(step)? {
        Ok(toolchain) => toolchain,
        Err(reason) => return Ok(Some(reason)),
    };
    eprintln!("measuring Swift");
    bindings::generate(workspace, &built.library, Flavor::Swift)?;
    let package = workspace.root.join("bindings/swift");
    let shared = [workspace.root.clone(), workspace.target.clone()];
    let options = ["--configuration", "release"];
    let mut bench = swift_pm(&toolchain, "run", &options, &package, &shared, built)?;
    rows.read(&step.check(bench.arg("Bench"))?)?;
    Ok(None)
}
