//! Small pictures of a recording, for its timeline.

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::picture;
use crate::app::App;
use crate::domain::access::{Allowed, Watch};
use crate::domain::sprite::Sprite;
use crate::http::extract::Json;
use crate::http::{ApiError, ApiResult};
use crate::objects::ObjectKey;
use crate::service::sprite as service;

async fn sprite(app: &App, recording: &Allowed<Watch>) -> ApiResult<Sprite> {
    let found = service::of(app, recording).await?;
    found.ok_or_else(ApiError::not_found)
}

/// Where the small pictures lie in `thumbnails.jpg`, by moment
#[utoipa::path(get, path = "/api/watch/{slug}/thumbnails.vtt", tag = "watch", params(("slug" = String, Path)),
    responses((status = 200, content_type = "text/vtt", body = String), (status = 403, description = "password_needed"), (status = 404, description = "there are none (yet)"), (status = 410, description = "gone")))]
pub async fn get_thumbnails(
    State(app): State<App>,
    recording: Allowed<Watch>,
) -> ApiResult<impl IntoResponse> {
    let sprite = sprite(&app, &recording).await?;
    let view = app.tracks.view_of(&recording).await?;
    let length_ms = view.map_or(0, |view| view.length_ms());
    // The image of other bytes has another address.
    let name = sprite.key.rsplit('/').next().unwrap_or_default();
    let tag: String = name.chars().skip("sprite-".len()).take(16).collect();
    let headers = [
        (header::CONTENT_TYPE, "text/vtt; charset=utf-8"),
        (header::CACHE_CONTROL, "private, no-cache"),
    ];
    let address = format!("thumbnails.jpg?of={tag}");
    Ok((headers, sprite.webvtt(length_ms, &address)))
}

/// The small pictures in one image
#[utoipa::path(get, path = "/api/watch/{slug}/thumbnails.jpg", tag = "watch", params(("slug" = String, Path)),
    responses((status = 200, content_type = "image/jpeg"), (status = 304), (status = 403, description = "password_needed"), (status = 404, description = "there are none (yet)"), (status = 410, description = "gone")))]
pub async fn get_thumbnail_image(
    State(app): State<App>,
    recording: Allowed<Watch>,
    sent: HeaderMap,
) -> ApiResult<Response> {
    let path = sprite(&app, &recording).await?.key;
    let key = ObjectKey::from_path(&path)
        .ok_or_else(|| ApiError::internal("sprites.key names no object"))?;
    let name = path.rsplit('/').next().unwrap_or_default();
    picture::answer(&sent, key.content_type(), name, async || {
        Ok(app.objects.get(&key).await?)
    })
    .await
}

/// When something else is shown.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeyMoments {
    /// Milliseconds, each for `frames/{ms}.jpg`; empty where they were not looked for (yet).
    moments: Vec<u64>,
}

/// The moments at which something else is shown
#[utoipa::path(get, path = "/api/watch/{slug}/frames", tag = "watch", params(("slug" = String, Path)),
    responses((status = 200, body = KeyMoments), (status = 403, description = "password_needed"), (status = 404), (status = 410, description = "gone")))]
pub async fn get_key_moments(
    State(app): State<App>,
    recording: Allowed<Watch>,
) -> ApiResult<Json<KeyMoments>> {
    let sprite = service::of(&app, &recording).await?;
    Ok(Json(KeyMoments {
        moments: sprite.map(|sprite| sprite.changes).unwrap_or_default(),
    }))
}
