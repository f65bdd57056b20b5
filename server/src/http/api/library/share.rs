//! `POST /api/library/share` and `/api/library/take-back`

use aside_protocol::id::{GroupId, RecordingId, UserId};
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::http::ApiResult;
use crate::http::api::sharing::named;
use crate::http::extract::{Json, Member};
use crate::service::hand_over;
use crate::service::sharing::share_many;

/// With one of the three.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShareRecordings {
    /// At most 500 recordings of one's own.
    ids: Vec<RecordingId>,
    #[serde(default)]
    user_id: Option<UserId>,
    /// An address; counts for who has or gets an account with it.
    #[serde(default)]
    mail: Option<String>,
    /// Counts for who is in it at any time.
    #[serde(default)]
    group_id: Option<GroupId>,
    /// They are shared with them no more.
    #[serde(default)]
    remove: bool,
}

/// What was changed by it.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecordingsShared {
    /// Those for which something is different now.
    changed: Vec<RecordingId>,
}

/// Shares several of one's own recordings with somebody by name, or no more: all of them, or none
#[utoipa::path(post, path = "/api/library/share", tag = "sharing", request_body = ShareRecordings,
    responses((status = 200, body = RecordingsShared), (status = 403), (status = 404), (status = 422, description = "invalid, with the field")))]
pub async fn share_recordings(
    State(app): State<App>,
    member: Member,
    Json(wanted): Json<ShareRecordings>,
) -> ApiResult<Json<RecordingsShared>> {
    let named = named(wanted.user_id, wanted.mail, wanted.group_id)?;
    let changed = share_many(&app, &member, wanted.ids, named, wanted.remove).await?;
    Ok(Json(RecordingsShared { changed }))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TakeBack {
    ids: Vec<RecordingId>,
}

/// Takes back recordings that one handed over less than a minute ago: all of them, or none
#[utoipa::path(post, path = "/api/library/take-back", tag = "library", request_body = TakeBack,
    responses((status = 204), (status = 404)))]
pub async fn take_recordings_back(
    State(app): State<App>,
    member: Member,
    Json(wanted): Json<TakeBack>,
) -> ApiResult<StatusCode> {
    hand_over::take_back(&app, &member, wanted.ids).await?;
    Ok(StatusCode::NO_CONTENT)
}
