//! Which programs this machine has, and how to get the others.

use std::{
    env,
    fs::{self, File},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};

use crate::step::Step;

/// A program, and the Debian package that has it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tool {
    pub(crate) program: &'static str,
    pub(crate) package: &'static str,
}

/// What Maven needs.
pub(crate) const MAVEN: [Tool; 2] = [tool("mvn", "maven"), tool("javac", "default-jdk-headless")];

/// Shorthand for tables of tools.
pub(crate) const fn tool(program: &'static str, package: &'static str) -> Tool {
    Tool { program, package }
}

/// Where a program is on the PATH.
pub(crate) fn find(program: &str) -> Option<Utf8PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .filter_map(|directory| Utf8PathBuf::from_path_buf(directory).ok())
        .map(|directory| directory.join(program))
        .find(|file| is_executable(file))
}

fn is_executable(file: &Utf8Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::metadata(file).is_ok_and(|m| m.is_file() && m.permissions().mode() & 0o111 != 0)
    }
    #[cfg(not(unix))]
    {
        file.is_file()
    }
}

/// Installs what is missing where that is possible. `Some` says why it is not.
pub(crate) fn ensure(step: &mut Step, tools: &[Tool]) -> Result<Option<String>> {
    let missing = |tools: &[Tool]| -> Vec<Tool> {
        let absent = tools.iter().filter(|tool| find(tool.program).is_none());
        absent.copied().collect()
    };
    let absent = missing(tools);
    if absent.is_empty() {
        return Ok(None);
    }
    let names = |tools: &[Tool], name: fn(&Tool) -> &'static str| -> String {
        tools.iter().map(name).collect::<Vec<_>>().join(" ")
    };
    if !is_debian_root() {
        return Ok(Some(format!(
            "not installed: {} (Debian: apt-get install {})",
            names(&absent, |tool| tool.program),
            names(&absent, |tool| tool.package)
        )));
    }
    step.check(apt_get().arg("update"))?;
    step.check(
        apt_get()
            .args(["install", "--yes", "--no-install-recommends"])
            .args(absent.iter().map(|tool| tool.package)),
    )?;
    let absent = missing(tools);
    if !absent.is_empty() {
        bail!(
            "apt-get installed {}, but the PATH has no {}",
            names(&absent, |tool| tool.package),
            names(&absent, |tool| tool.program)
        );
    }
    Ok(None)
}

/// Packages can be installed here.
pub(crate) fn is_debian_root() -> bool {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    release.lines().any(|line| line == "ID=debian") && is_root()
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").stderr(Stdio::null()).output();
    id.is_ok_and(|id| id.stdout.trim_ascii() == b"0")
}

/// Where downloads and toolchains are kept, outside of any checkout.
pub(crate) fn cache() -> Result<Utf8PathBuf> {
    let from = |name: &str| env::var(name).ok().filter(|value| value.starts_with('/'));
    let Some(base) = from("XDG_CACHE_HOME").or_else(|| Some(from("HOME")? + "/.cache")) else {
        bail!("neither XDG_CACHE_HOME nor HOME is set: where do downloads go?");
    };
    Ok(Utf8PathBuf::from(base).join("mpac-pgw"))
}

/// A folder in the cache, as `make` has once made it. The inner error says why it cannot be had here.
pub(crate) fn keep(
    name: &str,
    make: impl FnOnce(&Utf8Path) -> Result<Result<(), String>>,
) -> Result<Result<Utf8PathBuf, String>> {
    keep_at(cache()?.join(name), make)
}

/// The same, of what every machine can have.
pub(crate) fn keep_made(
    name: &str,
    make: impl FnOnce(&Utf8Path) -> Result<()>,
) -> Result<Utf8PathBuf> {
    keep(name, |folder| make(folder).map(Ok))?.map_err(anyhow::Error::msg)
}

fn keep_at(
    folder: Utf8PathBuf,
    make: impl FnOnce(&Utf8Path) -> Result<Result<(), String>>,
) -> Result<Result<Utf8PathBuf, String>> {
    if let Some(parent) = folder.parent() {
        fs::create_dir_all(parent).with_context(|| format!("could not create {parent}"))?;
    }
    // Two runs on one machine must not make the same folder.
    let lock = File::create(format!("{folder}.lock"))?;
    lock.lock()?;
    // It gets its name when it is whole, and is never changed or removed: others may be using it.
    if !folder.exists() {
        let unfinished = Utf8PathBuf::from(format!("{folder}.tmp"));
        remove(&unfinished)?;
        fs::create_dir(&unfinished)?;
        if let Err(reason) = make(&unfinished)? {
            return Ok(Err(reason));
        }
        fs::rename(&unfinished, &folder).with_context(|| format!("could not create {folder}"))?;
    }
    Ok(Ok(folder))
}

/// Removes a directory tree, but never through a mount into something that is not ours.
fn remove(directory: &Utf8Path) -> Result<()> {
    if !directory.exists() {
        return Ok(());
    }
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let mut points = mounts.lines().filter_map(|line| line.split(' ').nth(1));
    if let Some(point) = points.find(|point| Utf8Path::new(point).starts_with(directory)) {
        bail!(
            "{directory} is left over from a run that was stopped: unmount {point} and try again"
        );
    }
    fs::remove_dir_all(directory).with_context(|| format!("could not remove {directory}"))
}

/// Where cargo keeps what it has downloaded.
pub(crate) fn cargo_home() -> Result<Utf8PathBuf> {
    match (env::var("CARGO_HOME"), env::var("HOME")) {
        (Ok(home), _) => Ok(Utf8PathBuf::from(home)),
        (_, Ok(home)) => Ok(Utf8PathBuf::from(home).join(".cargo")),
        _ => bail!("neither CARGO_HOME nor HOME is set: where does cargo download to?"),
    }
}

fn apt_get() -> Command {
    let mut command = Command::new("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found_on_the_path() {
        assert!(find("sh").is_some_and(|file| file.is_absolute()));
        assert_eq!(find("mpac-no-such-program"), None);
    }

    #[test]
    fn a_folder_is_kept_once_it_is_whole() -> Result<()> {
        let directory = tempfile::tempdir()?;
        let folder = Utf8Path::from_path(directory.path())
            .context("a UTF-8 path")?
            .join("group/name");
        let half = |folder: &Utf8Path| {
            fs::write(folder.join("half"), "")?;
            bail!("the network is down")
        };
        assert!(keep_at(folder.clone(), half).is_err());
        let not_here = keep_at(folder.clone(), |_| Ok(Err("no debootstrap".to_owned())))?;
        assert_eq!(not_here, Err("no debootstrap".to_owned()));
        assert!(!folder.exists());

        let whole = |folder: &Utf8Path| Ok(Ok(fs::write(folder.join("whole"), "")?));
        assert_eq!(keep_at(folder.clone(), whole)?, Ok(folder.clone()));
        assert!(folder.join("whole").exists() && !folder.join("half").exists());
        assert_eq!(
            keep_at(folder.clone(), |_| bail!("made twice"))?,
            Ok(folder)
        );
        Ok(())
    }
}
