//! The folder that becomes a distribution repository: a Swift package with the XCFramework's zip.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
};

use anyhow::{Context, Result, ensure};
use camino::{Utf8Path, Utf8PathBuf};

use super::{libraries::Library, privacy, xcframework};
use crate::{
    bindings::{C_MODULE, SwiftCode},
    files,
    package::{maven::sha256, notices},
    step::Step,
    workspace::Workspace,
};

/// The modules of bindings/swift, which run on Linux, too.
const CORE: [&str; 2] = ["MpacPgw", "MpacPgwTesting"];

/// What has the privacy manifest: every app has it.
const WITH_MANIFEST: &str = "MpacPgw";

/// The manifest of the package; what is in capitals is filled in.
const PACKAGE: &str = r#"// swift-tools-version: 6.0
import PackageDescription

#if os(Linux)
    // For tests on Linux, with a library that was built there.
    let core = Target.systemLibrary(name: "MODULE", path: "Linux/MODULE")
    let onlyForApple: [Target] = []
    let productsForApple: [Product] = []
#else
    // The zip's checksum is CHECKSUM.
    let core = Target.binaryTarget(
        name: "MODULE",
        BINARY)
    let onlyForApple: [Target] = [
APPLE    ]
    let productsForApple: [Product] = [
PRODUCTS    ]
#endif

let package = Package(
    name: "mpac-pgw",
    defaultLocalization: "en",
    platforms: [.iOS(.v16), .macOS(.v13)],
    products: [
        .library(name: "MpacPgw", targets: ["MpacPgw"]),
        // For an app's tests and previews.
        .library(name: "MpacPgwTesting", targets: ["MpacPgwTesting"]),
    ] + productsForApple,
    targets: [
        core,
CORE    ] + onlyForApple,
    swiftLanguageModes: [.v6]
)
"#;

/// A package that is ready.
#[derive(Debug)]
pub(crate) struct Package {
    pub(crate) folder: Utf8PathBuf,
    /// The XCFramework's zip.
    pub(crate) zip: Utf8PathBuf,
    /// What SwiftPM holds the zip against.
    pub(crate) checksum: String,
}

/// A module of the package.
#[derive(Debug, PartialEq, Eq)]
struct Module {
    name: String,
    /// Those of the other modules that it imports.
    needs: BTreeSet<String>,
    resources: Vec<&'static str>,
}

/// Makes the package in `folder`, which it empties before. It takes the zip from `url`, or from beside
/// its manifest.
pub(crate) fn make(
    workspace: &Workspace,
    step: &mut Step,
    libraries: &[Library],
    code: &SwiftCode,
    framework: &Utf8Path,
    folder: &Utf8Path,
    url: Option<&str>,
) -> Result<Package> {
    files::remove(folder)?;
    let zip = xcframework::zip(framework)?;
    let checksum = sha256(&zip);
    let name = format!("{}.zip", xcframework::name());
    let package = Package {
        folder: folder.to_owned(),
        zip: folder.join(&name),
        checksum,
    };
    files::write(&package.zip, &zip)?;

    let sources = folder.join("Sources");
    let core = workspace.root.join("bindings/swift/Sources");
    for module in CORE {
        copy(&core.join(module), &sources.join(module), |path| {
            !path.starts_with("Generated")
        })?;
    }
    for (path, contents) in &code.swift {
        files::write(&sources.join("MpacPgw/Generated").join(path), contents)?;
    }
    for (path, contents) in &code.c {
        files::write(&folder.join("Linux").join(C_MODULE).join(path), contents)?;
    }
    let apps = workspace.root.join("ios/Sources");
    let names = folders(&apps)?;
    for name in &names {
        copy(&apps.join(name), &sources.join(name), |_| true)?;
    }
    let all: Vec<&str> = CORE
        .into_iter()
        .chain(names.iter().map(String::as_str))
        .collect();
    let paths: Vec<_> = all.iter().map(|name| sources.join(name)).collect();
    privacy::check_swift(&paths)?;
    let manifest = privacy::check(&workspace.root, libraries)?;
    files::write(&sources.join(WITH_MANIFEST).join(PRIVACY), &manifest)?;

    let mut modules = BTreeMap::new();
    for name in &all {
        modules.insert(*name, module(&sources, name, &all)?);
    }
    let public = products(&workspace.root.join("ios/Package.swift"), &names)?;
    let binary = match url {
        Some(url) => format!(
            "url: \"{url}\",\n        checksum: \"{}\"",
            package.checksum
        ),
        None => format!("path: \"{name}\""),
    };
    let text = text(&modules, &names, &public, &binary, &package.checksum)?;
    files::write(&folder.join("Package.swift"), text.as_bytes())?;
    documents(workspace, step, libraries, folder)?;
    Ok(package)
}

const PRIVACY: &str = "PrivacyInfo.xcprivacy";

/// Licences, and what people read first.
fn documents(
    workspace: &Workspace,
    step: &mut Step,
    libraries: &[Library],
    folder: &Utf8Path,
) -> Result<()> {
    let targets: Vec<&str> = libraries
        .iter()
        .map(|library| library.slice.target)
        .collect();
    let notices = notices::collect(workspace, step, &targets)?;
    files::write(&folder.join("THIRD-PARTY-NOTICES.txt"), notices.as_bytes())?;
    for (from, to) in [("LICENSE", "LICENSE"), ("ios/README.md", "README.md")] {
        let from = workspace.root.join(from);
        if from.exists() {
            files::write(&folder.join(to), &fs::read(&from)?)?;
        }
    }
    Ok(())
}

