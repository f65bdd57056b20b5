//! `/api/recordings/{id}/recorded-events`: what the events track holds, for its owner.

use aside_protocol::id::RecordingId;
use aside_protocol::timed_event::TimedEvent;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::app::App;
use crate::domain::access::{Allowed, Change};
use crate::http::ApiResult;
use crate::http::extract::{Json, Query};
use crate::service::recorded_events::{empty, read};

/// Which page of the events.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EventsPage {
    /// `next` of the page before.
    from: Option<u32>,
}

/// What was recorded beside picture and sound.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecordedEvents {
    /// In the order in which they were told.
    events: Vec<TimedEvent>,
    /// `from` of the next page; none at the end.
    #[schema(required)]
    next: Option<u32>,
}

/// What was recorded beside picture and sound: clicks, titles of windows, chapters, moves of the face
#[utoipa::path(get, path = "/api/recordings/{id}/recorded-events", tag = "library", params(("id" = RecordingId, Path,), EventsPage),
    responses((status = 200, body = RecordedEvents), (status = 403), (status = 404), (status = 410, description = "gone")))]
pub async fn get_recorded_events(
    State(app): State<App>,
    recording: Allowed<Change>,
    Query(page): Query<EventsPage>,
) -> ApiResult<Json<RecordedEvents>> {
    let page = read(&app, &recording, page.from.unwrap_or(0)).await?;
    Ok(Json(RecordedEvents {
        events: page.events,
        next: page.next,
    }))
}

/// Removes it for good. Chapters and the layout stay
#[utoipa::path(delete, path = "/api/recordings/{id}/recorded-events", tag = "library", params(("id" = RecordingId, Path,)),
    responses((status = 204), (status = 403), (status = 404), (status = 410, description = "gone")))]
pub async fn empty_recorded_events(
    State(app): State<App>,
    recording: Allowed<Change>,
) -> ApiResult<StatusCode> {
    empty(&app, &recording).await?;
    Ok(StatusCode::NO_CONTENT)
}
