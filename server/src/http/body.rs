//! What the head says of a body, and bodies that break off.

use std::error::Error as StdError;
use std::time::Duration;

use aside_protocol::problem::ProblemCode;
use axum::body::Body;
use axum::http::{HeaderMap, header};
use bytes::Bytes;
use http_body_util::BodyExt as _;

use super::error::ApiError;
use crate::domain::drawing;
use crate::intake::IntakeError;

/// A comment with its drawing: the words and the mentions in them are counted by the rule, a drawing of a million points is not read.
pub(super) const MAX_COMMENT: usize = 8 * drawing::MAX_BYTES;

/// A body that stopped half-way, or came too slowly.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("too little of the body arrived in {} s", .0.as_secs())]
pub struct Stalled(pub Duration);

impl From<IntakeError> for ApiError {
    fn from(error: IntakeError) -> Self {
        match &error {
            IntakeError::Incomplete {
                cause: Some(cause), ..
            } if is_stalled(&**cause) => stalled(),
            IntakeError::Incomplete { .. } => Self::new(ProblemCode::BodyIncomplete).detail(error),
            IntakeError::TooLarge { .. } => Self::new(ProblemCode::TooLarge).detail(error),
            IntakeError::TooLong { .. } => Self::new(ProblemCode::BadRequest).detail(error),
            IntakeError::Full => {
                tracing::error!("{error}");
                Self::storage_full()
            }
            IntakeError::Disk(_) | IntakeError::Cancelled => Self::internal(error),
        }
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
    const DRAINED_BYTES: usize = 256 * 1024 * 1024;
    const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);
    let _ = tokio::time::timeout(DRAIN_TIMEOUT, async {
        let mut seen = 0;
        while let Some(Ok(frame)) = body.frame().await {
            seen += frame.data_ref().map_or(0, Bytes::len);
            if seen > DRAINED_BYTES {
                break;
            }
        }
    })
    .await;
}
