//! Taking a folder away, so that after a power cut a take is there whole or not at all.

use std::io;
use std::path::Path;

use super::SpoolError;
use super::disk::{self, Disk};
use super::paths::{DELETED, Folder};

/// Unmakes a take's folder: out of the list at once, then file by file.
pub(super) fn delete(on: &dyn Disk, root: &Path, folder: &Folder) -> Result<(), SpoolError> {
    let name = folder
        .0
        .file_name()
        .and_then(|n| n.to_str())
        .unwrap_or_default();
    let deleting = root.join(format!("{DELETED}{name}"));
    on.rename(&folder.0, &deleting)
        .map_err(SpoolError::io("delete", &folder.0))?;
    // Before the first file goes: else a power cut could leave half a take under its old name.
    disk::sync_names(on, root).map_err(SpoolError::sync("delete", root))?;
    remove_folder(on, &deleting)
}

pub(super) fn remove_folder(on: &dyn Disk, path: &Path) -> Result<(), SpoolError> {
    match on.remove_folder(path) {
        // Two processes may clear away the same left-over.
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(SpoolError::io("delete", path)(e)),
        _ => Ok(()),
    }
}
