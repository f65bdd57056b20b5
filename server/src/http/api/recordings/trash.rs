//! `DELETE /api/recordings/{id}` and `POST /api/recordings/{id}/restore`. Both may be repeated.

use aside_protocol::id::RecordingId;
use aside_protocol::time::Timestamp;
use axum::extract::State;
use axum::http::StatusCode;

use crate::app::App;
use crate::http::ApiResult;
use crate::http::extract::{Member, Path};
use crate::service::change_recording::set_deleted;

/// Into the trash: nobody can open it, nothing is lost.
#[utoipa::path(delete, path = "/api/recordings/{id}", tag = "library", params(("id" = RecordingId, Path,)), responses((status = 204)))]
pub async fn delete_recording(
    State(app): State<App>,
    member: Member,
    Path(id): Path<RecordingId>,
) -> ApiResult<StatusCode> {
    let now = app.now();
    set(&app, &member, id, Some(now)).await
}

/// Out of the trash.
#[utoipa::path(post, path = "/api/recordings/{id}/restore", tag = "library", params(("id" = RecordingId, Path,)), responses((status = 204)))]
pub async fn restore_recording(
    State(app): State<App>,
    member: Member,
    Path(id): Path<RecordingId>,
) -> ApiResult<StatusCode> {
    set(&app, &member, id, None).await
}

async fn set(
    app: &App,
    member: &Member,
    id: RecordingId,
    deleted_at: Option<Timestamp>,
) -> ApiResult<StatusCode> {
    set_deleted(&app.store, &member.viewer(), id, deleted_at).await?;
    app.notify.notify(id);
    Ok(StatusCode::NO_CONTENT)
}
