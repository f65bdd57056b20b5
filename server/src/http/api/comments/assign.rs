//! Who is to do what a thread says.

use aside_protocol::id::{CommentId, UserId};
use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use super::CommentView;
use crate::app::App;
use crate::domain::access::{Allowed, Comment};
use crate::domain::assignment::day;
use crate::domain::comment::CommentError;
use crate::http::ApiResult;
use crate::http::extract::{IfMatch, Json, Path};
use crate::service::comments::{self, Assign};

/// A comment of the recording behind a link.
#[derive(Debug, Deserialize)]
pub struct OfLink {
    pub(super) comment: CommentId,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignComment {
    user_id: UserId,
    /// A day of their calendar, such as `2026-01-31`.
    #[serde(default)]
    due_on: Option<String>,
}

/// Asks somebody to do what a thread says
///
/// Who may comment and has an account may. With `If-Match`, only if the comment is still at that version.
#[utoipa::path(put, path = "/api/watch/{slug}/comments/{comment}/assignment", tag = "comments",
    params(("slug" = String, Path), ("comment" = Uuid, Path), ("If-Match" = Option<String>, Header, description = "the version that was read, such as `\"3\"`")),
    request_body = AssignComment,
    responses((status = 200, body = CommentView), (status = 401), (status = 403), (status = 404), (status = 410, description = "gone"),
        (status = 412, description = "version_conflict"), (status = 422, description = "invalid, with the field")))]
pub async fn assign_comment(
    State(app): State<App>,
    recording: Allowed<Comment>,
    Path(OfLink { comment }): Path<OfLink>,
    IfMatch(version): IfMatch,
    Json(wanted): Json<AssignComment>,
) -> ApiResult<Json<CommentView>> {
    let due = wanted.due_on.as_deref().map(day).transpose();
    let assign = Assign {
        to: wanted.user_id,
        due: due.map_err(CommentError::from)?,
    };
    let read = comments::assign(&app, &recording, comment, version, Some(assign)).await?;
    Ok(Json(CommentView::of(read, recording.viewer())))
}

/// Asks nobody any more to do what a thread says
#[utoipa::path(delete, path = "/api/watch/{slug}/comments/{comment}/assignment", tag = "comments",
    params(("slug" = String, Path), ("comment" = Uuid, Path)),
    responses((status = 200, body = CommentView), (status = 401), (status = 403), (status = 404), (status = 410, description = "gone")))]
pub async fn unassign_comment(
    State(app): State<App>,
    recording: Allowed<Comment>,
    Path(OfLink { comment }): Path<OfLink>,
) -> ApiResult<Json<CommentView>> {
    let read = comments::assign(&app, &recording, comment, None, None).await?;
    Ok(Json(CommentView::of(read, recording.viewer())))
}
