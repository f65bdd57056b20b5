//! How a comment read before it was edited.

use aside_protocol::time::Timestamp;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::assign::OfLink;
use super::view::html_of;
use crate::app::App;
use crate::domain::access::{Allowed, Watch};
use crate::http::extract::{Json, Path};
use crate::http::{ApiError, ApiResult};
use crate::service::comments;

/// The newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct CommentHistory {
    versions: Vec<CommentVersion>,
    /// Files that its author took out of it, the newest first.
    removed_files: Vec<RemovedFile>,
}

/// What a file was called.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RemovedFile {
    name: String,
    removed_at: Timestamp,
}

/// How it read.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CommentVersion {
    /// Sanitised: safe to put into a page.
    html: String,
    /// Since when.
    written_at: Timestamp,
}

/// How a comment reads and read before; for whoever reads it
#[utoipa::path(get, path = "/api/watch/{slug}/comments/{comment}/history", tag = "comments",
    params(("slug" = String, Path), ("comment" = Uuid, Path)),
    responses((status = 200, body = CommentHistory), (status = 403, description = "password_needed"), (status = 404), (status = 410, description = "gone")))]
pub async fn comment_history(
    State(app): State<App>,
    recording: Allowed<Watch>,
    Path(OfLink { comment }): Path<OfLink>,
) -> ApiResult<Json<CommentHistory>> {
    let found = comments::history(&app, &recording, comment).await?;
    let found = found.ok_or_else(ApiError::not_found)?;
    let viewer = recording.viewer();
    let removed = found.removed_files.iter().rev();
    let removed = removed.map(|(name, at)| RemovedFile {
        name: name.clone(),
        removed_at: *at,
    });
    let versions = found.versions.iter().rev();
    let versions = versions.map(|(body, at)| CommentVersion {
        html: html_of(&found.comment, body, viewer),
        written_at: *at,
    });
    Ok(Json(CommentHistory {
        versions: versions.collect(),
        removed_files: removed.collect(),
    }))
}
