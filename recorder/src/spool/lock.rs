//! A take belongs to one living process at a time. The kernel lets go of the lock when its
//! holder dies, however it dies; nothing has to be cleaned up.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use super::SpoolError;

/// Held for as long as this value lives.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock, or says `None` when a living process has it. Does not wait.
    pub fn take(path: &Path) -> Result<Option<Self>, SpoolError> {
        let fail = |e| SpoolError::io("lock", path)(e);
        let file = open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(e)) => Err(fail(e)),
        }
    }

    /// Takes the lock, waiting for a holder who will soon be done.
    pub(super) fn wait(path: &Path) -> Result<Self, SpoolError> {
        let file = open(path)?;
        file.lock().map_err(SpoolError::io("lock", path))?;
        Ok(Self { _file: file })
    }
}

fn open(path: &Path) -> Result<File, SpoolError> {
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
        .map_err(SpoolError::io("lock", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_free_again_when_its_holder_is_gone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let first = Lock::take(&path).unwrap();
        assert!(first.is_some());
        assert!(Lock::take(&path).unwrap().is_none());
        drop(first);
        assert!(Lock::take(&path).unwrap().is_some());
    }
}
