//! A folder that gets its name when it is whole. A run that is killed leaves one with another name, which the next run removes.

use std::fs::{self, DirBuilder, File, TryLockError};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

/// Says that a folder is one of ours, and, by its lock, whether somebody is at it.
const MARKER: &str = ".aside-export-running";

/// Why a folder cannot be begun or named.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StageError {
    #[error("{} exists already; nothing was written. Choose another name", .0.display())]
    Exists(PathBuf),
    #[error("another run writes {} at the moment", .0.display())]
    Busy(PathBuf),
    #[error("{} is in the way and is not the rest of an export; move it aside", .0.display())]
    NotOurs(PathBuf),
    #[error("{}: {source}", path.display())]
    Disk { path: PathBuf, source: io::Error },
}

/// A folder on its way.
#[derive(Debug)]
pub(super) struct Stage {
    partial: PathBuf,
    target: PathBuf,
    /// Locked as long as this lives.
    _marker: File,
}

impl Stage {
    /// Begins a folder that will be `target`, in its parent folder. What a killed run left there is removed.
    pub(super) fn begin(target: &Path) -> Result<Self, StageError> {
        if target.exists() {
            return Err(StageError::Exists(target.to_owned()));
        }
        let mut name = target.as_os_str().to_owned();
        name.push(".partial");
        let partial = PathBuf::from(name);
        let disk = |source| StageError::Disk {
            path: partial.clone(),
            source,
        };
        let marker = partial.join(MARKER);
        if partial.exists() {
            let left = File::open(&marker).map_err(|_| StageError::NotOurs(partial.clone()))?;
            match left.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(StageError::Busy(partial)),
                Err(TryLockError::Error(source)) => return Err(disk(source)),
            }
            fs::remove_dir_all(&partial).map_err(disk)?;
        }
        // What is in it is for whoever runs the server.
        DirBuilder::new()
            .mode(0o700)
            .create(&partial)
            .map_err(disk)?;
        let made = File::create(&marker).map_err(disk)?;
        match made.try_lock() {
            Ok(()) => Ok(Self {
                partial,
                target: target.to_owned(),
                _marker: made,
            }),
            Err(TryLockError::WouldBlock) => Err(StageError::Busy(partial)),
            Err(TryLockError::Error(source)) => Err(disk(source)),
        }
    }

    /// Where to write.
    pub(super) fn path(&self) -> &Path {
        &self.partial
    }

    /// Gives the folder its name, once everything in it is on the disk.
    pub(super) fn finish(self) -> Result<(), StageError> {
        let disk = |source| StageError::Disk {
            path: self.target.clone(),
            source,
        };
        rustix::fs::sync();
        fs::rename(&self.partial, &self.target).map_err(disk)?;
        // A folder that was named is whole, with this file or without it.
        fs::remove_file(self.target.join(MARKER)).map_err(disk)?;
        let parent = self.target.parent().filter(|p| !p.as_os_str().is_empty());
        let parent = File::open(parent.unwrap_or(Path::new("."))).map_err(disk)?;
        parent.sync_all().map_err(disk)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_named_when_it_is_whole_and_what_a_killed_run_left_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("out");
        let killed = Stage::begin(&target).unwrap();
        fs::write(killed.path().join("half"), "x").unwrap();
        assert!(matches!(Stage::begin(&target), Err(StageError::Busy(_))));
        // As the end of a process does.
        drop(killed);
        let stage = Stage::begin(&target).unwrap();
        assert!(!stage.path().join("half").exists() && !target.exists());
        fs::write(stage.path().join("whole"), "x").unwrap();
        stage.finish().unwrap();
        let names: Vec<_> = fs::read_dir(folder.path())
            .unwrap()
            .chain(fs::read_dir(&target).unwrap())
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(names, ["out", "whole"]);
        assert!(matches!(Stage::begin(&target), Err(StageError::Exists(_))));
    }

    #[test]
    fn somebody_elses_folder_is_not_removed() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("out");
        fs::create_dir(folder.path().join("out.partial")).unwrap();
        fs::write(folder.path().join("out.partial/mine"), "x").unwrap();
        assert!(matches!(Stage::begin(&target), Err(StageError::NotOurs(_))));
        assert!(folder.path().join("out.partial/mine").exists());
    }
}
