//! Catching up: what one has not seen; who was asked to watch a recording, and who has.

use aside_protocol::id::{RecordingId, Slug, UserId};
use aside_protocol::time::Timestamp;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::domain::access::{Allowed, Change};
use crate::domain::viewing::ViewingError;
use crate::http::extract::{Json, Member, Path};
use crate::http::{ApiError, ApiResult};
use crate::service::catch_up::{self as service, AskError, Waiting};

/// Something to catch up on.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CatchUpItem {
    id: RecordingId,
    slug: Slug,
    /// Empty: not named yet.
    title: String,
    owner_name: String,
    duration_ms: u64,
    /// What one has not watched of it.
    left_ms: u64,
    /// Whether one is asked to watch it.
    required: bool,
    #[schema(required)]
    due_at: Option<Timestamp>,
    /// What is said first; empty: not known.
    first_words: String,
    #[schema(required)]
    thumbnail_url: Option<String>,
}

/// What one has not seen.
#[derive(Debug, Serialize, ToSchema)]
pub struct CatchUp {
    /// What is due first, then the newest; at most 200.
    items: Vec<CatchUpItem>,
}

impl From<Waiting> for CatchUpItem {
    fn from(it: Waiting) -> Self {
        let has_poster = it.recording.poster_key.is_some();
        Self {
            id: it.recording.id,
            thumbnail_url: has_poster
                .then(|| format!("/api/watch/{}/poster?size=small", it.recording.slug)),
            slug: it.recording.slug,
            title: it.recording.title,
            owner_name: it.owner_name,
            duration_ms: it.length_ms,
            left_ms: it.left_ms,
            required: it.required,
            due_at: it.due_at,
            first_words: it.first_words,
        }
    }
}

/// What was shared with one by name, or one is asked to watch, and has not seen
#[utoipa::path(get, path = "/api/me/catch-up", tag = "inbox", responses((status = 200, body = CatchUp)))]
pub async fn get_catch_up(State(app): State<App>, member: Member) -> ApiResult<Json<CatchUp>> {
    let waiting = service::waiting(&app, &member).await?;
    let items = waiting.into_iter().map(CatchUpItem::from).collect();
    Ok(Json(CatchUp { items }))
}

/// Done, or not.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CaughtUp {
    done: bool,
}

/// Says that one is done with a recording, or that one is not
#[utoipa::path(put, path = "/api/me/catch-up/{recording}", tag = "inbox", params(("recording" = Uuid, Path)), request_body = CaughtUp,
    responses((status = 204), (status = 403), (status = 404), (status = 410, description = "gone")))]
pub async fn set_caught_up(
    State(app): State<App>,
    member: Member,
    Path(recording): Path<RecordingId>,
    Json(wanted): Json<CaughtUp>,
) -> ApiResult<StatusCode> {
    service::set_done(&app, &member, recording, wanted.done).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Somebody who is asked to watch.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AskedViewer {
    id: UserId,
    name: String,
    /// They may watch it.
    may_watch: bool,
    /// They watched nearly all of it, or say that they are done.
    seen: bool,
    /// How much they watched; none where that is not noted.
    #[schema(required)]
    percent: Option<u8>,
    #[schema(required)]
    done_at: Option<Timestamp>,
    #[schema(required)]
    reminded_at: Option<Timestamp>,
}

/// Who is asked to watch a recording.
#[derive(Debug, Serialize, ToSchema)]
pub struct AskedViewers {
    /// By name.
    people: Vec<AskedViewer>,
    /// Until when.
    #[schema(required)]
    due_at: Option<Timestamp>,
}

async fn asked(app: &App, recording: &Allowed<Change>) -> ApiResult<Json<AskedViewers>> {
    let viewers = service::viewers(app, recording).await?;
    let due_at = viewers.iter().find_map(|it| it.due_at);
    let people = viewers.into_iter().map(|it| AskedViewer {
        seen: it.has_seen(),
        id: it.user.0,
        name: it.user.1,
        may_watch: it.may_watch,
        percent: it.percent,
        done_at: it.done_at,
        reminded_at: it.reminded_at,
    });
    Ok(Json(AskedViewers {
        people: people.collect(),
        due_at,
    }))
}

/// Who is asked to watch a recording, and who has
#[utoipa::path(get, path = "/api/recordings/{id}/viewers", tag = "inbox", params(("id" = Uuid, Path)),
    responses((status = 200, body = AskedViewers), (status = 403), (status = 404), (status = 410, description = "gone")))]
pub async fn get_viewers(
    State(app): State<App>,
    recording: Allowed<Change>,
) -> ApiResult<Json<AskedViewers>> {
    asked(&app, &recording).await
}

/// Who is to watch.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskViewers {
    /// Nobody else is asked any more; at most 200.
    people: Vec<UserId>,
    /// Until when; whoever has not by then is reminded once, before.
    #[serde(default)]
    due_at: Option<Timestamp>,
}

/// Asks people to watch a recording
#[utoipa::path(put, path = "/api/recordings/{id}/viewers", tag = "inbox", params(("id" = Uuid, Path)), request_body = AskViewers,
    responses((status = 204), (status = 403), (status = 404), (status = 410, description = "gone"), (status = 422, description = "invalid, with the field")))]
pub async fn ask_viewers(
    State(app): State<App>,
    member: Member,
    Path(id): Path<RecordingId>,
    Json(wanted): Json<AskViewers>,
) -> ApiResult<StatusCode> {
    service::ask(&app, &member, id, &wanted.people, wanted.due_at).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<AskError> for ApiError {
    fn from(error: AskError) -> Self {
        match error {
            AskError::Gate(cause) => cause.into(),
            AskError::Viewing(cause) => cause.into(),
            AskError::Store(cause) => cause.into(),
        }
    }
}

impl From<ViewingError> for ApiError {
    fn from(error: ViewingError) -> Self {
        Self::invalid(error.field(), error)
    }
}
