//! `/api/marks/{id}`: another title or moment, deleting, bringing back.

use aside_protocol::id::MarkId;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::MarkView;
use crate::app::App;
use crate::domain::mark::Wanted;
use crate::http::ApiResult;
use crate::http::extract::{Actor, IfMatch, Json, Path};
use crate::service::marks;

/// What is not said stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeMark {
    /// At most 200 characters; empty: not named.
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    at_ms: Option<u64>,
}

/// Renames or moves a chapter; only the owner of the recording may
///
/// With `If-Match`, only if the chapter is still at that version.
#[utoipa::path(patch, path = "/api/marks/{id}", tag = "marks",
    params(("id" = Uuid, Path), ("If-Match" = Option<String>, Header, description = "the version that was changed, such as `\"3\"`")), request_body = ChangeMark,
    responses((status = 200, body = MarkView), (status = 403), (status = 404), (status = 410, description = "gone"),
        (status = 412, description = "version_conflict"), (status = 422, description = "invalid, with the field")))]
pub async fn patch_mark(
    State(app): State<App>,
    Path(id): Path<MarkId>,
    actor: Actor,
    IfMatch(version): IfMatch,
    Json(change): Json<ChangeMark>,
) -> ApiResult<Json<MarkView>> {
    let wanted = Wanted {
        at_ms: change.at_ms,
        title: change.title,
    };
    let viewer = actor.viewer();
    let mark = marks::edit(&app, &app.tracks, &viewer, id, version, wanted).await?;
    Ok(Json(mark.into()))
}

/// Deletes a chapter; it can be restored
#[utoipa::path(delete, path = "/api/marks/{id}", tag = "marks", params(("id" = Uuid, Path)),
    responses((status = 204), (status = 403), (status = 404), (status = 410, description = "gone")))]
pub async fn delete_mark(
    State(app): State<App>,
    Path(id): Path<MarkId>,
    actor: Actor,
) -> ApiResult<StatusCode> {
    marks::delete(&app, &actor.viewer(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Brings a deleted chapter back
#[utoipa::path(post, path = "/api/marks/{id}/restore", tag = "marks", params(("id" = Uuid, Path)),
    responses((status = 200, body = MarkView), (status = 403), (status = 404), (status = 410, description = "gone")))]
pub async fn restore_mark(
    State(app): State<App>,
    Path(id): Path<MarkId>,
    actor: Actor,
) -> ApiResult<Json<MarkView>> {
    let mark = marks::restore(&app, &actor.viewer(), id).await?;
    Ok(Json(mark.into()))
}
