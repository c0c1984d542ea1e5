//! Holds what apps see against what the SDK exports.
//!
//! The SDK's exports are written to `uniffi/surface.txt`, and what an app can call in Kotlin and Swift
//! to a file of each language. All three are committed, so that a change of them shows in review, and
//! what is exported has to be found in both languages and, where it is an event, in the README.

use std::fs;

use anyhow::{Context, Result, bail};
use camino::Utf8Path;
use heck::{ToLowerCamelCase, ToShoutySnakeCase, ToSnakeCase, ToUpperCamelCase};
use serde_json::Value;
use uniffi_bindgen::{BindgenLoader, BindgenPaths, ComponentInterface, GlobalConfig};

use crate::{bindings::Flavor, workspace::Workspace};

/// The SDK's exports, one a line.
const SURFACE: &str = "uniffi/surface.txt";

/// What Kotlin calls the end of a terminal, as of all that is closed.
const CLOSE_IN_KOTLIN: (&str, &str) = ("shutDown", "close");

/// One name that is exported, within another.
struct Export {
    kind: Kind,
    parent: String,
    name: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Field { has_default: bool },
    Case { is_flat: bool },
    Call,
}

/// Checks one language's committed surface against the library, and the committed exports too.
pub(crate) fn check(workspace: &Workspace, library: &Utf8Path, flavor: Flavor) -> Result<()> {
    let exports = exports(library)?;
    let text: String = exports.iter().map(|export| export.line() + "\n").collect();
    compare(workspace, SURFACE, &text)?;
    let path = match flavor {
        Flavor::Swift => "bindings/swift/api/MpacPgw.txt",
        Flavor::Kotlin | Flavor::KotlinAndroid => "bindings/kotlin/api/mpac-pgw-sdk.api",
    };
    let surface = read(workspace, path)?;
    let readme = read(workspace, "README.md")?;
    let mut missing: Vec<String> = exports
        .iter()
        .filter(|export| !export.is_in(&surface, flavor))
        .map(|export| format!("{} is not in {path}", export.line()))
        .collect();
    let events = exports.iter().filter(|export| export.is_event());
    let names = events.map(|event| event.name.to_snake_case());
    missing.extend(
        names
            .filter(|name| !readme.contains(&format!("`{name}`")))
            .map(|name| format!("the event {name} is not in README.md")),
    );
    if !missing.is_empty() {
        bail!("{}", missing.join("\n"));
    }
    Ok(())
}

/// What Swift's compiler says that an app can call: its symbol graph, a line a symbol.
pub(crate) fn swift(graph: &str) -> Result<String> {
    let graph: Value = serde_json::from_str(graph)?;
    let symbols = graph["symbols"].as_array().context("no symbols")?;
    let mut lines: Vec<String> = symbols
        .iter()
        .filter(|symbol| matches!(symbol["accessLevel"].as_str(), Some("public" | "open")))
        .map(|symbol| {
            let path = symbol["pathComponents"].as_array();
            let parents = path.map_or(String::new(), |path| {
                let names: Vec<&str> = path.iter().filter_map(Value::as_str).collect();
                names[..names.len().saturating_sub(1)].join(".")
            });
            let fragments = symbol["declarationFragments"].as_array();
            let words = fragments.into_iter().flatten();
            let declaration: String = words.filter_map(|word| word["spelling"].as_str()).collect();
            format!("{parents}: {}", declaration.replace('\n', " "))
        })
        .collect();
    lines.sort();
    lines.dedup();
    Ok(lines.join("\n") + "\n")
}

/// Fails where a committed file is not what was found, which it leaves in cargo's target directory.
pub(crate) fn compare(workspace: &Workspace, committed: &str, found: &str) -> Result<()> {
    let path = workspace.root.join(committed);
    if fs::read_to_string(&path).is_ok_and(|committed| committed == found) {
        return Ok(());
    }
    let name = path.file_name().unwrap_or_default();
    let written = workspace.target.join("xtask").join(name);
    fs::create_dir_all(workspace.target.join("xtask"))?;
    fs::write(&written, found)?;
    bail!("the surface has changed; where that is meant: cp {written} {path}");
}

fn read(workspace: &Workspace, path: &str) -> Result<String> {
    let path = workspace.root.join(path);
    fs::read_to_string(&path).with_context(|| format!("could not read {path}"))
}

fn exports(library: &Utf8Path) -> Result<Vec<Export>> {
    let loader = BindgenLoader::new(BindgenPaths::default(), GlobalConfig::default());
    let metadata = loader.load_metadata(library)?;
    let components = loader.load_cis(metadata)?;
    let mut exports: Vec<Export> = components.iter().flat_map(exports_of).collect();
    exports.sort_by_key(Export::line);
    Ok(exports)
}

fn exports_of(component: &ComponentInterface) -> Vec<Export> {
    let mut exports = Vec::new();
    let mut add = |kind, parent: &str, name: &str| {
        exports.push(Export {
            kind,
            parent: parent.to_owned(),
            name: name.to_owned(),
        });
    };
    for record in component.record_definitions() {
        for field in record.fields() {
            let has_default = field.default_value().is_some();
            add(Kind::Field { has_default }, record.name(), field.name());
        }
    }
    // What a call throws inside, the layers turn into the error that it holds.
    let of_an_app = |name: &str| name != "CoreError";
    for enumeration in component
        .enum_definitions()
        .iter()
        .filter(|e| of_an_app(e.name()))
    {
        let is_flat = enumeration.is_flat();
        for variant in enumeration.variants() {
            add(Kind::Case { is_flat }, enumeration.name(), variant.name());
            for field in variant.fields() {
                let parent = format!("{}.{}", enumeration.name(), variant.name());
                add(Kind::Field { has_default: false }, &parent, field.name());
            }
        }
    }
    // The layers' own cancel begins with it.
    let is_half = |name: &str| name == "begin_cancel";
    for object in component.object_definitions() {
        for method in object.methods().into_iter().filter(|m| !is_half(m.name())) {
            add(Kind::Call, object.name(), method.name());
        }
    }
    exports
}

