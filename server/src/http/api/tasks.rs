//! Tasks that were found become threads that somebody is asked to do.

use aside_protocol::id::{CommentId, RecordingId, UserId};
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::suggestions::{Named, SuggestionView};
use crate::app::App;
use crate::domain::access::{Allowed, Change};
use crate::domain::assignment::day;
use crate::domain::comment::CommentError;
use crate::http::extract::{IfMatch, Json, Member, Path};
use crate::http::{ApiError, ApiResult};
use crate::service::tasks::{Given, TaskError, give};

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GiveTask {
    user_id: UserId,
    /// A day of their calendar, such as `2026-01-31`.
    #[serde(default)]
    due_on: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct GivenTask {
    suggestion: SuggestionView,
    /// The thread that it is now.
    comment: CommentId,
}

/// Makes a thread of a task that was found, and asks somebody to do it
///
/// Somebody who may see the recording. With `If-Match`, only if the task is still at that version.
#[utoipa::path(post, path = "/api/recordings/{id}/suggestions/{suggestion}/assignment", tag = "library",
    params(("id" = RecordingId, Path,), ("suggestion" = Uuid, Path,), ("If-Match" = Option<String>, Header, description = "the version that was read, such as `\"3\"`")),
    request_body = GiveTask, responses((status = 201, body = GivenTask), (status = 403), (status = 404), (status = 410, description = "gone"),
        (status = 412, description = "version_conflict"), (status = 422, description = "invalid, with the field")))]
pub async fn give_task(
    State(app): State<App>,
    recording: Allowed<Change>,
    member: Member,
    Path(named): Path<Named>,
    IfMatch(version): IfMatch,
    Json(wanted): Json<GiveTask>,
) -> ApiResult<(StatusCode, Json<GivenTask>)> {
    let due = wanted.due_on.as_deref().map(day).transpose();
    let given = Given {
        to: wanted.user_id,
        due: due.map_err(CommentError::from)?,
    };
    let (suggestion, comment) = give(
        &app,
        &member,
        &recording,
        (named.suggestion, version),
        given,
    )
    .await?;
    let made = GivenTask {
        suggestion: suggestion.into(),
        comment,
    };
    Ok((StatusCode::CREATED, Json(made)))
}

impl From<TaskError> for ApiError {
    fn from(error: TaskError) -> Self {
        match error {
            TaskError::NotFound => Self::not_found(),
            TaskError::OtherVersion(now) => Self::other_version(now),
            TaskError::NoTask => Self::invalid("suggestion", error),
            TaskError::NotSeen => Self::invalid("user_id", error),
            TaskError::Comment(cause) => cause.into(),
            TaskError::Gate(cause) => cause.into(),
            TaskError::Store(cause) => cause.into(),
        }
    }
}
