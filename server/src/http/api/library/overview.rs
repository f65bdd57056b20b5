//! `GET /api/library`

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::FolderView;
use crate::app::App;
use crate::http::ApiResult;
use crate::http::extract::{Json, Member};
use crate::service::library::overview;

/// How one's own recordings are ordered.
#[derive(Debug, Serialize, ToSchema)]
pub struct Library {
    /// By name.
    folders: Vec<CountedFolder>,
    /// By name.
    tags: Vec<Tag>,
    /// How many of one's own recordings go to the trash soon by a rule.
    ending: u64,
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

/// One's own folders and tags
#[utoipa::path(get, path = "/api/library", tag = "library", responses((status = 200, body = Library)))]
pub async fn get_library(State(app): State<App>, member: Member) -> ApiResult<Json<Library>> {
    let found = overview(&app, member.user.id).await?;
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
    }))
}
