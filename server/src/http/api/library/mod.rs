//! The library's folders and tags, and changes to several recordings at once.

mod change;
mod folders;
mod overview;

use aside_protocol::id::FolderId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::library::{Folder, LibraryError};
use crate::http::ApiError;
use crate::http::api::retention::RetentionWord;
use crate::service::folders::ChangeError;

pub use change::*;
pub use folders::*;
pub use overview::*;

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
}

impl From<Folder> for FolderView {
    fn from(folder: Folder) -> Self {
        Self {
            id: folder.id,
            parent_id: folder.parent,
            name: folder.name,
            retention: folder.retention.map(RetentionWord::from),
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

impl From<ChangeError> for ApiError {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::NotFound => Self::not_found(),
            ChangeError::Library(cause) => cause.into(),
            ChangeError::Gate(cause) => cause.into(),
            ChangeError::Store(cause) => cause.into(),
        }
    }
}
