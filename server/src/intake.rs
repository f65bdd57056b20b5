//! Reading a body that is what was announced, and no larger than it may be.
//!
//! A body of more than a few kilobytes lands in a file without a name first, and comes
//! into memory only when all of it is here. So it costs next to nothing while a slow line delivers
//! it, and fifty takes at once share one small budget of memory.

use std::error::Error as StdError;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::PathBuf;
use std::sync::Arc;

use aside_protocol::recording::Sha256;
use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt as _};
use sha2::Digest as _;
use tokio::io::AsyncWriteExt as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::disk::is_full;

/// What broke a body off.
pub type BoxError = Box<dyn StdError + Send + Sync>;

/// Why a body was not taken in. Nothing of it is kept.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    #[error(
        "{arrived} of {announced} announced bytes arrived. Nothing of it was kept; send it again."
    )]
    Incomplete {
        arrived: usize,
        announced: usize,
        /// None where the body simply ended.
        cause: Option<BoxError>,
    },
    #[error("More than the announced {announced} bytes arrived.")]
    TooLong { announced: usize },
    #[error("It has more than {most} bytes.")]
    TooLarge { most: u64 },
    #[error("no space left to take bodies in")]
    Full,
    #[error("cannot keep a body: {0}")]
    Disk(io::Error),
    #[error("taking a body in was cancelled: the server ends")]
    Cancelled,
}

/// Bodies up to this many bytes never see the disk: sound, and pictures of a still screen.
const SMALL: usize = 64 * 1024;
/// Collected before it is written to the file, in bytes.
const PIECE: usize = 32 * 1024;

/// Takes bodies in. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Intake {
    /// For files without a name.
    folder: Arc<PathBuf>,
    /// Memory for bodies that are complete, in bytes.
    room: Arc<Semaphore>,
    size: u32,
}

/// A whole body in memory; its room is free again when it is dropped.
#[derive(Debug)]
pub struct Held {
    pub bytes: Bytes,
    pub sha256: Sha256,
    _room: Option<OwnedSemaphorePermit>,
}

/// A whole body in a file without a name.
#[derive(Debug)]
pub struct Kept {
    pub file: File,
    /// Bytes.
    pub size: u64,
    pub sha256: Sha256,
    /// Its first bytes, [`HEAD`] at most.
    pub head: Vec<u8>,
}

/// So many bytes of a body are looked at to see what it is.
pub const HEAD: usize = 256 * 1024;

impl Intake {
    /// `size` in bytes; a body larger than it takes all of it.
    pub fn new(folder: PathBuf, size: u32) -> Self {
        Self {
            folder: Arc::new(folder),
            room: Arc::new(Semaphore::new(size as usize)),
            size,
        }
    }

    /// Reads exactly `length` bytes, as announced.
    pub async fn read<B, E>(&self, body: B, length: usize) -> Result<Held, IntakeError>
    where
        B: Stream<Item = Result<Bytes, E>> + Unpin,
        E: Into<BoxError>,
    {
        let mut body = Announced {
            body,
            length,
            arrived: 0,
        };
        if length <= SMALL {
            let mut bytes = BytesMut::with_capacity(length);
            while let Some(data) = body.next().await? {
                bytes.extend_from_slice(&data);
            }
            return Ok(Held {
                sha256: Sha256::of(&bytes),
                bytes: bytes.freeze(),
                _room: None,
            });
        }
        let folder = self.folder.clone();
        let file = run_blocking(move || tempfile::tempfile_in(&*folder)).await?;
        let mut file = tokio::fs::File::from_std(file);
        file.set_max_buf_size(PIECE);
        while let Some(data) = body.next().await? {
            file.write_all(&data).await.map_err(disk)?;
        }
        file.flush().await.map_err(disk)?;
        let mut file = file.into_std().await;

        let room = u32::try_from(length).unwrap_or(u32::MAX).min(self.size);
        let room = self
            .room
            .clone()
            .acquire_many_owned(room)
            .await
            .map_err(|_| IntakeError::Cancelled)?;
        // Made here and not on the thread that reads: the allocator keeps a heap for each thread.
        let mut bytes = Vec::with_capacity(length);
        let read = move || {
            file.rewind()?;
            file.read_to_end(&mut bytes)?;
            // Here and not where it is asked for: megabytes take milliseconds.
            let sha256 = Sha256::of(&bytes);
            Ok((bytes, sha256))
        };
        let (bytes, sha256) = run_blocking(read).await?;
        Ok(Held {
            bytes: bytes.into(),
            sha256,
            _room: Some(room),
        })
    }
}

