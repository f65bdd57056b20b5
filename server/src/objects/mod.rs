//! Where the bytes lie: a folder, or a bucket. A put that answered `Ok` survives a power cut.

mod bucket;
pub mod copy;
mod error;
mod folder;
mod identity;
mod key;
mod list;
mod points;
mod staging;

use std::io::{self, SeekFrom};
use std::ops::Range;
use std::path::Path as FsPath;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::Either;
use futures_util::{Stream, TryStreamExt as _};
use object_store::local::LocalFileSystem;
use object_store::signer::Method;
use object_store::{
    Attribute, Attributes, GetOptions, GetRange, GetResultPayload, ObjectStore,
    ObjectStoreExt as _, PutMultipartOptions, PutOptions, WriteMultipart,
};
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};
use tokio_util::io::ReaderStream;
use url::Url;

pub use error::{ObjectError, Result};
pub use key::ObjectKey;
#[cfg(test)]
pub(crate) use key::one_of_each_kind;
pub use list::Found;
pub use points::Point;

use folder::Folder;

/// A large object is sent in pieces of so many bytes, so many at a time.
const PUT_PIECE: usize = 8 * 1024 * 1024;
const PUT_AT_ONCE: usize = 2;

/// The object store. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Objects {
    store: Arc<dyn ObjectStore>,
    /// `None` for a bucket, which makes its own promises.
    folder: Option<Folder>,
    /// Whether it keeps content type and cache rules beside the bytes.
    attributes: bool,
    /// Signs links; none where nothing but this program reaches the objects.
    signing: Option<bucket::Signing>,
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
            signing: None,
        })
    }

    /// A bucket, or a prefix in it: see `bucket::parse`. `env` is the environment.
    pub fn bucket(address: &str, env: impl IntoIterator<Item = (String, String)>) -> Result<Self> {
        // The HTTP client takes the process's default; when there is one already, that one is meant.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let bucket = bucket::parse(address, env)?;
        Ok(Self {
            store: bucket.store,
            folder: None,
            attributes: true,
            signing: Some(bucket.signing),
        })
    }

    /// Any other store, which makes its own promises.
    pub fn over(store: Arc<dyn ObjectStore>) -> Self {
        Self {
            store,
            folder: None,
            attributes: false,
            signing: None,
        }
    }

    /// Writes the whole object; durable when it answers. Repeating it is harmless.
    pub async fn put(&self, key: &ObjectKey, bytes: Bytes) -> Result<()> {
        let path = key.path();
        if let Some(folder) = &self.folder {
            folder.prepare(path.as_ref()).await?;
        }
        let options = PutOptions {
            attributes: self.attributes_of(key),
            ..PutOptions::default()
        };
        self.store.put_opts(&path, bytes.into(), options).await?;
        Ok(())
    }

    /// The same for an object that is too large for memory: piece by piece, and there only when all of it is.
    pub async fn put_stream(
        &self,
        key: &ObjectKey,
        bytes: impl Stream<Item = Result<Bytes>>,
    ) -> Result<()> {
        let path = key.path();
        if let Some(folder) = &self.folder {
            folder.prepare(path.as_ref()).await?;
        }
        let options = PutMultipartOptions {
            attributes: self.attributes_of(key),
            ..PutMultipartOptions::default()
        };
        let upload = self.store.put_multipart_opts(&path, options).await?;
        let mut writing = WriteMultipart::new_with_chunk_size(upload, PUT_PIECE);
        let mut bytes = pin!(bytes);
        loop {
            match bytes.try_next().await {
                Ok(Some(piece)) => writing.write(&piece),
                Ok(None) => break,
                Err(error) => {
                    // What was sent is of no use; the first error is the one worth telling.
                    let _ = writing.abort().await;
                    return Err(error);
                }
            }
            writing.wait_for_capacity(PUT_AT_ONCE).await?;
        }
        writing.finish().await?;
        Ok(())
    }

    /// The same for the first `size` bytes of a file.
    pub async fn put_file(&self, key: &ObjectKey, file: std::fs::File, size: u64) -> Result<()> {
        self.put_stream(key, pieces(file, 0..size).await?).await
    }

    /// What a bucket keeps beside the bytes.
    fn attributes_of(&self, key: &ObjectKey) -> Attributes {
        if !self.attributes {
            return Attributes::default();
        }
        let mut attributes = Attributes::from_iter([
            (Attribute::ContentType, key.content_type()),
            (Attribute::CacheControl, key.cache_control()),
        ]);
        if let Some(disposition) = key.content_disposition() {
            attributes.insert(Attribute::ContentDisposition, disposition.into());
        }
        attributes
    }

    /// Reads the whole object.
    pub async fn get(&self, key: &ObjectKey) -> Result<Bytes> {
        Ok(self.store.get(&key.path()).await?.bytes().await?)
    }

    /// Reads `range` (bytes) of an object of `size` bytes, piece by piece as it is asked for. An object
    /// of another size counts as missing.
    pub async fn stream(
        &self,
        key: &ObjectKey,
        size: u64,
        range: Range<u64>,
    ) -> Result<impl Stream<Item = Result<Bytes>> + Send + use<>> {
        let options = GetOptions {
            range: Some(GetRange::Bounded(range)),
            ..GetOptions::default()
        };
        let found = self.store.get_opts(&key.path(), options).await?;
        if found.meta.size != size {
            return Err(ObjectError::NotFound(key.to_string()));
        }
        let range = found.range.clone();
        Ok(match found.payload {
            GetResultPayload::File(file, _) => Either::Left(pieces(file, range).await?),
            GetResultPayload::Stream(_) => Either::Right(found.into_stream().map_err(Into::into)),
        })
    }

    /// Its first `length` bytes, or all of a shorter one. An object of another size than is said counts as missing.
    pub async fn begin(&self, key: &ObjectKey, size: u64, length: u64) -> Result<Bytes> {
        let wanted = Wanted {
            key: *key,
            size,
            range: 0..length.min(size),
        };
        self.read(&wanted).await
    }

    /// Reads some bytes of several objects, in their order; of a folder all in one turn on another thread. An object of another
    /// size than is said counts as missing.
    pub async fn read_all(&self, wanted: Vec<Wanted>) -> Result<Vec<Bytes>> {
        let Some(folder) = &self.folder else {
            return futures_util::future::try_join_all(wanted.iter().map(|it| self.read(it))).await;
        };
        let root = folder.root().to_owned();
        let read = tokio::task::spawn_blocking(move || {
            wanted.iter().map(|it| it.read_below(&root)).collect()
        });
        read.await.unwrap_or_else(|panic| {
            Err(ObjectError::Other(object_store::Error::Generic {
                store: "folder",
                source: Box::new(panic),
            }))
        })
    }

    async fn read(&self, wanted: &Wanted) -> Result<Bytes> {
        let options = GetOptions {
            range: Some(GetRange::Bounded(wanted.range.clone())),
            ..GetOptions::default()
        };
        let found = self.store.get_opts(&wanted.key.path(), options).await?;
        if found.meta.size != wanted.size {
            return Err(ObjectError::NotFound(wanted.key.to_string()));
        }
        Ok(found.bytes().await?)
    }

    /// A link by which anybody may read the object for `valid`; none where there is no bucket.
    pub async fn signed_url(&self, key: &ObjectKey, valid: Duration) -> Result<Option<Url>> {
        let Some(signing) = &self.signing else {
            return Ok(None);
        };
        let path = signing.prefix.parts().chain(key.path().parts()).collect();
        let url = signing.signer.signed_url(Method::GET, &path, valid).await?;
        Ok(Some(url))
    }

    /// Where signed links lead, as a source of a content security policy; none where there is no bucket.
    pub fn link_origin(&self) -> Option<&str> {
        self.signing.as_ref().map(|signing| signing.origin.as_str())
    }

    /// Its size in bytes, without reading it.
    pub async fn size(&self, key: &ObjectKey) -> Result<u64> {
        Ok(self.store.head(&key.path()).await?.size)
    }

    /// Its size in bytes; none when it is not there.
    pub async fn find_size(&self, key: ObjectKey) -> Result<Option<u64>> {
        match self.size(&key).await {
            Ok(size) => Ok(Some(size)),
            Err(ObjectError::NotFound(_)) => Ok(None),
            Err(error) => Err(error),
        }
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

/// Some bytes of an object.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub key: ObjectKey,
    /// Of the whole object, in bytes.
    pub size: u64,
    pub range: Range<u64>,
}

