//! The tables of files that are put together while they are sent, as they were read a moment ago.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{Stream, StreamExt as _, TryStreamExt as _, stream};

use crate::domain::download_index::{DownloadIndex, Piece};
use crate::objects::{ObjectError, ObjectKey, Objects, Wanted};

/// Bytes of tables that are kept: an hour has some two megabytes.
const KEPT: u64 = 64 * 1024 * 1024;
const KEPT_FOR: Duration = Duration::from_secs(600);
/// Bytes, and pieces, that are read in one go; the last piece may begin just below. For each reader one such batch is sent and two
/// wait, however slow it is: at most 3 × (256 + 512) KiB.
const BATCH_BYTES: u64 = 256 * 1024;
const BATCH_PIECES: usize = 16;
const AHEAD: usize = 2;

/// Cheap to clone; all clones are one cache.
#[derive(Debug, Clone)]
pub struct DownloadIndexes(moka::future::Cache<ObjectKey, Arc<DownloadIndex>>);

impl Default for DownloadIndexes {
    fn default() -> Self {
        let weigh = |_: &ObjectKey, index: &Arc<DownloadIndex>| index.weight();
        Self(
            moka::future::Cache::builder()
                .weigher(weigh)
                .max_capacity(KEPT)
                .time_to_live(KEPT_FOR)
                .build(),
        )
    }
}

impl DownloadIndexes {
    /// What `key` names. Bytes that are no tables count as missing.
    pub async fn get(
        &self,
        objects: &Objects,
        key: &ObjectKey,
    ) -> Result<Arc<DownloadIndex>, Arc<ObjectError>> {
        let read = async {
            let index = DownloadIndex::from_bytes(objects.get(key).await?);
            let index = index.ok_or_else(|| ObjectError::NotFound(key.to_string()));
            index.map(Arc::new)
        };
        self.0.try_get_with(*key, read).await
    }
}

/// The bytes `first` to `last` of the file, both included. What is read first is read before this answers: a part that is missing
/// there is an error, one that is missing later ends the stream with one.
pub async fn bytes_of(
    objects: &Objects,
    key: &ObjectKey,
    index: Arc<DownloadIndex>,
    first: u64,
    last: u64,
) -> Result<impl Stream<Item = Result<bytes::Bytes, ObjectError>> + Send + use<>, ObjectError> {
    let head = index.head_within(first, last);
    let mut batches = Batches {
        at: first.max(index.parts_at()),
        last,
        index,
        key: *key,
    };
    let begin = match batches.next() {
        Some(batch) => objects.read_all(batch).await?,
        None => Vec::new(),
    };
    let objects = objects.clone();
    let rest = stream::iter(batches)
        .map(move |batch| {
            let objects = objects.clone();
            async move { objects.read_all(batch).await }
        })
        .buffered(AHEAD)
        .map_ok(|pieces| stream::iter(pieces.into_iter().map(Ok)))
        .try_flatten();
    let begin = std::iter::once(head)
        .filter(|head| !head.is_empty())
        .chain(begin);
    Ok(stream::iter(begin.map(Ok)).chain(rest))
}

/// What is read in one go, from place to place.
struct Batches {
    index: Arc<DownloadIndex>,
    key: ObjectKey,
    at: u64,
    last: u64,
}

impl Iterator for Batches {
    type Item = Vec<Wanted>;

    fn next(&mut self) -> Option<Vec<Wanted>> {
        let mut batch = Vec::new();
        let mut bytes = 0;
        while bytes < BATCH_BYTES && batch.len() < BATCH_PIECES {
            let Some(piece) = self.index.piece_at(self.at, self.last) else {
                break;
            };
            let length = piece.last - piece.first + 1;
            batch.push(self.wanted(piece));
            self.at += length;
            bytes += length;
        }
        (!batch.is_empty()).then_some(batch)
    }
}

impl Batches {
    fn wanted(&self, piece: Piece) -> Wanted {
        let part = piece.part;
        Wanted {
            key: ObjectKey::Part {
                recording: self.key.recording(),
                track: part.track,
                number: part.number,
                sha256: part.sha256,
            },
            size: part.size.into(),
            range: piece.first..piece.last + 1,
        }
    }
}
