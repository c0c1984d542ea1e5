//! Zip files (AAR, jar, APK): the same contents are the same bytes.

use std::{
    collections::BTreeMap,
    fs,
    io::{Cursor, Read, Write},
};

use anyhow::{Context, Result, bail};
use camino::Utf8Path;
use zip::{CompressionMethod, DateTime, System, ZipArchive, ZipWriter, write::SimpleFileOptions};

use crate::files;

/// The first entry of a jar, whatever the alphabet says.
const MANIFEST: &str = "META-INF/MANIFEST.MF";

/// What goes into a zip file, or came out of one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Archive {
    entries: BTreeMap<String, Entry>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    contents: Vec<u8>,
    packing: Packing,
}

/// How an entry lies in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packing {
    Deflated,
    /// As it is, beginning at a multiple of this: what is mapped into memory.
    Stored(u16),
}

impl Archive {
    /// A jar that holds no class yet.
    pub(crate) fn jar() -> Result<Self> {
        let mut jar = Self::default();
        jar.add(MANIFEST, "Manifest-Version: 1.0\r\n\r\n")?;
        Ok(jar)
    }

    /// Reads a zip file without its folders.
    pub(crate) fn read(path: &Utf8Path) -> Result<Self> {
        let bytes = fs::read(path).with_context(|| format!("could not read {path}"))?;
        Self::parse(bytes).with_context(|| format!("{path} is no zip file"))
    }

    /// The same of what is in memory.
    pub(crate) fn parse(bytes: Vec<u8>) -> Result<Self> {
        let mut zip = ZipArchive::new(Cursor::new(bytes))?;
        let mut archive = Self::default();
        for index in 0..zip.len() {
            let mut file = zip.by_index(index)?;
            if file.is_dir() {
                continue;
            }
            let packing = match file.compression() {
                CompressionMethod::Stored => Packing::Stored(4),
                _ => Packing::Deflated,
            };
            let mut contents = Vec::new();
            file.read_to_end(&mut contents)?;
            let name = file.name()?.into_owned();
            archive.put(&name, contents, packing)?;
        }
        Ok(archive)
    }

    /// Adds a file.
    pub(crate) fn add(&mut self, name: &str, contents: impl Into<Vec<u8>>) -> Result<()> {
        self.put(name, contents.into(), Packing::Deflated)
    }

    /// Adds a file that lies in the archive as `packing` says.
    pub(crate) fn put(&mut self, name: &str, contents: Vec<u8>, packing: Packing) -> Result<()> {
        let entry = Entry { contents, packing };
        if self.entries.insert(name.to_owned(), entry).is_some() {
            bail!("{name} is there twice");
        }
        Ok(())
    }

    /// Adds the files below `folder` that are `wanted`, by their paths from there.
    pub(crate) fn add_folder(
        &mut self,
        prefix: &str,
        folder: &Utf8Path,
        wanted: impl Fn(&Utf8Path) -> bool,
    ) -> Result<()> {
        for path in files::list(folder)?.iter().filter(|path| wanted(path)) {
            let contents = fs::read(folder.join(path))
                .with_context(|| format!("could not read {}", folder.join(path)))?;
            self.add(&format!("{prefix}{path}"), contents)?;
        }
        Ok(())
    }

    /// The contents of an entry.
    pub(crate) fn get(&self, name: &str) -> Option<&[u8]> {
        self.entries.get(name).map(|entry| &entry.contents[..])
    }

    /// Names and contents, by name.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.entries
            .iter()
            .map(|(name, entry)| (&name[..], &entry.contents[..]))
    }

    /// The same with how they lie there.
    pub(crate) fn packed(&self) -> impl Iterator<Item = (&str, &[u8], Packing)> {
        self.entries
            .iter()
            .map(|(name, entry)| (&name[..], &entry.contents[..], entry.packing))
    }

    /// The bytes of the zip file: in order, of no time and of nobody.
    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        let (first, others): (Vec<_>, Vec<_>) = self
            .entries
            .iter()
            .partition(|(name, _)| name.as_str() == MANIFEST);
        for (name, entry) in first.into_iter().chain(others) {
            let options = SimpleFileOptions::default()
                .last_modified_time(DateTime::DEFAULT)
                .system(System::Unix)
                .unix_permissions(0o644);
            let options = match entry.packing {
                Packing::Deflated => options
                    .compression_method(CompressionMethod::Deflated)
                    .compression_level(Some(9)),
                Packing::Stored(alignment) => options
                    .compression_method(CompressionMethod::Stored)
                    .with_android_alignment(alignment),
            };
            zip.start_file(name.as_str(), options)?;
            zip.write_all(&entry.contents)?;
        }
        Ok(zip.finish()?.into_inner())
    }

    /// Writes the zip file, and the folders above it.
    pub(crate) fn write(&self, path: &Utf8Path) -> Result<()> {
        files::write(path, &self.to_bytes()?)
    }

    /// Writes each entry as a file below `folder`.
    pub(crate) fn unpack(&self, folder: &Utf8Path) -> Result<()> {
        for (name, contents) in self.iter() {
            if name.split('/').any(|part| part == "..") || name.starts_with('/') {
                bail!("{name} would lie outside of {folder}");
            }
            files::write(&folder.join(name), contents)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_contents_are_the_same_bytes_whatever_the_order_and_the_time() -> Result<()> {
        let entries = [
            ("b/two", "2"),
            (MANIFEST, "m"),
            ("LICENSE", "l"),
            ("a", "1"),
        ];
        let mut there = Archive::default();
        for (name, text) in entries {
            there.add(name, text)?;
        }
        let first = there.to_bytes()?;
        // A zip file's clock ticks every two seconds.
        std::thread::sleep(std::time::Duration::from_millis(2100));
        let mut back = Archive::default();
        for (name, text) in entries.iter().rev() {
            back.add(name, *text)?;
        }
        assert_eq!(first, back.to_bytes()?);
        assert_eq!(first[30..30 + MANIFEST.len()], *MANIFEST.as_bytes());
        assert_eq!(Archive::parse(first)?, there);
        Ok(())
    }

    #[test]
    fn what_is_mapped_into_memory_begins_at_a_page() -> Result<()> {
        let mut apk = Archive::default();
        apk.add("AndroidManifest.xml", "odd")?;
        let library = b"\x7fELF of the test".to_vec();
        apk.put("lib/x86_64/a.so", library.clone(), Packing::Stored(16384))?;
        let bytes = apk.to_bytes()?;
        let at = bytes
            .windows(library.len())
            .position(|part| part == library);
        assert_eq!(at.map(|at| at % 16384), Some(0));
        Ok(())
    }

    #[test]
    fn an_entry_is_there_once_and_never_outside() -> Result<()> {
        let mut archive = Archive::default();
        archive.add("../a", "1")?;
        assert!(archive.add("../a", "2").is_err());
        let folder = tempfile::tempdir()?;
        let folder = Utf8Path::from_path(folder.path()).context("a UTF-8 path")?;
        assert!(archive.unpack(&folder.join("in")).is_err());
        assert!(!folder.join("a").exists());
        Ok(())
    }
}
