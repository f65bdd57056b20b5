//! A language model that the operator named: asked by the owner of a recording.

use aside_protocol::id::RecordingId;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::domain::access::{Allowed, Change};
use crate::domain::assistant::AssistantName;
use crate::domain::assistant::run::{Run, RunState};
use crate::http::{ApiError, ApiResult};
use crate::service::assistant::{self, AskError};

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
    responses((status = 202), (status = 403), (status = 404), (status = 410, description = "gone"), (status = 422, description = "invalid: there is no model, or there are no words"), (status = 429)))]
pub async fn ask_assistant(
    State(app): State<App>,
    recording: Allowed<Change>,
) -> ApiResult<StatusCode> {
    assistant::ask(&app, &app.limits, named(&app).as_ref(), &recording).await?;
    Ok(StatusCode::ACCEPTED)
}

impl From<AskError> for ApiError {
    fn from(error: AskError) -> Self {
        match error {
            AskError::None | AskError::NoWords => Self::invalid("recording", error),
            AskError::TooOften(wait) => Self::too_many("Too many questions in a short time.", wait),
            AskError::Gate(cause) => cause.into(),
            AskError::Store(cause) => cause.into(),
        }
    }
}
