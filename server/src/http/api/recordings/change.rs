//! `PATCH /api/recordings/{id}`

use aside_protocol::id::RecordingId;
use aside_protocol::text::clean_title;
use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use super::RecordingCard;
use crate::app::App;
use crate::domain::sharing::Audience;
use crate::http::base_url::BaseUrl;
use crate::http::extract::{IfMatch, Json, Member, Path};
use crate::http::{ApiError, ApiResult};
use crate::service::library::card;
use crate::service::recordings::{self, Change, ChangeError};

/// What is not said stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeRecording {
    /// At most 200 characters; empty: not named.
    title: Option<String>,
    audience: Option<Audience>,
}

/// Changes title and audience.
///
/// With `If-Match`, only if the recording is still at that version.
#[utoipa::path(patch, path = "/api/recordings/{id}", tag = "library",
    params(("id" = RecordingId, Path,), ("If-Match" = Option<String>, Header, description = "the version that was changed, such as `\"3\"`")),
    request_body = ChangeRecording, responses((status = 200, body = RecordingCard), (status = 412, description = "version_conflict")))]
pub async fn change_recording(
    State(app): State<App>,
    member: Member,
    base: BaseUrl,
    Path(id): Path<RecordingId>,
    IfMatch(version): IfMatch,
    Json(change): Json<ChangeRecording>,
) -> ApiResult<Json<RecordingCard>> {
    let title = change.title.as_deref().map(clean_title).transpose();
    let wanted = Change {
        title: title.map_err(|e| ApiError::invalid("title", e))?,
        audience: change.audience,
    };
    let recording = recordings::change(&app, &member, id, version, &wanted).await?;
    let owner = (member.user.id, member.user.name);
    let card = card(&app, recording).await?;
    Ok(Json(RecordingCard::of(&app, &base, card, owner)))
}

impl From<ChangeError> for ApiError {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Gate(cause) => cause.into(),
            ChangeError::OtherVersion(now) => Self::other_version(now),
            ChangeError::Sharing(cause) => cause.into(),
            ChangeError::Store(cause) => cause.into(),
        }
    }
}
