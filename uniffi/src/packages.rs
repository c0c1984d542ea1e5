//! Packages of other languages, at the versions that are pinned here, in the user's cache.

use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    process::Command,
};

use anyhow::{Context, Result};
use camino::{Utf8Path, Utf8PathBuf};

use crate::{
    step::Step,
    tools::{self, Tool, tool},
};

/// What is installed, and how.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Packages {
    pub(crate) name: &'static str,
    pub(crate) tools: &'static [Tool],
    /// The files that say which versions.
    pub(crate) pins: &'static [&'static str],
    /// Installs into the working directory, where the pins are.
    pub(crate) install: &'static [&'static str],
}

const PYTHON: [Tool; 2] = [tool("python3", "python3"), tool("pip3", "python3-pip")];

/// Whole packages, as they were when they were pinned: nothing is compiled here.
const PIP: &[&str] = &[
    "python3",
    "-m",
    "pip",
    "install",
    "--disable-pip-version-check",
    "--require-hashes",
    "--only-binary=:all:",
    "--target=packages",
    "--requirement=requirements.txt",
];

impl Packages {
    /// Packages of Python with their hashes, in the folder `packages`.
    pub(crate) const fn pinned_python(name: &'static str) -> Self {
        Self::python(name, PIP)
    }

    /// Packages of Python, in the folder `packages`.
    pub(crate) const fn python(name: &'static str, install: &'static [&'static str]) -> Self {
        Self {
            name,
            tools: &PYTHON,
            pins: &["requirements.txt"],
            install,
        }
    }

    /// Installs them, unless they are there; answers where. The pins are in `directory`, and
    /// `group` is the folder in the cache. The inner error says why this machine cannot have them.
    pub(crate) fn install(
        &self,
        step: &mut Step,
        group: &str,
        directory: &Utf8Path,
    ) -> Result<Result<Utf8PathBuf, String>> {
        if let Some(reason) = tools::ensure(step, self.tools)? {
            return Ok(Err(reason));
        }
        let mut pins = Vec::new();
        for name in self.pins {
            let path = directory.join(name);
            let pin = fs::read(&path).with_context(|| format!("could not read {path}"))?;
            pins.push((*name, pin));
        }
        // Other pins are another installation: one that is there is never changed.
        let mut hasher = DefaultHasher::new();
        pins.hash(&mut hasher);
        let name = format!("{group}/{}-{:016x}", self.name, hasher.finish());
        tools::keep(&name, |folder| {
            for (name, pin) in &pins {
                fs::write(folder.join(name), pin)?;
            }
            step.check(&mut command(self.install, folder))?;
            Ok(Ok(()))
        })
    }
}

/// A command from its words, in a directory.
pub(crate) fn command(words: &[&str], directory: &Utf8Path) -> Command {
    let (program, arguments) = words.split_first().unwrap_or((&"", &[]));
    let mut command = Command::new(program);
    command.args(arguments).current_dir(directory);
    command
}
