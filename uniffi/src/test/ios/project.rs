//! The samples' Xcode projects, which only a Mac opens: they can be read, and what they name is there.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use anyhow::{Context, Result, ensure};
use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;

use super::modules::samples;
use crate::{
    count::Counts, files, report::Outcome, step::Step, test::toolchain::Toolchain,
    workspace::Workspace,
};

/// Where `cargo xtask package ios` puts the package, and what it is made of.
const PACKAGE: &str = "dist/ios";
const MANIFESTS: [&str; 2] = ["bindings/swift/Package.swift", "ios/Package.swift"];

/// Build settings whose values are paths, from the project's folder.
const PATHS: [&str; 2] = ["INFOPLIST_FILE", "CODE_SIGN_ENTITLEMENTS"];

/// The oldest iOS, and the language, that the package is for.
const SETTINGS: [(&str, &str); 2] = [
    ("IPHONEOS_DEPLOYMENT_TARGET", "16.0"),
    ("SWIFT_VERSION", "6.0"),
];

/// Reads every project and property list of the samples, and holds the projects against the disk.
pub(super) fn check(
    step: &mut Step,
    workspace: &Workspace,
    toolchain: &Toolchain,
) -> Result<Outcome> {
    let lists = find(workspace)?;
    let read = read(step, workspace, toolchain, &lists)?;
    let mut counts = Counts::default();
    for (path, list) in lists.iter().zip(&read) {
        let mut problems = BTreeSet::new();
        if let Some(folder) = folder_of(path) {
            let project = Project {
                workspace,
                folder,
                objects: list["objects"].as_object().context("no objects")?,
            };
            problems = project.problems(list)?;
        }
        for problem in &problems {
            step.note(&format!("{path}: {problem}"))?;
        }
        counts += Counts::one(problems.is_empty());
    }
    Ok(Outcome::Tested(counts))
}

/// The projects and property lists of the samples for iOS; each has a project.
fn find(workspace: &Workspace) -> Result<Vec<Utf8PathBuf>> {
    let mut found = Vec::new();
    for sample in samples(workspace)? {
        let lists = files::list(&sample)?;
        let lists: Vec<_> = lists.iter().filter(|path| is_list(path)).collect();
        ensure!(
            lists.iter().any(|path| folder_of(path).is_some()),
            "{sample} has no Xcode project"
        );
        found.extend(lists.into_iter().map(|path| sample.join(path)));
    }
    Ok(found)
}

fn is_list(path: &Utf8Path) -> bool {
    matches!(
        path.extension(),
        Some("pbxproj" | "plist" | "entitlements" | "strings" | "xcprivacy")
    )
}

/// The folder in which a project is, of the file that is its content.
fn folder_of(path: &Utf8Path) -> Option<&Utf8Path> {
    let project = path.parent()?;
    let is_project = path.extension() == Some("pbxproj");
    is_project.then(|| project.parent()).flatten()
}

/// The contents of property lists, all strings, arrays and dictionaries.
fn read(
    step: &mut Step,
    workspace: &Workspace,
    toolchain: &Toolchain,
    paths: &[Utf8PathBuf],
) -> Result<Vec<Value>> {
    let mut arguments = vec!["ios/check/PropertyLists.swift"];
    arguments.extend(paths.iter().map(|path| path.as_str()));
    let shared = [workspace.root.clone()];
    let output = step.check(&mut toolchain.swift(&workspace.root, &arguments, &shared, &[])?)?;
    let json = output.lines().last().unwrap_or_default();
    let lists: Vec<Value> = serde_json::from_str(json)?;
    ensure!(lists.len() == paths.len(), "some lists were not read");
    Ok(lists)
}

/// A project's objects by their ids.
struct Project<'a> {
    workspace: &'a Workspace,
    folder: &'a Utf8Path,
    objects: &'a serde_json::Map<String, Value>,
}

