//! The words of a recording, as JSON and as captions.

use aside_protocol::id::{RecordingId, Slug};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use serde::Serialize;
use utoipa::ToSchema;

use super::watch::{TranscriptProgress, progress, visible};
use crate::app::App;
use crate::domain::access::{Action, decide};
use crate::domain::captions::webvtt;
use crate::domain::transcript::{TranscriptState, Word};
use crate::http::extract::{Actor, Json, Member, Path};
use crate::http::{ApiError, ApiResult};
use crate::service::transcript::take_up;

/// Every published word.
#[derive(Debug, Serialize, ToSchema)]
pub struct Transcript {
    #[serde(flatten)]
    pub progress: TranscriptProgress,
    pub words: Vec<Word>,
}

/// The words of a recording
#[utoipa::path(get, path = "/api/watch/{slug}/transcript", tag = "watch", params(("slug" = String, Path)),
    responses((status = 200, body = Transcript), (status = 403, description = "members_only"), (status = 404), (status = 410, description = "gone")))]
pub async fn get_transcript(
    State(app): State<App>,
    Path(slug): Path<Slug>,
    actor: Actor,
) -> ApiResult<Json<Transcript>> {
    let recording = visible(&app, &slug, &actor, Action::Watch).await?;
    // State first: words that come in between are then extra, never missing.
    let progress = progress(&app, &recording).await?;
    let words = app.store.words(recording.id).await?;
    Ok(Json(Transcript { progress, words }))
}

/// Asks once more for a transcript that was given up; nothing happens when it was not
#[utoipa::path(post, path = "/api/recordings/{id}/transcript/retry", tag = "library", params(("id" = RecordingId, Path,)),
    responses((status = 204), (status = 403), (status = 404), (status = 410, description = "gone")))]
pub async fn retry_transcript(
    State(app): State<App>,
    member: Member,
    Path(id): Path<RecordingId>,
) -> ApiResult<StatusCode> {
    let recording = app
        .store
        .recording(id)
        .await?
        .ok_or_else(ApiError::not_found)?;
    decide(&member.viewer(), Action::Change, &recording.facts())?;
    let failed = TranscriptState::Failed;
    take_up(&app.store, &*app.entropy, id, failed, app.now()).await?;
    app.notify.notify(id);
    Ok(StatusCode::NO_CONTENT)
}

/// The words of a recording as WebVTT
#[utoipa::path(get, path = "/api/watch/{slug}/captions.vtt", tag = "watch", params(("slug" = String, Path)),
    responses((status = 200, content_type = "text/vtt", body = String), (status = 403, description = "members_only"), (status = 404), (status = 410, description = "gone")))]
pub async fn get_captions(
    State(app): State<App>,
    Path(slug): Path<Slug>,
    actor: Actor,
) -> ApiResult<impl IntoResponse> {
    let recording = visible(&app, &slug, &actor, Action::Watch).await?;
    let words = app.store.words(recording.id).await?;
    Ok((
        [
            (header::CONTENT_TYPE, "text/vtt; charset=utf-8"),
            (header::CACHE_CONTROL, "private, no-cache"),
        ],
        webvtt(&words),
    ))
}