/// Bodies that are too large for memory.
impl Intake {
    /// Takes a body of at most `most` bytes into a file; it has as many as `announced`, if that was said. Of all of it, only
    /// [`HEAD`] bytes are ever in memory.
    pub async fn keep<B, E>(
        &self,
        mut body: B,
        announced: Option<usize>,
        most: u64,
    ) -> Result<Kept, IntakeError>
    where
        B: Stream<Item = Result<Bytes, E>> + Unpin,
        E: Into<BoxError>,
    {
        let folder = self.folder.clone();
        let file = run_blocking(move || tempfile::tempfile_in(&*folder)).await?;
        let mut file = tokio::fs::File::from_std(file);
        file.set_max_buf_size(PIECE);
        let mut hash = sha2::Sha256::new();
        let (mut size, mut head) = (0_u64, Vec::new());
        let incomplete = |arrived: u64, cause| IntakeError::Incomplete {
            arrived: usize::try_from(arrived).unwrap_or(usize::MAX),
            announced: announced.unwrap_or_default(),
            cause,
        };
        while let Some(data) = body.next().await {
            let data = data.map_err(|cause| incomplete(size, Some(cause.into())))?;
            size += data.len() as u64;
            match announced {
                Some(announced) if size > announced as u64 => {
                    return Err(IntakeError::TooLong { announced });
                }
                _ if size > most => return Err(IntakeError::TooLarge { most }),
                _ => {}
            }
            let missing = HEAD.saturating_sub(head.len()).min(data.len());
            head.extend_from_slice(&data[..missing]);
            hash.update(&data);
            file.write_all(&data).await.map_err(disk)?;
        }
        if announced.is_some_and(|announced| size < announced as u64) {
            return Err(incomplete(size, None));
        }
        file.flush().await.map_err(disk)?;
        Ok(Kept {
            file: file.into_std().await,
            size,
            sha256: Sha256(hash.finalize().into()),
            head,
        })
    }
}

/// Larger files are not looked through, in bytes.
const REWRITTEN: u64 = 64 * 1024 * 1024;

impl Intake {
    /// The file with what `work` makes of its bytes; as it is where that is nothing, or it is too large to be looked through.
    pub async fn rewritten(
        &self,
        kept: Kept,
        work: impl FnOnce(&[u8]) -> Option<Vec<u8>> + Send + 'static,
    ) -> Result<Kept, IntakeError> {
        if kept.size > REWRITTEN {
            return Ok(kept);
        }
        // What it is made of, and what is made of it.
        let room = u32::try_from(kept.size.saturating_mul(2));
        let room = room.unwrap_or(u32::MAX).min(self.size);
        let room = self.room.clone().acquire_many_owned(room).await;
        let room = room.map_err(|_| IntakeError::Cancelled)?;
        let folder = self.folder.clone();
        let rewrite = move || {
            // Free only when this ends, also where nobody waits for it any more.
            let _room = room;
            let Kept {
                mut file,
                size,
                sha256,
                head,
            } = kept;
            let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
            file.rewind()?;
            file.read_to_end(&mut bytes)?;
            let Some(clean) = work(&bytes).filter(|it| *it != bytes) else {
                return Ok(Kept {
                    file,
                    size,
                    sha256,
                    head,
                });
            };
            let mut file = tempfile::tempfile_in(&*folder)?;
            file.write_all(&clean)?;
            Ok(Kept {
                file,
                size: clean.len() as u64,
                sha256: Sha256::of(&clean),
                head: clean[..clean.len().min(HEAD)].to_vec(),
            })
        };
        run_blocking(rewrite).await
    }
}

/// On a thread that may wait for the disk.
async fn run_blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, IntakeError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| IntakeError::Cancelled)?
        .map_err(disk)
}

fn disk(error: io::Error) -> IntakeError {
    if is_full(&error) {
        IntakeError::Full
    } else {
        IntakeError::Disk(error)
    }
}

/// A body and what was said about it.
struct Announced<B> {
    body: B,
    length: usize,
    arrived: usize,
}

impl<B, E> Announced<B>
where
    B: Stream<Item = Result<Bytes, E>> + Unpin,
    E: Into<BoxError>,
{
    /// The next piece; `None` when exactly what was announced has arrived.
    async fn next(&mut self) -> Result<Option<Bytes>, IntakeError> {
        let Some(data) = self.body.next().await else {
            return if self.arrived < self.length {
                Err(self.incomplete(None))
            } else {
                Ok(None)
            };
        };
        let data = data.map_err(|cause| self.incomplete(Some(cause.into())))?;
        self.arrived = self.arrived.saturating_add(data.len());
        if self.arrived > self.length {
            return Err(IntakeError::TooLong {
                announced: self.length,
            });
        }
        Ok(Some(data))
    }

    fn incomplete(&self, cause: Option<BoxError>) -> IntakeError {
        IntakeError::Incomplete {
            arrived: self.arrived,
            announced: self.length,
            cause,
        }
    }
}
