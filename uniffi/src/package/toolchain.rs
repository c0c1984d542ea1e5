//! A compiler for Android: the NDK's, where `ANDROID_NDK_HOME` says that there is one, or Debian's.
//!
//! The NDK's is untried, for want of one. It takes rustup's component `rust-src` with it.
//!
//! Debian's knows every target but has no library for any. std is compiled from its sources, the C
//! headers and the unwinder's sources come out of a Python wheel, and bionic is stood in for.

use std::{env, process::Command};

use anyhow::{Context, Result};
use camino::{Utf8Path, Utf8PathBuf};

use super::abi::Abi;
use crate::{
    chroot::{Chroot, Release},
    packages::Packages,
    step::Step,
    tools,
    workspace::Workspace,
};

const DEBIAN: Release = Release {
    purpose: "rust",
    release: "sid",
    packages: "ca-certificates,cargo,clang,lld,llvm,rust-src,rustc",
    trial: &["rustc", "--version"],
};

/// Where Debian has the sources of std.
const STD: &str = "usr/lib/rustlib/src/rust/library";

/// std without what prints a backtrace: nothing in an app reads one, and no name is left to print.
const BUILD_STD: [&str; 3] = [
    "--offline",
    "-Zbuild-std=std,panic_unwind",
    "-Zbuild-std-features=panic-unwind,optimize_for_size",
];

const ZIG: Packages = Packages::pinned_python("zig");

/// Where a compiler for Android is.
#[derive(Debug)]
pub(crate) enum Toolchain {
    /// The NDK's programs are in this folder.
    Ndk(Utf8PathBuf),
    /// Debian's are in a chroot, and the headers and sources in this folder.
    Debian(Chroot, Utf8PathBuf),
}

impl Toolchain {
    /// Finds or makes one. The inner error says why this machine cannot have it.
    pub(crate) fn prepare(step: &mut Step, workspace: &Workspace) -> Result<Result<Self, String>> {
        if let Ok(ndk) = env::var("ANDROID_NDK_HOME") {
            return Ok(Ok(Self::Ndk(ndk_programs(Utf8Path::new(&ndk))?)));
        }
        if !tools::is_debian_root() {
            let reason = "ANDROID_NDK_HOME is not set (as root on Debian, no NDK is needed)";
            return Ok(Err(reason.to_owned()));
        }
        Self::debian(step, workspace)
    }

    /// Debian's, which compiles for Apple's systems, too. Only root on Debian can have it.
    pub(super) fn debian(step: &mut Step, workspace: &Workspace) -> Result<Result<Self, String>> {
        let chroot = match DEBIAN.prepare(step)? {
            Ok(chroot) => chroot,
            Err(reason) => return Ok(Err(reason)),
        };
        let pins = workspace.root.join("android/native");
        let zig = match ZIG.install(step, "zig", &pins)? {
            Ok(folder) => folder.join("packages/ziglang/lib"),
            Err(reason) => return Ok(Err(reason)),
        };
        // The compiler has no network: what std needs is fetched where cargo is set up for it.
        let manifest = chroot.root.join(STD).join("Cargo.toml");
        step.check(
            workspace
                .cargo()
                .args(["fetch", "--locked", "--manifest-path", manifest.as_str()])
                .env("RUSTC_BOOTSTRAP", "1"),
        )?;
        Ok(Ok(Self::Debian(chroot, zig)))
    }

    /// Begins a command in `directory` that sees the `shared` directories: variables (`NAME=value`),
    /// the program and its arguments are still to come.
    pub(crate) fn enter(&self, directory: &Utf8Path, shared: &[&Utf8Path]) -> Result<Command> {
        Ok(match self {
            Self::Ndk(_) => {
                let mut command = Command::new("env");
                command.args(["-u", "RUSTFLAGS", "-u", "CARGO_ENCODED_RUSTFLAGS"]);
                command.current_dir(directory);
                command
            }
            Self::Debian(chroot, zig) => {
                let cargo = tools::cargo_home()?;
                let all = [shared, &[cargo.as_path(), zig.as_path()]].concat();
                chroot.enter(directory, &all)
            }
        })
    }

    /// One of LLVM's programs.
    pub(crate) fn program(&self, name: &str) -> String {
        match self {
            Self::Ndk(programs) => programs.join(name).into_string(),
            Self::Debian(..) => name.to_owned(),
        }
    }

    /// The variables by which cargo compiles for `abi`.
    pub(super) fn variables(&self, abi: &Abi, linker: &Utf8Path) -> Result<Vec<String>> {
        let mut flags = format!("--target={}", abi.triple());
        if let Self::Debian(_, zig) = self {
            flags = [vec![flags], headers(zig, abi)].concat().join(" ");
        }
        self.cargo_variables(abi.target, &flags, linker.as_str())
    }

    /// The variables by which cargo compiles for one of Rust's targets: `flags` are the C compiler's.
    pub(crate) fn cargo_variables(
        &self,
        target: &str,
        flags: &str,
        linker: &str,
    ) -> Result<Vec<String>> {
        let target = target.replace('-', "_");
        let mut variables = vec![
            format!("CC_{target}={}", self.program("clang")),
            format!("AR_{target}={}", self.program("llvm-ar")),
            format!("CFLAGS_{target}={flags}"),
            format!("CARGO_TARGET_{}_LINKER={linker}", target.to_uppercase()),
            "RUSTC_BOOTSTRAP=1".to_owned(),
        ];
        if let Self::Debian(..) = self {
            variables.push(format!("CARGO_HOME={}", tools::cargo_home()?));
        }
        Ok(variables)
    }

    /// The options by which cargo has a std. Debian's cargo has no network, and all that it needs.
    pub(super) fn options(&self) -> &'static [&'static str] {
        match self {
            Self::Ndk(_) => &BUILD_STD[1..],
            Self::Debian(..) => &BUILD_STD,
        }
    }
}

/// No path of this machine gets into a library, so that every machine makes the same one.
pub(super) fn remapped_paths(workspace: &Workspace) -> Result<Vec<String>> {
    let mut flags = vec![
        format!("--remap-path-prefix={}/=", workspace.root),
        "--remap-path-prefix=/usr/lib/rustlib/src/rust/=".to_owned(),
    ];
    for registry in tools::cargo_home()?.join("registry/src").read_dir_utf8()? {
        flags.push(format!("--remap-path-prefix={}/=", registry?.path()));
    }
    Ok(flags)
}

/// C headers, and no others: Android has the same types wherever the SDK's C code looks.
pub(super) fn headers(zig: &Utf8Path, abi: &Abi) -> Vec<String> {
    let mut flags = vec!["-nostdlibinc".to_owned()];
    for folder in [abi.headers, "generic-musl", "any-linux-any"] {
        flags.push(format!("-isystem{zig}/libc/include/{folder}"));
    }
    flags
}

/// The NDK has one folder of programs, named after the system it is for.
fn ndk_programs(ndk: &Utf8Path) -> Result<Utf8PathBuf> {
    let systems = ndk.join("toolchains/llvm/prebuilt");
    let mut entries = systems
        .read_dir_utf8()
        .with_context(|| format!("ANDROID_NDK_HOME has no {systems}"))?;
    let system = entries
        .next()
        .with_context(|| format!("{systems} is empty"))??;
    Ok(system.path().join("bin"))
}
