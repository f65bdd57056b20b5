//! Writing an object that a row will name.
//!
//! Order: a tombstone of the same name is taken back, the object is written, the row is committed. The job that removes
//! objects looks for the tombstone while it holds the recording, so it either removed the object before
//! it is written here, or does not remove it.

use std::fs::File;
use std::time::Duration;

use bytes::Bytes;

use super::StorageError;
use crate::objects::{ObjectKey, Objects};
use crate::store::{Store, StoreError, Tx, tombstones};

/// A row must follow its object within this time, or the object is written again. Far less than the age a
/// tombstone must have before its object is removed: one that comes between object and row is too young.
pub const ROW_WITHIN: Duration = Duration::from_secs(600);

/// Writes the object; durable when it answers.
pub async fn write_object(
    store: &Store,
    objects: &Objects,
    key: &ObjectKey,
    bytes: Bytes,
) -> Result<(), StorageError> {
    take_back(store, key).await?;
    objects.put(key, bytes).await?;
    Ok(())
}

/// The same for the `size` bytes of a file.
pub async fn write_large_object(
    store: &Store,
    objects: &Objects,
    key: &ObjectKey,
    file: File,
    size: u64,
) -> Result<(), StorageError> {
    take_back(store, key).await?;
    objects.put_file(key, file, size).await?;
    Ok(())
}

async fn take_back(store: &Store, key: &ObjectKey) -> Result<(), StoreError> {
    let path = key.path();
    if store.has_tombstone(path.as_ref()).await? {
        let recording = key.recording();
        store
            .write(async |tx: &mut Tx| {
                tx.lock_recording(recording).await?;
                tombstones::remove(tx, path.as_ref()).await
            })
            .await?;
    }
    Ok(())
}
