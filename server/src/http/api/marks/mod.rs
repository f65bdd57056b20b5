//! Chapters: a moment with a title, on the timeline of the watch page.

mod change;
mod write;

use aside_protocol::id::MarkId;
use aside_protocol::problem::ProblemCode;
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::mark::{Mark, MarkError};
use crate::http::ApiError;
use crate::service::marks::ChangeError;

pub use change::{
    __path_delete_mark, __path_patch_mark, __path_restore_mark, delete_mark, patch_mark,
    restore_mark,
};
pub use write::{__path_post_mark, post_mark};

/// A chapter as pages show it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Mark)]
pub struct MarkView {
    pub id: MarkId,
    pub at_ms: u64,
    /// Empty: not named yet.
    pub title: String,
    /// Counts up with each change; for `If-Match`.
    pub version: i64,
}

impl From<Mark> for MarkView {
    fn from(mark: Mark) -> Self {
        Self {
            id: mark.id,
            at_ms: mark.at_ms,
            title: mark.title,
            version: mark.version,
        }
    }
}

/// A chapter was set, changed or brought back; or it was deleted.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum MarkNews {
    Mark(MarkView),
    Deleted(DeletedMark),
}

/// A chapter that was deleted.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeletedMark {
    pub id: MarkId,
    /// Always true.
    pub deleted: bool,
}

impl MarkNews {
    pub(super) fn of(mark: Mark) -> Self {
        if mark.deleted_at.is_some() {
            Self::Deleted(DeletedMark {
                id: mark.id,
                deleted: true,
            })
        } else {
            Self::Mark(mark.into())
        }
    }
}

impl From<MarkError> for ApiError {
    fn from(error: MarkError) -> Self {
        Self::invalid(error.field(), error)
    }
}

impl From<ChangeError> for ApiError {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::NotFound => Self::not_found(),
            ChangeError::Deleted => Self::new(ProblemCode::Gone).detail(error),
            ChangeError::OtherVersion(now) => Self::other_version(now),
            ChangeError::Mark(cause) => cause.into(),
            ChangeError::Gate(cause) => cause.into(),
            ChangeError::Store(cause) => cause.into(),
        }
    }
}
