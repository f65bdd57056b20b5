//! How long recordings stay: said for the server, and in force for one recording. Folders say it in `library::folders`, and what is
//! kept for good in `library::change`.

use aside_protocol::id::RecordingId;
use aside_protocol::problem::ProblemCode;
use aside_protocol::time::Timestamp;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::domain::access::{Allowed, Change};
use crate::domain::retention::{RetentionError, Rule, Since, Word};
use crate::http::extract::{Json, Member};
use crate::http::{ApiError, ApiResult};
use crate::service::retention as service;

/// What is said of recordings: how long they stay.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RetentionWord {
    /// 1 to 3650; null: they stay until somebody removes them.
    #[schema(required)]
    days: Option<u32>,
    /// What the days are counted from.
    since: Since,
}

impl From<RetentionError> for ApiError {
    fn from(error: RetentionError) -> Self {
        Self::invalid("days", error)
    }
}

impl RetentionWord {
    pub(super) fn word(self) -> Result<Word, RetentionError> {
        let rule = self.days.map(|days| Rule::new(days, self.since));
        Ok(rule.transpose()?.map_or(Word::Never, Word::After))
    }
}

impl From<Word> for RetentionWord {
    fn from(word: Word) -> Self {
        let rule = word.rule();
        Self {
            days: rule.map(|rule| rule.days),
            since: rule.map_or(Since::Created, |rule| rule.since),
        }
    }
}

/// How long a recording stays.
#[derive(Debug, Serialize, ToSchema)]
pub struct Retention {
    /// No rule moves it to the trash.
    pinned: bool,
    /// The rule that counts for it.
    #[schema(required)]
    rule: Option<RetentionWord>,
    /// Name of the folder that says so; null: the server.
    #[schema(required)]
    folder: Option<String>,
    /// When it goes to the trash, as it looks now; null: never.
    #[schema(required)]
    goes_at: Option<Timestamp>,
    /// Within a week: its owner was told.
    announced: bool,
}

/// How long a recording stays, and why; for its owner
#[utoipa::path(get, path = "/api/recordings/{id}/retention", tag = "library", params(("id" = RecordingId, Path,)),
    responses((status = 200, body = Retention)))]
pub async fn get_retention(
    State(app): State<App>,
    recording: Allowed<Change>,
) -> ApiResult<Json<Retention>> {
    let found = service::in_force(&app, &recording).await?;
    Ok(Json(Retention {
        pinned: found.pinned,
        rule: found.rule.map(|rule| Word::After(rule).into()),
        folder: found.folder,
        goes_at: found.goes_at,
        announced: found.announced,
    }))
}

/// What is said for the server
#[utoipa::path(get, path = "/api/server/retention", tag = "library", responses((status = 200, body = RetentionWord)))]
pub async fn get_server_retention(
    State(app): State<App>,
    _member: Member,
) -> ApiResult<Json<RetentionWord>> {
    Ok(Json(service::server_word(&app).await?.into()))
}

/// Says how long recordings on this server stay, where no folder says otherwise; for its owners and admins
#[utoipa::path(put, path = "/api/server/retention", tag = "library", request_body = RetentionWord,
    responses((status = 200, body = RetentionWord), (status = 403), (status = 422, description = "invalid, with the field")))]
pub async fn set_server_retention(
    State(app): State<App>,
    member: Member,
    Json(wanted): Json<RetentionWord>,
) -> ApiResult<Json<RetentionWord>> {
    if !service::set_server_word(&app, &member.user, wanted.word()?).await? {
        return Err(ApiError::new(ProblemCode::Forbidden)
            .detail("Only an owner or an admin of this server may say this for everybody."));
    }
    Ok(Json(service::server_word(&app).await?.into()))
}
