use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use aside_protocol::recording::TrackName;

use super::{append, recovered, take};
use crate::spool::*;

/// A disk with so many bytes left.
#[derive(Debug)]
struct SmallDisk(Arc<AtomicI64>);

/// A file on it.
#[derive(Debug)]
struct SmallFile(Arc<AtomicI64>, Box<dyn DiskFile>);

impl DiskFile for SmallFile {
    fn write(&self, bytes: &[u8]) -> io::Result<()> {
        let size = i64::try_from(bytes.len()).unwrap();
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
    fn new(bytes: i64) -> Self {
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

#[test]
fn a_full_disk_is_told_by_its_name_and_keeps_what_was_written() {
    let dir = tempfile::tempdir().unwrap();
    let disk = Arc::new(SmallDisk::new(4_000));
    let mut recording = Spool::open(dir.path(), disk)
        .unwrap()
        .create(take())
        .unwrap();
    let mut written = 0;
    let error = loop {
        match append(&mut recording, TrackName::Video, written) {
            Ok(_) => written += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, SpoolError::Full { .. }), "{error}");
    assert!(written > 2);
    let ledger = recording.ledger().clone();
    drop(recording);
    let found = recovered(dir.path());
    assert_eq!(found.ledger.len(), usize::try_from(written).unwrap());
    assert_eq!(found.ledger.finish_request(), ledger.finish_request());
}
