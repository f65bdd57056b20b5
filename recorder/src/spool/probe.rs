//! Disks for tests: real ones, but for what a test wants otherwise.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use super::{Disk, DiskFile, SystemDisk};

/// A disk with so many bytes left.
#[derive(Debug)]
pub struct SmallDisk(Arc<AtomicI64>);

/// A file on it.
#[derive(Debug)]
struct SmallFile(Arc<AtomicI64>, Box<dyn DiskFile>);

impl DiskFile for SmallFile {
    fn write(&self, bytes: &[u8]) -> io::Result<()> {
        let size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
        if self.0.fetch_sub(size, Ordering::SeqCst) < size {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.1.write(bytes)
    }
    fn sync(&self) -> io::Result<()> {
        self.1.sync()
    }
}

impl SmallDisk {
    pub fn new(bytes: i64) -> Self {
        Self(Arc::new(AtomicI64::new(bytes)))
    }
    fn on(&self, file: Box<dyn DiskFile>) -> Box<dyn DiskFile> {
        Box::new(SmallFile(Arc::clone(&self.0), file))
    }
}

impl Disk for SmallDisk {
    fn make_folder(&self, path: &Path) -> io::Result<bool> {
        SystemDisk.make_folder(path)
    }
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(self.on(SystemDisk.create(path)?))
    }
    fn open_to_append(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(self.on(SystemDisk.open_to_append(path)?))
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        SystemDisk.rename(from, to)
    }
    fn remove_file(&self, path: &Path) -> io::Result<()> {
        SystemDisk.remove_file(path)
    }
    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        SystemDisk.remove_folder(path)
    }
    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        SystemDisk.sync_folder(path)
    }
}
