//! `/api/folders`: made, renamed, moved, removed, brought back.

use aside_protocol::id::FolderId;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{FolderView, MoveTo};
use crate::app::App;
use crate::http::ApiResult;
use crate::http::api::retention::RetentionWord;
use crate::http::extract::{Json, Member, Path};
use crate::service::folder_removal;
use crate::service::folders::{self, FolderChange};

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewFolder {
    /// 1 to 100 characters.
    name: String,
    /// The folder it is to lie in; none: at the top.
    #[serde(default)]
    parent_id: Option<FolderId>,
}

/// What is not said stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeFolder {
    /// 1 to 100 characters.
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    move_to: Option<MoveTo>,
    #[serde(default)]
    retention: Option<FolderRetention>,
}

/// How long what lies in the folder stays.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FolderRetention {
    /// Null: as the folder that it lies in, or the server, says.
    #[schema(required)]
    says: Option<RetentionWord>,
}

/// Makes a folder
#[utoipa::path(post, path = "/api/folders", tag = "library", request_body = NewFolder,
    responses((status = 201, body = FolderView), (status = 422, description = "invalid, with the field")))]
pub async fn make_folder(
    State(app): State<App>,
    member: Member,
    Json(new): Json<NewFolder>,
) -> ApiResult<(StatusCode, Json<FolderView>)> {
    let folder = folders::make_folder(&app, member.user.id, &new.name, new.parent_id).await?;
    Ok((StatusCode::CREATED, Json(folder.into())))
}

/// Renames or moves a folder, or says how long what lies in it stays
#[utoipa::path(patch, path = "/api/folders/{id}", tag = "library", params(("id" = Uuid, Path)), request_body = ChangeFolder,
    responses((status = 200, body = FolderView), (status = 404), (status = 422, description = "invalid, with the field")))]
pub async fn change_folder(
    State(app): State<App>,
    member: Member,
    Path(id): Path<FolderId>,
    Json(change): Json<ChangeFolder>,
) -> ApiResult<Json<FolderView>> {
    let retention = change.retention.map(|it| it.says.map(RetentionWord::word));
    let wanted = FolderChange {
        name: change.name,
        parent: change.move_to.map(|to| to.folder_id),
        retention: retention.map(Option::transpose).transpose()?,
    };
    let folder = folders::change_folder(&app, &member.user, id, &wanted).await?;
    Ok(Json(folder.into()))
}

/// Removes a folder in which nothing lies; for a minute it can be brought back
#[utoipa::path(delete, path = "/api/folders/{id}", tag = "library", params(("id" = Uuid, Path)),
    responses((status = 204), (status = 404), (status = 422, description = "invalid: something lies in it")))]
pub async fn remove_folder(
    State(app): State<App>,
    member: Member,
    Path(id): Path<FolderId>,
) -> ApiResult<StatusCode> {
    folder_removal::remove_folder(&app, &member.user, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Brings a folder of one's own back that was removed within the last minute
///
/// It lies where it lay, says what it said, and is shared as it was, with those who are still there. What lay in it lies in it again, but
/// for recordings that were laid elsewhere, given away or opened otherwise meanwhile. 422 where the folder in which it lay is gone.
#[utoipa::path(post, path = "/api/folders/{id}/restore", tag = "library", params(("id" = Uuid, Path)),
    responses((status = 200, body = FolderView), (status = 404), (status = 422, description = "invalid, with the field")))]
pub async fn restore_folder(
    State(app): State<App>,
    member: Member,
    Path(id): Path<FolderId>,
) -> ApiResult<Json<FolderView>> {
    let folder = folder_removal::restore_folder(&app, &member.user, id).await?;
    Ok(Json(folder.into()))
}
