//! A signed APK out of a Gradle project of one app, by what Gradle's plugin would run.

use std::{
    fs::{self, File},
    process::Command,
};

use anyhow::{Context, Result, bail, ensure};
use camino::{Utf8Path, Utf8PathBuf};

use super::{
    abi::ABIS,
    archive::{Archive, Packing},
    consumer::{self, Library},
    sample::Sample,
    toolbox::{Output, Toolbox},
};
use crate::{
    files,
    step::Step,
    tools::{self, Tool, tool},
};

/// What Debian has of Android's tools.
pub(crate) const TOOLS: [Tool; 4] = [
    tool("apksigner", "apksigner"),
    tool("zipalign", "zipalign"),
    tool("dexdump", "dexdump"),
    tool("keytool", "default-jre-headless"),
];

/// A page of the newest devices.
const PAGE: u16 = 16384;
const KEYSTORE: &str = "debug.keystore";
/// What everybody knows; a debug key proves nothing.
const PASSWORD: &str = "pass:android";

/// Builds `sample` against the modules in `repository`, below `work`. Answers where the APK is.
pub(crate) fn build(
    step: &mut Step,
    toolbox: &Toolbox,
    repository: &Utf8Path,
    sample: &Utf8Path,
    work: &Utf8Path,
) -> Result<Utf8PathBuf> {
    let sample = Sample::read(sample)?;
    let work = work.join(&sample.name);
    files::remove(&work)?;
    let libraries = consumer::resolve(step, repository, &sample.modules, &work.join("libraries"))?;
    let build = Build {
        toolbox,
        sample,
        libraries,
        work,
    };
    let manifest = build.merge(step)?;
    let resources = build.link(step, &manifest)?;
    let dex = build.code(step)?;
    let unsigned = build.pack(&resources, &dex)?;
    // Before it is signed: the signer keeps what is aligned.
    step.check(Command::new("zipalign").args(["-c", "-p", "4", unsigned.as_str()]))?;
    let apk = build.work.join(format!("{}.apk", build.sample.name));
    sign(step, &unsigned, &apk)?;
    step.check(Command::new("apksigner").args([
        "verify",
        "--min-sdk-version",
        &build.sample.min_sdk,
        "-Werr",
        apk.as_str(),
    ]))?;
    check_pages(&apk)?;
    Ok(apk)
}

struct Build<'a> {
    toolbox: &'a Toolbox,
    sample: Sample,
    libraries: Vec<Library>,
    work: Utf8PathBuf,
}

