//! Where the picture of a recording changed.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::domain::access::{Allowed, Watch};
use crate::http::ApiResult;
use crate::http::extract::Json;
use crate::service::key_moments::key_moments;

/// Moments at which the picture changed.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeyMoments {
    /// Milliseconds from the first picture, ascending; at most 60, those with the largest changes.
    at_ms: Vec<u64>,
}

/// Where the picture changed
///
/// By the bytes of the recording: a screen that stands costs next to nothing. Each is the moment when the change is over.
#[utoipa::path(get, path = "/api/watch/{slug}/key-moments", tag = "watch", params(("slug" = String, Path)),
    responses((status = 200, body = KeyMoments), (status = 403, description = "password_needed"), (status = 404), (status = 410, description = "gone")))]
pub async fn get_key_moments(
    State(app): State<App>,
    recording: Allowed<Watch>,
) -> ApiResult<Json<KeyMoments>> {
    let at_ms = key_moments(&app, &app.tracks, &recording).await?;
    Ok(Json(KeyMoments { at_ms }))
}
