//! A whole server as one file, and back: an archive that any `tar` unpacks.
//!
//! First what it is, then the rows of one moment, compressed, then every object that they name, and last the SHA-256 of each object in
//! the form of `sha256sum`. Objects never change and are kept for a day after they were deleted, so what the rows name is found. Back:
//! the objects first, each compared with its hash, then all rows in one transaction.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read as _, Seek as _, Write};
use std::os::unix::fs::FileExt as _;
use std::pin::pin;
use std::sync::Arc;

use bytes::Bytes;
use flate2::read::GzDecoder;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::point::{keys, write_rows};
use super::tar::{self, BLOCK, END, Entry, header, padding};
use crate::objects::copy::{Copied, CopyError};
use crate::objects::{ObjectError, ObjectKey, Objects};
use crate::store::dump::{Counts, DumpError, LoadError, NamedObjects, named_objects};
use crate::store::{Store, StoreError};

/// Why a file was not written or not brought back.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    #[error(transparent)]
    Disk(#[from] io::Error),
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
    #[error("the backup is damaged or not whole: {0}")]
    Damaged(String),
    #[error("the backup is of a newer version of this program (format {0})")]
    Newer(u32),
}

type Result<T> = std::result::Result<T, FileError>;

/// What was written, or brought back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileDone {
    pub rows: Counts,
    pub copied: Copied,
    /// Objects that the rows name and that are not there: the server had lost them, or they were deleted while this ran.
    pub lacking: usize,
}

const FORMAT: u32 = 1;
const ABOUT: &str = "aside-backup.json";
const ROWS: &str = "rows.gz";
const HASHES: &str = "objects.sha256";
const OBJECTS: &str = "objects/";

/// The first file of the archive.
#[derive(Debug, Serialize, Deserialize)]
struct About {
    aside_backup_file: u32,
    store_id: Option<String>,
}

/// So many objects are on their way at once.
const CONCURRENCY: usize = 8;
/// Larger objects are copied piece by piece; in bytes.
const IN_MEMORY: u64 = 16 * 1024 * 1024;
const PIECE: usize = 256 * 1024;

/// Whether the file holds a whole server; else it may hold rows alone.
pub fn is_whole(file: &File) -> io::Result<bool> {
    tar::is_archive(file)
}

fn head(path: &str, size: u64) -> Result<[u8; BLOCK]> {
    header(path, size).ok_or_else(|| FileError::Damaged(format!("{path} is too long a name")))
}

fn write_whole(out: &mut impl Write, path: &str, bytes: &[u8]) -> Result<()> {
    let size = bytes.len() as u64;
    out.write_all(&head(path, size)?)?;
    out.write_all(bytes)?;
    Ok(out.write_all(&END[..padding(size)])?)
}

/// Writes rows and media into an empty file; all of it is on the disk when this answers. `progress` is told now and then.
pub async fn backup_file(
    store: &Store,
    objects: &Objects,
    mut file: File,
    mut progress: impl FnMut(Copied),
) -> Result<FileDone> {
    let about = About {
        aside_backup_file: FORMAT,
        store_id: objects.store_id().await?,
    };
    let about = serde_json::to_vec(&about).map_err(io::Error::other)?;
    write_whole(&mut file, ABOUT, &about)?;
    // How long they are is known behind them.
    let before = file.stream_position()?;
    file.write_all(&END[..BLOCK])?;
    let (rows, mut file) = write_rows(store, file).await?;
    let at = before + BLOCK as u64;
    let size = file.stream_position()? - at;
    file.write_all_at(&head(ROWS, size)?, before)?;
    let named = named_objects(&mut rows_at(&file, at, size)?)?;
    file.seek(io::SeekFrom::Start(at + size))?;
    file.write_all(&END[..padding(size)])?;

    let mut out = BufWriter::with_capacity(PIECE, file);
    let mut hashes = Vec::new();
    let (mut copied, mut lacking) = (Copied::default(), 0);
    let found = stream::iter(ordered(&named))
        .map(|key| find(objects, key))
        .buffered(CONCURRENCY);
    let mut found = pin!(found);
    while let Some((key, object)) = found.try_next().await? {
        let path = archived(key);
        let (size, hash) = match object {
            Object::Lacking => {
                lacking += 1;
                continue;
            }
            Object::Small(bytes) => {
                write_whole(&mut out, &path, &bytes)?;
                (bytes.len() as u64, hex::encode(Sha256::digest(&bytes)))
            }
            Object::Large(size) => (size, stream_out(objects, key, size, &path, &mut out).await?),
        };
        writeln!(hashes, "{hash}  {path}")?;
        copied.objects += 1;
        copied.bytes += size;
        progress(copied);
    }
    write_whole(&mut out, HASHES, &hashes)?;
    out.write_all(&END)?;
    let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.sync_all()?;
    Ok(FileDone {
        rows,
        copied,
        lacking,
    })
}

