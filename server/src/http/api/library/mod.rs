//! The library's folders and tags, and changes to several recordings at once.

mod change;
mod folder_sharing;
mod folders;
mod overview;
mod share;

use aside_protocol::id::FolderId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::library::{Folder, LibraryError};
use crate::domain::sharing::Audience;
use crate::http::ApiError;
use crate::http::api::retention::RetentionWord;
use crate::http::forms::tag_of;
use crate::service::folders::ChangeError;
use crate::service::hand_over::HandOverError;

pub use change::*;
pub use folder_sharing::*;
pub use folders::*;
pub use overview::*;
pub use share::*;

/// A folder of one's own recordings.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Folder)]
pub struct FolderView {
    pub id: FolderId,
    /// The folder it lies in; null at the top.
    #[schema(required)]
    pub parent_id: Option<FolderId>,
    pub name: String,
    /// How long what lies in it stays; null: as the folder that it lies in, or the server, says.
    #[schema(required)]
    pub retention: Option<RetentionWord>,
    /// Who may see what lies in it, beside the people named for it; null: as the folder that it lies in, or each recording as it
    /// says itself.
    #[schema(required)]
    pub audience: Option<Audience>,
    /// The folder that says so, itself or one above; null: it is not shared.
    #[schema(required)]
    pub shared_by: Option<FolderId>,
    /// Of what can be changed of it; for `If-Match`.
    pub etag: String,
}

impl From<Folder> for FolderView {
    fn from(folder: Folder) -> Self {
        let retention = folder.retention.map(RetentionWord::from);
        Self {
            etag: tag_of(&(folder.parent, &folder.name, retention)),
            id: folder.id,
            parent_id: folder.parent,
            name: folder.name,
            retention,
            audience: folder.audience,
            shared_by: folder.shared_by,
        }
    }
}

/// Where to; null: out of all folders.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MoveTo {
    #[schema(required)]
    folder_id: Option<FolderId>,
}

impl From<LibraryError> for ApiError {
    fn from(error: LibraryError) -> Self {
        Self::invalid(error.field(), error)
    }
}

impl From<HandOverError> for ApiError {
    fn from(error: HandOverError) -> Self {
        match error {
            HandOverError::Gate(cause) => cause.into(),
            HandOverError::People(cause) => Self::invalid("hand_over_to", cause),
            HandOverError::Store(cause) => cause.into(),
        }
    }
}

impl From<ChangeError> for ApiError {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::NotFound => Self::not_found(),
            ChangeError::Library(cause) => cause.into(),
            ChangeError::Gate(cause) => cause.into(),
            ChangeError::Sharing(cause) => cause.into(),
            ChangeError::People(cause) => Self::invalid("hand_over_to", cause),
            ChangeError::Store(cause) => cause.into(),
        }
    }
}
