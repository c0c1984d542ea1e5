//! Which names of Apple's libSystem the SDK may use, and a stub with these names to link against.

use std::{collections::BTreeSet, fs};

use anyhow::{Context, Result, ensure};
use camino::Utf8Path;

use super::slice::{SLICES, Slice};

/// The list, from the root of the workspace.
pub(crate) const LIST: &str = "ios/native/libsystem.txt";

/// The names that one slice may use.
#[derive(Debug)]
pub(crate) struct LibSystem(BTreeSet<String>);

impl LibSystem {
    /// Reads the list for one slice.
    pub(crate) fn read(root: &Utf8Path, slice: &Slice) -> Result<Self> {
        let path = root.join(LIST);
        let list = fs::read_to_string(&path).with_context(|| format!("could not read {path}"))?;
        Self::parse(&list, slice).with_context(|| format!("in {path}"))
    }

    /// A line is a name, and the targets that alone use it, if not all do.
    pub(super) fn parse(list: &str, slice: &Slice) -> Result<Self> {
        let mut names = BTreeSet::new();
        let lines = list.lines().filter(|line| !line.starts_with('#'));
        for line in lines.filter(|line| !line.is_empty()) {
            let mut words = line.split(' ');
            let name = words.next().unwrap_or_default();
            let targets: Vec<&str> = words.collect();
            for word in &targets {
                let known = SLICES.iter().any(|slice| slice.target == *word);
                ensure!(known, "no such target: {line}");
            }
            if targets.is_empty() || targets.contains(&slice.target) {
                ensure!(names.insert(name.to_owned()), "twice: {line}");
            }
        }
        Ok(Self(names))
    }

    /// True if the system has this name.
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.0.contains(name)
    }

    /// Every name.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// A text stub that exports exactly these names, as Apple's SDKs have one for each library.
    pub(crate) fn stub(&self, slice: &Slice) -> String {
        let (system, variant) = slice.system.clang;
        let target = format!("{}-{system}{variant}", slice.arch);
        let names: Vec<String> = self.names().map(|name| format!("'{name}'")).collect();
        format!(
            "--- !tapi-tbd\ntbd-version: 4\ntargets: [ {target} ]\n\
             install-name: '/usr/lib/libSystem.B.dylib'\ncurrent-version: 1319\nexports:\n  \
             - targets: [ {target} ]\n    symbols: [ {} ]\n...\n",
            names.join(", ")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEVICE: &Slice = &SLICES[0];
    const MAC: &Slice = &SLICES[4];

    #[test]
    fn a_name_belongs_to_the_targets_that_have_it() -> Result<()> {
        let list = "# names\n_abort\n_stat$INODE64 x86_64-apple-darwin\n";
        let mac = LibSystem::parse(list, MAC)?;
        assert!(mac.contains("_stat$INODE64") && mac.contains("_abort"));
        let device = LibSystem::parse(list, DEVICE)?;
        assert!(!device.contains("_stat$INODE64"));
        assert!(device.stub(DEVICE).contains("symbols: [ '_abort' ]"));
        Ok(())
    }

    #[test]
    fn a_line_that_names_no_target_or_says_it_twice_is_refused() {
        for line in ["_abort ios", "_abort"] {
            let list = format!("_abort\n{line}\n");
            assert!(LibSystem::parse(&list, DEVICE).is_err(), "{line}");
        }
    }

    #[test]
    fn the_list_is_sorted() -> Result<()> {
        let root = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let list = fs::read_to_string(root.join(LIST))?;
        let lines: Vec<&str> = list.lines().filter(|line| !line.starts_with('#')).collect();
        assert!(lines.is_sorted() && !lines.is_empty());
        for slice in &SLICES {
            LibSystem::parse(&list, slice)?;
        }
        Ok(())
    }
}
