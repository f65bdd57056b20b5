//! Making a directory that survives a power cut. A directory is an entry in its parent: it is durable when the
//! parent is synced, and the parent when its own parent is.

use std::fs::File;
use std::io;
use std::path::Path;

/// Makes `path` and every parent that is missing, and syncs the parent of each that was made. `mode` is given to those
/// that are made (Unix permission bits); none: as the process's mask says.
///
/// The parent of `path` itself is synced always: who made it before may have died before its sync.
pub fn create(path: &Path, mode: Option<u32>) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    let mut builder = std::fs::DirBuilder::new();
    if let Some(mode) = mode {
        builder.mode(mode);
    }
    let mut missing: Vec<&Path> = path
        .ancestors()
        .filter(|p| !p.as_os_str().is_empty())
        .take_while(|p| !p.is_dir())
        .collect();
    if missing.is_empty() {
        missing.push(path);
    }
    for directory in missing.into_iter().rev() {
        match builder.create(directory) {
            Ok(()) => {}
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists && directory.is_dir() => {}
            Err(e) => return Err(e),
        }
        sync_parent(directory)?;
    }
    Ok(())
}

fn sync_parent(path: &Path) -> io::Result<()> {
    let parent = match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
        // The root of the file system is nobody's entry.
        None => return Ok(()),
    };
    match File::open(parent) {
        Ok(parent) => parent.sync_all(),
        // A parent that this user may not read was there before, so it needs no sync.
        Err(e) if e.kind() == io::ErrorKind::PermissionDenied => Ok(()),
        Err(e) => Err(e),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn every_missing_parent_is_made_and_what_is_there_stays() {
        let root = tempfile::tempdir().unwrap();
        let deep = root.path().join("a/b/c");
        create(&deep, Some(0o700)).unwrap();
        for path in [root.path().join("a"), deep.clone()] {
            assert_eq!(
                std::fs::metadata(path).unwrap().permissions().mode() & 0o777,
                0o700
            );
        }
        create(&deep, None).unwrap();
        std::fs::write(root.path().join("file"), "").unwrap();
        assert!(create(&root.path().join("file"), None).is_err());
        assert!(create(&root.path().join("file/below"), None).is_err());
    }
}
