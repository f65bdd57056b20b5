//! Lively seconds of a recording.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use crate::app::App;
use crate::domain::access::{Allowed, Watch};
use crate::http::etag::is_held;
use crate::http::range::{answer, insert, not_satisfiable, span};
use crate::http::{ApiError, ApiResult};
use crate::objects::ObjectKey;
use crate::service::preview;

/// Some lively seconds of a recording as a silent MP4
#[utoipa::path(get, path = "/api/watch/{slug}/preview.mp4", tag = "watch", params(("slug" = String, Path)),
    responses((status = 200, content_type = "video/mp4", body = Vec<u8>), (status = 206, content_type = "video/mp4", body = Vec<u8>), (status = 304), (status = 403, description = "password_needed"),
        (status = 404, description = "there is none (yet)"), (status = 410, description = "gone"), (status = 416)))]
pub async fn get_preview(
    State(app): State<App>,
    recording: Allowed<Watch>,
    sent: HeaderMap,
) -> ApiResult<Response> {
    let found = preview::of(&app, &recording).await?;
    let found = found.ok_or_else(ApiError::not_found)?;
    let key = ObjectKey::from_path(&found.key)
        .ok_or_else(|| ApiError::internal("previews.key names no object"))?;
    let etag = format!("\"{}\"", found.key.rsplit('/').next().unwrap_or_default());
    let mut response = if is_held(&sent, &etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let Some(span) = span(&sent, found.size, &etag) else {
            return Ok(not_satisfiable(found.size));
        };
        let range = span.first..span.last + 1;
        let bytes = app.objects.stream(&key, found.size, range).await?;
        answer(
            Body::from_stream(bytes),
            key.content_type(),
            &span,
            found.size,
        )
    };
    // Who may see it is asked each time.
    insert(&mut response, header::CACHE_CONTROL, "private, no-cache");
    insert(&mut response, header::ETAG, etag);
    Ok(response)
}