impl Project<'_> {
    fn problems(&self, project: &Value) -> Result<BTreeSet<String>> {
        let mut problems = BTreeSet::new();
        let mut reached = BTreeSet::new();
        self.follow(&project["rootObject"], &mut reached, &mut problems);
        for id in self.objects.keys().filter(|id| !reached.contains(*id)) {
            problems.insert(format!("nothing names the object {id}"));
        }
        let products = self.products()?;
        let mut settings: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for object in self.objects.values() {
            for path in self.paths(object) {
                if !path.exists() && path != self.package() {
                    problems.insert(format!("there is no {path}"));
                }
            }
            let product = object["productName"].as_str();
            let is_of_package = object["isa"] == "XCSwiftPackageProductDependency";
            if let Some(product) = product.filter(|_| is_of_package)
                && !products.contains(product)
            {
                problems.insert(format!("no package has the product {product}"));
            }
            for (name, value) in object["buildSettings"].as_object().into_iter().flatten() {
                settings.entry(name).or_default().extend(value.as_str());
            }
        }
        for (name, value) in SETTINGS {
            let values = settings.remove(name).unwrap_or_default();
            if values != BTreeSet::from([value]) {
                problems.insert(format!("{name} is {values:?}, and has to be {value}"));
            }
        }
        Ok(problems)
    }

    /// Whatever is named has to be there; texts that look like ids are ids.
    fn follow(
        &self,
        value: &Value,
        reached: &mut BTreeSet<String>,
        problems: &mut BTreeSet<String>,
    ) {
        match value {
            Value::String(text) if is_id(text) => match self.objects.get(text) {
                None => {
                    problems.insert(format!("there is no object {text}"));
                }
                Some(object) => {
                    if reached.insert(text.clone()) {
                        self.follow(object, reached, problems);
                    }
                }
            },
            Value::Array(values) => {
                for value in values {
                    self.follow(value, reached, problems);
                }
            }
            Value::Object(members) => {
                for (name, value) in members {
                    // Some dictionaries have ids as their names.
                    if is_id(name) && !self.objects.contains_key(name) {
                        problems.insert(format!("there is no object {name}"));
                    }
                    self.follow(value, reached, problems);
                }
            }
            _ => {}
        }
    }

    /// The files and folders that an object names.
    fn paths(&self, object: &Value) -> Vec<Utf8PathBuf> {
        let text = |name: &str| object[name].as_str();
        let mut found = Vec::new();
        match text("isa") {
            Some("PBXFileSystemSynchronizedRootGroup") => {
                let path = text("path").unwrap_or_default();
                found.push(self.folder.join(path));
                for exceptions in object["exceptions"].as_array().into_iter().flatten() {
                    let exceptions = self.objects.get(exceptions.as_str().unwrap_or_default());
                    let names = exceptions.and_then(|set| set["membershipExceptions"].as_array());
                    let names = names.into_iter().flatten().filter_map(Value::as_str);
                    found.extend(names.map(|name| self.folder.join(path).join(name)));
                }
            }
            Some("PBXFileReference" | "PBXGroup") => {
                let is_source = matches!(text("sourceTree"), Some("<group>" | "SOURCE_ROOT"));
                let path = text("path").filter(|_| is_source);
                found.extend(path.map(|path| self.folder.join(path)));
            }
            Some("XCLocalSwiftPackageReference") => {
                found.extend(text("relativePath").map(|path| normal(&self.folder.join(path))));
            }
            _ => {}
        }
        for (name, value) in object["buildSettings"].as_object().into_iter().flatten() {
            if PATHS.contains(&name.as_str()) {
                found.extend(value.as_str().map(|path| self.folder.join(path)));
            }
        }
        found
    }

    fn package(&self) -> Utf8PathBuf {
        self.workspace.root.join(PACKAGE)
    }

    /// What an app can take from the package.
    fn products(&self) -> Result<BTreeSet<String>> {
        let mut found = BTreeSet::new();
        for manifest in MANIFESTS {
            let path = self.workspace.root.join(manifest);
            let text =
                fs::read_to_string(&path).with_context(|| format!("could not read {path}"))?;
            let products = text.split(".library(name: \"").skip(1);
            found.extend(products.filter_map(|rest| rest.split('"').next().map(str::to_owned)));
        }
        Ok(found)
    }
}

