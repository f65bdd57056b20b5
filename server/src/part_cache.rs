//! The bytes of single parts that were asked for a moment ago: the viewers of a running take all want the newest one.

use std::sync::Arc;
use std::time::Duration;

use aside_protocol::id::RecordingId;
use aside_protocol::recording::TrackName;
use bytes::Bytes;

use crate::domain::recording::StoredPart;
use crate::objects::{ObjectError, ObjectKey, Objects};

/// Bytes kept in all.
const ROOM: u64 = 32 * 1024 * 1024;
/// How long a part is kept.
const AGE: Duration = Duration::from_secs(10);

/// Cheap to clone; all clones are one cache.
#[derive(Debug, Clone)]
pub struct PartCache(moka::future::Cache<ObjectKey, Bytes>);

impl Default for PartCache {
    fn default() -> Self {
        let weigh = |_: &ObjectKey, bytes: &Bytes| u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        Self(
            moka::future::Cache::builder()
                .weigher(weigh)
                .max_capacity(ROOM)
                .time_to_live(AGE)
                .build(),
        )
    }
}

impl PartCache {
    /// The bytes of `part`. Whoever asks for them at the same time shares one read. An object of another length is not
    /// the part: [`ObjectError::NotFound`].
    pub async fn get(
        &self,
        objects: &Objects,
        recording: RecordingId,
        track: TrackName,
        part: StoredPart,
    ) -> Result<Bytes, Arc<ObjectError>> {
        let key = ObjectKey::Part {
            recording,
            track,
            number: part.number,
            sha256: part.sha256,
        };
        let read = async {
            let bytes = objects.get(&key).await?;
            if bytes.len() as u64 == part.size {
                Ok(bytes)
            } else {
                Err(ObjectError::NotFound(key.to_string()))
            }
        };
        self.0.try_get_with(key, read).await
    }
}
