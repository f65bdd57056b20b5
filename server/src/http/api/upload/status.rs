//! `GET /api/recordings/{id}/upload`

use aside_protocol::id::RecordingId;
use aside_protocol::upload::UploadStatus;
use axum::extract::State;

use crate::app::App;
use crate::domain::access::{Allowed, Upload};
use crate::http::ApiResult;
use crate::http::extract::Json;
use crate::service::upload::status::status;

/// What the server holds of a recording. The server is the truth.
#[utoipa::path(get, path = "/api/recordings/{id}/upload", tag = "upload",
    params(("id" = RecordingId, Path,)), responses((status = 200, body = UploadStatus)))]
pub async fn upload_status(
    State(app): State<App>,
    recording: Allowed<Upload>,
) -> ApiResult<Json<UploadStatus>> {
    Ok(Json(status(&app, &recording).await?))
}
