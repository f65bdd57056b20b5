//! What was found in a transcript, with a language model or without one.

use aside_protocol::id::{MarkId, RecordingId, UserId};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::assistant::{AssistantView, named};
use crate::app::App;
use crate::domain::access::{Allowed, Change, Watch};
use crate::domain::suggest::SuggestionKind;
use crate::domain::suggest::row::{Suggestion, SuggestionState};
use crate::http::extract::{IfMatch, Json, Path};
use crate::http::{ApiError, ApiResult};
use crate::service::assistant::{People, stands};
use crate::service::suggestions::{self as service, ChangeError, Wanted};

/// Found by extraction: then every text was spoken, or is made of words that were; or written by a language model.
#[derive(Debug, Serialize, ToSchema)]
pub struct Suggestions {
    /// By moment.
    suggestions: Vec<SuggestionView>,
    /// The language model that the owner may ask; none: the server has none, or somebody else asks.
    #[schema(required)]
    assistant: Option<AssistantView>,
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
    /// Which language model wrote it; none: it was found without one.
    #[schema(required)]
    model: Option<String>,
    /// Who is to do a task, as the talk names them.
    #[schema(required)]
    who: Option<String>,
    /// Whom that means, where it is sure and they may see the recording; for the owner.
    #[schema(required)]
    person: Option<Doer>,
    /// Until when, such as `2026-12-04`.
    #[schema(required)]
    until: Option<String>,
}

/// A member who may be asked to do something.
#[derive(Debug, Serialize, ToSchema)]
pub struct Doer {
    id: UserId,
    name: String,
}

impl From<Suggestion> for SuggestionView {
    fn from(it: Suggestion) -> Self {
        Self {
            id: it.id,
            kind: it.kind,
            at_ms: it.at_ms,
            end_ms: it.end_ms,
            automatic: it.is_automatic(),
            model: it.model,
            who: it.who,
            person: None,
            until: it.until.map(|day| day.to_string()),
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
    let mut all: Vec<SuggestionView> = all.into_iter().map(SuggestionView::from).collect();
    if !recording.is_the_viewers() {
        return Ok(Json(Suggestions {
            suggestions: all,
            assistant: None,
        }));
    }
    if all.iter().any(|it| it.who.is_some()) {
        let people = People::read(&app).await?;
        for it in &mut all {
            let Some(who) = &it.who else { continue };
            let meant = people.meant(&app, &recording, who).await?;
            it.person = meant.map(|user| Doer {
                id: user.id,
                name: user.name.clone(),
            });
        }
    }
    let assistant = match named(&app) {
        Some(name) => Some(AssistantView::of(name, stands(&app, &recording).await?)),
        None => None,
    };
    Ok(Json(Suggestions {
        suggestions: all,
        assistant,
    }))
}

/// What the owner may make of one; a task is given by the address of its own.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WantedState {
    Open,
    Accepted,
    Removed,
}

impl From<WantedState> for SuggestionState {
    fn from(wanted: WantedState) -> Self {
        match wanted {
            WantedState::Open => Self::Open,
            WantedState::Accepted => Self::Accepted,
            WantedState::Removed => Self::Removed,
        }
    }
}

/// What is not said stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeSuggestion {
    /// 1 to 400 letters.
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    state: Option<WantedState>,
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
    pub(super) suggestion: Uuid,
}

/// Accepts, edits, removes or reopens what was found
///
/// A chapter that is accepted is set as one, and a title is the recording's. What was accepted, edited or removed is never suggested again.
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
        state: wanted.state.map(Into::into),
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
            ChangeError::Title(why) => Self::invalid("text", why),
            ChangeError::Mark(why) => Self::invalid("state", why),
            ChangeError::Gate(cause) => cause.into(),
            ChangeError::Store(cause) => cause.into(),
        }
    }
}
