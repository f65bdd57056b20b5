//! Removing objects that the database remembers as deleted, and no others.
//!
//! An object that no row and no tombstone names is left alone: it may belong to a database that is newer, older or
//! another one.

use std::time::Duration;

use aside_protocol::time::Timestamp;

use crate::objects::{ObjectError, ObjectKey, Objects};
use crate::store::stored::NamedPart;
use crate::store::tombstones::{self, Tombstone};
use crate::store::{Store, StoreError, Tx, attachments, downloads, previews, sprites};

/// Tombstones younger than this wait: an upload may be between object and row.
pub const KEPT_FOR: Duration = Duration::from_secs(24 * 3600);
/// An object that was written so much later than its tombstone was written again by somebody this database does not
/// remember, such as by itself before it was restored from a backup. Clocks may differ by as much.
const WRITTEN_AGAIN: Duration = Duration::from_secs(600);
/// An object store that does not answer must not hold the transaction for longer.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

#[derive(Debug, thiserror::Error)]
pub enum RemovalError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Objects(#[from] ObjectError),
    #[error("the object store did not answer within {} s", ANSWER_WITHIN.as_secs())]
    NoAnswer,
}

/// Removes the object of one tombstone, if no row names it; says whether it did. The tombstone is gone afterwards.
///
/// The object is removed while the recording is held, so that no upload can commit a row for it meanwhile.
pub async fn remove(
    store: &Store,
    objects: &Objects,
    tombstone: &Tombstone,
) -> Result<bool, RemovalError> {
    let Some(key) = ObjectKey::from_path(&tombstone.key) else {
        tracing::warn!(key = %tombstone.key, "a tombstone names no object and is forgotten");
        store
            .write(async |tx: &mut Tx| tombstones::remove(tx, &tombstone.key).await)
            .await?;
        return Ok(false);
    };
    store
        .write(async |tx: &mut Tx| -> Result<bool, RemovalError> {
            tx.lock_recording(key.recording()).await?;
            if tombstones::get(tx, &tombstone.key).await?.as_ref() != Some(tombstone) {
                return Ok(false);
            }
            let wanted = names(tx, &key).await?
                || written_again(objects, &key, tombstone.deleted_at).await?;
            if !wanted {
                within(objects.delete(&key)).await?;
            }
            tombstones::remove(tx, &tombstone.key).await?;
            Ok(!wanted)
        })
        .await
}

async fn names(tx: &mut Tx, key: &ObjectKey) -> Result<bool, StoreError> {
    match *key {
        ObjectKey::Part {
            recording,
            track,
            number,
            sha256,
        } => {
            tx.names_part(&NamedPart {
                recording,
                track,
                number,
                sha256,
            })
            .await
        }
        ObjectKey::Poster { recording, .. } | ObjectKey::Thumbnail { recording, .. } => {
            tx.names_poster(recording, key.path().as_ref()).await
        }
        ObjectKey::Sprite { recording, .. } => {
            sprites::names(tx, recording, key.path().as_ref()).await
        }
        ObjectKey::Preview { recording, .. } => {
            previews::names(tx, recording, key.path().as_ref()).await
        }
        ObjectKey::Download { recording, .. } | ObjectKey::DownloadIndex { recording, .. } => {
            downloads::names(tx, recording, key.path().as_ref()).await
        }
        ObjectKey::Attachment { recording, .. } => {
            attachments::names(tx, recording, key.path().as_ref()).await
        }
    }
}

async fn written_again(
    objects: &Objects,
    key: &ObjectKey,
    deleted_at: Timestamp,
) -> Result<bool, RemovalError> {
    let written = within(objects.written_at(key)).await?;
    Ok(written.is_some_and(|at| at > deleted_at.plus(WRITTEN_AGAIN)))
}

async fn within<T>(asked: impl Future<Output = Result<T, ObjectError>>) -> Result<T, RemovalError> {
    match tokio::time::timeout(ANSWER_WITHIN, asked).await {
        Ok(answer) => Ok(answer?),
        Err(_) => Err(RemovalError::NoAnswer),
    }
}
