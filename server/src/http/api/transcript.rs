//! The words of a recording, as JSON and as captions.

use aside_protocol::id::RecordingId;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use serde::Serialize;
use utoipa::ToSchema;

use super::watch::TranscriptProgress;
use crate::app::App;
use crate::domain::access::{Allowed, Change};
use crate::domain::captions::webvtt;
use crate::domain::transcript::Word;
use crate::http::ApiResult;
use crate::http::extract::{ByLink, Json};
use crate::service::actor::Presented;
use crate::service::transcript::{read, retry, words};

/// Every published word.
#[derive(Debug, Serialize, ToSchema)]
pub struct Transcript {
    #[serde(flatten)]
    pub progress: TranscriptProgress,
    pub words: Vec<Word>,
}

/// The words of a recording
#[utoipa::path(get, path = "/api/watch/{slug}/transcript", tag = "watch", params(("slug" = String, Path)),
    responses((status = 200, body = Transcript), (status = 403, description = "password_needed"), (status = 404), (status = 410, description = "gone")))]
pub async fn get_transcript(
    State(app): State<App>,
    presented: Presented,
    ByLink { slug, pass }: ByLink,
) -> ApiResult<Json<Transcript>> {
    let (progress, words) = read(&app, &app.tracks, &presented, pass, &slug).await?;
    Ok(Json(Transcript {
        progress: progress.into(),
        words,
    }))
}

/// Begins a transcript anew that was given up or lacks some of the sound; in other states nothing happens
#[utoipa::path(post, path = "/api/recordings/{id}/transcript/retry", tag = "library", params(("id" = RecordingId, Path,)),
    responses((status = 204), (status = 403), (status = 404), (status = 410, description = "gone")))]
pub async fn retry_transcript(
    State(app): State<App>,
    recording: Allowed<Change>,
) -> ApiResult<StatusCode> {
    retry(&app, recording.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The words of a recording as WebVTT
#[utoipa::path(get, path = "/api/watch/{slug}/captions.vtt", tag = "watch", params(("slug" = String, Path)),
    responses((status = 200, content_type = "text/vtt", body = String), (status = 403, description = "password_needed"), (status = 404), (status = 410, description = "gone")))]
pub async fn get_captions(
    State(app): State<App>,
    presented: Presented,
    ByLink { slug, pass }: ByLink,
) -> ApiResult<impl IntoResponse> {
    let words = words(&app, &presented, pass, &slug).await?;
    Ok((
        [
            (header::CONTENT_TYPE, "text/vtt; charset=utf-8"),
            (header::CACHE_CONTROL, "private, no-cache"),
        ],
        webvtt(&words),
    ))
}
