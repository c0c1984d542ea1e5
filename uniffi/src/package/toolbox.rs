//! Android's own build tools, at the versions of android/tools/pom.xml: no Android SDK is needed.

use std::{fs, process::Command};

use anyhow::{Context, Result, ensure};
use camino::{Utf8Path, Utf8PathBuf};

use super::{archive::Archive, maven::sha256};
use crate::{files, step::Step, tools, workspace::Workspace};

/// The oldest Android that the SDK runs on.
pub(crate) const MIN_SDK: &str = "24";

/// The rules that Gradle's plugin gives an app that is optimised, and where they are in it.
const RULES: [&str; 3] = ["header", "optimizations", "common"];

/// The tools, ready to run.
#[derive(Debug)]
pub(crate) struct Toolbox {
    /// What runs on the JVM.
    jars: Vec<Utf8PathBuf>,
    /// Android's own classes, to compile against, but for those of Java.
    android: Utf8PathBuf,
    /// Those of Java that Android has, too.
    java: Utf8PathBuf,
    pub(crate) aapt2: Utf8PathBuf,
    /// Android's own resources, to link against.
    pub(crate) framework: Utf8PathBuf,
    /// The rules that every app gets.
    pub(crate) rules: Utf8PathBuf,
}

/// What R8 makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Output {
    /// Classes, for a JVM.
    Classes,
    /// What Android runs.
    Dex,
}

impl Toolbox {
    /// Fetches them. The inner error says why this machine cannot have them.
    pub(crate) fn prepare(workspace: &Workspace, step: &mut Step) -> Result<Result<Self, String>> {
        if let Some(reason) = tools::ensure(step, &tools::MAVEN)? {
            return Ok(Err(reason));
        }
        let list = workspace.target.join("xtask/android-tools.classpath");
        step.check(
            Command::new("mvn")
                .args(["--batch-mode", "--no-transfer-progress", "--file"])
                .arg(workspace.root.join("android/tools/pom.xml"))
                .arg("dependency:build-classpath")
                .arg(format!("-Dmdep.outputFile={list}")),
        )?;
        let list = fs::read_to_string(&list).with_context(|| format!("could not read {list}"))?;
        let jars: Vec<Utf8PathBuf> = list.trim().split(':').map(Utf8PathBuf::from).collect();
        let jar = |artifact| find(&jars, artifact);
        let (android, apktool, gradle) = (jar("android-all")?, jar("apktool-lib")?, jar("gradle")?);
        let folder = unpack(&[apktool, gradle])?;
        // It has classes of Java's own.
        let jars = jars.into_iter().filter(|jar| *jar != android).collect();
        Ok(Ok(Self {
            jars,
            android,
            java: java_classes(step)?,
            aapt2: folder.join("aapt2"),
            framework: folder.join("android-framework.jar"),
            rules: folder.join("rules.pro"),
        }))
    }

    /// The jar of one of the modules.
    pub(crate) fn jar(&self, artifact: &str) -> Result<Utf8PathBuf> {
        find(&self.jars, artifact)
    }

    /// A tool that is a Java class.
    pub(crate) fn java(&self, class: &str) -> Command {
        let mut command = Command::new("java");
        command.args(["-Xmx2g", "-classpath", &classpath(&self.jars), class]);
        command
    }

    /// Compiles Kotlin, and Java that belongs to it, to classes in `output`.
    pub(crate) fn compile(
        &self,
        step: &mut Step,
        sources: &[Utf8PathBuf],
        libraries: &[Utf8PathBuf],
        output: &Utf8Path,
    ) -> Result<()> {
        let mut libraries = libraries.to_vec();
        libraries.push(self.android.clone());
        step.check(
            self.java("org.jetbrains.kotlin.cli.jvm.K2JVMCompiler")
                .args(["-no-stdlib", "-no-reflect", "-Xjdk-release=11", "-Werror"])
                .args(["-jvm-target", "11", "-classpath", &classpath(&libraries)])
                .args(["-d", output.as_str()])
                .args(sources),
        )?;
        let java = java_sources(sources)?;
        if java.is_empty() {
            return Ok(());
        }
        libraries.push(output.to_owned());
        step.check(
            Command::new("javac")
                .args(["--release", "11", "-Xlint:all,-options", "-Werror"])
                .args(["-classpath", &classpath(&libraries), "-d", output.as_str()])
                .args(java),
        )?;
        Ok(())
    }

