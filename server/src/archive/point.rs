//! A whole server as a point in another bucket or folder, and back.
//!
//! The rows of one moment are written to a file of this machine first, then the objects that the target lacks are copied, and last the
//! file becomes a point: what is there is whole. Objects never change and are kept for a day after they were deleted, so those of
//! earlier points are passed over and those that the rows name are found. Back: the objects first, then all rows in one transaction.

use std::collections::{HashMap, HashSet};
use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Seek as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use futures_util::TryStreamExt as _;

use crate::objects::copy::{Copied, CopyError, copy_lacking, copy_some};
use crate::objects::{ObjectError, ObjectKey, Objects};
use crate::service::key_of;
use crate::store::dump::{Counts, DumpError, LoadError, NamedObjects, named_objects};
use crate::store::{Store, StoreError};

/// Why a point was not made or not brought back.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PointError {
    #[error("{}: {source}", path.display())]
    Disk { path: PathBuf, source: io::Error },
    #[error(transparent)]
    Dump(#[from] DumpError),
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error(transparent)]
    Copy(#[from] CopyError),
    #[error(transparent)]
    Objects(#[from] ObjectError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("there is no point {0}")]
    NoSuchPoint(String),
    #[error("there is no backup: nothing was ever finished there")]
    NoPoint,
}

type Result<T> = std::result::Result<T, PointError>;

/// What was written, or brought back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    pub point: String,
    pub rows: Counts,
    pub copied: Copied,
    /// Objects that the rows name and that are not there: the server had lost them, or they were deleted while this ran.
    pub lacking: usize,
}

/// A file with a name of its own in `folder`, readable for its owner alone, which is gone when this is dropped or the process dies in any
/// way but a power cut.
fn nameless(folder: &Path) -> Result<File> {
    let path = folder.join(format!("backup-{}.partial", std::process::id()));
    let disk = |source| PointError::Disk {
        path: path.clone(),
        source,
    };
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&path)
        .map_err(disk)?;
    std::fs::remove_file(&path).map_err(disk)?;
    Ok(file)
}

/// Writes every row, compressed, as they are at one moment. The file is on the disk when this answers.
pub async fn write_rows(
    store: &Store,
    file: File,
) -> std::result::Result<(Counts, File), DumpError> {
    let mut out = GzEncoder::new(BufWriter::new(file), Compression::default());
    let rows = store.dump(&mut out).await?;
    let mut buffer = out.finish()?;
    buffer.flush()?;
    let file = buffer
        .into_inner()
        .map_err(io::IntoInnerError::into_error)?;
    file.sync_all()?;
    Ok((rows, file))
}

/// What a file of rows is read by.
pub fn rows_of(file: File) -> BufReader<GzDecoder<BufReader<File>>> {
    BufReader::new(GzDecoder::new(BufReader::new(file)))
}

/// Makes the point `name` in `to`. `work` is a folder of this machine with room for the rows. `progress` is told now and then.
pub async fn backup(
    store: &Store,
    objects: &Objects,
    to: &Objects,
    (name, work): (&str, &Path),
    progress: impl FnMut(Copied),
) -> Result<Done> {
    let (rows, mut file) = write_rows(store, nameless(work)?).await?;
    let there = sizes(to).await?;
    let copied = copy_lacking(objects, to, &there, progress).await?;
    drop(there);
    let named = read_named(&mut file, work)?;
    let there = sizes(to).await?;
    let lacking = keys(&named).filter(|key| !there.contains_key(key)).count();
    let disk = |source| PointError::Disk {
        path: work.to_owned(),
        source,
    };
    let size = file.seek(io::SeekFrom::End(0)).map_err(disk)?;
    to.put_point(name, file, size).await?;
    Ok(Done {
        point: name.to_owned(),
        rows,
        copied,
        lacking,
    })
}

/// Brings a point (none: the newest) of `from` back, into a database that was never used and objects that hold nothing of another
/// store. What another run copied is passed over.
pub async fn restore(
    from: &Objects,
    store: &Store,
    objects: &Objects,
    (name, work): (Option<&str>, &Path),
    progress: impl FnMut(Copied),
) -> Result<Done> {
    let points = from.points().await?;
    let point = match name {
        Some(name) => points
            .into_iter()
            .find(|it| it.name == name)
            .ok_or_else(|| PointError::NoSuchPoint(name.to_owned()))?,
        None => points.into_iter().next_back().ok_or(PointError::NoPoint)?,
    };
    store.check_unused().await?;
    let mut file = nameless(work)?;
    let disk = |source| PointError::Disk {
        path: work.to_owned(),
        source,
    };
    let mut bytes = std::pin::pin!(from.point(&point.name).await?);
    while let Some(piece) = bytes.try_next().await? {
        file.write_all(&piece).map_err(disk)?;
    }
    let named = read_named(&mut file, work)?;
    let there = sizes(from).await?;
    let wanted: HashSet<ObjectKey> = keys(&named).collect();
    let found: Vec<(ObjectKey, u64)> = wanted
        .iter()
        .filter_map(|key| Some((*key, *there.get(key)?)))
        .collect();
    let lacking = wanted.len() - found.len();
    let copied = copy_some(from, objects, found, progress).await?;
    file.rewind().map_err(disk)?;
    let rows = store.load(&mut rows_of(file)).await?;
    store.migrate().await?;
    Ok(Done {
        point: point.name,
        rows,
        copied,
        lacking,
    })
}

fn read_named(file: &mut File, work: &Path) -> Result<NamedObjects> {
    let disk = |source| PointError::Disk {
        path: work.to_owned(),
        source,
    };
    file.rewind().map_err(disk)?;
    let again = file.try_clone().map_err(disk)?;
    let named = named_objects(&mut rows_of(again))?;
    file.rewind().map_err(disk)?;
    Ok(named)
}

pub(super) fn keys(named: &NamedObjects) -> impl Iterator<Item = ObjectKey> {
    let others = named.others.iter();
    let others = others.filter_map(|path| ObjectKey::from_path(path));
    named.parts.iter().map(key_of).chain(others)
}

/// What is there, and how large; in bytes.
async fn sizes(objects: &Objects) -> Result<HashMap<ObjectKey, u64>> {
    let found = objects.of_recordings().map_ok(|it| (it.key, it.size));
    Ok(found.try_collect().await?)
}

#[cfg(test)]
mod tests;
