//! The modules that apps for Android depend on, in a repository folder: the terminal's AAR and the
//! card app's jar, each with its sources and its documentation.

use std::{fs, process::Command};

use anyhow::{Context, Result, ensure};
use camino::{Utf8Path, Utf8PathBuf};

use super::{
    abi::Abi,
    archive::Archive,
    elf,
    maven::{self, GROUP, Pom},
    notices,
};
use crate::{count::Counts, files, report::Outcome, step::Step, workspace::Workspace};

pub(crate) const TERMINAL: &str = "pgw-terminal";
pub(crate) const CONTRACT: &str = "pgw-card-contract";

/// What an app downloads for three CPUs.
const LIMIT: usize = 4_200_000;

const METADATA: &str = "META-INF/com/android/build/gradle/aar-metadata.properties";

/// Puts the modules with the SDK's library for each ABI into `dist/android`. The generated
/// layer has to be there.
pub(crate) fn package(
    workspace: &Workspace,
    step: &mut Step,
    libraries: &[(&Abi, &Utf8Path)],
) -> Result<Outcome> {
    let repository = workspace.root.join("dist/android");
    let modules = Modules::compile(workspace, step)?;
    let aar = modules.publish(step, libraries, &repository)?;
    println!("    {aar}: {} bytes of {LIMIT}", aar.metadata()?.len());
    Ok(Outcome::Tested(Counts::one(true)))
}

/// Where everything is that the modules are made of.
#[derive(Debug)]
pub(crate) struct Modules<'a> {
    workspace: &'a Workspace,
    android: Utf8PathBuf,
    documented: bool,
}

impl<'a> Modules<'a> {
    /// Compiles and documents them from nothing. The generated layer has to be there.
    pub(crate) fn compile(workspace: &'a Workspace, step: &mut Step) -> Result<Self> {
        let mut modules = Self::compiled(workspace);
        for module in ["terminal", "card-contract"] {
            let target = modules.android.join(module).join("target");
            // What a source left behind that is gone by now would be packed, too.
            for folder in ["classes", "dokkaJavadocJar"] {
                files::remove(&target.join(folder))?;
            }
        }
        step.check(
            Command::new("mvn")
                .args(["--batch-mode", "--no-transfer-progress", "--file"])
                .arg(modules.android.join("pom.xml"))
                .args(["--projects=card-contract,terminal", "--also-make"])
                .args(["process-classes", "-Dkdoc.phase=process-classes"]),
        )?;
        modules.documented = true;
        Ok(modules)
    }

    /// Takes what Maven has compiled before, without documentation: for tests.
    pub(crate) fn compiled(workspace: &'a Workspace) -> Self {
        Self {
            workspace,
            android: workspace.root.join("android"),
            documented: false,
        }
    }

    /// Puts both modules into `repository`; `libraries` are the SDK's. Answers where the
    /// AAR is.
    pub(crate) fn publish(
        &self,
        step: &mut Step,
        libraries: &[(&Abi, &Utf8Path)],
        repository: &Utf8Path,
    ) -> Result<Utf8PathBuf> {
        let pom = self.pom("terminal", "aar")?;
        let targets: Vec<_> = libraries.iter().map(|(abi, _)| abi.target).collect();
        let notices = match targets.as_slice() {
            [] => String::new(),
            targets => notices::collect(self.workspace, step, targets)?,
        };
        let aar = self.aar(libraries, &notices)?.to_bytes()?;
        ensure!(
            aar.len() <= LIMIT,
            "the AAR has {} bytes, more than {LIMIT}",
            aar.len()
        );
        step.note(&format!("AAR: {} bytes of {LIMIT}", aar.len()))?;
        let mut files = vec![(".aar", aar), (".pom", pom.text.clone().into_bytes())];
        self.document("terminal", &mut files)?;
        maven::publish(repository, TERMINAL, &pom.version, &files)?;
        let aar = format!("{TERMINAL}/{v}/{TERMINAL}-{v}.aar", v = pom.version);

        let pom = self.pom("card-contract", "jar")?;
        let mut jar = self.jar()?;
        let classes = self.android.join("card-contract/target/classes");
        jar.add_folder("", &classes, |_| true)?;
        let mut files = vec![(".jar", jar.to_bytes()?), (".pom", pom.text.into_bytes())];
        self.document("card-contract", &mut files)?;
        maven::publish(repository, CONTRACT, &pom.version, &files)?;
        Ok(repository.join(GROUP.replace('.', "/")).join(aar))
    }

