//! `POST /api/recordings/{id}/heartbeat`

use aside_protocol::id::RecordingId;
use aside_protocol::upload::{Heartbeat, HeartbeatReceipt};
use axum::extract::State;

use super::mine;
use crate::app::App;
use crate::domain::access::Refusal;
use crate::http::extract::{Json, Member, Path};
use crate::http::{ApiError, ApiResult};
use crate::service::heartbeat::{self, Heard};

/// Says that the recorder is alive although it sends no part, and whether its take is paused.
#[utoipa::path(post, path = "/api/recordings/{id}/heartbeat", tag = "upload",
    params(("id" = RecordingId, Path,)), request_body = Heartbeat,
    responses((status = 200, body = HeartbeatReceipt)))]
pub async fn heartbeat(
    State(app): State<App>,
    member: Member,
    Path(id): Path<RecordingId>,
    Json(beat): Json<Heartbeat>,
) -> ApiResult<Json<HeartbeatReceipt>> {
    mine(&app, &member, id).await?;
    match heartbeat::heartbeat(&app.store, id, beat.state, app.now()).await? {
        Heard::Noted { state, changed } => {
            if changed {
                app.notify.notify(id);
            }
            Ok(Json(HeartbeatReceipt { state }))
        }
        Heard::Deleted => Err(Refusal::Gone.into()),
        Heard::NoSuchRecording => Err(ApiError::not_found()),
    }
}