impl Build<'_> {
    /// The app's manifest with those of its libraries in it.
    fn merge(&self, step: &mut Step) -> Result<Utf8PathBuf> {
        let main = self.work.join("AndroidManifest.xml");
        files::write(&main, self.sample.manifest()?.as_bytes())?;
        let merged = self.work.join("merged/AndroidManifest.xml");
        files::write(&merged, b"")?;
        let manifests: Vec<_> = self
            .aars()
            .map(|aar| aar.join("AndroidManifest.xml").into_string())
            .collect();
        let mut command = self.toolbox.java("com.android.manifmerger.Merger");
        command.args(["--main", main.as_str(), "--out", merged.as_str()]);
        command.args(["--log", "WARNING"]);
        if !manifests.is_empty() {
            command.args(["--libs", &manifests.join(":")]);
        }
        for (name, value) in [
            ("PACKAGE", &self.sample.application_id),
            ("MIN_SDK_VERSION", &self.sample.min_sdk),
            ("TARGET_SDK_VERSION", &self.sample.target_sdk),
            ("VERSION_CODE", &self.sample.version_code),
            ("VERSION_NAME", &self.sample.version_name),
        ] {
            command.args(["--property", &format!("{name}={value}")]);
        }
        step.check(&mut command)?;
        ensure!(
            fs::metadata(&merged)?.len() > 0,
            "the manifests could not be merged: see the log"
        );
        Ok(merged)
    }

    /// Compiles the resources, numbers them, and writes an R class for the app and each library.
    fn link(&self, step: &mut Step, manifest: &Utf8Path) -> Result<Utf8PathBuf> {
        let linked = self.work.join("resources.apk");
        let mut command = Command::new(&self.toolbox.aapt2);
        command
            .args(["link", "--auto-add-overlay", "-o", linked.as_str()])
            .args(["-I", self.toolbox.framework.as_str()])
            .args(["--manifest", manifest.as_str()])
            .args(["--custom-package", &self.sample.namespace])
            .args(["--java", self.generated().as_str()])
            .args(["--proguard", self.work.join("manifest.pro").as_str()]);
        let mut packages = Vec::new();
        let own = [self.sample.main.clone()];
        // What comes later wins: the app's own.
        for (at, folder) in self.aars().chain(&own).enumerate() {
            if own.first() != Some(folder) {
                packages.extend(package(&folder.join("AndroidManifest.xml"))?);
            }
            let resources = folder.join("res");
            if !resources.exists() {
                continue;
            }
            let compiled = self.work.join(format!("resources-{at}.zip"));
            step.check(
                Command::new(&self.toolbox.aapt2)
                    .args(["compile", "--dir", resources.as_str()])
                    .args(["-o", compiled.as_str()]),
            )?;
            command.args(["-R", compiled.as_str()]);
        }
        if !packages.is_empty() {
            command.args(["--extra-packages", &packages.join(":")]);
        }
        fs::create_dir_all(self.generated())?;
        step.check(&mut command)?;
        Ok(linked)
    }

    /// Compiles the app and makes Android's code of it and its libraries.
    fn code(&self, step: &mut Step) -> Result<Utf8PathBuf> {
        let classes = self.work.join("classes");
        let mut sources = self.sample.sources();
        sources.push(self.generated());
        let libraries: Vec<_> = self
            .libraries
            .iter()
            .map(|library| library.classes.clone())
            .collect();
        self.toolbox.compile(step, &sources, &libraries, &classes)?;
        let mut jar = Archive::jar()?;
        jar.add_folder("", &classes, |_| true)?;
        let app = self.work.join("app.jar");
        jar.write(&app)?;

        let mut rules = vec![self.work.join("manifest.pro")];
        rules.extend(self.sample.rules.clone());
        let of_libraries = self.aars().map(|aar| aar.join("proguard.txt"));
        rules.extend(of_libraries.filter(|rules| rules.exists()));
        let dex = self.work.join("dex.zip");
        let inputs: Vec<_> = [app].into_iter().chain(libraries).collect();
        let shrunk = self
            .toolbox
            .shrink(step, &inputs, &rules, Output::Dex, &dex);
        shrunk?;
        for (name, contents) in Archive::read(&dex)?.iter() {
            if name.ends_with(".dex") {
                let file = self.work.join(name);
                files::write(&file, contents)?;
                step.run(Command::new("dexdump").args(["-f", file.as_str()]))
                    .and_then(|dump| match dump.status.success() {
                        true => Ok(()),
                        false => bail!("dexdump cannot read {file}"),
                    })?;
            }
        }
        Ok(dex)
    }

    /// Resources, code and libraries in one file. Libraries are mapped as they lie there.
    fn pack(&self, resources: &Utf8Path, dex: &Utf8Path) -> Result<Utf8PathBuf> {
        let mut apk = Archive::default();
        for part in [resources, dex] {
            for (name, contents, packing) in Archive::read(part)?.packed() {
                if name != "META-INF/MANIFEST.MF" {
                    apk.put(name, contents.to_vec(), packing)?;
                }
            }
        }
        for aar in self.aars() {
            // JNA has libraries for more, where the SDK would not run.
            for abi in ABIS.iter().map(|abi| abi.name) {
                let folder = aar.join("jni").join(abi);
                if !folder.exists() {
                    continue;
                }
                for name in files::list(&folder)? {
                    let library = fs::read(folder.join(&name))?;
                    let name = format!("lib/{abi}/{name}");
                    apk.put(&name, library, Packing::Stored(PAGE))?;
                }
            }
        }
        let unsigned = self.work.join("unsigned.apk");
        apk.write(&unsigned)?;
        Ok(unsigned)
    }

    fn aars(&self) -> impl Iterator<Item = &Utf8PathBuf> {
        self.libraries
            .iter()
            .filter_map(|library| library.aar.as_ref())
    }

    fn generated(&self) -> Utf8PathBuf {
        self.work.join("generated")
    }
}

/// The package that a library's manifest names.
fn package(manifest: &Utf8Path) -> Result<Option<String>> {
    let text =
        fs::read_to_string(manifest).with_context(|| format!("could not read {manifest}"))?;
    let document = roxmltree::Document::parse(&text)?;
    let package = document.root_element().attribute("package");
    Ok(package.map(ToOwned::to_owned))
}

/// Signs with this machine's debug key, which is made when there is none.
fn sign(step: &mut Step, unsigned: &Utf8Path, apk: &Utf8Path) -> Result<()> {
    let folder = tools::keep_made("android-debug-key", |folder| {
        step.check(
            Command::new("keytool")
                .args(["-genkeypair", "-keystore", folder.join(KEYSTORE).as_str()])
                .args(["-storetype", "PKCS12", "-storepass", "android"])
                .args(["-alias", "androiddebugkey", "-keyalg", "RSA"])
                .args(["-keysize", "2048", "-validity", "10000"])
                .args(["-dname", "CN=Android Debug"]),
        )
        .map(drop)
    })?;
    let key = folder.join(KEYSTORE);
    step.check(
        Command::new("apksigner")
            .args(["sign", "--ks", key.as_str(), "--ks-pass", PASSWORD])
            .args(["--out", apk.as_str(), unsigned.as_str()]),
    )?;
    Ok(())
}

/// Android maps a library from the APK only where a page begins.
fn check_pages(apk: &Utf8Path) -> Result<()> {
    let mut zip = zip::ZipArchive::new(File::open(apk)?)?;
    for index in 0..zip.len() {
        let file = zip.by_index(index)?;
        let name = file.name()?.into_owned();
        let stored = file.compression() == zip::CompressionMethod::Stored;
        let aligned = file
            .data_start()
            .is_some_and(|at| at % u64::from(PAGE) == 0);
        if name.ends_with(".so") && !(stored && aligned) {
            bail!("{name} does not begin at a page of {apk}");
        }
    }
    Ok(())
}
