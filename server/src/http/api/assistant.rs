//! A language model that the operator named: asked by the owner of a recording; and tasks that become threads.

use aside_protocol::id::{CommentId, RecordingId, UserId};
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::suggestions::{Named, SuggestionView};
use crate::app::App;
use crate::domain::access::{Allowed, Change};
use crate::domain::assignment::day;
use crate::domain::assistant::AssistantName;
use crate::domain::assistant::run::{Run, RunState};
use crate::domain::comment::CommentError;
use crate::http::extract::{IfMatch, Json, Member, Path};
use crate::http::{ApiError, ApiResult};
use crate::service::assistant::{self, AskError};
use crate::service::tasks::{Given, TaskError, give};

/// A language model, and how far it is with a recording.
#[derive(Debug, Serialize, ToSchema)]
pub struct AssistantView {
    model: String,
    /// Where the words are sent.
    host: String,
    /// None: it was not asked.
    #[schema(required)]
    state: Option<RunState>,
    /// 0 to 100.
    percent: u8,
    /// Why it waits, failed, or is not whole.
    #[schema(required)]
    why: Option<String>,
}

impl AssistantView {
    pub(super) fn of(name: AssistantName, run: Option<Run>) -> Self {
        Self {
            model: name.model,
            host: name.host,
            percent: run.as_ref().map_or(0, Run::percent),
            state: run.as_ref().map(|it| it.state),
            why: run.and_then(|it| it.why),
        }
    }
}

/// The model that this server asks.
pub(super) fn named(app: &App) -> Option<AssistantName> {
    Some(app.config.assistant.as_ref()?.name())
}

/// Has a language model write title, summary, chapters and tasks, once more or for the first time
///
/// The words of the recording are sent to it. What nobody decided about gives way to what it writes.
#[utoipa::path(post, path = "/api/recordings/{id}/assistant", tag = "library", params(("id" = RecordingId, Path,)),
    responses((status = 202), (status = 403), (status = 404), (status = 410, description = "gone"), (status = 422, description = "invalid: there is no model, or there are no words")))]
pub async fn ask_assistant(
    State(app): State<App>,
    recording: Allowed<Change>,
) -> ApiResult<StatusCode> {
    assistant::ask(&app, named(&app).as_ref(), &recording).await?;
    Ok(StatusCode::ACCEPTED)
}

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

impl From<AskError> for ApiError {
    fn from(error: AskError) -> Self {
        match error {
            AskError::None | AskError::NoWords => Self::invalid("recording", error),
            AskError::Gate(cause) => cause.into(),
            AskError::Store(cause) => cause.into(),
        }
    }
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
