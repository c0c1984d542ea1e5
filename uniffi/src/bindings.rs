//! Generates the Kotlin and Swift code over the SDK's dynamic library.
//!
//! Everything is generated into a scratch directory first. Then only what differs is copied, so that
//! an unchanged interface rebuilds nothing in Maven or SwiftPM, and files of a former run go away.

use std::{collections::BTreeMap, fs};

use anyhow::{Context, Result, ensure};
use camino::{Utf8Path, Utf8PathBuf};
use clap::ValueEnum;
use uniffi_bindgen::bindings::{
    GenerateOptions, SwiftBindingsOptions, TargetLanguage, generate as generate_bindings,
    generate_swift_bindings,
};

use crate::files;
use crate::polish;
use crate::workspace::Workspace;

/// The C module that the Swift code is written over, and what its files are called.
pub(crate) const C_MODULE: &str = "MpacPgwCoreFFI";

/// SwiftPM's `.systemLibrary` target over the generated header.
const MODULE_MAP: &str = r#"module MpacPgwCoreFFI {
    header "MpacPgwCoreFFI.h"
    link "mpac_pgw_sdk"
    export *
}
"#;

/// Where a setting of Kotlin begins.
const KOTLIN_SETTINGS: &str = "[crates.mpac_pgw_sdk.bindings.kotlin]\n";

/// A language and platform to generate for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Flavor {
    /// Kotlin for the JVM, in bindings/kotlin.
    Kotlin,
    /// Kotlin for Android, in cargo's target directory.
    KotlinAndroid,
    /// Swift, in bindings/swift.
    Swift,
}

impl Flavor {
    /// What `cargo xtask bindings` generates when nothing is named.
    pub(crate) const DEFAULT: [Self; 2] = [Self::Kotlin, Self::Swift];

    /// The name people read.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Kotlin => "Kotlin",
            Self::KotlinAndroid => "Kotlin for Android",
            Self::Swift => "Swift",
        }
    }

    fn config(self) -> &'static str {
        match self {
            Self::Kotlin | Self::KotlinAndroid => "uniffi/kotlin.toml",
            Self::Swift => "uniffi/swift.toml",
        }
    }
}

/// Generates one flavor from `library` and returns the directory that holds it.
pub(crate) fn generate(
    workspace: &Workspace,
    library: &Utf8Path,
    flavor: Flavor,
) -> Result<Utf8PathBuf> {
    let scratch = workspace
        .target
        .join(format!("xtask/bindings-{}", std::process::id()));
    let result = configure(workspace, flavor, &scratch).and_then(|config| {
        generate_into(workspace, library, flavor, config, &scratch.join("code"))
    });
    // A leftover scratch directory harms nobody, and must not hide the error.
    let _ = fs::remove_dir_all(&scratch);
    result.with_context(|| {
        format!(
            "could not generate the {} bindings from {library}",
            flavor.name()
        )
    })
}

/// The flavor's configuration. Android's is Kotlin's, but that `android = true` uses Android's own
/// cleaner, with which the code does not compile on the plain JVM.
fn configure(workspace: &Workspace, flavor: Flavor, scratch: &Utf8Path) -> Result<Utf8PathBuf> {
    let config = workspace.root.join(flavor.config());
    if flavor != Flavor::KotlinAndroid {
        return Ok(config);
    }
    let kotlin = fs::read_to_string(&config).with_context(|| format!("could not read {config}"))?;
    let (before, settings) = kotlin
        .split_once(KOTLIN_SETTINGS)
        .with_context(|| format!("{config} has no {KOTLIN_SETTINGS}"))?;
    let android = scratch.join("kotlin-android.toml");
    fs::create_dir_all(scratch)?;
    fs::write(
        &android,
        format!("{before}{KOTLIN_SETTINGS}android = true\n{settings}"),
    )?;
    Ok(android)
}

fn generate_into(
    workspace: &Workspace,
    library: &Utf8Path,
    flavor: Flavor,
    config: Utf8PathBuf,
    scratch: &Utf8Path,
) -> Result<Utf8PathBuf> {
    match flavor {
        Flavor::Kotlin | Flavor::KotlinAndroid => {
            generate_bindings(GenerateOptions {
                languages: vec![TargetLanguage::Kotlin],
                source: library.to_owned(),
                out_dir: scratch.to_owned(),
                config_override: Some(config),
                metadata_no_deps: true,
                ..GenerateOptions::default()
            })?;
            let home = match flavor {
                Flavor::Kotlin => workspace.root.join("bindings/kotlin/src/main/generated"),
                _ => workspace.target.join("bindings/kotlin-android"),
            };
            mirror(polished(read(scratch)?, polish::kotlin)?, &home)?;
            Ok(home)
        }
        Flavor::Swift => {
            let home = workspace.root.join("bindings/swift/Sources");
            let code = generate_swift(library, config, scratch)?;
            mirror(code.swift, &home.join("MpacPgw/Generated"))?;
            mirror(code.c, &home.join(C_MODULE))?;
            Ok(home)
        }
    }
}

