//! Where the bytes lie: a folder, or a bucket. A put that answered `Ok` survives a power cut.

mod bucket;
mod error;
mod folder;
mod key;
mod list;

use std::ops::Range;
use std::path::Path as FsPath;
use std::sync::Arc;

use bytes::Bytes;
use object_store::local::LocalFileSystem;
use object_store::{Attribute, Attributes, ObjectStore, ObjectStoreExt as _, PutOptions};

pub use error::{ObjectError, Result};
pub use key::ObjectKey;

use folder::Folder;

/// The object store. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Objects {
    store: Arc<dyn ObjectStore>,
    /// `None` for a bucket, which makes its own promises.
    folder: Option<Folder>,
    /// Whether it keeps content type and cache rules beside the bytes.
    attributes: bool,
}

impl Objects {
    /// A folder, made if it is not there.
    pub fn folder(root: &FsPath) -> Result<Self> {
        let folder = Folder::new(root)?;
        let store = LocalFileSystem::new_with_prefix(root)?.with_fsync(true);
        Ok(Self {
            store: Arc::new(store),
            folder: Some(folder),
            attributes: false,
        })
    }

    /// A bucket: see `bucket::parse`. `env` is the environment.
    pub fn bucket(address: &str, env: impl IntoIterator<Item = (String, String)>) -> Result<Self> {
        // The HTTP client takes the process's default; when there is one already, that one is meant.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Ok(Self {
            store: Arc::new(bucket::parse(address, env)?),
            folder: None,
            attributes: true,
        })
    }

    /// Any other store, which makes its own promises.
    pub fn over(store: Arc<dyn ObjectStore>) -> Self {
        Self {
            store,
            folder: None,
            attributes: false,
        }
    }

    /// Writes the whole object; durable when it answers. Repeating it is harmless.
    pub async fn put(&self, key: &ObjectKey, bytes: Bytes) -> Result<()> {
        let path = key.path();
        let mut options = PutOptions::default();
        if let Some(folder) = &self.folder {
            folder.prepare(path.as_ref()).await?;
        }
        if self.attributes {
            options.attributes = Attributes::from_iter([
                (Attribute::ContentType, key.content_type()),
                (Attribute::CacheControl, key.cache_control()),
            ]);
        }
        self.store.put_opts(&path, bytes.into(), options).await?;
        Ok(())
    }

    /// Reads the whole object.
    pub async fn get(&self, key: &ObjectKey) -> Result<Bytes> {
        Ok(self.store.get(&key.path()).await?.bytes().await?)
    }

    /// Reads `range` (bytes) of the object.
    pub async fn get_range(&self, key: &ObjectKey, range: Range<u64>) -> Result<Bytes> {
        Ok(self.store.get_range(&key.path(), range).await?)
    }

    /// Its size in bytes, without reading it.
    pub async fn size(&self, key: &ObjectKey) -> Result<u64> {
        Ok(self.store.head(&key.path()).await?.size)
    }

    /// Deletes it; one that is not there is fine.
    pub async fn delete(&self, key: &ObjectKey) -> Result<()> {
        match self
            .store
            .delete(&key.path())
            .await
            .map_err(ObjectError::from)
        {
            Err(ObjectError::NotFound(_)) | Ok(()) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod contract;
