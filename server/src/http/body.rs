//! Reading a body that is what its head says, and no larger than it may be.
//!
//! Surprise: bodies of all uploads share one budget of memory. A take waits its turn instead of
//! adding its sixteen megabytes to those of forty-nine others.

use std::error::Error as StdError;
use std::sync::Arc;
use std::time::Duration;

use aside_protocol::problem::ProblemCode;
use axum::body::Body;
use axum::http::{HeaderMap, header};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::error::ApiError;

/// A body that stopped half-way: nothing came for too long.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("nothing of the body arrived for {} s", .0.as_secs())]
pub struct Stalled(pub Duration);

/// Memory for bodies of uploads, in bytes. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Budget {
    room: Arc<Semaphore>,
    size: u32,
}

impl Budget {
    /// `size` must hold the largest body.
    pub fn new(size: u32) -> Self {
        Self { room: Arc::new(Semaphore::new(size as usize)), size }
    }

    async fn take(&self, bytes: u32) -> Result<OwnedSemaphorePermit, ApiError> {
        self.room.clone().acquire_many_owned(bytes.min(self.size)).await.map_err(ApiError::internal)
    }
}

/// A body in memory; its room in the budget is free again when it is dropped.
#[derive(Debug)]
pub struct Held {
    pub bytes: Bytes,
    _room: OwnedSemaphorePermit,
}

/// What `Content-Length` says: 411 without one, 413 above `most`.
pub fn announced_length(headers: &HeaderMap, most: usize) -> Result<usize, ApiError> {
    let Some(value) = headers.get(header::CONTENT_LENGTH) else {
        return Err(ApiError::new(ProblemCode::LengthRequired).detail("Send the part with a Content-Length."));
    };
    let length: u64 = value.to_str().ok().and_then(|v| v.parse().ok()).ok_or_else(|| ApiError::new(ProblemCode::BadRequest).detail("The Content-Length is not a number."))?;
    match usize::try_from(length) {
        Ok(length) if length <= most => Ok(length),
        _ => Err(ApiError::new(ProblemCode::TooLarge).detail(format!("The body has {length} bytes; at most {most} are taken."))),
    }
}

/// Reads exactly `length` bytes, as announced.
pub async fn read(body: Body, length: usize, budget: &Budget) -> Result<Held, ApiError> {
    let room = budget.take(u32::try_from(length).unwrap_or(u32::MAX)).await?;
    let mut body = body;
    let mut bytes = BytesMut::with_capacity(length);
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|e| broken(&e, bytes.len(), length))?.into_data() else { continue };
        if data.len() > length - bytes.len() {
            return Err(ApiError::new(ProblemCode::BadRequest).detail(format!("More than the announced {length} bytes arrived.")));
        }
        bytes.extend_from_slice(&data);
    }
    if bytes.len() < length {
        return Err(incomplete(bytes.len(), length));
    }
    Ok(Held { bytes: bytes.freeze(), _room: room })
}

fn incomplete(arrived: usize, length: usize) -> ApiError {
    ApiError::new(ProblemCode::BodyIncomplete)
        .detail(format!("{arrived} of {length} announced bytes arrived. Nothing of it was kept; send it again."))
}

fn broken(error: &axum::Error, arrived: usize, length: usize) -> ApiError {
    if is_stalled(error) { stalled() } else { incomplete(arrived, length) }
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
    ApiError::new(ProblemCode::RequestTimeout).detail("The body stopped half-way. Nothing of it was kept; send it again.")
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
