//! What an app gets when it names a module of the repository: everything that Maven finds it needs.

use std::{
    fmt::Write as _,
    fs::{self, File},
    process::Command,
};

use anyhow::{Context, Result};
use camino::{Utf8Path, Utf8PathBuf};

use super::{archive::Archive, maven::GROUP};
use crate::{files, step::Step, tools};

const PLUGIN: &str = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies";

/// Central first, as in android/tools/pom.xml.
const REPOSITORIES: &str = "\
    <repository><id>central</id><url>https://repo.maven.apache.org/maven2</url></repository>\
    <repository><id>google</id><url>https://dl.google.com/dl/android/maven2</url></repository>";

/// A module on the machine of an app's developer.
#[derive(Debug)]
pub(crate) struct Library {
    /// The file's name, as in `jna-5.19.1.aar`.
    pub(crate) name: String,
    pub(crate) classes: Utf8PathBuf,
    /// What else is in an AAR.
    pub(crate) aar: Option<Utf8PathBuf>,
}

/// Resolves modules, as in `com.mpac:pgw-terminal:0.1.0`, and puts their files below `work`.
pub(crate) fn resolve(
    step: &mut Step,
    repository: &Utf8Path,
    modules: &[String],
    work: &Utf8Path,
) -> Result<Vec<Library>> {
    files::remove(work)?;
    let mut dependencies = String::new();
    for module in modules {
        let parts: Vec<_> = module.split(':').collect();
        let [group, artifact, version] = parts[..] else {
            anyhow::bail!("{module} is not group:artifact:version");
        };
        let packaging = packaging(repository, group, artifact, version)?;
        write!(
            dependencies,
            "<dependency><groupId>{group}</groupId><artifactId>{artifact}</artifactId>\
             <version>{version}</version><type>{packaging}</type></dependency>"
        )?;
    }
    let pom = format!(
        "<project><modelVersion>4.0.0</modelVersion><groupId>com.example</groupId>\
         <artifactId>app</artifactId><version>1</version><packaging>pom</packaging>\
         <repositories><repository><id>folder</id><url>file://{repository}</url>\
         <snapshots><enabled>false</enabled></snapshots></repository>{REPOSITORIES}</repositories>\
         <dependencies>{dependencies}</dependencies></project>"
    );
    let project = work.join("pom.xml");
    files::write(&project, pom.as_bytes())?;

    // Maven believes that a version never changes. While one is developed, it does.
    let cache = tools::cache()?;
    let local = cache.join("maven");
    fs::create_dir_all(&local).with_context(|| format!("could not create {local}"))?;
    let lock = File::create(cache.join("maven.lock"))?;
    lock.lock()?;
    files::remove(&local.join(GROUP.replace('.', "/")))?;
    let copies = work.join("files");
    step.check(
        Command::new("mvn")
            .args(["--batch-mode", "--no-transfer-progress", "--file"])
            .arg(&project)
            .arg(format!("-Dmaven.repo.local={local}"))
            .args([PLUGIN, "-DincludeScope=runtime"])
            .arg(format!("-DoutputDirectory={copies}")),
    )?;
    drop(lock);
    let mut libraries = Vec::new();
    for name in files::list(&copies)? {
        libraries.push(library(&copies.join(&name), &work.join("aar"))?);
    }
    Ok(libraries)
}

/// Gradle finds it out by itself; Maven wants to be told.
fn packaging(
    repository: &Utf8Path,
    group: &str,
    artifact: &str,
    version: &str,
) -> Result<&'static str> {
    let folder = repository.join(group.replace('.', "/")).join(artifact);
    let aar = folder
        .join(version)
        .join(format!("{artifact}-{version}.aar"));
    Ok(if aar.try_exists()? { "aar" } else { "jar" })
}

fn library(file: &Utf8Path, unpacked: &Utf8Path) -> Result<Library> {
    let name = file.file_name().unwrap_or_default().to_owned();
    if file.extension() != Some("aar") {
        return Ok(Library {
            name,
            classes: file.to_owned(),
            aar: None,
        });
    }
    let folder = unpacked.join(&name);
    Archive::read(file)?.unpack(&folder)?;
    Ok(Library {
        name,
        classes: folder.join("classes.jar"),
        aar: Some(folder),
    })
}
