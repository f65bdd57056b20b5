//! `/api/recordings/{id}/screen-text`: what was read in the picture, for its owner.

use aside_protocol::id::RecordingId;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::domain::access::{Allowed, Change};
use crate::domain::screen_text::{ScreenLine, ScreenState};
use crate::http::ApiResult;
use crate::http::extract::Json;
use crate::service::screen_text::{of, switch};

/// Text that stands in the picture.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScreenTextView {
    /// None: nobody began to read it.
    #[schema(required)]
    state: Option<ScreenState>,
    /// Whether this server reads text in pictures.
    reads: bool,
    /// By moment. A line that stood there at the moment before is not told again.
    lines: Vec<ScreenLine>,
}

/// The text that was read in the picture
///
/// Whoever may watch the recording finds it by search.
#[utoipa::path(get, path = "/api/recordings/{id}/screen-text", tag = "library", params(("id" = RecordingId, Path,)),
    responses((status = 200, body = ScreenTextView), (status = 403), (status = 404), (status = 410, description = "gone")))]
pub async fn get_screen_text(
    State(app): State<App>,
    recording: Allowed<Change>,
) -> ApiResult<Json<ScreenTextView>> {
    let text = of(&app, &recording).await?;
    Ok(Json(ScreenTextView {
        state: text.as_ref().map(|it| it.state),
        reads: app.config.screen_text.is_some(),
        lines: text.map(|it| it.lines).unwrap_or_default(),
    }))
}

/// Whether the text in the picture is read.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SwitchScreenText {
    on: bool,
}

/// Removes the text that was read, and reads none; or reads it anew
#[utoipa::path(put, path = "/api/recordings/{id}/screen-text", tag = "library", params(("id" = RecordingId, Path,)),
    request_body = SwitchScreenText, responses((status = 204), (status = 403), (status = 404), (status = 410, description = "gone"),
        (status = 422, description = "invalid, with the field")))]
pub async fn switch_screen_text(
    State(app): State<App>,
    recording: Allowed<Change>,
    Json(wanted): Json<SwitchScreenText>,
) -> ApiResult<StatusCode> {
    let reads = app.config.screen_text.is_some();
    switch(&app, &recording, wanted.on, reads).await?;
    Ok(StatusCode::NO_CONTENT)
}
