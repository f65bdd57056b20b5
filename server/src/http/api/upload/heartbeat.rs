//! `POST /api/recordings/{id}/heartbeat`

use aside_protocol::id::RecordingId;
use aside_protocol::upload::{Heartbeat, HeartbeatReceipt};
use axum::extract::State;

use crate::app::App;
use crate::domain::access::{Allowed, Refusal, Upload};
use crate::http::extract::Json;
use crate::http::{ApiError, ApiResult};
use crate::service::upload::heartbeat::{self, Heard};

/// Says that the recorder is alive although it sends no part, and whether its take is paused.
#[utoipa::path(post, path = "/api/recordings/{id}/heartbeat", tag = "upload",
    params(("id" = RecordingId, Path,)), request_body = Heartbeat,
    responses((status = 200, body = HeartbeatReceipt)))]
pub async fn heartbeat(
    State(app): State<App>,
    recording: Allowed<Upload>,
    Json(beat): Json<Heartbeat>,
) -> ApiResult<Json<HeartbeatReceipt>> {
    match heartbeat::heartbeat(&app, recording.id, beat.state).await? {
        Heard::Noted { state, .. } => Ok(Json(HeartbeatReceipt { state })),
        Heard::Deleted => Err(Refusal::Gone.into()),
        Heard::NoSuchRecording => Err(ApiError::not_found()),
    }
}
