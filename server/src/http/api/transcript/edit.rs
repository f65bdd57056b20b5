//! A transcript corrected by the owner of the recording, and its history.

use aside_protocol::id::RecordingId;
use aside_protocol::time::Timestamp;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::domain::access::{Allowed, Change};
use crate::domain::transcript_edit::{EditError, VersionKind};
use crate::http::extract::{IfMatch, Json, Member};
use crate::http::{ApiError, ApiResult};
use crate::service::transcript_edit::{self as service, By, ChangeError, Correction};

/// What stands there instead of some words.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CorrectTranscript {
    /// Number of the first word that is replaced.
    first: u64,
    /// How many are replaced, 1 to 500.
    count: u64,
    /// At most 5000 letters; a line break begins a paragraph; empty removes the words.
    text: String,
}

/// Where a transcript is now.
#[derive(Debug, Serialize, ToSchema)]
pub struct TranscriptVersion {
    /// Counts up with each change; for `If-Match`.
    pub version: i64,
}

/// Puts words in the place of others; those that stay keep their times
///
/// With `If-Match`, only if the transcript is still at that version. While it is being transcribed it cannot be corrected.
#[utoipa::path(patch, path = "/api/recordings/{id}/transcript", tag = "library",
    params(("id" = RecordingId, Path,), ("If-Match" = Option<String>, Header, description = "the version that was changed, such as `\"3\"`")),
    request_body = CorrectTranscript, responses((status = 200, body = TranscriptVersion), (status = 403), (status = 404), (status = 409, description = "not_finished: it is still being transcribed"),
        (status = 410, description = "gone"), (status = 412, description = "version_conflict"), (status = 422, description = "invalid, with the field")))]
pub async fn correct_transcript(
    State(app): State<App>,
    recording: Allowed<Change>,
    member: Member,
    IfMatch(version): IfMatch,
    Json(wanted): Json<CorrectTranscript>,
) -> ApiResult<Json<TranscriptVersion>> {
    let by = By {
        recording: &recording,
        member: &member,
        version,
    };
    let correction = Correction {
        first: wanted.first,
        count: wanted.count,
        text: wanted.text,
    };
    let version = service::correct(&app, by, correction).await?;
    Ok(Json(TranscriptVersion { version }))
}

/// Changes of a transcript by people.
#[derive(Debug, Serialize, ToSchema)]
pub struct TranscriptVersions {
    /// The newest first. Some 100 are kept; of older ones, how it was before all of them.
    versions: Vec<TranscriptChange>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct TranscriptChange {
    /// That the change led to.
    version: i64,
    /// That it was before: `to` of whoever takes it back.
    before: i64,
    /// Who made it; none where their account is gone, or it was the server.
    #[schema(required)]
    author: Option<String>,
    kind: VersionKind,
    at: Timestamp,
}

/// Who changed a transcript, and when; for the owner of the recording
#[utoipa::path(get, path = "/api/recordings/{id}/transcript/versions", tag = "library", params(("id" = RecordingId, Path,)),
    responses((status = 200, body = TranscriptVersions), (status = 403), (status = 404), (status = 410, description = "gone")))]
pub async fn transcript_versions(
    State(app): State<App>,
    recording: Allowed<Change>,
) -> ApiResult<Json<TranscriptVersions>> {
    let rows = service::history(&app, &recording).await?;
    let versions = rows.into_iter().map(|row| TranscriptChange {
        version: row.version,
        before: row.before,
        author: row.author,
        kind: row.kind,
        at: row.created_at,
    });
    Ok(Json(TranscriptVersions {
        versions: versions.collect(),
    }))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RestoreTranscript {
    /// How it was then; 0: as it was transcribed.
    to: i64,
}

/// Goes back to an earlier version, which is a change as well
#[utoipa::path(post, path = "/api/recordings/{id}/transcript/restore", tag = "library",
    params(("id" = RecordingId, Path,), ("If-Match" = Option<String>, Header, description = "the version that is there, such as `\"3\"`")),
    request_body = RestoreTranscript, responses((status = 200, body = TranscriptVersion), (status = 403), (status = 404), (status = 409, description = "not_finished: it is still being transcribed"),
        (status = 410, description = "gone"), (status = 412, description = "version_conflict"), (status = 422, description = "invalid, with the field")))]
pub async fn restore_transcript(
    State(app): State<App>,
    recording: Allowed<Change>,
    member: Member,
    IfMatch(version): IfMatch,
    Json(wanted): Json<RestoreTranscript>,
) -> ApiResult<Json<TranscriptVersion>> {
    let by = By {
        recording: &recording,
        member: &member,
        version,
    };
    let version = service::restore(&app, by, wanted.to).await?;
    Ok(Json(TranscriptVersion { version }))
}

impl From<ChangeError> for ApiError {
    fn from(error: ChangeError) -> Self {
        use aside_protocol::problem::ProblemCode;
        match error {
            ChangeError::StillWritten => Self::new(ProblemCode::NotFinished).detail(error),
            ChangeError::NoSuchVersion => Self::invalid("to", error),
            ChangeError::OtherVersion(now) => Self::other_version(now),
            ChangeError::Edit(EditError::NoSuchWords | EditError::TooManyWords) => {
                Self::invalid("count", error)
            }
            ChangeError::Edit(_) => Self::invalid("text", error),
            ChangeError::Gate(cause) => cause.into(),
            ChangeError::Store(cause) => cause.into(),
        }
    }
}
