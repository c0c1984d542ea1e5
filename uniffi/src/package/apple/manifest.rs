//! The manifest of the Swift package that ships.

use std::fmt::Write as _;

use anyhow::Result;

use crate::{bindings::C_MODULE, test::ios::modules::Module};

/// What has the privacy manifest: every app has it.
pub(super) const WITH_PRIVACY: &str = "MpacPgw";

/// What is in capitals is filled in.
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

/// What the manifest says.
#[derive(Debug)]
pub(super) struct Manifest<'a> {
    /// Modules that run on Linux, too.
    pub(super) core: &'a [Module],
    /// Modules for Apple's systems.
    pub(super) apps: &'a [Module],
    /// Those of them that apps import.
    pub(super) products: Vec<&'a str>,
    /// The XCFramework's zip beside the manifest.
    pub(super) zip: &'a str,
    /// Where it is otherwise.
    pub(super) url: Option<&'a str>,
    pub(super) checksum: &'a str,
}

impl Manifest<'_> {
    pub(super) fn text(&self) -> Result<String> {
        let checksum = self.checksum;
        let binary = match self.url {
            Some(url) => format!("url: \"{url}\",\n        checksum: \"{checksum}\""),
            None => format!("path: \"{}\"", self.zip),
        };
        let mut products = String::new();
        for name in &self.products {
            writeln!(
                products,
                "        .library(name: \"{name}\", targets: [\"{name}\"]),"
            )?;
        }
        Ok(PACKAGE
            .replace("MODULE", C_MODULE)
            .replace("CHECKSUM", checksum)
            .replace("APPLE", &self.targets(self.apps)?)
            .replace("PRODUCTS", &products)
            .replace("CORE", &self.targets(self.core)?)
            .replace("BINARY", &binary))
    }

    fn targets(&self, modules: &[Module]) -> Result<String> {
        let mut text = String::new();
        for module in modules {
            let name = &module.name;
            write!(text, "        .target(\n            name: \"{name}\"")?;
            let needs = self.needs(module);
            if !needs.is_empty() {
                write!(text, ",\n            dependencies: [{}]", needs.join(", "))?;
            }
            let resources = resources(module);
            if !resources.is_empty() {
                let resources = resources.join(", ");
                write!(text, ",\n            resources: [{resources}]")?;
            }
            text += "),\n";
        }
        Ok(text)
    }

    /// The modules of the package that one imports, in quotes.
    fn needs(&self, module: &Module) -> Vec<String> {
        let others = || self.core.iter().chain(self.apps).map(|other| &other.name);
        let is_own = |name: &&String| *name == C_MODULE || others().any(|other| other == *name);
        let own = module.imports.iter().filter(is_own);
        own.filter(|name| **name != module.name)
            .map(|name| format!("\"{name}\""))
            .collect()
    }
}

fn resources(module: &Module) -> Vec<&'static str> {
    let mut resources = Vec::new();
    if module.name == WITH_PRIVACY {
        resources.push(".copy(\"PrivacyInfo.xcprivacy\")");
    }
    if module.has_resources() {
        resources.push(".process(\"Resources\")");
    }
    resources
}

#[cfg(test)]
mod tests {
    use anyhow::Context;
    use camino::Utf8Path;

    use super::*;
    use crate::{files, test::ios::modules};

    #[test]
    fn a_module_depends_on_what_it_imports_and_the_zip_is_where_it_is_said_to_be() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let folder = Utf8Path::from_path(folder.path()).context("a UTF-8 path")?;
        files::write(&folder.join("MpacPgw/A.swift"), b"import MpacPgwCoreFFI\n")?;
        let code = "import UIKit\nimport App\n@preconcurrency public import MpacPgw\n";
        files::write(&folder.join("App/Views/App.swift"), code.as_bytes())?;
        files::write(&folder.join("App/Resources/en.lproj/a.strings"), b"")?;
        let module = |name| {
            let module = modules::read("ios", &folder.join(name))?;
            module.context("no module")
        };
        let (core, apps) = ([module("MpacPgw")?], [module("App")?]);
        let mut manifest = Manifest {
            core: &core,
            apps: &apps,
            products: vec!["App"],
            zip: "a.zip",
            url: None,
            checksum: "abc",
        };
        let text = manifest.text()?;
        for part in [
            "            name: \"MpacPgw\",\n            dependencies: [\"MpacPgwCoreFFI\"],\n            \
             resources: [.copy(\"PrivacyInfo.xcprivacy\")]),\n",
            "            name: \"App\",\n            dependencies: [\"MpacPgw\"],\n            \
             resources: [.process(\"Resources\")]),\n",
            "[\n        .library(name: \"App\", targets: [\"App\"]),\n    ]",
            "path: \"a.zip\")",
            "checksum is abc",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        manifest.url = Some("https://example.com/a.zip");
        let text = manifest.text()?;
        let part = "url: \"https://example.com/a.zip\",\n        checksum: \"abc\")";
        assert!(
            text.contains(part) && !text.contains("path: \"a.zip\""),
            "{text}"
        );
        Ok(())
    }
}
