//! `PATCH /api/recordings/{id}`

use aside_protocol::id::RecordingId;
use aside_protocol::text::clean_title;
use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{RecordingCard, mine};
use crate::app::App;
use crate::domain::access::Action;
use crate::domain::recording::Audience;
use crate::domain::upload::news;
use crate::http::base_url::BaseUrl;
use crate::http::extract::{Json, Member, Path};
use crate::http::{ApiError, ApiResult};
use crate::store::{StoreError, Tx};

/// What is not said stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeRecording {
    /// At most 200 characters; empty: not named.
    title: Option<String>,
    audience: Option<Audience>,
}

/// Changes title and audience.
#[utoipa::path(patch, path = "/api/recordings/{id}", tag = "library",
    params(("id" = RecordingId, Path,)), request_body = ChangeRecording, responses((status = 200, body = RecordingCard)))]
pub async fn change_recording(
    State(app): State<App>,
    member: Member,
    base: BaseUrl,
    Path(id): Path<RecordingId>,
    Json(change): Json<ChangeRecording>,
) -> ApiResult<Json<RecordingCard>> {
    let mut recording = mine(&app, &member, id, Action::Change).await?;
    if let Some(title) = change.title {
        recording.title = clean_title(&title).map_err(|e| ApiError::invalid("title", e))?;
    }
    if let Some(audience) = change.audience {
        recording.audience = audience;
    }
    app.store
        .write(async |tx: &mut Tx| -> Result<(), StoreError> {
            tx.change_recording(id, &recording.title, recording.audience)
                .await?;
            news(tx, &recording, app.now()).await
        })
        .await?;
    app.hub.touch(id);
    Ok(Json(
        RecordingCard::of(&app, &base, recording, &member.user).await?,
    ))
}