/// How Xcode names an object.
fn is_id(text: &str) -> bool {
    text.len() == 24
        && text
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'A'..=b'F'))
}

/// Without `..`, also where nothing is there.
fn normal(path: &Utf8Path) -> Utf8PathBuf {
    let mut normal = Utf8PathBuf::new();
    for part in path.components() {
        if part.as_str() == ".." {
            normal.pop();
        } else {
            normal.push(part);
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ROOT: &str = "A00000000000000000000001";
    const SOURCES: &str = "A00000000000000000000002";
    const PRODUCT: &str = "A00000000000000000000003";
    const SETUP: &str = "A00000000000000000000004";
    const PACKAGES: &str = "A00000000000000000000005";

    fn project() -> Value {
        json!({"rootObject": ROOT, "objects": {
            ROOT: {"isa": "PBXProject", "attributes": {"TargetAttributes": {ROOT: {}}},
                "parts": [SOURCES, PRODUCT, SETUP, PACKAGES]},
            SOURCES: {"isa": "PBXFileSystemSynchronizedRootGroup", "path": "Till"},
            PRODUCT: {"isa": "XCSwiftPackageProductDependency", "productName": "MpacPgwApp"},
            SETUP: {"isa": "XCBuildConfiguration", "buildSettings": {
                "IPHONEOS_DEPLOYMENT_TARGET": "16.0", "SWIFT_VERSION": "6.0",
                "INFOPLIST_FILE": "Till/Info.plist"}},
            PACKAGES: {"isa": "XCLocalSwiftPackageReference", "relativePath": "../../dist/ios"},
        }})
    }

    fn problems(project: &Value) -> Result<Vec<String>> {
        let root = tempfile::tempdir()?;
        let root = Utf8Path::from_path(root.path()).context("a UTF-8 path")?;
        files::write(&root.join(MANIFESTS[0]), b"")?;
        let products = b".library(name: \"MpacPgwApp\", targets: [])";
        files::write(&root.join(MANIFESTS[1]), products)?;
        let folder = root.join("examples/ios-till");
        files::write(&folder.join("Till/Info.plist"), b"")?;
        let workspace = Workspace {
            root: root.to_owned(),
            target: root.join("target"),
        };
        let project = (project, project["objects"].as_object().context("objects")?);
        let found = Project {
            workspace: &workspace,
            folder: &folder,
            objects: project.1,
        }
        .problems(project.0)?;
        let found = found
            .iter()
            .map(|problem| problem.replace(root.as_str(), ""));
        Ok(found.collect())
    }

    #[test]
    fn a_project_names_only_what_is_there() -> Result<()> {
        assert_eq!(problems(&project())?, [""; 0]);
        let changes: [(&str, &str, Value, &str); 6] = [
            (
                ROOT,
                "parts",
                json!([SOURCES, PRODUCT, SETUP]),
                "nothing names",
            ),
            (
                ROOT,
                "more",
                json!(["A0000000000000000000000F"]),
                "there is no object",
            ),
            (
                SOURCES,
                "path",
                json!("Cashier"),
                "there is no /examples/ios-till/Cashier",
            ),
            (PRODUCT, "productName", json!("MpacPgwAp"), "no package has"),
            (
                SETUP,
                "buildSettings",
                json!({"SWIFT_VERSION": "6.0"}),
                "IPHONEOS",
            ),
            (
                PACKAGES,
                "relativePath",
                json!("../dist/ios"),
                "there is no /examples/dist/ios",
            ),
        ];
        for (id, name, value, problem) in changes {
            let mut changed = project();
            changed["objects"][id][name] = value;
            let found = problems(&changed)?;
            assert!(found.len() == 1 && found[0].contains(problem), "{found:?}");
        }
        Ok(())
    }
}