    fn aar(&self, libraries: &[(&Abi, &Utf8Path)], notices: &str) -> Result<Archive> {
        let terminal = self.android.join("terminal");
        let mut aar = Archive::default();
        for (name, path) in [
            ("AndroidManifest.xml", "src/main/AndroidManifest.xml"),
            ("proguard.txt", "consumer-rules.pro"),
            (METADATA, "aar-metadata.properties"),
        ] {
            aar.add(name, read(&terminal.join(path))?)?;
        }
        // Every app has numbers and an R class of its own for what is here.
        let symbols = fs::read_to_string(terminal.join("target/resources/R.txt"))?;
        aar.add("R.txt", without_numbers(&symbols))?;
        aar.add_folder("res/", &terminal.join("src/main/res"), |_| true)?;
        let mut classes = Archive::jar()?;
        classes.add_folder("", &terminal.join("target/classes"), |path| {
            !is_resource_class(path)
        })?;
        aar.add("classes.jar", classes.to_bytes()?)?;
        aar.add("LICENSE", read(&self.workspace.root.join("LICENSE"))?)?;
        if !notices.is_empty() {
            aar.add("THIRD-PARTY-NOTICES.txt", notices)?;
        }
        for (abi, library) in libraries {
            aar.add(&format!("jni/{}/{}", abi.name, elf::NAME), read(library)?)?;
        }
        Ok(aar)
    }

    fn pom(&self, module: &str, packaging: &str) -> Result<Pom> {
        let text = |path: &Utf8Path| {
            fs::read_to_string(path).with_context(|| format!("could not read {path}"))
        };
        let own = text(&self.android.join(module).join("pom.xml"))?;
        Pom::published(&own, &text(&self.android.join("pom.xml"))?, packaging)
    }

    /// Adds a jar of the sources, and one of the documentation if there is any.
    fn document(&self, module: &str, files: &mut Vec<(&str, Vec<u8>)>) -> Result<()> {
        let folder = self.android.join(module);
        let mut sources = self.jar()?;
        sources.add_folder("", &folder.join("src/main/kotlin"), |_| true)?;
        if module == "terminal" {
            let layer = self.workspace.root.join("bindings/kotlin/src/main");
            let generated = self.workspace.target.join("bindings/kotlin-android");
            for folder in [layer.join("kotlin"), layer.join("values"), generated] {
                sources.add_folder("", &folder, |_| true)?;
            }
        }
        files.push(("-sources.jar", sources.to_bytes()?));
        if self.documented {
            let mut pages = self.jar()?;
            pages.add_folder("", &folder.join("target/dokkaJavadocJar"), |_| true)?;
            ensure!(
                pages.get("index.html").is_some(),
                "{module} has no documentation"
            );
            files.push(("-javadoc.jar", pages.to_bytes()?));
        }
        Ok(())
    }

    fn jar(&self) -> Result<Archive> {
        let mut jar = Archive::jar()?;
        jar.add(
            "META-INF/LICENSE",
            read(&self.workspace.root.join("LICENSE"))?,
        )?;
        Ok(jar)
    }
}

fn read(path: &Utf8Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("could not read {path}"))
}

/// `R.class` and what it contains.
fn is_resource_class(path: &Utf8Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    name == "R.class" || (name.starts_with("R$") && name.ends_with(".class"))
}

fn without_numbers(symbols: &str) -> String {
    let mut text = String::new();
    for line in symbols.lines() {
        let words: Vec<_> = line
            .split(' ')
            .map(|word| match word.trim_end_matches(',') {
                number if !number.starts_with("0x") => word,
                number if number == word => "0x0",
                _ => "0x0,",
            })
            .collect();
        text.push_str(&words.join(" "));
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_are_named_without_numbers() {
        let symbols = "int string mpac_pgw_a 0x7f010000\n\
                       int[] styleable V { 0x7f020000, 0x7f020001 }\nint styleable V_b 1\n";
        let expected = "int string mpac_pgw_a 0x0\n\
                        int[] styleable V { 0x0, 0x0 }\nint styleable V_b 1\n";
        assert_eq!(without_numbers(symbols), expected);
    }

    #[test]
    fn resource_classes_stay_with_the_app() {
        let of =
            |name| is_resource_class(Utf8Path::new("com/mpac/pgw/android").join(name).as_path());
        assert!(of("R.class") && of("R$string.class"));
        assert!(!of("RR.class") && !of("RustBuffer$ByValue.class"));
    }
}
