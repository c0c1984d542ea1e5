//! Folders and what is in them.

use std::fs;

use anyhow::{Context, Result};
use camino::{Utf8Path, Utf8PathBuf};

/// Writes a file, and the folders above it.
pub(crate) fn write(path: &Utf8Path, contents: &[u8]) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("could not create {folder}"))?;
    }
    fs::write(path, contents).with_context(|| format!("could not write {path}"))
}

/// Removes a folder with all in it, if there is one.
pub(crate) fn remove(folder: &Utf8Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("could not remove {folder}"))?;
    }
    Ok(())
}

/// The files below a folder, by their paths from there, in order.
pub(crate) fn list(folder: &Utf8Path) -> Result<Vec<Utf8PathBuf>> {
    let mut found = Vec::new();
    let mut pending = vec![folder.to_owned()];
    while let Some(current) = pending.pop() {
        for entry in current
            .read_dir_utf8()
            .with_context(|| format!("could not read {current}"))?
        {
            let path = entry?.into_path();
            if path.is_dir() {
                pending.push(path);
            } else {
                found.push(path.strip_prefix(folder)?.to_owned());
            }
        }
    }
    found.sort();
    Ok(found)
}
