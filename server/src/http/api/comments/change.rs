//! Changing a comment: its words, whether its thread is done, whether it is there at all.

use aside_protocol::id::CommentId;
use aside_protocol::problem::ProblemCode;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::CommentView;
use crate::app::App;
use crate::http::extract::{Actor, IfMatch, Json, Path};
use crate::http::{ApiError, ApiResult};
use crate::service::comments::{self, ChangeError, Edit};

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeComment {
    /// Markdown, with markers such as `<@user:0192…>` for whom it mentions.
    #[serde(default)]
    body: Option<String>,
    /// Of a thread, whether it is done.
    #[serde(default)]
    resolved: Option<bool>,
}

/// Changes the words of a comment, or resolves its thread
///
/// With `If-Match`, only if the comment is still at that version. A program with scopes changes what programs of its person wrote, and resolves nothing.
#[utoipa::path(patch, path = "/api/comments/{id}", tag = "comments",
    params(("id" = Uuid, Path), ("If-Match" = Option<String>, Header, description = "the version that was changed, such as `\"3\"`")), request_body = ChangeComment,
    responses((status = 200, body = CommentView), (status = 403), (status = 404), (status = 410, description = "gone"),
        (status = 412, description = "version_conflict"), (status = 422, description = "invalid, with the field")))]
pub async fn patch_comment(
    State(app): State<App>,
    Path(id): Path<CommentId>,
    actor: Actor,
    IfMatch(version): IfMatch,
    Json(change): Json<ChangeComment>,
) -> ApiResult<Json<CommentView>> {
    let wanted = Edit {
        body: change.body,
        resolved: change.resolved,
        by_agent: actor.is_agent(),
    };
    let viewer = actor.viewer();
    let read = comments::edit(&app, &viewer, actor.name(), id, version, &wanted).await?;
    Ok(Json(CommentView::of(read, &viewer)))
}

/// Deletes a comment; it can be restored
#[utoipa::path(delete, path = "/api/comments/{id}", tag = "comments", params(("id" = Uuid, Path)),
    responses((status = 204), (status = 403), (status = 404), (status = 410, description = "gone")))]
pub async fn delete_comment(
    State(app): State<App>,
    Path(id): Path<CommentId>,
    actor: Actor,
) -> ApiResult<StatusCode> {
    comments::delete(&app, &actor.viewer(), actor.is_agent(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Brings a deleted comment back
///
/// Only who deleted it may: what the owner of the recording deleted, nobody else brings back. A program with scopes brings nothing back.
#[utoipa::path(post, path = "/api/comments/{id}/restore", tag = "comments", params(("id" = Uuid, Path)),
    responses((status = 200, body = CommentView), (status = 403), (status = 404), (status = 410, description = "gone")))]
pub async fn restore_comment(
    State(app): State<App>,
    Path(id): Path<CommentId>,
    actor: Actor,
) -> ApiResult<Json<CommentView>> {
    let viewer = actor.viewer();
    let read = comments::restore(&app, &viewer, actor.is_agent(), id).await?;
    Ok(Json(CommentView::of(read, &viewer)))
}

impl From<ChangeError> for ApiError {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::NotFound => Self::not_found(),
            ChangeError::Deleted => Self::new(ProblemCode::Gone).detail(error),
            ChangeError::OtherVersion(now) => Self::other_version(now),
            ChangeError::Refused(refusal) => refusal.into(),
            ChangeError::Comment(cause) => cause.into(),
            ChangeError::Reaction(cause) => cause.into(),
            ChangeError::TooMany(wait) => {
                Self::too_many("Too many reactions in a short time.", wait)
            }
            ChangeError::Store(cause) => cause.into(),
        }
    }
}
