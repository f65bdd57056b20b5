//! What lies in the store, for whoever compares it with the rows.

use aside_protocol::id::RecordingId;
use aside_protocol::time::Timestamp;
use futures_util::{Stream, StreamExt as _, TryStreamExt as _};
use object_store::path::Path;
use object_store::{ObjectStore as _, ObjectStoreExt as _};

use super::key::RECORDINGS;
use super::{ObjectError, ObjectKey, Objects, Result};

/// An object as a list tells of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    pub key: ObjectKey,
    /// Bytes.
    pub size: u64,
}

impl Objects {
    /// Every object of a recording, in no order. What bears no name of ours is passed over.
    pub fn of_recording(
        &self,
        recording: RecordingId,
    ) -> impl Stream<Item = Result<Found>> + Send + 'static {
        self.below(&Path::from(format!("{RECORDINGS}/{recording}")))
    }

    /// Every object of every recording, those of one recording one after the other.
    pub fn of_recordings(&self) -> impl Stream<Item = Result<Found>> + Send + 'static {
        self.below(&Path::from(RECORDINGS))
    }

    /// Whether there is an object of any recording.
    pub async fn holds_recordings(&self) -> Result<bool> {
        let first = std::pin::pin!(self.of_recordings()).try_next().await?;
        Ok(first.is_some())
    }

    fn below(&self, prefix: &Path) -> impl Stream<Item = Result<Found>> + Send + 'static + use<> {
        self.store.list(Some(prefix)).filter_map(|found| {
            let found = match found {
                Ok(object) => ObjectKey::from_path(object.location.as_ref()).map(|key| {
                    Ok(Found {
                        key,
                        size: object.size,
                    })
                }),
                // A file that was removed while the folder was read.
                Err(object_store::Error::NotFound { .. }) => None,
                Err(error) => Some(Err(ObjectError::from(error))),
            };
            std::future::ready(found)
        })
    }

    /// When the object was last written; none if it is not there.
    pub async fn written_at(&self, key: &ObjectKey) -> Result<Option<Timestamp>> {
        match self
            .store
            .head(&key.path())
            .await
            .map_err(ObjectError::from)
        {
            Ok(object) => Ok(Some(Timestamp::from_micros(
                object.last_modified.timestamp_micros(),
            ))),
            Err(ObjectError::NotFound(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
