//! `/media/{cap}/recording.mp4`: the recording as one file: as a worker has made it, or put together of the stored parts while it
//! is sent.
//!
//! The address stays when the file is made anew, so it is never cached without being asked for; its tag is its hash.

use std::sync::Arc;

use aside_protocol::id::RecordingId;
use aside_protocol::problem::ProblemCode;
use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::TryStreamExt as _;

use super::elsewhere::elsewhere;
use crate::app::App;
use crate::domain::download::file_name;
use crate::domain::download_index::DownloadIndex;
use crate::http::etag::is_held;
use crate::http::range::{answer, insert, not_satisfiable, span};
use crate::http::saved::disposition;
use crate::http::{ApiError, ApiResult};
use crate::objects::{ObjectError, ObjectKey};
use crate::service::download::file;
use crate::service::download_index::bytes_of;
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
    let mut response = if matches!(key, ObjectKey::DownloadIndex { .. }) {
        // Nobody else could put it together.
        if is_held(headers, &etag) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            put_together(app, recording.id, &key, headers, &etag).await?
        }
    } else {
        let sent = elsewhere(app, &key, file.size).await;
        match sent.map_err(|e| missing(&e))? {
            Some(response) => response,
            None if is_held(headers, &etag) => StatusCode::NOT_MODIFIED.into_response(),
            None => from_here(app, &key, file.size, headers, &etag).await?,
        }
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

/// The stored parts, one behind the other, behind a beginning that names the places of their samples.
async fn put_together(
    app: &App,
    recording: RecordingId,
    key: &ObjectKey,
    headers: &HeaderMap,
    etag: &str,
) -> ApiResult<Response> {
    let found = app.download_indexes.get(&app.objects, key).await;
    let index: Arc<DownloadIndex> = found.map_err(|e| missing(&e))?;
    let size = index.size();
    let Some(span) = span(headers, size, etag) else {
        return Ok(not_satisfiable(size));
    };
    let bytes = bytes_of(&app.objects, key, index, span.first, span.last).await;
    let bytes = bytes.map_err(|error| match error {
        ObjectError::NotFound(part) => {
            tracing::error!(part, "media: the object of a part is missing: {part}");
            app.losses.look(recording);
            ApiError::new(ProblemCode::PartLost)
                .detail("A part of this recording is missing on the server. It may come back: a recorder that still has it sends it again.")
        }
        other => ApiError::internal(other),
    })?;
    let losses = app.losses.clone();
    let bytes = bytes.inspect_err(move |cause| {
        tracing::error!(%cause, "media: a stored part cannot be read: {cause}");
        // Once it is noted, whoever asks for the file again gets one without it.
        if matches!(cause, ObjectError::NotFound(_)) {
            losses.look(recording);
        }
    });
    Ok(answer(Body::from_stream(bytes), "video/mp4", &span, size))
}

async fn from_here(
    app: &App,
    key: &ObjectKey,
    size: u64,
    headers: &HeaderMap,
    etag: &str,
) -> ApiResult<Response> {
    let Some(span) = span(headers, size, etag) else {
        return Ok(not_satisfiable(size));
    };
    let range = span.first..span.last + 1;
    let bytes = app.objects.stream(key, size, range).await;
    let body = Body::from_stream(bytes.map_err(|e| missing(&e))?);
    Ok(answer(body, key.content_type(), &span, size))
}

fn missing(error: &ObjectError) -> ApiError {
    if let ObjectError::NotFound(key) = error {
        tracing::error!(key, "media: the object of a download is missing: {key}");
        return ApiError::not_found()
            .detail("This file is missing on the server. Ask for it again and it is made anew.");
    }
    ApiError::internal(error)
}