/// Where an object lies in the archive. The name of a file of a comment is longer than a name in a `tar` can be: its hash is a
/// name of its own there.
fn archived(key: ObjectKey) -> String {
    let path = key.to_string();
    match (key, path.rsplit_once('-')) {
        (ObjectKey::Attachment { .. }, Some((id, hash))) => format!("{OBJECTS}{id}/{hash}"),
        _ => format!("{OBJECTS}{path}"),
    }
}

/// The object that lies there.
fn key_of_archived(path: &str) -> Option<ObjectKey> {
    let path = path.strip_prefix(OBJECTS)?;
    ObjectKey::from_path(path).or_else(|| {
        let (id, hash) = path.rsplit_once('/')?;
        ObjectKey::from_path(&format!("{id}-{hash}"))
    })
}

/// Each once, those of one recording beside each other.
fn ordered(named: &NamedObjects) -> Vec<ObjectKey> {
    let all: HashSet<ObjectKey> = keys(named).collect();
    let mut all: Vec<ObjectKey> = all.into_iter().collect();
    all.sort_by_cached_key(ToString::to_string);
    all
}

enum Object {
    Small(Bytes),
    /// Of so many bytes.
    Large(u64),
    Lacking,
}

async fn find(objects: &Objects, key: ObjectKey) -> Result<(ObjectKey, Object)> {
    let Some(size) = objects.find_size(key).await? else {
        return Ok((key, Object::Lacking));
    };
    if size > IN_MEMORY {
        return Ok((key, Object::Large(size)));
    }
    match objects.get(&key).await {
        Ok(bytes) => Ok((key, Object::Small(bytes))),
        Err(ObjectError::NotFound(_)) => Ok((key, Object::Lacking)),
        Err(error) => Err(error.into()),
    }
}

/// Answers the hash.
async fn stream_out(
    objects: &Objects,
    key: ObjectKey,
    size: u64,
    path: &str,
    out: &mut impl Write,
) -> Result<String> {
    out.write_all(&head(path, size)?)?;
    let (mut hash, mut left) = (Sha256::new(), size);
    let mut bytes = pin!(objects.stream(&key, size, 0..size).await?);
    while let Some(piece) = bytes.try_next().await? {
        left = left.saturating_sub(piece.len() as u64);
        hash.update(&piece);
        out.write_all(&piece)?;
    }
    if left > 0 {
        return Err(ObjectError::NotFound(key.to_string()).into());
    }
    out.write_all(&END[..padding(size)])?;
    Ok(hex::encode(hash.finalize()))
}

type RowsOf = BufReader<GzDecoder<BufReader<io::Take<File>>>>;

/// What the rows in it are read by.
fn rows_at(file: &File, at: u64, size: u64) -> Result<RowsOf> {
    let mut file = file.try_clone()?;
    file.seek(io::SeekFrom::Start(at))?;
    let rows = GzDecoder::new(BufReader::new(file.take(size)));
    Ok(BufReader::new(rows))
}

/// A file as it was written, found whole.
struct Found {
    file: Arc<File>,
    about: About,
    rows: Entry,
    objects: HashMap<ObjectKey, Entry>,
    /// By path.
    hashes: HashMap<String, String>,
}

fn read_whole(file: &File, entry: &Entry) -> Result<Vec<u8>> {
    let size = usize::try_from(entry.size).map_err(io::Error::other)?;
    let mut bytes = vec![0; size];
    file.read_exact_at(&mut bytes, entry.at)?;
    Ok(bytes)
}

fn open(file: File) -> Result<Found> {
    let damaged = |what: &str| FileError::Damaged(what.to_owned());
    let entries = tar::entries(&file)?.ok_or_else(|| damaged("it has no end"))?;
    let named = |path: &str| {
        let found = entries.iter().find(|it| it.path == path);
        found.cloned().ok_or_else(|| damaged(path))
    };
    let about = read_whole(&file, &named(ABOUT)?)?;
    let about: About = serde_json::from_slice(&about).map_err(|_| damaged(ABOUT))?;
    if about.aside_backup_file != FORMAT {
        return Err(FileError::Newer(about.aside_backup_file));
    }
    let hashes = String::from_utf8(read_whole(&file, &named(HASHES)?)?);
    let hashes = hashes.map_err(|_| damaged(HASHES))?;
    let pair = |line: &str| {
        let (hash, path) = line.split_once("  ")?;
        Some((path.to_owned(), hash.to_owned()))
    };
    let hashes: Option<HashMap<_, _>> = hashes.lines().map(pair).collect();
    let rows = named(ROWS)?;
    let objects = entries.into_iter().filter_map(|entry| {
        let key = key_of_archived(&entry.path)?;
        Some((key, entry))
    });
    Ok(Found {
        objects: objects.collect(),
        file: Arc::new(file),
        about,
        rows,
        hashes: hashes.ok_or_else(|| damaged(HASHES))?,
    })
}

