//! A Swift toolchain: the machine's own, or Debian's in a chroot. Debian 12 has no Swift, and the
//! next release does.

use std::process::Command;

use anyhow::{Context, Result};
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

/// Where Debian has the toolchain, in the chroot.
const DEBIAN_HOME: &str = "/usr/libexec/swift";

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
    pub(crate) fn swift(
        &self,
        directory: &Utf8Path,
        arguments: &[&str],
        shared: &[Utf8PathBuf],
        variables: &[(&str, &Utf8Path)],
    ) -> Result<Command> {
        self.run("swift", directory, arguments, shared, variables)
    }

    /// The same with another of the toolchain's programs, of which not all are on the PATH.
    pub(crate) fn program(
        &self,
        name: &str,
        directory: &Utf8Path,
        arguments: &[&str],
        shared: &[Utf8PathBuf],
    ) -> Result<Command> {
        if cfg!(target_os = "macos") {
            let arguments = [&[name], arguments].concat();
            return self.run("xcrun", directory, &arguments, shared, &[]);
        }
        let program = self.home()?.join("bin").join(name);
        self.run(program.as_str(), directory, arguments, shared, &[])
    }

    /// What comes with the toolchain, as this program sees it: the folder `lib/swift` with all in it.
    pub(crate) fn libraries(&self) -> Result<Utf8PathBuf> {
        let folder = self.home()?.join("lib/swift");
        Ok(match self {
            Self::Host => folder,
            Self::Chroot(chroot) => chroot.root.join(folder.as_str().trim_start_matches('/')),
        })
    }

    /// The folder of `bin` and `lib`, as the toolchain's programs see it.
    fn home(&self) -> Result<Utf8PathBuf> {
        match self {
            Self::Host => {
                let swift = tools::find("swift").context("no swift on the PATH")?;
                let home = swift.canonicalize_utf8()?;
                let home = home.parent().and_then(Utf8Path::parent);
                Ok(home.context("swift is in no toolchain")?.to_owned())
            }
            Self::Chroot(_) => Ok(DEBIAN_HOME.into()),
        }
    }

    fn run(
        &self,
        program: &str,
        directory: &Utf8Path,
        arguments: &[&str],
        shared: &[Utf8PathBuf],
        variables: &[(&str, &Utf8Path)],
    ) -> Result<Command> {
        Ok(match self {
            Self::Host => {
                let mut command = Command::new(program);
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
                command.arg(program).args(arguments);
                command
            }
        })
    }
}
