//! `PUT /api/recordings/{id}`

use aside_protocol::id::RecordingId;
use aside_protocol::problem::ProblemCode;
use aside_protocol::upload::{CreateRecording, RecordingCreated};
use axum::extract::State;
use axum::http::StatusCode;

use crate::app::App;
use crate::http::base_url::BaseUrl;
use crate::http::extract::{Json, Member, Path};
use crate::http::{ApiError, ApiResult};
use crate::service::upload::create::{CreateError, create};

/// Begins a recording, or says that it is known. May be repeated at will.
#[utoipa::path(
    put, path = "/api/recordings/{id}", tag = "upload",
    params(("id" = RecordingId, Path, description = "UUIDv7, made by the recorder")),
    request_body = CreateRecording,
    responses((status = 201, body = RecordingCreated), (status = 200, body = RecordingCreated, description = "Known already"),
        (status = 409, description = "`recording_conflict`", body = aside_protocol::problem::Problem, content_type = "application/problem+json"))
)]
pub async fn create_recording(
    State(app): State<App>,
    member: Member,
    base: BaseUrl,
    Path(id): Path<RecordingId>,
    Json(wanted): Json<CreateRecording>,
) -> ApiResult<(StatusCode, Json<RecordingCreated>)> {
    let created = create(&app, &member.user, id, wanted).await?;
    let status = if created.is_new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    let answer = RecordingCreated {
        id,
        url: base.watch(&created.slug),
        slug: created.slug,
        state: created.state,
        audience: Some(created.audience),
    };
    Ok((status, Json(answer)))
}

impl From<CreateError> for ApiError {
    fn from(error: CreateError) -> Self {
        match error {
            CreateError::Id => Self::invalid("id", error),
            CreateError::Title(cause) => Self::invalid("title", cause),
            CreateError::Start(cause) => Self::invalid("started_at", cause),
            CreateError::Tracks(cause) => Self::invalid("tracks", cause),
            CreateError::Refused(refusal) => refusal.into(),
            CreateError::Conflict(cause) => Self::new(ProblemCode::RecordingConflict).detail(cause),
            CreateError::Store(cause) => cause.into(),
        }
    }
}