    /// Shrinks, optimises and renames, in R8's full mode.
    pub(crate) fn shrink(
        &self,
        step: &mut Step,
        inputs: &[Utf8PathBuf],
        rules: &[Utf8PathBuf],
        form: Output,
        output: &Utf8Path,
    ) -> Result<()> {
        let mut command = self.java("com.android.tools.r8.R8");
        command.args(["--release", "--lib", self.android.as_str()]);
        command.args(["--lib", self.java.as_str()]);
        match form {
            Output::Classes => command.arg("--classfile"),
            Output::Dex => command.args(["--dex", "--min-api", MIN_SDK]),
        };
        for rules in [&self.rules].into_iter().chain(rules) {
            command.args(["--pg-conf", rules.as_str()]);
        }
        step.check(command.args(["--output", output.as_str()]).args(inputs))?;
        Ok(())
    }
}

/// The JDK's, in its folder in the cache.
const CLASSES: &str = "classes.jar";

/// The JDK's classes without what Android lacks, such as java.awt: an app would not be told of it.
fn java_classes(step: &mut Step) -> Result<Utf8PathBuf> {
    let compiler = tools::find("javac").context("no javac on the PATH")?;
    let compiler = compiler.canonicalize_utf8()?;
    let home = compiler.parent().and_then(Utf8Path::parent);
    let home = home.context("javac is in no JDK")?;
    let release = fs::read(home.join("release")).context("the JDK has no version")?;
    let name = format!("java-{}", &sha256(&release)[..16]);
    let folder = tools::keep_made(&name, |folder| {
        let modules = folder.join("modules");
        step.check(
            Command::new(home.join("bin/jimage"))
                .args(["extract", "--dir", modules.as_str(), "--include"])
                .arg(r"regex:/java\.(base|logging)/.*\.class")
                .arg(home.join("lib/modules")),
        )?;
        let mut classes = Archive::jar()?;
        for module in ["java.base", "java.logging"] {
            let wanted = |path: &Utf8Path| path.file_name() != Some("module-info.class");
            classes.add_folder("", &modules.join(module), wanted)?;
        }
        classes.write(&folder.join(CLASSES))?;
        files::remove(&modules)
    })?;
    Ok(folder.join(CLASSES))
}

/// In a repository, a module's name is that of a folder.
fn find(jars: &[Utf8PathBuf], artifact: &str) -> Result<Utf8PathBuf> {
    jars.iter()
        .find(|jar| folder_of(jar) == Some(artifact))
        .cloned()
        .with_context(|| format!("android/tools/pom.xml has no {artifact}"))
}

fn folder_of(jar: &Utf8Path) -> Option<&str> {
    jar.parent()?.parent()?.file_name()
}

/// Paths as Java takes them.
pub(crate) fn classpath(jars: &[Utf8PathBuf]) -> String {
    let jars: Vec<_> = jars.iter().map(|jar| jar.as_str()).collect();
    jars.join(":")
}

fn java_sources(folders: &[Utf8PathBuf]) -> Result<Vec<Utf8PathBuf>> {
    let mut found = Vec::new();
    for folder in folders.iter().filter(|folder| folder.is_dir()) {
        let files = files::list(folder)?;
        let java = files.iter().filter(|path| path.extension() == Some("java"));
        found.extend(java.map(|path| folder.join(path)));
    }
    Ok(found)
}

/// Takes out of the jars what does not run on the JVM, once for each of their versions.
fn unpack(jars: &[Utf8PathBuf; 2]) -> Result<Utf8PathBuf> {
    let [apktool, gradle] = jars;
    let name = |jar: &Utf8Path| jar.file_stem().unwrap_or_default().to_owned();
    let folder = format!("{}-{}", name(apktool), name(gradle));
    tools::keep_made(&folder, |folder| {
        let archive = Archive::read(apktool)?;
        let system = if cfg!(target_os = "macos") {
            "macosx"
        } else {
            "linux"
        };
        for (from, to) in [
            (format!("prebuilt/{system}/aapt2"), "aapt2"),
            (
                "prebuilt/android-framework.jar".to_owned(),
                "android-framework.jar",
            ),
        ] {
            let contents = archive
                .get(&from)
                .with_context(|| format!("{apktool} has no {from}"))?;
            files::write(&folder.join(to), contents)?;
        }
        make_executable(&folder.join("aapt2"))?;
        let archive = Archive::read(gradle)?;
        let mut rules = Vec::new();
        for part in RULES {
            let name = format!("com/android/build/gradle/proguard-{part}.txt");
            let text = archive.get(&name);
            rules.extend_from_slice(text.with_context(|| format!("{gradle} has no {name}"))?);
            rules.push(b'\n');
        }
        ensure!(!rules.is_empty(), "{gradle} has no rules");
        files::write(&folder.join("rules.pro"), &rules)
    })
}

#[cfg(unix)]
fn make_executable(path: &Utf8Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
        .with_context(|| format!("could not make {path} a program"))
}

#[cfg(not(unix))]
fn make_executable(_: &Utf8Path) -> Result<()> {
    Ok(())
}
