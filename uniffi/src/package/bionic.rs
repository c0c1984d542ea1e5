//! Which names of Android's C library the SDK may use, and libraries with these names to link against.

use std::{collections::BTreeMap, fs};

use anyhow::{Context, Result, bail, ensure};
use camino::Utf8Path;

use super::abi::{ABIS, Abi};

/// The list, from the root of the workspace.
pub(super) const LIST: &str = "android/native/bionic-api24.txt";

/// What the linker is asked for: std names all of them, used or not.
pub(super) const LIBRARIES: [&str; 4] = ["libc", "libdl", "liblog", "libm"];

/// The names of one ABI, each with its library.
#[derive(Debug)]
pub(super) struct Bionic(BTreeMap<String, String>);

impl Bionic {
    /// Reads the list for one ABI.
    pub(super) fn read(root: &Utf8Path, abi: &Abi) -> Result<Self> {
        let path = root.join(LIST);
        let list = fs::read_to_string(&path).with_context(|| format!("could not read {path}"))?;
        Self::parse(&list, abi).with_context(|| format!("in {path}"))
    }

    /// A line is a library, a name, and the ABIs that alone have it, if not all do.
    pub(super) fn parse(list: &str, abi: &Abi) -> Result<Self> {
        let mut names = BTreeMap::new();
        let lines = list.lines().filter(|line| !line.starts_with('#'));
        for line in lines.filter(|line| !line.is_empty()) {
            let mut words = line.split(' ');
            let (Some(library), Some(name)) = (words.next(), words.next()) else {
                bail!("not a library and a name: {line}");
            };
            ensure!(LIBRARIES.contains(&library), "no such library: {line}");
            let abis: Vec<&str> = words.collect();
            for word in &abis {
                ensure!(ABIS.iter().any(|abi| abi.name == *word), "no ABI: {line}");
            }
            if abis.is_empty() || abis.contains(&abi.name) {
                let before = names.insert(name.to_owned(), library.to_owned());
                ensure!(before.is_none(), "twice: {line}");
            }
        }
        Ok(Self(names))
    }

    /// The library that has this name.
    pub(super) fn library(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The source of a stand-in that has exactly the names of `library`.
    pub(super) fn assembly(&self, library: &str) -> String {
        let names = self.0.iter().filter(|(_, of)| *of == library);
        names
            .map(|(name, _)| format!(".globl {name}\n{name}:\n"))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "# names\nlibc abort\nlibc fstat64 armeabi-v7a\n\nlibdl dlsym\n";

    #[test]
    fn a_name_belongs_to_a_library_on_the_abis_that_have_it() -> Result<()> {
        let [arm64, armv7, _] = ABIS;
        let bionic = Bionic::parse(LIST, &armv7)?;
        assert_eq!(bionic.library("fstat64"), Some("libc"));
        assert_eq!(bionic.library("dlsym"), Some("libdl"));
        assert_eq!(bionic.library("dlopen"), None);

        let bionic = Bionic::parse(LIST, &arm64)?;
        assert_eq!(bionic.library("fstat64"), None);
        assert_eq!(bionic.assembly("libc"), ".globl abort\nabort:\n");
        assert_eq!(bionic.assembly("libm"), "");
        Ok(())
    }

    #[test]
    fn a_line_that_says_nothing_or_says_it_twice_is_refused() {
        for line in ["abort", "libz crc32", "libc abort riscv64", "libc abort"] {
            let list = format!("libc abort\n{line}\n");
            assert!(Bionic::parse(&list, &ABIS[0]).is_err(), "{line}");
        }
    }

    #[test]
    fn the_list_is_sorted_and_has_no_unwinder() -> Result<()> {
        let root = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let list = fs::read_to_string(root.join(super::LIST))?;
        let lines: Vec<&str> = list.lines().filter(|line| !line.starts_with('#')).collect();
        assert!(lines.is_sorted() && !lines.is_empty());
        assert!(!list.contains("_Unwind_"), "it is linked in");
        for abi in &ABIS {
            Bionic::parse(&list, abi)?;
        }
        Ok(())
    }
}