impl Export {
    fn line(&self) -> String {
        let default = match self.kind {
            Kind::Field { has_default: true } => " = default",
            _ => "",
        };
        format!("{}.{}{default}", self.parent, self.name)
    }

    fn is_event(&self) -> bool {
        self.parent == "PaymentEventKind"
    }

    fn is_in(&self, surface: &str, flavor: Flavor) -> bool {
        let name = self.name.to_lower_camel_case();
        match flavor {
            Flavor::Swift => self.is_in_swift(surface, &name),
            Flavor::Kotlin | Flavor::KotlinAndroid => self.is_in_kotlin(surface, &name),
        }
    }

    fn is_in_swift(&self, surface: &str, name: &str) -> bool {
        let (kind, parent) = match self.kind {
            Kind::Case { .. } => ("case", self.parent.clone()),
            // The fields of a case are in its declaration.
            Kind::Field { .. } => match self.parent.split_once('.') {
                Some((parent, _)) => ("case", parent.to_owned()),
                None => ("", self.parent.clone()),
            },
            Kind::Call => ("", self.parent.clone()),
        };
        let of_parent = format!("{parent}: ");
        let has = |rest: &str| words(rest).any(|word| word.eq_ignore_ascii_case(name));
        let mut lines = surface
            .lines()
            .filter_map(|line| line.strip_prefix(&of_parent));
        lines.any(|line| line.contains(kind) && has(line))
    }

    fn is_in_kotlin(&self, surface: &str, name: &str) -> bool {
        // What is thrown as it is, UniFFI calls an exception.
        let parent = self
            .parent
            .replace('.', "$")
            .replace("VaultError", "VaultException");
        let name = match name == CLOSE_IN_KOTLIN.0 {
            true => CLOSE_IN_KOTLIN.1,
            false => name,
        };
        let upper = name.to_shouty_snake_case();
        let getter = format!("get{}", name.to_upper_camel_case());
        let class = |class: &str| format!("class com/mpac/pgw/{class} ");
        match self.kind {
            Kind::Case { is_flat: false } => {
                surface.contains(&class(&format!("{parent}${}", self.name)))
            }
            Kind::Case { is_flat: true } => {
                surface.contains(&format!("field {upper} Lcom/mpac/pgw/{parent};"))
                    || surface.contains(&class(&format!("{parent}${}", self.name)))
            }
            Kind::Field { .. } | Kind::Call => {
                let Some((_, body)) = surface.split_once(&class(&parent)) else {
                    return false;
                };
                let body = body.split("\n}").next().unwrap_or_default();
                let is_called = |name: &str| {
                    words(body).any(|word| word == name || word.starts_with(&format!("{name}-")))
                };
                is_called(name) || is_called(&getter)
            }
        }
    }
}

/// The names in a line of code.
fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn export(kind: Kind, parent: &str, name: &str) -> Export {
        Export {
            kind,
            parent: parent.to_owned(),
            name: name.to_owned(),
        }
    }

    #[test]
    fn what_is_missing_is_noticed() {
        let kotlin = "public final class com/mpac/pgw/Shape : java/lang/Enum {\n\
                      \tpublic static final field TALL_ONE Lcom/mpac/pgw/Shape;\n}\n\
                      public final class com/mpac/pgw/Mark$Round : com/mpac/pgw/Mark {\n\
                      \tpublic final fun getSize ()I\n}\n\
                      public abstract interface class com/mpac/pgw/PaymentTerminal {\n\
                      \tpublic abstract fun close ()V\n}\n";
        let swift = "Shape: case tallOne\nMark: case round(size: Int32)\nPaymentTerminal: func shutDown() async\n";
        let flat = Kind::Case { is_flat: true };
        let field = Kind::Field { has_default: false };
        let table = [
            (export(flat, "Shape", "TallOne"), true),
            (export(flat, "Shape", "Round"), false),
            (export(Kind::Case { is_flat: false }, "Mark", "Round"), true),
            (
                export(Kind::Case { is_flat: false }, "Mark", "Square"),
                false,
            ),
            (export(field, "Mark.Round", "size"), true),
            (export(field, "Mark.Round", "colour"), false),
            (export(Kind::Call, "PaymentTerminal", "shut_down"), true),
            (export(Kind::Call, "PaymentTerminal", "sing"), false),
        ];
        for (export, is_there) in table {
            for (flavor, surface) in [(Flavor::Kotlin, kotlin), (Flavor::Swift, swift)] {
                assert_eq!(
                    export.is_in(surface, flavor),
                    is_there,
                    "{} {}",
                    export.line(),
                    flavor.name()
                );
            }
        }
    }

    #[test]
    fn a_symbol_graph_becomes_a_line_a_symbol() -> Result<()> {
        let graph = r#"{"symbols": [
            {"accessLevel": "public", "pathComponents": ["Secret", "value"],
             "declarationFragments": [{"spelling": "let"}, {"spelling": " "}, {"spelling": "value"}]},
            {"accessLevel": "internal", "pathComponents": ["x"], "declarationFragments": []}]}"#;
        assert_eq!(swift(graph)?, "Secret: let value\n");
        Ok(())
    }
}
