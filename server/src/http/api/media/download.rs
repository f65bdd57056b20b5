//! `/media/{cap}/recording.mp4`: the recording as one file, as far as a worker has made it.
//!
//! The address stays when the file is made anew, so it is never cached without being asked for; its tag is its hash.

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::elsewhere::elsewhere;
use crate::app::App;
use crate::domain::download::file_name;
use crate::http::etag::is_held;
use crate::http::range::{Wanted, insert, not_satisfiable, wanted};
use crate::http::saved::disposition;
use crate::http::{ApiError, ApiResult};
use crate::objects::{ObjectError, ObjectKey};
use crate::service::download::file;
use crate::service::gate::Playing;

/// Name of the file below the capability.
pub(super) const NAME: &str = "recording.mp4";

pub(super) async fn download(
    app: &App,
    playing: &Playing,
    headers: &HeaderMap,
) -> ApiResult<Response> {
    let recording = &playing.recording;
    let Some(file) = file(app, playing).await? else {
        return Err(
            ApiError::not_found().detail("This file is not made yet, or is being made anew.")
        );
    };
    let key = ObjectKey::from_path(&file.key)
        .ok_or_else(|| ApiError::internal("downloads.key names no object"))?;
    let etag = format!("\"{}\"", file.key.rsplit('/').next().unwrap_or_default());
    let sent = elsewhere(app, &key, file.size).await;
    let mut response = match sent.map_err(|e| missing(&e))? {
        Some(response) => response,
        None if is_held(headers, &etag) => StatusCode::NOT_MODIFIED.into_response(),
        None => from_here(app, &key, file.size, headers, &etag).await?,
    };
    insert(&mut response, header::CACHE_CONTROL, "private, no-cache");
    insert(&mut response, header::ETAG, etag);
    insert(
        &mut response,
        header::CONTENT_DISPOSITION,
        disposition("attachment", &file_name(&recording.title)),
    );
    Ok(response)
}

async fn from_here(
    app: &App,
    key: &ObjectKey,
    size: u64,
    headers: &HeaderMap,
    etag: &str,
) -> ApiResult<Response> {
    // A part of another file would be of no use (RFC 9110 §13.1.5).
    let same = headers
        .get(header::IF_RANGE)
        .is_none_or(|tag| tag.as_bytes() == etag.as_bytes());
    let asked = if same {
        wanted(headers, size)
    } else {
        Wanted::All
    };
    let (status, first, last) = match asked {
        Wanted::All => (StatusCode::OK, 0, size.saturating_sub(1)),
        Wanted::Span(first, last) => (StatusCode::PARTIAL_CONTENT, first, last),
        Wanted::Nothing => return Ok(not_satisfiable(size)),
    };
    let bytes = app.objects.stream(key, size, first..last + 1).await;
    let body = Body::from_stream(bytes.map_err(|e| missing(&e))?);
    let mut response = (status, body).into_response();
    insert(&mut response, header::CONTENT_TYPE, key.content_type());
    insert(&mut response, header::CONTENT_LENGTH, last - first + 1);
    insert(&mut response, header::ACCEPT_RANGES, "bytes");
    if status == StatusCode::PARTIAL_CONTENT {
        let range = format!("bytes {first}-{last}/{size}");
        insert(&mut response, header::CONTENT_RANGE, range);
    }
    Ok(response)
}

fn missing(error: &ObjectError) -> ApiError {
    if let ObjectError::NotFound(key) = error {
        tracing::error!(key, "media: the object of a download is missing: {key}");
        return ApiError::not_found()
            .detail("This file is missing on the server. Ask for it again and it is made anew.");
    }
    ApiError::internal(error)
}
