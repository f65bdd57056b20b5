//! The picture that stands for a recording.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;

use super::picture;
use crate::app::App;
use crate::domain::access::{Allowed, Poster};
use crate::http::extract::Query;
use crate::http::{ApiError, ApiResult};
use crate::objects::ObjectKey;

#[derive(Debug, Deserialize)]
pub struct Wanted {
    size: Option<Size>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Size {
    Small,
}

/// The poster of a recording
#[utoipa::path(get, path = "/api/watch/{slug}/poster", tag = "watch",
    params(("slug" = String, Path), ("size" = Option<String>, Query, description = "`small`: at most 568 pixels wide, for lists, where there is such a rendition")),
    responses((status = 200, content_type = "image/jpeg"), (status = 304), (status = 403, description = "password_needed"), (status = 404, description = "there is none (yet)"), (status = 410, description = "gone")))]
pub async fn get_poster(
    State(app): State<App>,
    recording: Allowed<Poster>,
    Query(wanted): Query<Wanted>,
    sent: HeaderMap,
) -> ApiResult<Response> {
    let small = matches!(wanted.size, Some(Size::Small));
    let path = recording.picture(small).ok_or_else(ApiError::not_found)?;
    let key = ObjectKey::from_path(path)
        .ok_or_else(|| ApiError::internal("recordings.poster_key names no object"))?;
    // The path names the bytes by their hash.
    let name = path.rsplit('/').next().unwrap_or_default();
    picture::answer(&sent, key.content_type(), name, async || {
        Ok(app.objects.get(&key).await?)
    })
    .await
}