/// What is generated for Swift.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SwiftCode {
    /// Of the module MpacPgw.
    pub(crate) swift: Files,
    /// Of the C module, for SwiftPM's `.systemLibrary`.
    pub(crate) c: Files,
}

/// Generates for Swift from a library for any system, and leaves bindings/swift as it is.
pub(crate) fn swift_code(workspace: &Workspace, library: &Utf8Path) -> Result<SwiftCode> {
    let scratch = workspace
        .target
        .join(format!("xtask/swift-code-{}", std::process::id()));
    let result = configure(workspace, Flavor::Swift, &scratch)
        .and_then(|config| generate_swift(library, config, &scratch));
    let _ = fs::remove_dir_all(&scratch);
    result.with_context(|| format!("could not generate the Swift bindings from {library}"))
}

fn generate_swift(
    library: &Utf8Path,
    config: Utf8PathBuf,
    scratch: &Utf8Path,
) -> Result<SwiftCode> {
    generate_swift_bindings(SwiftBindingsOptions {
        generate_swift_sources: true,
        generate_headers: true,
        source: library.to_owned(),
        out_dir: scratch.to_owned(),
        config: Some(config),
        metadata_no_deps: true,
        ..SwiftBindingsOptions::default()
    })?;
    let (swift, mut c): (Files, Files) = read(scratch)?
        .into_iter()
        .partition(|(path, _)| path.extension() == Some("swift"));
    c.insert("module.modulemap".into(), MODULE_MAP.into());
    let swift = polished(swift, polish::swift)?;
    Ok(SwiftCode { swift, c })
}

/// Contents by path, relative to the directory they were read from.
pub(crate) type Files = BTreeMap<Utf8PathBuf, Vec<u8>>;

fn read(directory: &Utf8Path) -> Result<Files> {
    files::list(directory)?
        .into_iter()
        .map(|name| {
            let path = directory.join(&name);
            let contents = fs::read(&path).with_context(|| format!("could not read {path}"))?;
            Ok((name, contents))
        })
        .collect()
}

fn polished(files: Files, polish: fn(&str) -> String) -> Result<Files> {
    files
        .into_iter()
        .map(|(path, code)| Ok((path, polish(&String::from_utf8(code)?).into_bytes())))
        .collect()
}

/// Makes `home` hold exactly `wanted`, leaving files alone that are right already.
fn mirror(wanted: Files, home: &Utf8Path) -> Result<()> {
    ensure!(
        !wanted.is_empty(),
        "the library exports nothing through UniFFI"
    );
    fs::create_dir_all(home)?;
    let present = read(home)?;
    for path in present.keys().filter(|path| !wanted.contains_key(*path)) {
        fs::remove_file(home.join(path))?;
    }
    for (path, contents) in wanted {
        if present.get(&path) != Some(&contents) {
            files::write(&home.join(path), &contents)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some(entries: &[(&str, &str)]) -> Files {
        entries
            .iter()
            .map(|(path, text)| (Utf8PathBuf::from(path), text.as_bytes().to_vec()))
            .collect()
    }

    #[test]
    fn mirror_copies_what_differs_and_removes_what_is_gone() -> Result<()> {
        let directory = tempfile::tempdir()?;
        let home = Utf8Path::from_path(directory.path())
            .context("a UTF-8 path")?
            .join("generated");
        mirror(some(&[("a/one.kt", "1"), ("two.kt", "2")]), &home)?;
        let untouched = fs::metadata(home.join("a/one.kt"))?.modified()?;

        let wanted = some(&[("a/one.kt", "1"), ("three.kt", "3")]);
        mirror(wanted.clone(), &home)?;

        assert_eq!(read(&home)?, wanted);
        assert_eq!(fs::metadata(home.join("a/one.kt"))?.modified()?, untouched);
        assert!(
            mirror(Files::new(), &home).is_err(),
            "an empty interface must not wipe the directory"
        );
        Ok(())
    }
}
