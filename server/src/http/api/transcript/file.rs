//! The words of a recording as files, out and in.

use aside_protocol::id::{RecordingId, Slug};
use aside_protocol::problem::ProblemCode;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::IntoResponse;
use http_body_util::{BodyExt as _, Limited};
use serde::Deserialize;

use super::edit::TranscriptVersion;
use crate::app::App;
use crate::domain::access::{Allowed, Change, Watch};
use crate::domain::captions_read::{CaptionsError, MAX_BYTES, primary_language, read};
use crate::domain::transcript_file::{TranscriptFormat, write};
use crate::http::extract::{IfMatch, Json, Member, Path, Query};
use crate::http::saved::disposition;
use crate::http::{ApiError, ApiResult, body};
use crate::service::transcript;
use crate::service::transcript_edit::{By, bring};

#[derive(Debug, Deserialize)]
pub struct Wanted {
    #[expect(dead_code, reason = "the recording is found by it")]
    slug: Slug,
    format: String,
}

/// The words of a recording as a file
#[utoipa::path(get, path = "/api/watch/{slug}/transcript/{format}", tag = "watch",
    params(("slug" = String, Path), ("format" = String, Path, description = "`txt`, `srt`, `vtt`, `md` or `json`")),
    responses((status = 200, description = "a file", content((String = "text/plain"), (String = "application/x-subrip"), (String = "text/vtt"),
        (String = "text/markdown"), (serde_json::Value = "application/json"))), (status = 403, description = "password_needed"), (status = 404), (status = 410, description = "gone")))]
pub async fn transcript_file(
    State(app): State<App>,
    recording: Allowed<Watch>,
    Path(wanted): Path<Wanted>,
) -> ApiResult<impl IntoResponse> {
    let format: TranscriptFormat = wanted.format.parse().map_err(|_| ApiError::not_found())?;
    let (language, words, turns) = transcript::written_of(&app, &recording).await?;
    let title = match recording.title.as_str() {
        "" => "transcript".to_owned(),
        title => title.to_owned(),
    };
    let name = format!("{}.{}", title.replace('/', "-"), format.as_str());
    let made = tokio::task::spawn_blocking(move || {
        write(format, &title, language.as_deref(), &words, &turns)
    });
    let text = made.await.map_err(ApiError::internal)?;
    Ok((
        [
            (header::CONTENT_TYPE, format.media_type().to_owned()),
            (
                header::CONTENT_DISPOSITION,
                disposition("attachment", &name),
            ),
            (header::CACHE_CONTROL, "private, no-cache".to_owned()),
        ],
        text,
    ))
}

#[derive(Debug, Deserialize)]
pub struct Brought {
    language: Option<String>,
}

/// Takes captions of one's own in the place of the transcript: WebVTT or SubRip
///
/// No worker changes them any more. What was there stays in the history.
#[utoipa::path(put, path = "/api/recordings/{id}/transcript/file", tag = "library",
    params(("id" = RecordingId, Path,), ("language" = Option<String>, Query, description = "ISO 639-1, such as `de`"),
        ("If-Match" = Option<String>, Header, description = "the version that is there, such as `\"3\"`")),
    request_body(content = Vec<u8>, content_type = "text/vtt"),
    responses((status = 200, body = TranscriptVersion), (status = 403), (status = 404), (status = 409, description = "not_finished: it is still being transcribed"),
        (status = 410, description = "gone"), (status = 412, description = "version_conflict"), (status = 413, description = "too_large"),
        (status = 422, description = "invalid, with the field")))]
pub async fn bring_captions(
    State(app): State<App>,
    recording: Allowed<Change>,
    member: Member,
    IfMatch(version): IfMatch,
    Query(said): Query<Brought>,
    headers: HeaderMap,
    body: Body,
) -> ApiResult<Json<TranscriptVersion>> {
    if let Err(refusal) = body::announced_length(&headers, MAX_BYTES) {
        body::drain(body).await;
        return Err(if refusal.code() == ProblemCode::TooLarge {
            CaptionsError::TooLarge.into()
        } else {
            refusal
        });
    }
    let language = said.language.filter(|it| !it.is_empty()).map(|tag| {
        let detail = "This is not a language: two letters, such as de or en.";
        primary_language(&tag).ok_or_else(|| ApiError::invalid("language", detail))
    });
    let language = language.transpose()?;
    let read_whole = Limited::new(body, MAX_BYTES).collect().await;
    let bytes = read_whole
        .map_err(|_| {
            ApiError::new(ProblemCode::BodyIncomplete)
                .detail("The file did not arrive whole. Nothing was changed; send it again.")
        })?
        .to_bytes();
    let brought = tokio::task::spawn_blocking(move || read(&bytes));
    let brought = brought.await.map_err(ApiError::internal)??;
    let by = By {
        recording: &recording,
        member: &member,
        version,
    };
    let language = language.or(brought.language);
    let version = bring(&app, by, brought.words, language).await?;
    Ok(Json(TranscriptVersion { version }))
}

impl From<CaptionsError> for ApiError {
    fn from(error: CaptionsError) -> Self {
        match error {
            CaptionsError::TooLarge => Self::new(ProblemCode::TooLarge).detail(error),
            _ => Self::invalid("file", error),
        }
    }
}
