//! The words of a recording: read, handed out as files, corrected by its owner.

mod edit;
mod file;

use aside_protocol::id::RecordingId;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::watch::TranscriptProgress;
use crate::app::App;
use crate::domain::access::{Allowed, Change};
use crate::domain::captions::webvtt;
use crate::domain::transcript::Word;
use crate::domain::turns::Turn;
use crate::http::extract::{ByLink, Json, Query};
use crate::http::{ApiError, ApiResult};
use crate::service::actor::Presented;
use crate::service::transcript::{Retried, read, retry, words};

pub use edit::{
    __path_correct_transcript, __path_restore_transcript, __path_transcript_versions,
    TranscriptChange, correct_transcript, restore_transcript, transcript_versions,
};
pub use file::{__path_bring_captions, __path_transcript_file, bring_captions, transcript_file};

/// Every published word.
#[derive(Debug, Serialize, ToSchema)]
pub struct Transcript {
    #[serde(flatten)]
    pub progress: TranscriptProgress,
    pub words: Vec<Word>,
    /// Who is heard when, by moment; left out where it is not known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub turns: Vec<Turn>,
}

/// The words of a recording
#[utoipa::path(get, path = "/api/watch/{slug}/transcript", tag = "watch", params(("slug" = String, Path)),
    responses((status = 200, body = Transcript), (status = 403, description = "password_needed"), (status = 404), (status = 410, description = "gone")))]
pub async fn get_transcript(
    State(app): State<App>,
    presented: Presented,
    ByLink { slug, pass }: ByLink,
) -> ApiResult<Json<Transcript>> {
    let memory = (&app.tracks, &app.limits);
    let (progress, words, turns) = read(&app, memory, &presented, pass, &slug).await?;
    Ok(Json(Transcript {
        progress: progress.into(),
        words,
        turns,
    }))
}

#[derive(Debug, Deserialize)]
pub struct Retry {
    #[serde(default)]
    drop_corrections: bool,
}

/// Begins a transcript anew that was given up or lacks some of the sound; in other states nothing happens
///
/// One that people corrected stays as it is unless that is said; what they wrote stays in its history.
#[utoipa::path(post, path = "/api/recordings/{id}/transcript/retry", tag = "library",
    params(("id" = RecordingId, Path,), ("drop_corrections" = Option<bool>, Query, description = "also where people corrected it")),
    responses((status = 204), (status = 403), (status = 404), (status = 410, description = "gone"),
        (status = 422, description = "invalid, drop_corrections: people corrected it")))]
pub async fn retry_transcript(
    State(app): State<App>,
    recording: Allowed<Change>,
    Query(wanted): Query<Retry>,
) -> ApiResult<StatusCode> {
    match retry(&app, recording.id, wanted.drop_corrections).await? {
        Retried::Begun | Retried::Nothing => Ok(StatusCode::NO_CONTENT),
        Retried::Corrected => Err(ApiError::invalid(
            "drop_corrections",
            "Words of this transcript were corrected by hand. Transcribing it anew replaces them; they stay in its history.",
        )),
    }
}

/// The words of a recording as WebVTT
#[utoipa::path(get, path = "/api/watch/{slug}/captions.vtt", tag = "watch", params(("slug" = String, Path)),
    responses((status = 200, content_type = "text/vtt", body = String), (status = 403, description = "password_needed"), (status = 404), (status = 410, description = "gone")))]
pub async fn get_captions(
    State(app): State<App>,
    presented: Presented,
    ByLink { slug, pass }: ByLink,
) -> ApiResult<impl IntoResponse> {
    let words = words(&app, &app.limits, &presented, pass, &slug).await?;
    Ok((
        [
            (header::CONTENT_TYPE, "text/vtt; charset=utf-8"),
            (header::CACHE_CONTROL, "private, no-cache"),
        ],
        webvtt(&words),
    ))
}
