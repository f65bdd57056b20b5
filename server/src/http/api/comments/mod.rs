//! Comments: threads at a moment of the recording.

mod change;
mod write;

use aside_protocol::id::CommentId;
use aside_protocol::time::Timestamp;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::App;
use crate::domain::access::Viewer;
use crate::domain::comment::{Author, Comment, CommentError};
use crate::domain::markdown::to_html;
use crate::http::extract::{ByLink, Json};
use crate::http::{ApiError, ApiResult};
use crate::service::actor::Presented;
use crate::service::comments;

pub use change::{
    __path_delete_comment, __path_patch_comment, __path_restore_comment, delete_comment,
    patch_comment, restore_comment,
};
pub use write::{__path_post_comment, post_comment};

/// A comment as pages show it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Comment)]
pub struct CommentView {
    pub id: CommentId,
    /// The comment that opened the thread; none when this is it.
    #[schema(required)]
    pub parent_id: Option<CommentId>,
    pub at_ms: u64,
    #[schema(required)]
    pub end_ms: Option<u64>,
    /// Markdown; empty when deleted.
    pub body: String,
    /// Sanitised: safe to put into a page.
    pub html: String,
    pub author: AuthorView,
    /// Whether the viewer wrote it.
    pub mine: bool,
    pub created_at: Timestamp,
    #[schema(required)]
    pub edited_at: Option<Timestamp>,
    #[schema(required)]
    pub resolved_at: Option<Timestamp>,
    #[schema(required)]
    pub resolved_by: Option<String>,
    /// Shown only where replies hang on it.
    pub deleted: bool,
    /// Counts up with each change; for `If-Match`.
    pub version: i64,
}

/// Who wrote it, by the name of that day.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuthorView {
    /// Empty when the comment was deleted.
    pub name: String,
    pub kind: AuthorKind,
    #[schema(required)]
    pub id: Option<Uuid>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuthorKind {
    Member,
    /// Without an account, or with one that is gone.
    Guest,
}

impl CommentView {
    /// As `viewer` sees it.
    pub(super) fn of(comment: Comment, viewer: &Viewer) -> Self {
        let (kind, id) = match comment.author {
            Author::Member(id) => (AuthorKind::Member, Some(id.0)),
            Author::Guest(id) => (AuthorKind::Guest, Some(id.0)),
            Author::Nobody => (AuthorKind::Guest, None),
        };
        let deleted = comment.deleted_at.is_some();
        let shown = |text: String| if deleted { String::new() } else { text };
        Self {
            id: comment.id,
            parent_id: comment.parent,
            at_ms: comment.at_ms,
            end_ms: comment.end_ms,
            html: shown(to_html(&comment.body)),
            body: shown(comment.body),
            author: AuthorView {
                name: shown(comment.author_name),
                kind,
                id: id.filter(|_| !deleted),
            },
            mine: viewer.is(&comment.author),
            created_at: comment.created_at,
            edited_at: comment.edited_at,
            resolved_at: comment.resolved_at,
            resolved_by: comment.resolved_by,
            deleted,
            version: comment.version,
        }
    }
}

/// By moment, then by instant.
#[derive(Debug, Serialize, ToSchema)]
pub struct Comments {
    pub comments: Vec<CommentView>,
}

/// The comments of a recording
#[utoipa::path(get, path = "/api/watch/{slug}/comments", tag = "comments", params(("slug" = String, Path)),
    responses((status = 200, body = Comments), (status = 403, description = "password_needed"), (status = 404), (status = 410, description = "gone")))]
pub async fn get_comments(
    State(app): State<App>,
    presented: Presented,
    ByLink { slug, pass }: ByLink,
) -> ApiResult<Json<Comments>> {
    let (recording, shown) = comments::shown(&app, &presented, pass, &slug).await?;
    let viewer = *recording.viewer();
    // Rendering thousands that nobody asked for lately takes a while.
    let views = tokio::task::spawn_blocking(move || {
        let shown = shown.into_iter();
        shown.map(|c| CommentView::of(c, &viewer)).collect()
    });
    let comments = views.await.map_err(ApiError::internal)?;
    Ok(Json(Comments { comments }))
}

impl From<CommentError> for ApiError {
    fn from(error: CommentError) -> Self {
        Self::invalid(error.field(), error)
    }
}
