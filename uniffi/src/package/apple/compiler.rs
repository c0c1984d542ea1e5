//! A compiler for Apple's systems: Xcode's on a Mac, or Debian's.
//!
//! Xcode's is untried, for want of a Mac. It takes rustup's targets and component `llvm-tools` with it.
//!
//! Debian's is the one for Android: std is compiled from its sources, and libSystem's headers and names
//! come out of the same Python wheel.

use std::{env, process::Command};

use anyhow::{Context, Result};
use camino::{Utf8Path, Utf8PathBuf};

use super::slice::{SLICES, Slice};
use crate::{
    package::toolchain::{Toolchain, remapped_paths},
    step::Step,
    tools,
    workspace::Workspace,
};

/// Where a compiler for Apple's systems is.
#[derive(Debug)]
pub(crate) enum Compiler {
    /// On the PATH of a Mac.
    Xcode(Xcode),
    /// Debian's, with its folder of Zig's libraries.
    Debian(Toolchain, Utf8PathBuf),
}

/// What a Mac has.
#[derive(Debug)]
pub(crate) struct Xcode {
    /// Rust's own programs of LLVM: Xcode has no objcopy.
    llvm: Utf8PathBuf,
}

impl Compiler {
    /// Finds or makes one. The inner error says why this machine cannot have it.
    pub(crate) fn prepare(step: &mut Step, workspace: &Workspace) -> Result<Result<Self, String>> {
        if cfg!(target_os = "macos") {
            return Xcode::prepare(step, workspace).map(|xcode| Ok(Self::Xcode(xcode)));
        }
        if !tools::is_debian_root() {
            return Ok(Err("a Mac with Xcode, or root on Debian".to_owned()));
        }
        Ok(match Toolchain::debian(step, workspace)? {
            Ok(Toolchain::Debian(chroot, zig)) => {
                Ok(Self::Debian(Toolchain::Debian(chroot, zig.clone()), zig))
            }
            Ok(Toolchain::Ndk(_)) => Err("no compiler but the NDK's".to_owned()),
            Err(reason) => Err(reason),
        })
    }

    /// Begins a command in `directory` that sees this checkout and what cargo builds: variables
    /// (`NAME=value`), the program and its arguments are still to come.
    pub(crate) fn enter(&self, workspace: &Workspace, directory: &Utf8Path) -> Result<Command> {
        match self {
            Self::Xcode(_) => {
                let mut command = Command::new("env");
                command.args(["-u", "RUSTFLAGS", "-u", "CARGO_ENCODED_RUSTFLAGS"]);
                command.current_dir(directory);
                Ok(command)
            }
            Self::Debian(toolchain, _) => {
                toolchain.enter(directory, &[&workspace.root, &workspace.target])
            }
        }
    }

    /// One of LLVM's programs, as it is called in there.
    pub(crate) fn program(&self, name: &str) -> String {
        match self {
            Self::Xcode(xcode) => xcode.llvm.join(name).into_string(),
            Self::Debian(..) => name.to_owned(),
        }
    }

    /// Adds what makes cargo compile for a slice, up to cargo's command.
    pub(super) fn compile_for(
        &self,
        command: &mut Command,
        workspace: &Workspace,
        slice: &Slice,
    ) -> Result<()> {
        let target = slice.target.replace('-', "_");
        let flags = remapped_paths(workspace)?.join(" ");
        command.arg(format!(
            "CARGO_TARGET_{}_RUSTFLAGS={flags}",
            target.to_uppercase()
        ));
        command.arg(format!(
            "{}={}",
            slice.system.variable,
            slice.system.oldest()
        ));
        if let Self::Debian(_, zig) = self {
            command.args([
                format!("CC_{target}=clang"),
                format!("AR_{target}=llvm-ar"),
                format!("CFLAGS_{target}={}", headers(zig)),
                // Whoever asks for Apple's SDK would run Xcode's program for it. Nothing is in there.
                "SDKROOT=/tmp".to_owned(),
                "RUSTC_BOOTSTRAP=1".to_owned(),
                format!("CARGO_HOME={}", tools::cargo_home()?),
            ]);
        }
        Ok(())
    }

    /// The options by which cargo has a std.
    pub(super) fn options(&self) -> &'static [&'static str] {
        match self {
            Self::Xcode(_) => &[],
            Self::Debian(toolchain, _) => toolchain.options(),
        }
    }
}

/// Apple's open C headers, and no others.
fn headers(zig: &Utf8Path) -> String {
    format!("-nostdlibinc -isystem{zig}/libc/include/any-darwin-any -Wno-nullability-completeness")
}

impl Xcode {
    fn prepare(step: &mut Step, workspace: &Workspace) -> Result<Self> {
        let mut rustup = Command::new("rustup");
        rustup.args(["target", "add"]).current_dir(&workspace.root);
        step.check(rustup.args(SLICES.map(|slice| slice.target)))?;
        let mut rustup = Command::new("rustup");
        rustup.current_dir(&workspace.root);
        step.check(rustup.args(["component", "add", "llvm-tools"]))?;
        let mut rustc = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
        let output = rustc
            .args(["--print", "target-libdir"])
            .current_dir(&workspace.root)
            .output()
            .context("could not run rustc")?;
        let libraries = Utf8PathBuf::from(String::from_utf8(output.stdout)?.trim());
        let llvm = libraries.with_file_name("bin");
        Ok(Self { llvm })
    }
}
