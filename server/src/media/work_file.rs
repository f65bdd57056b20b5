//! Where a file grows before it is an object: on the worker's own disk, without a name, so that nothing is left of it
//! however the worker ends.

use std::fs::File;
use std::io::{self, Read as _, Seek as _};
use std::path::{Path, PathBuf};

use aside_protocol::recording::Sha256;
use sha2::Digest as _;

/// What must stay free beside the file, in bytes: the database may lie on the same disk.
const RESERVE: u64 = 256 * 1024 * 1024;

/// A folder in which files may grow, and how much of its disk must stay free.
#[derive(Debug, Clone)]
pub struct WorkFiles {
    folder: PathBuf,
    reserve: u64,
}

/// Why no file can be begun.
#[derive(Debug, thiserror::Error)]
pub enum NoWorkFile {
    #[error("there is no space left")]
    NoSpace,
    #[error("cannot begin a file: {0}")]
    Disk(#[from] io::Error),
}

impl WorkFiles {
    pub const fn within(folder: PathBuf) -> Self {
        Self {
            folder,
            reserve: RESERVE,
        }
    }

    /// The same with another reserve, in bytes.
    #[must_use]
    pub fn keeping(self, reserve: u64) -> Self {
        Self { reserve, ..self }
    }

    /// Begins a file of about `bytes` bytes, which will be copied once.
    pub fn begin(&self, bytes: u64) -> Result<WorkFile, NoWorkFile> {
        let needed = self.reserve.saturating_add(bytes.saturating_mul(2));
        if free(&self.folder)? < needed {
            return Err(NoWorkFile::NoSpace);
        }
        let file = tempfile::tempfile_in(&self.folder)?;
        Ok(WorkFile {
            path: path_of(&file),
            file,
            files: self.clone(),
        })
    }
}

/// A file that grows. It is gone when this is dropped.
#[derive(Debug)]
pub struct WorkFile {
    file: File,
    path: PathBuf,
    files: WorkFiles,
}

impl WorkFile {
    /// By which others of this process open it.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether enough of the disk is free for it to grow. A disk that cannot be asked has room.
    pub fn has_room(&self) -> bool {
        free(&self.files.folder).is_ok_and(|free| free >= self.files.reserve)
    }

    /// Hash and length of what is in it.
    pub fn digest(&mut self) -> io::Result<(Sha256, u64)> {
        let mut hash = sha2::Sha256::new();
        let mut piece = vec![0; 256 * 1024];
        let mut size = 0;
        self.file.rewind()?;
        loop {
            let read = self.file.read(&mut piece)?;
            if read == 0 {
                return Ok((Sha256(hash.finalize().into()), size));
            }
            hash.update(&piece[..read]);
            size += read as u64;
        }
    }

    /// The file itself; its room is free when it is closed.
    pub fn into_file(self) -> File {
        self.file
    }
}

/// A file without a name is opened again through its descriptor: a new opening with a place of its own (`proc(5)`).
fn path_of(file: &File) -> PathBuf {
    use std::os::fd::AsRawFd as _;
    format!("/proc/self/fd/{}", file.as_raw_fd()).into()
}

/// Bytes that this program may still write where `folder` lies.
fn free(folder: &Path) -> io::Result<u64> {
    let found = rustix::fs::statvfs(folder)?;
    Ok(found.f_bavail.saturating_mul(found.f_frsize))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    #[test]
    fn a_file_without_a_name_is_written_by_its_path_and_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let mut work = WorkFiles::within(folder.path().to_owned())
            .keeping(0)
            .begin(10)
            .unwrap();
        File::create(work.path())
            .unwrap()
            .write_all(b"hello")
            .unwrap();
        assert_eq!(work.digest().unwrap(), (Sha256::of(b"hello"), 5));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn nothing_is_begun_where_the_reserve_is_not_free() {
        let folder = tempfile::tempdir().unwrap();
        let files = WorkFiles::within(folder.path().to_owned()).keeping(u64::MAX);
        assert!(matches!(files.begin(1), Err(NoWorkFile::NoSpace)));
    }
}
