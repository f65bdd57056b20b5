//! `GET /api/recordings/{id}/upload`

use aside_protocol::id::RecordingId;
use aside_protocol::upload::{TrackRanges, UploadStatus, ranges};
use axum::extract::State;

use super::mine;
use crate::app::App;
use crate::http::ApiResult;
use crate::http::extract::{Json, Member, Path};

/// What the server holds of a recording. The server is the truth.
#[utoipa::path(get, path = "/api/recordings/{id}/upload", tag = "upload",
    params(("id" = RecordingId, Path,)), responses((status = 200, body = UploadStatus)))]
pub async fn upload_status(
    State(app): State<App>,
    member: Member,
    Path(id): Path<RecordingId>,
) -> ApiResult<Json<UploadStatus>> {
    let recording = mine(&app, &member, id).await?;
    let mut received = Vec::new();
    for track in app.store.tracks(id).await? {
        received.push(TrackRanges {
            name: track.name,
            ranges: ranges(app.store.part_numbers(id, track.name).await?),
        });
    }
    Ok(Json(UploadStatus {
        state: recording.state(app.now()),
        received,
    }))
}
