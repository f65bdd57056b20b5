//! `POST /api/watch/{slug}/marks`

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::MarkView;
use crate::app::App;
use crate::domain::access::{Allowed, Mark};
use crate::http::ApiResult;
use crate::http::extract::Json;
use crate::service::marks;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMark {
    at_ms: u64,
    /// At most 200 characters; empty: not named yet.
    #[serde(default)]
    title: String,
}

/// Sets a chapter; only the owner of the recording may
#[utoipa::path(post, path = "/api/watch/{slug}/marks", tag = "marks", params(("slug" = String, Path)), request_body = NewMark,
    responses((status = 201, body = MarkView), (status = 403), (status = 404), (status = 410, description = "gone"),
        (status = 422, description = "invalid, with the field")))]
pub async fn post_mark(
    State(app): State<App>,
    recording: Allowed<Mark>,
    Json(new): Json<NewMark>,
) -> ApiResult<(StatusCode, Json<MarkView>)> {
    let mark = marks::add(&app, &app.tracks, &recording, new.at_ms, new.title).await?;
    Ok((StatusCode::CREATED, Json(mark.into())))
}
