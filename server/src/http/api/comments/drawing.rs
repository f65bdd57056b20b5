//! What is drawn on the picture of a comment.

use aside_protocol::id::{CommentId, Slug};
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use serde::Deserialize;

use crate::app::App;
use crate::domain::access::{Allowed, Watch};
use crate::domain::drawing::Drawing;
use crate::http::extract::Path;
use crate::http::{ApiError, ApiResult};
use crate::service::comments;

#[derive(Debug, Deserialize)]
pub struct Named {
    #[serde(rename = "slug")]
    _slug: Slug,
    comment: CommentId,
}

/// What is drawn on the picture of a comment
#[utoipa::path(get, path = "/api/watch/{slug}/comments/{comment}/drawing", tag = "comments",
    params(("slug" = String, Path), ("comment" = Uuid, Path)),
    responses((status = 200, body = Drawing), (status = 403, description = "password_needed"), (status = 404), (status = 410, description = "gone")))]
pub async fn get_drawing(
    State(app): State<App>,
    recording: Allowed<Watch>,
    Path(named): Path<Named>,
) -> ApiResult<impl IntoResponse> {
    let found = comments::drawing(&app, &recording, named.comment).await?;
    let json = found.ok_or_else(ApiError::not_found)?;
    Ok(([(header::CONTENT_TYPE, "application/json")], json))
}
