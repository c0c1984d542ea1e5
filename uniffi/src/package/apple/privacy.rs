//! The privacy manifest: it names each API for which Apple requires a reason, and no other.

use std::{collections::BTreeSet, fs};

use anyhow::{Context, Result, bail, ensure};
use camino::{Utf8Path, Utf8PathBuf};
use plist::Value;

use super::libraries::Library;
use crate::files;

/// The manifest, from the root of the workspace.
pub(crate) const MANIFEST: &str = "ios/native/PrivacyInfo.xcprivacy";

/// Apple's categories, without their common beginning, with the C functions of each.
const FUNCTIONS: [(&str, &[&str]); 3] = [
    (
        "FileTimestamp",
        &[
            "stat",
            "fstat",
            "fstatat",
            "lstat",
            "getattrlist",
            "getattrlistbulk",
            "fgetattrlist",
            "getattrlistat",
        ],
    ),
    ("SystemBootTime", &["mach_absolute_time"]),
    (
        "DiskSpace",
        &[
            "statfs",
            "statvfs",
            "fstatfs",
            "fstatvfs",
            "getattrlist",
            "fgetattrlist",
            "getattrlistat",
        ],
    ),
];

/// What Swift calls these APIs, or those that C does not have.
const WORDS: [&str; 10] = [
    "UserDefaults",
    "AppStorage",
    "activeInputModes",
    "systemUptime",
    "creationDate",
    "odificationDate",
    "volumeAvailableCapacity",
    "volumeTotalCapacity",
    "systemFreeSize",
    "systemSize",
];

const PREFIX: &str = "NSPrivacyAccessedAPICategory";

/// Checks the manifest against what the libraries import; answers its text.
pub(crate) fn check(root: &Utf8Path, libraries: &[Library]) -> Result<Vec<u8>> {
    let path = root.join(MANIFEST);
    let manifest = fs::read(&path).with_context(|| format!("could not read {path}"))?;
    let imported = libraries
        .iter()
        .flat_map(|library| &library.symbols.undefined);
    let used = categories(imported.map(String::as_str));
    let named = named(&manifest).with_context(|| format!("in {path}"))?;
    ensure!(
        named == used,
        "{path} names {named:?}, but the library uses {used:?}"
    );
    Ok(manifest)
}

/// Swift code below these folders uses none of these APIs: a manifest says that only the library does.
pub(crate) fn check_swift(folders: &[&Utf8PathBuf]) -> Result<()> {
    for folder in folders {
        for path in files::list(folder)? {
            let path = folder.join(path);
            if path.extension() != Some("swift") {
                continue;
            }
            let text =
                fs::read_to_string(&path).with_context(|| format!("could not read {path}"))?;
            if let Some(line) = wants_reason(&text) {
                bail!("{path} needs a reason in {MANIFEST}, which it cannot have: {line}");
            }
        }
    }
    Ok(())
}

fn categories<'a>(symbols: impl Iterator<Item = &'a str>) -> BTreeSet<String> {
    let names: BTreeSet<&str> = symbols
        .map(|name| name.trim_start_matches('_'))
        // As macOS on x86-64 has it.
        .map(|name| name.split('$').next().unwrap_or(name))
        .collect();
    FUNCTIONS
        .iter()
        .filter(|(_, functions)| functions.iter().any(|name| names.contains(name)))
        .map(|(category, _)| (*category).to_owned())
        .collect()
}

/// The categories for which the manifest gives a reason.
fn named(manifest: &[u8]) -> Result<BTreeSet<String>> {
    let manifest = Value::from_reader(std::io::Cursor::new(manifest))?;
    let manifest = manifest.as_dictionary().context("not a dictionary")?;
    let apis = manifest.get("NSPrivacyAccessedAPITypes");
    let apis = apis.and_then(Value::as_array).context("no list of APIs")?;
    let mut found = BTreeSet::new();
    for api in apis {
        let api = api.as_dictionary().context("an API is no dictionary")?;
        let category = api.get("NSPrivacyAccessedAPIType");
        let category = category
            .and_then(Value::as_string)
            .and_then(|name| name.strip_prefix(PREFIX))
            .context("an API has no category")?;
        let reasons = api.get("NSPrivacyAccessedAPITypeReasons");
        let reasons = reasons.and_then(Value::as_array);
        ensure!(
            reasons.is_some_and(|reasons| !reasons.is_empty()),
            "{category} has no reason"
        );
        found.insert(category.to_owned());
    }
    Ok(found)
}

/// The first line of code that uses one of these APIs.
fn wants_reason(text: &str) -> Option<&str> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.starts_with("//"))
        .find(|line| WORDS.iter().any(|word| line.contains(word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_category_is_used_by_any_of_its_functions() {
        let used = |names: &[&str]| {
            let used = categories(names.iter().copied());
            used.into_iter().collect::<Vec<_>>().join(" ")
        };
        assert_eq!(used(&["_fstat$INODE64", "_open"]), "FileTimestamp");
        assert_eq!(used(&["_mach_absolute_time"]), "SystemBootTime");
        assert_eq!(used(&["_fstatvfs", "_lstat"]), "DiskSpace FileTimestamp");
        assert_eq!(used(&["_open", "_status"]), "");
    }

    #[test]
    fn the_manifest_gives_a_reason_for_what_it_names() -> Result<()> {
        let root = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let manifest = fs::read_to_string(root.join(MANIFEST))?;
        let categories: Vec<_> = named(manifest.as_bytes())?.into_iter().collect();
        assert_eq!(categories, ["FileTimestamp"]);
        let without = manifest.replace("<string>C617.1</string>", "");
        assert!(named(without.as_bytes()).is_err());
        Ok(())
    }

    #[test]
    fn swift_that_needs_a_reason_is_found_in_code_only() {
        let code = "// UserDefaults is not used.\nlet seen = UserDefaults.standard\n";
        assert_eq!(wants_reason(code), Some("let seen = UserDefaults.standard"));
        assert_eq!(wants_reason("// creationDate\nlet date = Date()"), None);
        assert!(wants_reason("attributes[.modificationDate]").is_some());
    }
}
