//! What was found in a transcript without any model.

use aside_protocol::id::{MarkId, RecordingId};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::App;
use crate::domain::access::{Allowed, Change, Watch};
use crate::domain::suggest::SuggestionKind;
use crate::domain::suggest::row::{Suggestion, SuggestionState};
use crate::http::extract::{IfMatch, Json, Path};
use crate::http::{ApiError, ApiResult};
use crate::service::suggestions::{self as service, ChangeError, Wanted};

/// Found by extraction: every text was spoken, or is made of words that were.
#[derive(Debug, Serialize, ToSchema)]
pub struct Suggestions {
    /// By moment.
    suggestions: Vec<SuggestionView>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SuggestionView {
    id: Uuid,
    kind: SuggestionKind,
    at_ms: u64,
    end_ms: u64,
    text: String,
    state: SuggestionState,
    /// It reads as it was found: no person changed it.
    automatic: bool,
    /// Counts up with each change; for `If-Match`.
    version: i64,
}

impl From<Suggestion> for SuggestionView {
    fn from(it: Suggestion) -> Self {
        Self {
            id: it.id,
            kind: it.kind,
            at_ms: it.at_ms,
            end_ms: it.end_ms,
            automatic: it.text == it.found,
            text: it.text,
            state: it.state,
            version: it.version,
        }
    }
}

/// What was found in the words of a recording
///
/// Its owner sees what nobody decided about yet; everybody who may watch sees the sentences and tasks that its owner accepted.
#[utoipa::path(get, path = "/api/watch/{slug}/suggestions", tag = "watch", params(("slug" = String, Path)),
    responses((status = 200, body = Suggestions), (status = 403, description = "password_needed"), (status = 404), (status = 410, description = "gone")))]
pub async fn get_suggestions(
    State(app): State<App>,
    recording: Allowed<Watch>,
) -> ApiResult<Json<Suggestions>> {
    let all = service::shown(&app, &recording).await?;
    Ok(Json(Suggestions {
        suggestions: all.into_iter().map(SuggestionView::from).collect(),
    }))
}

/// What is not said stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeSuggestion {
    /// 1 to 400 letters.
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    state: Option<SuggestionState>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ChangedSuggestion {
    suggestion: SuggestionView,
    /// The chapter that was set, where one was accepted.
    #[schema(required)]
    mark: Option<MarkId>,
}

#[derive(Debug, Deserialize)]
pub struct Named {
    suggestion: Uuid,
}

/// Accepts, edits, removes or reopens what was found
///
/// A chapter that is accepted is set as one. What was accepted, edited or removed is never suggested again.
#[utoipa::path(patch, path = "/api/recordings/{id}/suggestions/{suggestion}", tag = "library",
    params(("id" = RecordingId, Path,), ("suggestion" = Uuid, Path,), ("If-Match" = Option<String>, Header, description = "the version that was changed, such as `\"3\"`")),
    request_body = ChangeSuggestion, responses((status = 200, body = ChangedSuggestion), (status = 403), (status = 404), (status = 410, description = "gone"),
        (status = 412, description = "version_conflict"), (status = 422, description = "invalid, with the field")))]
pub async fn change_suggestion(
    State(app): State<App>,
    recording: Allowed<Change>,
    Path(named): Path<Named>,
    IfMatch(version): IfMatch,
    Json(wanted): Json<ChangeSuggestion>,
) -> ApiResult<Json<ChangedSuggestion>> {
    let wanted = Wanted {
        text: wanted.text,
        state: wanted.state,
    };
    let (suggestion, mark) =
        service::change(&app, &recording, named.suggestion, version, &wanted).await?;
    Ok(Json(ChangedSuggestion {
        suggestion: suggestion.into(),
        mark: mark.map(|mark| mark.id),
    }))
}

impl From<ChangeError> for ApiError {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::NotFound => Self::not_found(),
            ChangeError::OtherVersion(now) => Self::other_version(now),
            ChangeError::Text(why) => Self::invalid("text", why),
            ChangeError::Mark(why) => Self::invalid("state", why),
            ChangeError::Gate(cause) => cause.into(),
            ChangeError::Store(cause) => cause.into(),
        }
    }
}
