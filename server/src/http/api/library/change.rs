//! `POST /api/library/change`

use aside_protocol::id::{RecordingId, UserId};
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::MoveTo;
use crate::app::App;
use crate::domain::library::ChangeMany;
use crate::domain::sharing::Audience;
use crate::http::ApiResult;
use crate::http::extract::{Json, Member};
use crate::service::folders;

/// What is not said stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeRecordings {
    /// At most 500 recordings of one's own.
    ids: Vec<RecordingId>,
    #[serde(default)]
    move_to: Option<MoveTo>,
    /// 1 to 40 characters each; kept in lower case. At most 20 a recording.
    #[serde(default)]
    add_tags: Vec<String>,
    #[serde(default)]
    remove_tags: Vec<String>,
    /// Into the trash, or out of it.
    #[serde(default)]
    trashed: Option<bool>,
    /// Whether no retention rule moves it to the trash.
    #[serde(default)]
    pinned: Option<bool>,
    /// For whom they are; in a shared folder, not for more than the folder is.
    #[serde(default)]
    audience: Option<Audience>,
    /// They are shared as the folders are in which they lie; then `audience` says nothing.
    #[serde(default)]
    as_folder: bool,
    /// Whose they are from now on; for a minute they can be taken back.
    #[serde(default)]
    hand_over_to: Option<UserId>,
}

/// Moves, tags, shares, keeps, trashes, restores or hands over several of one's own recordings: all of them, or none
#[utoipa::path(post, path = "/api/library/change", tag = "library", request_body = ChangeRecordings,
    responses((status = 204), (status = 403), (status = 404), (status = 422, description = "invalid, with the field")))]
pub async fn change_library(
    State(app): State<App>,
    member: Member,
    Json(change): Json<ChangeRecordings>,
) -> ApiResult<StatusCode> {
    let wanted = ChangeMany {
        ids: change.ids,
        folder: change.move_to.map(|to| to.folder_id),
        add_tags: change.add_tags,
        remove_tags: change.remove_tags,
        trashed: change.trashed,
        pinned: change.pinned,
        audience: change.audience,
        as_folder: change.as_folder,
        hand_over_to: change.hand_over_to,
    };
    folders::change_many(&app, &member, wanted).await?;
    Ok(StatusCode::NO_CONTENT)
}
