//! `GET /api/recordings`

use aside_protocol::id::{FolderId, RecordingId};
use aside_protocol::time::Timestamp;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::RecordingCard;
use crate::app::App;
use crate::domain::library::{Filter, Order, Place, StateFilter, tag};
use crate::http::base_url::BaseUrl;
use crate::http::extract::{Json, Member, Query};
use crate::http::{ApiError, ApiResult};
use crate::service::library::{Listed, own};

const DEFAULT: u32 = 24;
const MOST: u32 = 100;

/// Which page of which list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Page {
    /// `next` of the page before, of the same list.
    before: Option<RecordingId>,
    /// 1 to 100; 24 when it is not said.
    limit: Option<u32>,
    /// A folder's id: what lies in it, without the folders inside of it. `top`: what lies in none.
    folder: Option<String>,
    tag: Option<String>,
    #[param(inline)]
    state: Option<StateFilter>,
    /// Microseconds since 1970: not older, by when the server heard of it.
    since: Option<i64>,
    /// Microseconds since 1970: older.
    until: Option<i64>,
    /// Milliseconds: not shorter. What is not finished counts as 0.
    min_ms: Option<u64>,
    /// Milliseconds: not longer.
    max_ms: Option<u64>,
    /// `newest` when it is not said.
    #[param(inline)]
    sort: Option<Order>,
}

impl Page {
    fn filter(&self) -> ApiResult<Filter> {
        let place = match self.folder.as_deref() {
            None => Place::Everywhere,
            Some("top") => Place::Top,
            Some(id) => Place::Folder(id.parse().map_err(|e| ApiError::invalid("folder", e))?),
        };
        Ok(Filter {
            place,
            tag: self.tag.as_deref().map(tag).transpose()?,
            state: self.state,
            since: self.since.map(Timestamp::from_micros),
            until: self.until.map(Timestamp::from_micros),
            min_ms: self.min_ms,
            max_ms: self.max_ms,
            order: self.sort.unwrap_or_default(),
        })
    }
}

/// A recording in the library of its owner.
#[derive(Debug, Serialize, ToSchema)]
pub struct LibraryCard {
    #[serde(flatten)]
    card: RecordingCard,
    /// The folder it lies in.
    #[schema(required)]
    folder_id: Option<FolderId>,
    /// Ascending.
    tags: Vec<String>,
}

/// A page of the list.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecordingList {
    items: Vec<LibraryCard>,
    /// `before` of the next page; none at the end.
    #[schema(required)]
    next: Option<RecordingId>,
}

/// One's own recordings, without those in the trash.
#[utoipa::path(get, path = "/api/recordings", tag = "library", params(Page), 
    responses((status = 200, body = RecordingList), (status = 422, description = "invalid, with the field")))]
pub async fn list_recordings(
    State(app): State<App>,
    member: Member,
    base: BaseUrl,
    Query(page): Query<Page>,
) -> ApiResult<Json<RecordingList>> {
    let limit = page.limit.unwrap_or(DEFAULT).clamp(1, MOST);
    let (listed, more) = own(&app, member.user.id, &page.filter()?, page.before, limit).await?;
    let last = listed.last().filter(|_| more);
    let next = last.map(|listed| listed.card.recording.id);
    let owner = || (member.user.id, member.user.name.clone());
    let items = listed
        .into_iter()
        .map(|Listed { card, folder, tags }| LibraryCard {
            card: RecordingCard::of(&app, &base, card, owner()),
            folder_id: folder,
            tags,
        });
    Ok(Json(RecordingList {
        items: items.collect(),
        next,
    }))
}
