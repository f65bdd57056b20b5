//! A folder for a take that is kept nowhere: recorded, played, and deleted.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::PathBuf;
use std::process::Command;

/// Deleted with this, and at the next start what a crash left.
#[derive(Debug)]
pub(super) struct Scratch {
    folder: PathBuf,
}

impl Scratch {
    pub(super) fn new(folder: PathBuf) -> Self {
        let scratch = Self { folder };
        scratch.forget();
        scratch
    }

    /// An empty folder, for its owner alone.
    pub(super) fn make(&self) -> io::Result<()> {
        self.forget();
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.folder)
    }

    /// The recorder works there, and knows no server: it makes no link, copies none and uploads nothing.
    pub(super) fn within(&self, command: &mut Command) {
        command
            .env("ASIDE_DATA_DIR", &self.folder)
            .env("ASIDE_CONFIG_DIR", &self.folder)
            .env_remove("ASIDE_SERVER")
            .env_remove("ASIDE_TOKEN");
    }

    pub(super) fn forget(&self) {
        // What cannot be deleted now is deleted at the next start.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        self.forget();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_made_there_is_gone_before_the_next_and_after_the_last() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test-recording");
        fs::create_dir(&path).unwrap();
        fs::write(path.join("left by a crash"), "").unwrap();
        let scratch = Scratch::new(path.clone());
        assert!(!path.exists());
        for _ in 0..2 {
            scratch.make().unwrap();
            assert_eq!(fs::read_dir(&path).unwrap().count(), 0);
            fs::write(path.join("take"), "").unwrap();
        }
        drop(scratch);
        assert!(!path.exists());
    }
}
