//! Where things are in this checkout, and what cargo builds there.

use std::{
    env,
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail, ensure};
use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;

/// The checkout this binary was built from.
#[derive(Debug, Clone)]
pub(crate) struct Workspace {
    /// The directory of the workspace's Cargo.toml.
    pub(crate) root: Utf8PathBuf,
    /// Where cargo puts what it builds; not always below `root`.
    pub(crate) target: Utf8PathBuf,
}

impl Workspace {
    /// Asks cargo, so that `CARGO_TARGET_DIR` and a moved checkout are both respected.
    pub(crate) fn locate() -> Result<Self> {
        let manifest = match env::var("CARGO_MANIFEST_DIR") {
            Ok(directory) => Utf8PathBuf::from(directory).join("Cargo.toml"),
            Err(_) => Utf8PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"),
        };
        let output = cargo()
            .args([
                "metadata",
                "--no-deps",
                "--format-version=1",
                "--manifest-path",
            ])
            .arg(&manifest)
            .stderr(Stdio::inherit())
            .output()
            .context("could not run cargo")?;
        ensure!(
            output.status.success(),
            "cargo metadata failed for {manifest}"
        );
        let metadata: Value = serde_json::from_slice(&output.stdout)?;
        let path = |key: &str| {
            metadata[key]
                .as_str()
                .map(Utf8PathBuf::from)
                .with_context(|| format!("cargo metadata has no {key}"))
        };
        Ok(Self {
            root: path("workspace_root")?,
            target: path("target_directory")?,
        })
    }

    /// A cargo command that runs at the root of this workspace.
    pub(crate) fn cargo(&self) -> Command {
        let mut command = cargo();
        command.current_dir(&self.root);
        command
    }

    /// Builds the SDK for this machine, unstripped, and returns its dynamic library.
    pub(crate) fn build_sdk(&self, verbosity: Verbosity) -> Result<Utf8PathBuf> {
        self.build(&SDK, verbosity)?
            .into_iter()
            .find(|path| path.file_stem() == Some("libmpac_pgw_sdk") && is_dynamic_library(path))
            .context("cargo built mpac-pgw-sdk, but no dynamic library")
    }

    /// Builds the local gateway and returns its binary.
    pub(crate) fn build_gateway(&self, verbosity: Verbosity) -> Result<Utf8PathBuf> {
        self.build(&GATEWAY, verbosity)?
            .into_iter()
            .find(|path| path.file_stem() == Some("mpac-gateway"))
            .context("cargo built mpac-gateway, but no program")
    }

    /// Runs `cargo build` in the dev profile and returns the files it made or found up to date.
    fn build(&self, arguments: &[&str], verbosity: Verbosity) -> Result<Vec<Utf8PathBuf>> {
        let mut command = self.cargo();
        command
            .args(["build", "--message-format=json-render-diagnostics"])
            .args(arguments)
            .stdout(Stdio::piped());
        if verbosity == Verbosity::Quiet {
            command.arg("--quiet");
        }
        let mut child = command.spawn().context("could not run cargo")?;
        let stdout = child.stdout.take().context("cargo has no stdout")?;
        let mut files = Vec::new();
        for line in BufReader::new(stdout).lines() {
            files.extend(artifacts(&line?));
        }
        if !child.wait()?.success() {
            bail!(
                "cargo build {} failed; its errors are above",
                arguments.join(" ")
            );
        }
        Ok(files)
    }
}

/// What to build for the bindings.
pub(crate) const SDK: [&str; 3] = ["--package", "mpac-pgw-sdk", "--lib"];
/// What to build for tests that need a gateway.
pub(crate) const GATEWAY: [&str; 4] = ["--package", "mpac-gateway", "--bin", "mpac-gateway"];

/// What cargo says while it builds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verbosity {
    /// Its usual progress.
    Progress,
    /// Errors only.
    Quiet,
}

fn cargo() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // What cargo tells a program it runs is about that program: a cargo below must not inherit it,
    // or build scripts that watch these variables run again.
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(name);
        }
    }
    command
}

fn is_dynamic_library(path: &Utf8Path) -> bool {
    matches!(path.extension(), Some("so" | "dylib" | "dll"))
}

/// The files named by one line of cargo's JSON messages.
fn artifacts(line: &str) -> Vec<Utf8PathBuf> {
    let Ok(message) = serde_json::from_str::<Value>(line) else {
        return Vec::new();
    };
    if message["reason"] != "compiler-artifact" {
        return Vec::new();
    }
    let names = message["filenames"]
        .as_array()
        .into_iter()
        .flatten()
        .chain([&message["executable"]]);
    names
        .filter_map(Value::as_str)
        .map(Utf8PathBuf::from)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn artifacts_are_read_from_cargo_messages() {
        let library = r#"{"reason":"compiler-artifact","filenames":["/t/liba.so","/t/liba.a"],"executable":null}"#;
        assert_eq!(artifacts(library), ["/t/liba.so", "/t/liba.a"]);
        let binary = r#"{"reason":"compiler-artifact","filenames":[],"executable":"/t/gateway"}"#;
        assert_eq!(artifacts(binary), ["/t/gateway"]);
        for other in [
            "",
            "warning: x",
            r#"{"reason":"build-finished","success":true}"#,
        ] {
            assert!(artifacts(other).is_empty(), "{other}");
        }
    }
}
