//! The store id: a small object beside those of recordings.

use bytes::Bytes;
use object_store::path::Path;
use object_store::{ObjectStoreExt as _, PutMode, PutOptions};

use super::{ObjectError, Objects, Result};

const PATH: &str = "aside-store-id";

impl Objects {
    /// The text of the store id; none when there is none.
    pub async fn store_id(&self) -> Result<Option<String>> {
        let bytes = match self.store.get(&Path::from(PATH)).await {
            Ok(found) => found.bytes().await?,
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        Ok(Some(String::from_utf8_lossy(&bytes).trim().to_owned()))
    }

    /// Writes the store id unless there is one: the first of several writers wins, where the store knows conditional
    /// writes.
    pub async fn create_store_id(&self, id: &str) -> Result<()> {
        match self.put_store_id(id, PutMode::Create).await {
            Ok(()) | Err(object_store::Error::AlreadyExists { .. }) => Ok(()),
            Err(object_store::Error::NotImplemented { .. }) => match self.store_id().await? {
                Some(_) => Ok(()),
                None => self.replace_store_id(id).await,
            },
            Err(error) => Err(error.into()),
        }
    }

    /// Writes the store id whatever was there.
    pub async fn replace_store_id(&self, id: &str) -> Result<()> {
        self.put_store_id(id, PutMode::Overwrite)
            .await
            .map_err(ObjectError::from)
    }

    async fn put_store_id(&self, id: &str, mode: PutMode) -> object_store::Result<()> {
        let text = Bytes::from(format!("{id}\n"));
        let options = PutOptions {
            mode,
            ..PutOptions::default()
        };
        self.store
            .put_opts(&Path::from(PATH), text.into(), options)
            .await?;
        Ok(())
    }
}
