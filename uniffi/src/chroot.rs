//! Packages of another Debian release, in a folder of the user's cache, and commands that run there.
//!
//! Commands run in their own mount and process namespaces, with what they share mounted at the path
//! it has outside: nothing stays mounted or running when a run is killed.

use std::process::Command;

use anyhow::Result;
use camino::{Utf8Path, Utf8PathBuf};

use crate::{
    step::Step,
    tools::{self, Tool, tool},
};

/// Mounts each path up to `--` into the chroot `$1`, then runs the rest there.
const ENTER: &str = r#"
root=$1
shift
mount -t proc proc "$root/proc"
while [ "$1" != -- ]; do
    mkdir -p "$root$1"
    mount --rbind "$1" "$root$1"
    shift
done
shift
exec chroot "$root" "$@"
"#;

const TOOLS: [Tool; 3] = [
    tool("unshare", "util-linux"),
    tool("setpriv", "util-linux"),
    tool("chroot", "coreutils"),
];

/// What a chroot holds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Release {
    /// Its folder in the cache begins with this.
    pub(crate) purpose: &'static str,
    pub(crate) release: &'static str,
    /// With commas between them.
    pub(crate) packages: &'static str,
    /// A command that shows that it works.
    pub(crate) trial: &'static [&'static str],
}

/// A folder with a whole Debian in it.
#[derive(Debug, Clone)]
pub(crate) struct Chroot {
    pub(crate) root: Utf8PathBuf,
}

impl Release {
    /// Finds or makes the chroot. The inner error says why this machine cannot have it.
    pub(crate) fn prepare(&self, step: &mut Step) -> Result<Result<Chroot, String>> {
        if let Some(reason) = tools::ensure(step, &TOOLS)? {
            return Ok(Err(reason));
        }
        let name = format!("{}-{}", self.purpose, self.release);
        let kept = tools::keep(&name, |root| self.create(step, root))?;
        Ok(kept.map(|root| Chroot { root }))
    }

    /// Unpacks Debian's packages and tries them.
    fn create(&self, step: &mut Step, root: &Utf8Path) -> Result<Result<(), String>> {
        if let Some(reason) = tools::ensure(step, &[tool("debootstrap", "debootstrap")])? {
            return Ok(Err(reason));
        }
        // A mount namespace of its own: what debootstrap mounts goes away even when it is killed.
        step.check(
            Command::new("unshare")
                .args(["--mount", "debootstrap", "--variant=minbase"])
                .arg(format!("--include={}", self.packages))
                .args([self.release, root.as_str()]),
        )?;
        let root = root.to_owned();
        let mut trial = Chroot { root }.enter(Utf8Path::new("/"), &[]);
        step.check(trial.args(self.trial))?;
        Ok(Ok(()))
    }
}

impl Chroot {
    /// A command in `directory` that sees the `shared` directories: variables (`NAME=value`), the
    /// program and its arguments are still to come.
    pub(crate) fn enter(&self, directory: &Utf8Path, shared: &[&Utf8Path]) -> Command {
        // When this process dies, unshare does, and with it every process of its namespace.
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "unshare"]);
        command.args(["--mount", "--pid", "--fork", "--kill-child"]);
        command.args(["sh", "-euc", ENTER, "sh"]).arg(&self.root);
        let mut mounted: Vec<&Utf8Path> = Vec::new();
        for &directory in shared {
            if !mounted.iter().any(|mount| directory.starts_with(mount)) {
                mounted.push(directory);
            }
        }
        command.args(&mounted).arg("--");
        command.args(["env", "-i", "-C", directory.as_str()]);
        command.args([
            "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME=/root",
            "LANG=C.UTF-8",
        ]);
        command
    }
}
