//! `GET /api/library`

use aside_protocol::id::{FolderId, UserId};
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::FolderView;
use crate::app::App;
use crate::domain::sharing::{Audience, SharedFolder};
use crate::http::ApiResult;
use crate::http::extract::{Json, Member};
use crate::service::library::overview;
use crate::service::sharing::folders_shared_with;

/// How one's own recordings are ordered.
#[derive(Debug, Serialize, ToSchema)]
pub struct Library {
    /// By name.
    folders: Vec<CountedFolder>,
    /// By name.
    tags: Vec<Tag>,
    /// How many of one's own recordings go to the trash soon by a rule.
    ending: u64,
    /// Folders of others that are shared with one, by name.
    shared_folders: Vec<SharedFolderView>,
}

/// A folder of somebody else.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SharedFolder)]
pub struct SharedFolderView {
    id: FolderId,
    /// The folder it lies in, which may not be shared; null at the top.
    #[schema(required)]
    parent_id: Option<FolderId>,
    name: String,
    owner_id: UserId,
    owner_name: String,
    /// `owner`: for people who are named. `members`: for everyone here.
    audience: Audience,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct CountedFolder {
    #[serde(flatten)]
    folder: FolderView,
    /// How many recordings lie in it, without those in folders inside of it.
    recordings: u64,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Tag {
    tag: String,
    /// How many recordings have it.
    recordings: u64,
}

impl From<SharedFolder> for SharedFolderView {
    fn from(folder: SharedFolder) -> Self {
        let (owner_id, owner_name) = folder.owner;
        Self {
            id: folder.id,
            parent_id: folder.parent,
            name: folder.name,
            owner_id,
            owner_name,
            audience: folder.audience,
        }
    }
}

/// One's own folders and tags, and the folders of others that are shared with one
#[utoipa::path(get, path = "/api/library", tag = "library", responses((status = 200, body = Library)))]
pub async fn get_library(State(app): State<App>, member: Member) -> ApiResult<Json<Library>> {
    let found = overview(&app, member.user.id).await?;
    let shared = folders_shared_with(&app, &member).await?.into_iter();
    let folders = found.folders.into_iter();
    let folders = folders.map(|(folder, recordings)| CountedFolder {
        folder: folder.into(),
        recordings,
    });
    let tags = found.tags.into_iter().map(|it| Tag {
        tag: it.tag,
        recordings: it.recordings,
    });
    Ok(Json(Library {
        folders: folders.collect(),
        tags: tags.collect(),
        ending: found.ending,
        shared_folders: shared.map(SharedFolderView::from).collect(),
    }))
}
