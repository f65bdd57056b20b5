//! `POST /api/recordings/{id}/finish`

use aside_protocol::id::RecordingId;
use aside_protocol::problem::ProblemCode;
use aside_protocol::upload::{FinishReceipt, FinishRecording};
use axum::extract::State;

use crate::app::App;
use crate::domain::access::{Allowed, Refusal, Upload};
use crate::domain::upload::{Finished, Verdict};
use crate::http::base_url::BaseUrl;
use crate::http::extract::Json;
use crate::http::{ApiError, ApiResult};
use crate::service::upload::finish::finish;

/// Ends the take, when everything that was made has arrived. May be repeated at will.
#[utoipa::path(post, path = "/api/recordings/{id}/finish", tag = "upload",
    params(("id" = RecordingId, Path,)), request_body = FinishRecording,
    responses((status = 200, body = FinishReceipt),
        (status = 409, description = "`parts_missing` with what is missing, `part_conflict`, `init_unknown` or `init_conflict`", body = aside_protocol::problem::Problem, content_type = "application/problem+json")))]
pub async fn finish_recording(
    State(app): State<App>,
    recording: Allowed<Upload>,
    base: BaseUrl,
    Json(made): Json<FinishRecording>,
) -> ApiResult<Json<FinishReceipt>> {
    let id = recording.id;
    match finish(&app, id, &made.tracks).await? {
        Finished::Yes {
            at,
            duration_ms,
            tracks,
        } => Ok(Json(FinishReceipt {
            id,
            url: base.watch(&recording.slug),
            finished_at: at,
            duration_ms,
            tracks,
        })),
        Finished::Deleted => Err(Refusal::Gone.into()),
        Finished::No(verdict) => Err(verdict.into()),
    }
}

impl From<Verdict> for ApiError {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Missing(missing) => Self::new(ProblemCode::PartsMissing)
                .detail("Not everything has arrived. Send what is missing and finish again; what is here is safe.")
                .missing(missing),
            Verdict::Conflict { track, number } => Self::new(ProblemCode::PartConflict)
                .detail(format!("Part {number} of {track} is held with other bytes than were made.")),
            Verdict::MissingInit { track, version } => Self::new(ProblemCode::InitUnknown)
                .detail(format!("Version {version} of the init of {track} has not arrived. Send it and finish again; what is here is safe.")),
            Verdict::InitConflict { track, version } => Self::new(ProblemCode::InitConflict)
                .detail(format!("Version {version} of the init of {track} is held with other bytes than were made.")),
            Verdict::NoSuchTrack(track) => Self::invalid("tracks", format!("This recording has no track {track}.")),
            Verdict::Twice(track) => Self::invalid("tracks", format!("The track {track} is listed twice.")),
            Verdict::TooMany(track) => Self::invalid("tracks", format!("The track {track} has too many parts.")),
            // Complete is no error; whoever makes one of it has a bug.
            Verdict::Complete => Self::internal("a complete take was refused"),
        }
    }
}
