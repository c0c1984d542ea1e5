//! A Swift toolchain: the machine's own, or Debian's in a chroot. Debian 12 has no Swift, and the
//! next release does.

use std::process::Command;

use anyhow::Result;
use camino::{Utf8Path, Utf8PathBuf};

use crate::{
    chroot::{Chroot, Release},
    step::Step,
    tools,
};

const DEBIAN: Release = Release {
    purpose: "swift",
    release: "trixie",
    packages: "ca-certificates,git,libc6-dev,libstdc++-14-dev,swiftlang",
    trial: &["swift", "--version"],
};

/// Where `swift` runs.
#[derive(Debug)]
pub(crate) enum Toolchain {
    /// It is on the PATH.
    Host,
    /// It is in a chroot.
    Chroot(Chroot),
}

impl Toolchain {
    /// Finds or makes one. The inner error says why this machine cannot have it.
    pub(crate) fn prepare(step: &mut Step) -> Result<Result<Self, String>> {
        if tools::find("swift").is_some() {
            return Ok(Ok(Self::Host));
        }
        if !tools::is_debian_root() {
            let reason =
                "no swift on the PATH (see swift.org/install; as root on Debian it is fetched)";
            return Ok(Err(reason.to_owned()));
        }
        Ok(DEBIAN.prepare(step)?.map(Self::Chroot))
    }

    /// A `swift` command in `directory` that sees the `shared` directories and these environment
    /// variables.
    pub(super) fn swift(
        &self,
        directory: &Utf8Path,
        arguments: &[&str],
        shared: &[Utf8PathBuf],
        variables: &[(&str, &Utf8Path)],
    ) -> Result<Command> {
        Ok(match self {
            Self::Host => {
                let mut command = Command::new("swift");
                command.args(arguments).current_dir(directory);
                command.envs(variables.iter().copied());
                command
            }
            Self::Chroot(chroot) => {
                let shared: Vec<&Utf8Path> = shared.iter().map(|path| path.as_path()).collect();
                let mut command = chroot.enter(directory, &shared);
                for (name, value) in variables {
                    command.arg(format!("{name}={value}"));
                }
                command.arg("swift").args(arguments);
                command
            }
        })
    }
}
