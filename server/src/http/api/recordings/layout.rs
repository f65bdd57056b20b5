//! `PUT /api/recordings/{id}/layout`

use aside_protocol::id::RecordingId;
use aside_protocol::layout::{Layout, LayoutMoment};
use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::domain::access::{Allowed, Change};
use crate::domain::event::LayoutNews;
use crate::domain::recording::latest_ms;
use crate::http::extract::{IfMatch, Json};
use crate::http::{ApiError, ApiResult};
use crate::service::layout::{LayoutError, change};

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeLayout {
    /// The whole list, in any order. Before the first moment the face lies in the lower left corner, in the middle size.
    moments: Vec<LayoutMoment>,
}

/// Says where the face lies, from the beginning to the end
///
/// With `If-Match`, only if the layout is still at that version.
#[utoipa::path(put, path = "/api/recordings/{id}/layout", tag = "library",
    params(("id" = RecordingId, Path,), ("If-Match" = Option<String>, Header, description = "the version that was changed, such as `\"3\"`")),
    request_body = ChangeLayout, responses((status = 200, body = LayoutNews), (status = 403), (status = 404), (status = 410, description = "gone"),
        (status = 412, description = "version_conflict"), (status = 422, description = "invalid, with the field")))]
pub async fn change_layout(
    State(app): State<App>,
    recording: Allowed<Change>,
    IfMatch(version): IfMatch,
    Json(wanted): Json<ChangeLayout>,
) -> ApiResult<Json<LayoutNews>> {
    let invalid = |why: String| ApiError::invalid("moments", why);
    if wanted.moments.iter().any(|m| m.at_ms > latest_ms(None)) {
        return Err(invalid(
            "A moment lies behind the end of every recording.".to_owned(),
        ));
    }
    let layout = Layout::new(wanted.moments).map_err(|e| invalid(e.to_string()))?;
    let row = change(&app, &recording, version, &layout).await?;
    Ok(Json(LayoutNews {
        version: row.version,
        moments: row.layout()?,
    }))
}

impl From<LayoutError> for ApiError {
    fn from(error: LayoutError) -> Self {
        match error {
            LayoutError::OtherVersion(now) => Self::other_version(now),
            LayoutError::Gate(cause) => cause.into(),
            LayoutError::Store(cause) => cause.into(),
        }
    }
}