impl Wanted {
    fn read_below(&self, root: &FsPath) -> Result<Bytes> {
        use std::os::unix::fs::FileExt as _;
        let path = root.join(self.key.to_string());
        let missing = || ObjectError::NotFound(self.key.to_string());
        let broken = |e: io::Error| match e.kind() {
            io::ErrorKind::NotFound => missing(),
            _ => ObjectError::folder(&path, e),
        };
        let file = std::fs::File::open(&path).map_err(broken)?;
        if file.metadata().map_err(broken)?.len() != self.size {
            return Err(missing());
        }
        let length = self.range.end.saturating_sub(self.range.start);
        let mut bytes = vec![0; usize::try_from(length).map_err(|_| missing())?];
        file.read_exact_at(&mut bytes, self.range.start)
            .map_err(broken)?;
        Ok(bytes.into())
    }
}

/// In larger pieces than the store reads files by itself: each costs a turn on another thread.
async fn pieces(
    file: std::fs::File,
    range: Range<u64>,
) -> Result<impl Stream<Item = Result<Bytes>> + Send> {
    const PIECE: usize = 64 * 1024;
    let broken = |e: io::Error| {
        ObjectError::Other(object_store::Error::Generic {
            store: "folder",
            source: Box::new(e),
        })
    };
    let mut file = tokio::fs::File::from_std(file);
    file.set_max_buf_size(PIECE);
    file.seek(SeekFrom::Start(range.start))
        .await
        .map_err(broken)?;
    let reader = file.take(range.end - range.start);
    Ok(ReaderStream::with_capacity(reader, PIECE).map_err(broken))
}

#[cfg(test)]
pub(crate) mod contract;