/// Brings such a file back, into a database that was never used and objects that hold nothing of another store. What another run copied
/// is passed over.
pub async fn restore_file(
    file: File,
    store: &Store,
    objects: &Objects,
    mut progress: impl FnMut(Copied),
) -> Result<FileDone> {
    let found = open(file)?;
    store.check_unused().await?;
    if let Some(other) = objects.store_id().await?
        && Some(&other) != found.about.store_id.as_ref()
    {
        return Err(CopyError::TakenTarget(other).into());
    }
    let rows = || rows_at(&found.file, found.rows.at, found.rows.size);
    let named = named_objects(&mut rows()?)?;
    let wanted = ordered(&named);
    let there = wanted.iter().filter(|key| found.objects.contains_key(key));
    let there: Vec<ObjectKey> = there.copied().collect();
    let lacking = wanted.len() - there.len();
    let mut copied = Copied::default();
    let copies = stream::iter(there)
        .map(|key| bring_back(&found, objects, key))
        .buffer_unordered(CONCURRENCY);
    let mut copies = pin!(copies);
    while let Some(bytes) = copies.try_next().await? {
        match bytes {
            Some(bytes) => {
                copied.objects += 1;
                copied.bytes += bytes;
            }
            None => copied.present += 1,
        }
        progress(copied);
    }
    if let Some(id) = &found.about.store_id {
        objects.replace_store_id(id).await?;
    }
    let rows = store.load(&mut rows()?).await?;
    store.migrate().await?;
    Ok(FileDone {
        rows,
        copied,
        lacking,
    })
}

/// Compares an object with its hash and writes it, unless it is there. Answers how many bytes were written.
async fn bring_back(found: &Found, objects: &Objects, key: ObjectKey) -> Result<Option<u64>> {
    let Some(entry) = found.objects.get(&key) else {
        return Ok(None);
    };
    let right = found.hashes.get(&entry.path);
    let is_right = |hash: Sha256| {
        let hash = hex::encode(hash.finalize());
        if right == Some(&hash) {
            Ok(())
        } else {
            Err(FileError::Damaged(format!(
                "{} has another hash",
                entry.path
            )))
        }
    };
    if entry.size <= IN_MEMORY {
        let bytes = read_whole(&found.file, entry)?;
        is_right(Sha256::new_with_prefix(&bytes))?;
        if objects.find_size(key).await? == Some(entry.size) {
            return Ok(None);
        }
        objects.put(&key, bytes.into()).await?;
        return Ok(Some(entry.size));
    }
    let mut hash = Sha256::new();
    let mut all = pin!(pieces(&found.file, entry));
    while let Some(piece) = all.try_next().await? {
        hash.update(&piece);
    }
    is_right(hash)?;
    if objects.find_size(key).await? == Some(entry.size) {
        return Ok(None);
    }
    let pieces = pieces(&found.file, entry).map_err(|error| ObjectError::Folder {
        path: entry.path.clone().into(),
        source: error,
    });
    objects.put_stream(&key, pieces).await?;
    Ok(Some(entry.size))
}

/// The bytes of a file in the archive, piece by piece.
fn pieces(
    file: &Arc<File>,
    entry: &Entry,
) -> impl futures_util::Stream<Item = io::Result<Bytes>> + use<> {
    let file = Arc::clone(file);
    let (from, end) = (entry.at, entry.at + entry.size);
    stream::try_unfold(from, move |at| {
        let file = Arc::clone(&file);
        async move {
            if at >= end {
                return Ok(None);
            }
            let left = usize::try_from(end - at).unwrap_or(usize::MAX);
            let mut bytes = vec![0; left.min(PIECE)];
            file.read_exact_at(&mut bytes, at)?;
            let next = at + bytes.len() as u64;
            Ok(Some((Bytes::from(bytes), next)))
        }
    })
}

#[cfg(test)]
mod tests;
