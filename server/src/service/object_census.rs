//! Compares every object with the rows; changes nothing.

use std::collections::HashSet;
use std::pin::pin;

use aside_protocol::id::RecordingId;
use futures_util::TryStreamExt as _;

use super::StorageError;
use crate::objects::{ObjectKey, Objects};
use crate::store::stored::NamedPart;
use crate::store::{Store, StoreError};

/// What the comparison found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Census {
    /// Objects that rows name.
    pub known: u64,
    /// Objects that wait to be removed.
    pub deleted: u64,
    /// Objects that nothing names.
    pub unknown: u64,
    pub unknown_bytes: u64,
    /// Parts whose object is not there. Parts that come or go meanwhile may be counted.
    pub missing: u64,
}

/// Counts. Rows are read once for each recording, as its objects come one after the other.
pub async fn take(store: &Store, objects: &Objects) -> Result<Census, StorageError> {
    let mut census = Census::default();
    let mut parts_found = 0;
    let mut current: Option<Rows> = None;
    let mut all = pin!(objects.of_recordings());
    while let Some(found) = all.try_next().await? {
        let recording = found.key.recording();
        let rows = match current.take() {
            Some(rows) if rows.recording == recording => rows,
            _ => Rows::read(store, recording).await?,
        };
        let rows = current.insert(rows);
        if rows.names(&found.key) {
            census.known += 1;
            parts_found += u64::from(matches!(found.key, ObjectKey::Part { .. }));
        } else if store.has_tombstone(found.key.path().as_ref()).await? {
            census.deleted += 1;
        } else {
            census.unknown += 1;
            census.unknown_bytes += found.size;
        }
    }
    census.missing = store.count_parts().await?.saturating_sub(parts_found);
    Ok(census)
}

struct Rows {
    recording: RecordingId,
    parts: HashSet<NamedPart>,
    /// Paths of the poster, its small rendition, the small pictures, the preview, the file for download, and files of comments.
    derived: Vec<String>,
}

impl Rows {
    async fn read(store: &Store, recording: RecordingId) -> Result<Self, StoreError> {
        let pictures = store.pictures(recording).await?.paths();
        let file = store.download(recording).await?.file;
        let sprite = store.sprite(recording).await?;
        let preview = store.preview(recording).await?;
        Ok(Self {
            recording,
            parts: store.named_parts(recording).await?,
            derived: pictures
                .chain(file.map(|file| file.key))
                .chain(sprite.map(|sprite| sprite.key))
                .chain(preview.map(|preview| preview.key))
                .chain(store.attachment_keys(recording, false).await?)
                .collect(),
        })
    }

    fn names(&self, key: &ObjectKey) -> bool {
        match *key {
            ObjectKey::Part {
                recording,
                track,
                number,
                sha256,
            } => self.parts.contains(&NamedPart {
                recording,
                track,
                number,
                sha256,
            }),
            ObjectKey::Poster { .. }
            | ObjectKey::Thumbnail { .. }
            | ObjectKey::Sprite { .. }
            | ObjectKey::Download { .. }
            | ObjectKey::DownloadIndex { .. }
            | ObjectKey::Preview { .. }
            | ObjectKey::Attachment { .. } => {
                self.derived.iter().any(|path| path == key.path().as_ref())
            }
        }
    }
}
