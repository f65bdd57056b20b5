//! `GET /api/recordings`

use aside_protocol::id::RecordingId;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::RecordingCard;
use crate::app::App;
use crate::http::ApiResult;
use crate::http::base_url::BaseUrl;
use crate::http::extract::{Json, Member, Query};
use crate::service::library::{Cards, own};

const DEFAULT: u32 = 24;
const MOST: u32 = 100;

/// Which page of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Page {
    /// `next` of the page before.
    before: Option<RecordingId>,
    /// 1 to 100; 24 when it is not said.
    limit: Option<u32>,
}

/// A page of the list.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecordingList {
    items: Vec<RecordingCard>,
    /// `before` of the next page; none at the end.
    #[schema(required)]
    next: Option<RecordingId>,
}

/// One's own recordings, newest first, without those in the trash.
#[utoipa::path(get, path = "/api/recordings", tag = "library", params(Page), responses((status = 200, body = RecordingList)))]
pub async fn list_recordings(
    State(app): State<App>,
    member: Member,
    base: BaseUrl,
    Query(page): Query<Page>,
) -> ApiResult<Json<RecordingList>> {
    let limit = page.limit.unwrap_or(DEFAULT).clamp(1, MOST);
    let Cards { cards, more } = own(&app, member.user.id, page.before, limit).await?;
    let next = cards.last().filter(|_| more).map(|card| card.recording.id);
    let owner = || (member.user.id, member.user.name.clone());
    let items = cards.into_iter();
    let items = items.map(|card| RecordingCard::of(&app, &base, card, owner()));
    Ok(Json(RecordingList {
        items: items.collect(),
        next,
    }))
}