fn copy(from: &Utf8Path, to: &Utf8Path, wanted: impl Fn(&Utf8Path) -> bool) -> Result<()> {
    for path in files::list(from)?.iter().filter(|path| wanted(path)) {
        let contents = fs::read(from.join(path))
            .with_context(|| format!("could not read {}", from.join(path)))?;
        files::write(&to.join(path), &contents)?;
    }
    Ok(())
}

/// The folders in a folder, each a module, in order.
fn folders(folder: &Utf8Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    if folder.is_dir() {
        for entry in folder.read_dir_utf8()? {
            let entry = entry?;
            if entry.path().is_dir() {
                found.push(entry.file_name().to_owned());
            }
        }
    }
    found.sort();
    Ok(found)
}

fn module(sources: &Utf8Path, name: &str, all: &[&str]) -> Result<Module> {
    let folder = sources.join(name);
    let mut needs = BTreeSet::new();
    for path in files::list(&folder)? {
        if path.extension() == Some("swift") {
            let path = folder.join(path);
            let text =
                fs::read_to_string(&path).with_context(|| format!("could not read {path}"))?;
            let imported = imports(&text);
            let own = imported.filter(|module| *module != name);
            let own = own.filter(|module| all.contains(module) || *module == C_MODULE);
            needs.extend(own.map(ToOwned::to_owned));
        }
    }
    let mut resources = Vec::new();
    if name == WITH_MANIFEST {
        resources.push(".copy(\"PrivacyInfo.xcprivacy\")");
    }
    if folder.join("Resources").is_dir() {
        resources.push(".process(\"Resources\")");
    }
    Ok(Module {
        name: name.to_owned(),
        needs,
        resources,
    })
}

/// The modules that a file imports, with whatever stands before the word.
fn imports(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.starts_with("//"))
        .filter_map(|line| {
            let mut words = line.split(' ');
            words.by_ref().take(3).find(|word| *word == "import")?;
            words.next()
        })
}

/// Which of the modules apps are to import: the products of their package.
fn products(manifest: &Utf8Path, names: &[String]) -> Result<Vec<String>> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let text =
        fs::read_to_string(manifest).with_context(|| format!("could not read {manifest}"))?;
    let is_product = |name: &&String| text.contains(&format!(".library(name: \"{name}\""));
    let found: Vec<String> = names.iter().filter(is_product).cloned().collect();
    ensure!(!found.is_empty(), "{manifest} has no product");
    Ok(found)
}

fn text(
    modules: &BTreeMap<&str, Module>,
    names: &[String],
    public: &[String],
    binary: &str,
    checksum: &str,
) -> Result<String> {
    let targets = |names: &mut dyn Iterator<Item = &str>| -> Result<String> {
        let mut text = String::new();
        for module in names.filter_map(|name| modules.get(name)) {
            text += &target(module)?;
        }
        Ok(text)
    };
    let mut products = String::new();
    for name in public {
        writeln!(
            products,
            "        .library(name: \"{name}\", targets: [\"{name}\"]),"
        )?;
    }
    Ok(PACKAGE
        .replace("MODULE", C_MODULE)
        .replace("CHECKSUM", checksum)
        .replace("BINARY", binary)
        .replace("APPLE", &targets(&mut names.iter().map(String::as_str))?)
        .replace("PRODUCTS", &products)
        .replace("CORE", &targets(&mut CORE.into_iter())?))
}

fn target(module: &Module) -> Result<String> {
    let quoted: Vec<String> = module
        .needs
        .iter()
        .map(|name| format!("\"{name}\""))
        .collect();
    let mut text = format!("        .target(\n            name: \"{}\"", module.name);
    if !quoted.is_empty() {
        write!(text, ",\n            dependencies: [{}]", quoted.join(", "))?;
    }
    if !module.resources.is_empty() {
        let resources = module.resources.join(", ");
        write!(text, ",\n            resources: [{resources}]")?;
    }
    text += "),\n";
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_depends_on_what_its_files_import() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let folder = Utf8Path::from_path(folder.path()).context("a UTF-8 path")?;
        let code = "import Foundation\n#if os(iOS)\n    import MpacPgwFiles\n#endif\n\
                    // import MpacPgwTesting\n@preconcurrency public import MpacPgw\nimport App\n";
        files::write(&folder.join("App/Views/App.swift"), code.as_bytes())?;
        files::write(&folder.join("App/Resources/en.lproj/a.strings"), b"")?;
        let all = ["MpacPgw", "MpacPgwTesting", "MpacPgwFiles", "App"];
        let module = module(folder, "App", &all)?;
        let needs: Vec<&str> = module.needs.iter().map(String::as_str).collect();
        assert_eq!(needs, ["MpacPgw", "MpacPgwFiles"]);
        assert_eq!(
            target(&module)?,
            "        .target(\n            name: \"App\",\n            dependencies: \
             [\"MpacPgw\", \"MpacPgwFiles\"],\n            resources: [.process(\"Resources\")]),\n"
        );
        Ok(())
    }

    #[test]
    fn the_zip_comes_from_where_it_is_said_to_be() -> Result<()> {
        let core = Module {
            name: "MpacPgw".to_owned(),
            needs: BTreeSet::from([C_MODULE.to_owned()]),
            resources: Vec::new(),
        };
        let modules = BTreeMap::from([("MpacPgw", core)]);
        let text = text(&modules, &[], &[], "path: \"a.zip\"", "abc")?;
        assert!(text.contains("The zip's checksum is abc."), "{text}");
        assert!(text.contains("path: \"a.zip\")"), "{text}");
        assert!(
            text.contains("dependencies: [\"MpacPgwCoreFFI\"]"),
            "{text}"
        );
        Ok(())
    }
}
