//! Debian for another processor, in the user's cache: its C library and a Java that qemu runs.

use std::{
    fs::{self, Permissions},
    os::unix::fs::{PermissionsExt, symlink},
    process::Command,
};

use anyhow::{Context, Result};
use camino::{Utf8Path, Utf8PathBuf};

use crate::{
    package::toolchain::Toolchain,
    step::Step,
    tools::{self, Tool, tool},
    workspace::Workspace,
};

const RELEASE: &str = "bookworm";
const PACKAGES: &str = "libc6-dev,libgcc-12-dev,libgcc-s1,openjdk-17-jre-headless";

/// Stands before Java, so that whoever starts it needs not know of the emulator. Java would start other
/// programs by way of one of its own, which this machine cannot run: it is told to do it itself. The
/// emulator of a 32-bit processor reads no folder on ext4, whose positions have 64 bits.
const JAVA: &str = r#"#!/bin/sh
exec EMULATOR -L "${0%/usr/lib/jvm/*}" "$0.real" \
    -XX:+UseSerialGC -Djdk.lang.Process.launchMechanism=FORK -Djava.io.tmpdir=/dev/shm "$@"
"#;

const TOOLS: [Tool; 2] = [tool("debootstrap", "debootstrap"), tool("dpkg-deb", "dpkg")];

/// A processor that this machine does not have.
#[derive(Debug)]
pub(super) struct Processor {
    /// Debian's name.
    pub(super) debian: &'static str,
    /// Clang's name, and that of the folder of libraries.
    pub(super) triple: &'static str,
    /// Rust's name, of Linux on it.
    pub(super) target: &'static str,
    /// The program that runs programs of its.
    pub(super) emulator: Tool,
}

/// 64-bit ARM.
static ARM64: Processor = Processor {
    debian: "arm64",
    triple: "aarch64-linux-gnu",
    target: "aarch64-unknown-linux-gnu",
    emulator: tool("qemu-aarch64-static", "qemu-user-static"),
};

/// 32-bit ARM.
static ARMHF: Processor = Processor {
    debian: "armhf",
    triple: "arm-linux-gnueabihf",
    target: "armv7-unknown-linux-gnueabihf",
    emulator: tool("qemu-arm-static", "qemu-user-static"),
};

/// All that have to be emulated.
pub(super) const ALL: [&Processor; 2] = [&ARM64, &ARMHF];

impl Processor {
    /// The one that has to be emulated for an ABI of Android, if any has to.
    pub(super) fn of(abi: &str) -> Option<&'static Self> {
        match abi {
            "arm64-v8a" => Some(&ARM64),
            "armeabi-v7a" => Some(&ARMHF),
            _ => None,
        }
    }

    /// A C compiler and linker for it; its arguments are still to come.
    pub(super) fn compiler(
        &self,
        toolchain: &Toolchain,
        workspace: &Workspace,
        root: &Utf8Path,
    ) -> Result<Command> {
        let mut command =
            toolchain.enter(&workspace.root, &[&workspace.root, &workspace.target, root])?;
        command.args([&toolchain.program("clang"), "-fuse-ld=lld"]);
        command.arg(format!("--target={}", self.triple));
        command.arg(format!("--sysroot={root}"));
        Ok(command)
    }

    /// Finds or makes the folder. The inner error says why this machine cannot have it.
    pub(super) fn sysroot(&self, step: &mut Step) -> Result<Result<Utf8PathBuf, String>> {
        if !tools::is_debian_root() {
            return Ok(Err("not root on Debian".to_owned()));
        }
        for tools in [&TOOLS[..], &[self.emulator]] {
            if let Some(reason) = tools::ensure(step, tools)? {
                return Ok(Err(reason));
            }
        }
        let name = format!("sysroot-{RELEASE}-{}", self.debian);
        tools::keep(&name, |root| self.unpack(step, root).map(Ok))
    }

    /// Where Java is in a sysroot.
    pub(super) fn java(&self, root: &Utf8Path) -> Utf8PathBuf {
        root.join(format!(
            "usr/lib/jvm/java-17-openjdk-{}/bin/java",
            self.debian
        ))
    }

    /// Unpacks packages that cannot be installed: nothing here can run what they bring.
    fn unpack(&self, step: &mut Step, root: &Utf8Path) -> Result<()> {
        step.check(
            Command::new("debootstrap")
                .args(["--foreign", "--variant=minbase"])
                .arg(format!("--arch={}", self.debian))
                .arg(format!("--include={PACKAGES}"))
                .args([RELEASE, root.as_str()]),
        )?;
        let archives = root.join("var/cache/apt/archives");
        for package in archives.read_dir_utf8()? {
            let package = package?.into_path();
            if package.extension() == Some("deb") {
                step.check(Command::new("dpkg-deb").args(["-x", package.as_str(), root.as_str()]))?;
            }
        }
        fs::remove_dir_all(archives)?;
        keep_links_inside(root, Utf8Path::new("usr/lib/jvm"))?;
        let java = self.java(root);
        fs::rename(&java, java.with_file_name("java.real"))
            .with_context(|| format!("could not rename {java}"))?;
        fs::write(&java, JAVA.replace("EMULATOR", self.emulator.program))?;
        fs::set_permissions(&java, Permissions::from_mode(0o755))?;
        Ok(())
    }
}

/// Links to Debian's configuration lead out of a sysroot: they get a way that stays in there.
fn keep_links_inside(root: &Utf8Path, folder: &Utf8Path) -> Result<()> {
    for entry in root.join(folder).read_dir_utf8()? {
        let entry = entry?;
        let inside = folder.join(entry.file_name());
        let kind = entry.file_type()?;
        if kind.is_dir() {
            keep_links_inside(root, &inside)?;
        }
        if !kind.is_symlink() {
            continue;
        }
        if let Ok(target) = entry.path().read_link_utf8()?.strip_prefix("/") {
            fs::remove_file(entry.path())?;
            let up = "../".repeat(folder.components().count());
            symlink(Utf8Path::new(&up).join(target), entry.path())?;
        }
    }
    Ok(())
}
