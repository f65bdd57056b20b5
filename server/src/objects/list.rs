//! What lies in the store, for whoever tidies it up.

use aside_protocol::time::Timestamp;
use futures_util::{Stream, StreamExt as _};
use object_store::{ObjectStore as _, ObjectStoreExt as _};

use super::{ObjectError, ObjectKey, Objects, Result};

impl Objects {
    /// Every object that was last written before `before`, in no order. What bears no name of ours is passed over.
    pub fn written_before(
        &self,
        before: Timestamp,
    ) -> impl Stream<Item = Result<ObjectKey>> + Send + 'static {
        self.store.list(None).filter_map(move |found| {
            let key = match found {
                Ok(object) if object.last_modified.timestamp_micros() < before.micros() => {
                    ObjectKey::from_path(object.location.as_ref()).map(Ok)
                }
                Ok(_) => None,
                Err(error) => Some(Err(ObjectError::from(error))),
            };
            std::future::ready(key)
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
