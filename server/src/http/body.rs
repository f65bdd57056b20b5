//! Reading a body that is what its head says, and no larger than it may be.
//!
//! Surprise: a body of more than a few kilobytes lands in a file without a name first, and comes
//! into memory only when all of it is here. So it costs next to nothing while a slow line delivers
//! it, and fifty takes at once share one small budget of memory.

use std::error::Error as StdError;
use std::io::{self, Read as _, Seek as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use aside_protocol::problem::ProblemCode;
use aside_protocol::recording::Sha256;
use axum::body::Body;
use axum::http::{HeaderMap, header};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use tokio::io::AsyncWriteExt as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::error::ApiError;

/// A body that stopped half-way, or came too slowly.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("too little of the body arrived in {} s", .0.as_secs())]
pub struct Stalled(pub Duration);

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
    pub async fn read(&self, body: Body, length: usize) -> Result<Held, ApiError> {
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
        let file = apart(move || tempfile::tempfile_in(&*folder)).await?;
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
            .map_err(ApiError::internal)?;
        // Made here and not on the thread that reads: the allocator keeps a heap for each thread.
        let mut bytes = Vec::with_capacity(length);
        let read = move || {
            file.rewind()?;
            file.read_to_end(&mut bytes)?;
            // Here and not where it is asked for: megabytes take milliseconds.
            let sha256 = Sha256::of(&bytes);
            Ok((bytes, sha256))
        };
        let (bytes, sha256) = apart(read).await?;
        Ok(Held {
            bytes: bytes.into(),
            sha256,
            _room: Some(room),
        })
    }
}

/// On a thread that may wait for the disk.
async fn apart<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, ApiError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(ApiError::internal)?
        .map_err(disk)
}

fn disk(error: io::Error) -> ApiError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            tracing::error!("no space left to take bodies in");
            ApiError::storage_full()
        }
        _ => ApiError::internal(error),
    }
}

/// A body and what was said about it.
struct Announced {
    body: Body,
    length: usize,
    arrived: usize,
}

impl Announced {
    /// The next piece; `None` when exactly what was announced has arrived.
    async fn next(&mut self) -> Result<Option<Bytes>, ApiError> {
        while let Some(frame) = self.body.frame().await {
            let Ok(data) = frame.map_err(|e| self.broken(&e))?.into_data() else {
                continue;
            };
            self.arrived = self.arrived.saturating_add(data.len());
            if self.arrived > self.length {
                let detail = format!("More than the announced {} bytes arrived.", self.length);
                return Err(ApiError::new(ProblemCode::BadRequest).detail(detail));
            }
            return Ok(Some(data));
        }
        if self.arrived < self.length {
            Err(self.incomplete())
        } else {
            Ok(None)
        }
    }

    fn broken(&self, error: &axum::Error) -> ApiError {
        if is_stalled(error) {
            stalled()
        } else {
            self.incomplete()
        }
    }

    fn incomplete(&self) -> ApiError {
        ApiError::new(ProblemCode::BodyIncomplete).detail(format!(
            "{} of {} announced bytes arrived. Nothing of it was kept; send it again.",
            self.arrived, self.length
        ))
    }
}

/// What `Content-Length` says: 411 without one, 413 above `most`.
pub fn announced_length(headers: &HeaderMap, most: usize) -> Result<usize, ApiError> {
    let Some(value) = headers.get(header::CONTENT_LENGTH) else {
        return Err(ApiError::new(ProblemCode::LengthRequired)
            .detail("Send the part with a Content-Length."));
    };
    let length: u64 = value
        .to_str()
        .ok()
        .and_then(|v| v.parse().ok())
        .ok_or_else(|| {
            ApiError::new(ProblemCode::BadRequest).detail("The Content-Length is not a number.")
        })?;
    match usize::try_from(length) {
        Ok(length) if length <= most => Ok(length),
        _ => Err(ApiError::new(ProblemCode::TooLarge).detail(format!(
            "The body has {length} bytes; at most {most} are taken."
        ))),
    }
}

/// Whether the accept loop gave the body up.
pub(super) fn is_stalled(error: &(dyn StdError + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(e) = cause {
        if e.is::<Stalled>() {
            return true;
        }
        cause = e.source();
    }
    false
}

pub(super) fn stalled() -> ApiError {
    ApiError::new(ProblemCode::RequestTimeout).detail(
        "The body stopped half-way, or came too slowly. Nothing of it was kept; send it again.",
    )
}

/// Reads and forgets a body that is refused for its size, so that the client gets to read the
/// answer instead of a broken connection. Bounded in bytes and in time.
pub async fn drain(mut body: Body) {
    const MOST: usize = 256 * 1024 * 1024;
    const PATIENCE: Duration = Duration::from_secs(10);
    let _ = tokio::time::timeout(PATIENCE, async {
        let mut seen = 0;
        while let Some(Ok(frame)) = body.frame().await {
            seen += frame.data_ref().map_or(0, Bytes::len);
            if seen > MOST {
                break;
            }
        }
    })
    .await;
}
