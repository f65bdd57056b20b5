//! `POST /api/recordings/{id}/cancel`

use aside_protocol::id::RecordingId;
use aside_protocol::problem::ProblemCode;
use axum::extract::State;
use axum::http::StatusCode;

use crate::app::App;
use crate::http::extract::{Member, Path};
use crate::http::{ApiError, ApiResult};
use crate::service::recordings::{CancelError, cancel};

/// Removes an unfinished recording for good, for a recorder whose take was cancelled. May be repeated.
#[utoipa::path(post, path = "/api/recordings/{id}/cancel", tag = "upload", params(("id" = RecordingId, Path,)),
    responses((status = 204, description = "Nothing of it is here (any more)"), (status = 403),
        (status = 409, description = "`already_finished`")))]
pub async fn cancel_recording(
    State(app): State<App>,
    member: Member,
    Path(id): Path<RecordingId>,
) -> ApiResult<StatusCode> {
    cancel(&app, &member.viewer(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<CancelError> for ApiError {
    fn from(error: CancelError) -> Self {
        match error {
            CancelError::Finished => Self::new(ProblemCode::AlreadyFinished).detail(error),
            CancelError::Gate(cause) => cause.into(),
            CancelError::Store(cause) => cause.into(),
        }
    }
}
