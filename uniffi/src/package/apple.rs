//! `cargo xtask package ios`: the SDK as apps for iOS and macOS take it.

mod compiler;
mod libraries;
mod libsystem;
mod macho;
mod slice;

use crate::{report::Report, workspace::Workspace};

/// Makes the package. Whatever is missing is a failure.
pub(crate) fn package(workspace: &Workspace, report: &mut Report) {
    if let Some(compiler) = libraries::compiler(workspace, report) {
        libraries::build(workspace, report, &compiler);
    }
}
