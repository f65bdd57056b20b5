//! Changing a comment: its words, whether its thread is done, whether it is there at all.

use aside_protocol::id::CommentId;
use aside_protocol::problem::ProblemCode;
use aside_protocol::time::Timestamp;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{CommentView, tell};
use crate::app::App;
use crate::domain::access::{Action, Facts, decide};
use crate::domain::comment::{Comment, CommentError, Deleter, clean_body};
use crate::http::extract::{Actor, IfMatch, Json, Path};
use crate::http::{ApiError, ApiResult};
use crate::store::Tx;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeComment {
    /// Markdown.
    #[serde(default)]
    body: Option<String>,
    /// Of a thread, whether it is done.
    #[serde(default)]
    resolved: Option<bool>,
}

/// Changes the words of a comment, or resolves its thread
///
/// With `If-Match`, only if the comment is still at that version.
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
    let body = change.body.as_deref().map(clean_body).transpose()?;
    let comment = found(&app, id).await?;
    if body.is_some() {
        allowed(&app, &actor, &comment, Action::EditComment(comment.author)).await?;
    }
    if change.resolved.is_some() {
        allowed(
            &app,
            &actor,
            &comment,
            Action::ResolveThread(comment.author),
        )
        .await?;
        if comment.parent.is_some() {
            return Err(CommentError::NotAThread.into());
        }
    }
    allowed(&app, &actor, &comment, Action::Watch).await?;
    let name = match &actor {
        Actor::Member(member) => Some(member.user.name.clone()),
        Actor::Guest(guest) => Some(guest.name.clone()),
        Actor::Anonymous => None,
    };
    let comment = apply(&app, id, |comment, now| {
        if comment.deleted_at.is_some() {
            return Err(ApiError::new(ProblemCode::Gone).detail("This comment was deleted."));
        }
        if version.is_some_and(|version| version != comment.version) {
            return Err(ApiError::other_version(comment.version));
        }
        if let Some(body) = body.filter(|body| *body != comment.body) {
            comment.body = body;
            comment.edited_at = Some(now);
        }
        if let Some(resolved) = change
            .resolved
            .filter(|resolved| *resolved != comment.resolved_at.is_some())
        {
            comment.resolved_at = resolved.then_some(now);
            comment.resolved_by = name.filter(|_| resolved);
        }
        Ok(())
    })
    .await?;
    Ok(Json(CommentView::of(comment, &actor.viewer())))
}

/// Deletes a comment; it can be restored
#[utoipa::path(delete, path = "/api/comments/{id}", tag = "comments", params(("id" = Uuid, Path)),
    responses((status = 204), (status = 403), (status = 404), (status = 410, description = "gone")))]
pub async fn delete_comment(
    State(app): State<App>,
    Path(id): Path<CommentId>,
    actor: Actor,
) -> ApiResult<StatusCode> {
    let comment = found(&app, id).await?;
    let action = Action::DeleteComment(comment.author);
    let facts = allowed(&app, &actor, &comment, action).await?;
    let owns = actor.user().is_some_and(|user| user.id == facts.owner);
    let by = if owns {
        Deleter::Owner
    } else {
        Deleter::Author
    };
    apply(&app, id, |comment, now| {
        comment.delete(by, now);
        Ok(())
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Brings a deleted comment back
///
/// Only who deleted it may: what the owner of the recording deleted, nobody else brings back.
#[utoipa::path(post, path = "/api/comments/{id}/restore", tag = "comments", params(("id" = Uuid, Path)),
    responses((status = 200, body = CommentView), (status = 403), (status = 404), (status = 410, description = "gone")))]
pub async fn restore_comment(
    State(app): State<App>,
    Path(id): Path<CommentId>,
    actor: Actor,
) -> ApiResult<Json<CommentView>> {
    let comment = found(&app, id).await?;
    let facts = allowed(&app, &actor, &comment, Action::Watch).await?;
    let viewer = actor.viewer();
    let comment = apply(&app, id, |comment, _| {
        // Whoever deleted it is read where it is brought back: the owner may just have done so.
        let action = match comment.deleted_at {
            Some(_) => Action::RestoreComment(comment.author, comment.deleted_by),
            None => Action::DeleteComment(comment.author),
        };
        decide(&viewer, action, &facts)?;
        comment.restore();
        Ok(())
    })
    .await?;
    Ok(Json(CommentView::of(comment, &actor.viewer())))
}

async fn found(app: &App, id: CommentId) -> ApiResult<Comment> {
    app.store.comment(id).await?.ok_or_else(ApiError::not_found)
}

/// What the rules know of the comment's recording, if they let `actor` do this.
async fn allowed(app: &App, actor: &Actor, comment: &Comment, action: Action) -> ApiResult<Facts> {
    let recording = app
        .store
        .recording(comment.recording)
        .await?
        .ok_or_else(ApiError::not_found)?;
    let facts = recording.facts();
    decide(&actor.viewer(), action, &facts)?;
    Ok(facts)
}

/// Changes the row as it is now, and tells open pages if that changed anything.
async fn apply(
    app: &App,
    id: CommentId,
    change: impl FnOnce(&mut Comment, Timestamp) -> ApiResult<()>,
) -> ApiResult<Comment> {
    let now = app.now();
    let comment = app
        .store
        .write(async |tx: &mut Tx| -> ApiResult<Comment> {
            let before = tx.comment(id).await?.ok_or_else(ApiError::not_found)?;
            let mut after = before.clone();
            change(&mut after, now)?;
            if after != before {
                after.version = before.version + 1;
                tx.update_comment(&after).await?;
                tell(tx, &after, now).await?;
            }
            Ok(after)
        })
        .await?;
    app.notify.notify(comment.recording);
    Ok(comment)
}
