//! Swift's standard library for Apple's systems, where there is no Xcode.
//!
//! The toolchain brings it as text for the machine it runs on. That text is open source, holds the
//! availability on Apple's systems, and becomes the same library for them when it is compiled for them.

use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
};

use anyhow::{Context, Result, ensure};
use camino::{Utf8Path, Utf8PathBuf};

use crate::{files, step::Step, test::toolchain::Toolchain, tools};

/// What every Swift file imports unasked, and what the project does; each after what it needs itself.
const MODULES: [&str; 6] = [
    "Swift",
    "SwiftOnoneSupport",
    "_Concurrency",
    "_RegexParser",
    "_StringProcessing",
    "Observation",
];

/// No Objective-C runtime: its half of the library is in no text. What is unavailable stays in, as its
/// callers are in, too.
const FLAGS: [&str; 2] = [
    "-disable-objc-interop",
    "-unavailable-decl-optimization=none",
];

/// The folder with the modules for a target triple. The inner error says why this machine cannot have it.
pub(super) fn prepare(
    step: &mut Step,
    toolchain: &Toolchain,
    target: &str,
) -> Result<Result<Utf8PathBuf, String>> {
    let texts = toolchain.libraries()?.join("linux");
    if !texts.is_dir() {
        let reason = "the Swift toolchain has no standard library for Linux";
        return Ok(Err(reason.to_owned()));
    }
    let mut interfaces = Vec::new();
    for module in MODULES {
        interfaces.push((module, retarget(&interface(&texts, module)?, target)?));
    }
    let mut hasher = DefaultHasher::new();
    (&interfaces, FLAGS).hash(&mut hasher);
    let name = format!("swift-apple/{}-{:016x}", target, hasher.finish());
    tools::keep(&name, |folder| {
        for (module, text) in &interfaces {
            step.note(&format!("{module} for {}", target))?;
            compile(step, toolchain, target, folder, module, text)?;
        }
        Ok(Ok(()))
    })
}

fn compile(
    step: &mut Step,
    toolchain: &Toolchain,
    target: &str,
    folder: &Utf8Path,
    module: &str,
    text: &str,
) -> Result<()> {
    // A module remembers where its text is, so that path must not change with the folder's name. Beside
    // the module, the text would be compiled instead.
    let interface = format!("text/{module}.swiftinterface");
    let output = format!("{module}.swiftmodule");
    files::write(&folder.join(&interface), text.as_bytes())?;
    let mut arguments = vec!["-compile-module-from-interface", &interface];
    if module == "Swift" {
        arguments.push("-parse-stdlib");
    }
    arguments.extend(["-module-name", module, "-o", &output]);
    arguments.extend(["-target", target, "-I", "."]);
    // It may use what is newer than the system: it decides itself, at run time.
    arguments.extend(["-disable-availability-checking", "-suppress-warnings"]);
    arguments.extend(FLAGS);
    let shared = [folder.to_owned()];
    step.check(&mut toolchain.program("swift-frontend", folder, &arguments, &shared)?)?;
    Ok(())
}

/// The text of a module's interface, for the machine that the toolchain runs on.
fn interface(texts: &Utf8Path, module: &str) -> Result<String> {
    let folder = texts.join(format!("{module}.swiftmodule"));
    let path = files::list(&folder)?
        .into_iter()
        .find(|path| {
            let stem = path.as_str().strip_suffix(".swiftinterface");
            // Beside it may be one for the library's own modules.
            stem.is_some_and(|stem| !stem.contains('.'))
        })
        .with_context(|| format!("{folder} has no text"))?;
    let path = folder.join(path);
    fs::read_to_string(&path).with_context(|| format!("could not read {path}"))
}

/// The same interface, for another target.
fn retarget(text: &str, target: &str) -> Result<String> {
    let mut lines = Vec::new();
    let mut found = false;
    for line in text.lines() {
        // An 80-bit float's square root and remainder are C's, and on ARM there is none such.
        if line.contains("_stdlib_squareRootl(") || line.contains("_stdlib_remainderl(") {
            continue;
        }
        let flags = "// swift-module-flags:";
        lines.push(match line.strip_prefix(flags) {
            Some(options) => {
                found = true;
                format!(
                    "{flags}{} {}",
                    with_target(options, target),
                    FLAGS.join(" ")
                )
            }
            None => without_back_deployment(line),
        });
    }
    ensure!(found, "an interface without flags is none");
    Ok(lines.join("\n") + "\n")
}

fn with_target(options: &str, target: &str) -> String {
    let mut is_target = false;
    let options = options.split(' ').map(|option| {
        let replaced = if is_target { target } else { option };
        is_target = option == "-target";
        replaced
    });
    options.collect::<Vec<_>>().join(" ")
}

/// Its thunks would need bodies, which the text of some has not.
fn without_back_deployment(line: &str) -> String {
    let Some((before, rest)) = line.split_once("@backDeployed(") else {
        return line.to_owned();
    };
    let after = rest.split_once(')').map_or("", |(_, after)| after);
    format!("{before}{after}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interface_keeps_its_availability_and_changes_its_target() -> Result<()> {
        let text = "\
// swift-module-flags: -target x86_64-pc-linux-gnu -O -module-name Swift
@available(macOS 14.0, iOS 17.0, *)
@backDeployed(before: macOS 14.0, iOS 17.0) public func f()
    self = _stdlib_squareRootl(self)
";
        let expected = "\
// swift-module-flags: -target arm64-apple-ios16.0 -O -module-name Swift -disable-objc-interop \
-unavailable-decl-optimization=none
@available(macOS 14.0, iOS 17.0, *)
 public func f()
";
        assert_eq!(retarget(text, "arm64-apple-ios16.0")?, expected);
        assert!(retarget("public func f()", "arm64-apple-ios16.0").is_err());
        Ok(())
    }
}
