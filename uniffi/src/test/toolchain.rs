//! A Swift toolchain: the machine's own, or Debian's in a chroot.
//!
//! Debian 12 has no Swift, and the next release does. Its packages are unpacked once into the user's
//! cache. Commands run there in their own mount and process namespaces, with the checkout mounted at
//! the path it has outside: nothing stays mounted or running when a test run is killed.

use std::{
    fs::{self, File},
    process::Command,
};

use anyhow::{Context, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};

use crate::{
    step::Step,
    tools::{self, tool},
};

const RELEASE: &str = "trixie";
const PACKAGES: &str = "ca-certificates,git,libc6-dev,libstdc++-14-dev,swiftlang";

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

/// Where `swift` runs.
#[derive(Debug)]
pub(crate) enum Toolchain {
    /// It is on the PATH.
    Host,
    /// It is in this directory.
    Chroot(Utf8PathBuf),
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
        let needed = [
            tool("unshare", "util-linux"),
            tool("setpriv", "util-linux"),
            tool("chroot", "coreutils"),
        ];
        if let Some(reason) = tools::ensure(step, &needed)? {
            return Ok(Err(reason));
        }
        let cache = tools::cache()?;
        fs::create_dir_all(&cache).with_context(|| format!("could not create {cache}"))?;
        let root = cache.join(format!("swift-{RELEASE}"));
        // Two test runs on one machine must not unpack into the same directory.
        let lock = File::create(cache.join(format!("swift-{RELEASE}.lock")))?;
        lock.lock()?;
        // It gets this name when it works, and is never removed: others may be running in it.
        if !root.exists()
            && let Some(reason) = create(step, &root)?
        {
            return Ok(Err(reason));
        }
        Ok(Ok(Self::Chroot(root)))
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
        let Self::Chroot(root) = self else {
            let mut command = Command::new("swift");
            command.args(arguments).current_dir(directory);
            command.envs(variables.iter().copied());
            return Ok(command);
        };
        // When this process dies, unshare does, and with it every process of its namespace.
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "unshare"]);
        command.args(["--mount", "--pid", "--fork", "--kill-child"]);
        command.args(["sh", "-euc", ENTER, "sh"]).arg(root);
        let mut mounted: Vec<&Utf8PathBuf> = Vec::new();
        for directory in shared {
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
        for (name, value) in variables {
            command.arg(format!("{name}={value}"));
        }
        command.arg("swift").args(arguments);
        Ok(command)
    }
}

/// Unpacks Debian's packages and tries the compiler, under another name until both worked.
fn create(step: &mut Step, root: &Utf8Path) -> Result<Option<String>> {
    if let Some(reason) = tools::ensure(step, &[tool("debootstrap", "debootstrap")])? {
        return Ok(Some(reason));
    }
    let unfinished = Utf8PathBuf::from(format!("{root}.tmp"));
    remove(&unfinished)?;
    // A mount namespace of its own: what debootstrap mounts goes away even when it is killed.
    step.check(
        Command::new("unshare")
            .args(["--mount", "debootstrap", "--variant=minbase"])
            .arg(format!("--include={PACKAGES}"))
            .args([RELEASE, unfinished.as_str()]),
    )?;
    let chroot = Toolchain::Chroot(unfinished.clone());
    step.check(&mut chroot.swift(Utf8Path::new("/"), &["--version"], &[], &[])?)?;
    fs::rename(&unfinished, root).with_context(|| format!("could not create {root}"))?;
    Ok(None)
}

/// Removes a directory tree, but never through a mount into something that is not ours.
fn remove(directory: &Utf8Path) -> Result<()> {
    if !directory.exists() {
        return Ok(());
    }
    let mounts = fs::read_to_string("/proc/self/mounts")?;
    let mut points = mounts.lines().filter_map(|line| line.split(' ').nth(1));
    if let Some(point) = points.find(|point| Utf8Path::new(point).starts_with(directory)) {
        bail!(
            "{directory} is left over from a run that was stopped: unmount {point} and try again"
        );
    }
    fs::remove_dir_all(directory).with_context(|| format!("could not remove {directory}"))
}
