//! `PUT /api/recordings/{id}/tracks/{track}/inits/{version}`

use aside_protocol::id::RecordingId;
use aside_protocol::problem::ProblemCode;
use aside_protocol::recording::TrackName;
use aside_protocol::upload::{InitReceipt, PutInit};
use axum::extract::State;
use axum::http::StatusCode;

use crate::app::App;
use crate::domain::access::{Allowed, Upload};
use crate::http::extract::{Json, Path};
use crate::http::{ApiError, ApiResult};
use crate::service::upload::init::{InitError, put};

/// Takes a later version of a track's init, before the first part that is decoded with it. May be repeated.
#[utoipa::path(
    put, path = "/api/recordings/{id}/tracks/{track}/inits/{version}", tag = "upload",
    params(("id" = RecordingId, Path,), ("track" = TrackName, Path,), ("version" = u32, Path,)),
    request_body = PutInit,
    responses((status = 201, body = InitReceipt), (status = 200, body = InitReceipt, description = "Known already"),
        (status = 409, description = "`init_conflict`, `already_finished`", body = aside_protocol::problem::Problem, content_type = "application/problem+json"))
)]
pub async fn put_init(
    State(app): State<App>,
    recording: Allowed<Upload>,
    Path((_id, track, version)): Path<(RecordingId, TrackName, u32)>,
    Json(init): Json<PutInit>,
) -> ApiResult<(StatusCode, Json<InitReceipt>)> {
    let held = put(&app, &recording, track, version, init.init).await?;
    let status = if held.known {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    let receipt = InitReceipt {
        track,
        version,
        sha256: held.sha256,
    };
    Ok((status, Json(receipt)))
}

impl From<InitError> for ApiError {
    fn from(error: InitError) -> Self {
        match error {
            InitError::NoSuchTrack => Self::not_found().detail(error),
            InitError::Taken { .. } => Self::new(ProblemCode::InitConflict).detail(error),
            InitError::Finished => Self::new(ProblemCode::AlreadyFinished).detail(error),
            InitError::Deleted => Self::new(ProblemCode::Gone).detail(error),
            InitError::Refused(cause) => Self::invalid("init", cause),
            InitError::Store(cause) => cause.into(),
        }
    }
}
