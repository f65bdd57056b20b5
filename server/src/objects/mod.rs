//! Where the bytes lie: a folder, or a bucket. A put that answered `Ok` survives a power cut.

mod key;

use std::path::Path as FsPath;
use std::sync::Arc;

use bytes::Bytes;
use object_store::ObjectStore;
use object_store::local::LocalFileSystem;

pub use key::ObjectKey;

/// The object store. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Objects {
    store: Arc<dyn ObjectStore>,
}

/// Why bytes could not be stored or fetched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ObjectError {
    #[error("no space left in the object store")]
    Full,
    #[error("there is no object {0}")]
    NotFound(String),
    #[error("object store: {0}")]
    Other(#[from] object_store::Error),
    #[error("object store address: {0}")]
    Address(String),
}

pub type Result<T> = std::result::Result<T, ObjectError>;

impl Objects {
    /// A folder, made if it is not there.
    pub fn folder(root: &FsPath) -> Result<Self> {
        std::fs::create_dir_all(root)
            .map_err(|e| ObjectError::Address(format!("{}: {e}", root.display())))?;
        let store = LocalFileSystem::new_with_prefix(root)?.with_fsync(true);
        Ok(Self {
            store: Arc::new(store),
        })
    }

    /// Writes the whole object; durable when it answers.
    pub async fn put(&self, key: &ObjectKey, bytes: Bytes) -> Result<()> {
        self.store
            .put_opts(
                &key.path(),
                bytes.into(),
                object_store::PutOptions::default(),
            )
            .await?;
        Ok(())
    }

    /// Reads the whole object.
    pub async fn get(&self, key: &ObjectKey) -> Result<Bytes> {
        let found = self
            .store
            .get_opts(&key.path(), object_store::GetOptions::default())
            .await?;
        Ok(found.bytes().await?)
    }
}
