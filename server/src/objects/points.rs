//! Points of a backup: files of rows beside the objects that they name. A point is there when all of it is.

use bytes::Bytes;
use futures_util::{Stream, TryStreamExt as _};
use object_store::path::Path;
use object_store::{ObjectStore as _, ObjectStoreExt as _, WriteMultipart};

use super::{Objects, PUT_AT_ONCE, PUT_PIECE, Result, pieces};

const POINTS: &str = "points";
const ENDING: &str = ".backup";

/// A point as a list tells of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Point {
    /// Later ones sort behind.
    pub name: String,
    /// Bytes.
    pub size: u64,
}

fn path(name: &str) -> Path {
    Path::from(format!("{POINTS}/{name}{ENDING}"))
}

impl Objects {
    /// Every point, the oldest first.
    pub async fn points(&self) -> Result<Vec<Point>> {
        let found: Vec<_> = self
            .store
            .list(Some(&Path::from(POINTS)))
            .try_collect()
            .await?;
        let named = found.into_iter().filter_map(|object| {
            let name = object.location.filename()?.strip_suffix(ENDING)?;
            Some(Point {
                name: name.to_owned(),
                size: object.size,
            })
        });
        let mut points: Vec<Point> = named.collect();
        points.sort();
        Ok(points)
    }

    /// Writes the first `size` bytes of a file as a point.
    pub async fn put_point(&self, name: &str, file: std::fs::File, size: u64) -> Result<()> {
        let path = path(name);
        if let Some(folder) = &self.folder {
            folder.prepare(path.as_ref()).await?;
        }
        let upload = self.store.put_multipart(&path).await?;
        let mut writing = WriteMultipart::new_with_chunk_size(upload, PUT_PIECE);
        let mut bytes = std::pin::pin!(pieces(file, 0..size).await?);
        while let Some(piece) = bytes.try_next().await? {
            writing.write(&piece);
            writing.wait_for_capacity(PUT_AT_ONCE).await?;
        }
        writing.finish().await?;
        Ok(())
    }

    /// Reads a point piece by piece.
    pub async fn point(
        &self,
        name: &str,
    ) -> Result<impl Stream<Item = Result<Bytes>> + Send + use<>> {
        let found = self.store.get(&path(name)).await?;
        Ok(found.into_stream().map_err(Into::into))
    }
}
