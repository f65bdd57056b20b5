//! `DELETE /api/recordings/{id}` and `POST /api/recordings/{id}/restore`. Both may be repeated.

use aside_protocol::id::RecordingId;
use axum::extract::State;
use axum::http::StatusCode;

use crate::app::App;
use crate::http::ApiResult;
use crate::http::extract::{Member, Path};
use crate::service::recordings::{delete, restore};

/// Into the trash: nobody can open it, nothing is lost.
#[utoipa::path(delete, path = "/api/recordings/{id}", tag = "library", params(("id" = RecordingId, Path,)), responses((status = 204)))]
pub async fn delete_recording(
    State(app): State<App>,
    member: Member,
    Path(id): Path<RecordingId>,
) -> ApiResult<StatusCode> {
    delete(&app, &member.viewer(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Out of the trash.
#[utoipa::path(post, path = "/api/recordings/{id}/restore", tag = "library", params(("id" = RecordingId, Path,)), responses((status = 204)))]
pub async fn restore_recording(
    State(app): State<App>,
    member: Member,
    Path(id): Path<RecordingId>,
) -> ApiResult<StatusCode> {
    restore(&app, &member.viewer(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}
